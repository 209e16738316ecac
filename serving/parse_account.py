"""Reads what customers ask about themselves, and how staff answer."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lending.domain.errors import NotFoundError
from serving.account import CHANNELS, LANGUAGES
from serving.customer_requests import MOST_WORDS, RESULTS
from serving.fields import Fields

CONFIRM = "erase"
"""What somebody types to mean it."""
_NAME = re.compile(r"[qns]_[a-z0-9]{26}")
_MOST_VALUE = 40
_MOST_CONTACT = 254
_ANY_RESULT = sorted({result for results in RESULTS.values() for result in results})


@dataclass(frozen=True, slots=True)
class DisputeAsk:
    """A figure, what it should be, and why."""

    field: str
    stated: str
    why: str


@dataclass(frozen=True, slots=True)
class CloseAsk:
    """How a request ends: its result, what the customer reads, and the right value of a figure."""

    result: str
    answer: str
    value: str | None


def dispute_ask(data: Mapping[str, object]) -> DisputeAsk:
    """A body `{field, stated, why?}`. Raises InvalidBody."""
    fields = Fields(data, ("field", "stated", "why"))
    name = fields.text("field", "the name of a figure", _MOST_VALUE, "[a-z][a-z0-9_]*")
    stated = fields.text("stated", f"1 to {_MOST_VALUE} characters", _MOST_VALUE)
    why = fields.text("why", f"1 to {MOST_WORDS} characters", MOST_WORDS, optional=True)
    fields.check()
    return DisputeAsk(name, stated, why)


def review_ask(data: Mapping[str, object]) -> tuple[str, str]:
    """Decision and reason of a body `{decision_id, why?}`. Raises InvalidBody."""
    fields = Fields(data, ("decision_id", "why"))
    decision = fields.text("decision_id", "the id of a decision", 28, "d_[a-z2-7]{26}")
    why = fields.text("why", f"1 to {MOST_WORDS} characters", MOST_WORDS, optional=True)
    fields.check()
    return decision, why


def erase_ask(data: Mapping[str, object]) -> None:
    """A body `{confirm: "erase"}`. Raises InvalidBody."""
    fields = Fields(data, ("confirm",))
    fields.text("confirm", f"the word {CONFIRM}", len(CONFIRM), CONFIRM)
    fields.check()


def preferences_ask(data: Mapping[str, object]) -> dict[str, Any]:
    """What a body `{language?, channels?, email?, phone?}` changes; an empty text takes an address out.

    Raises:
        InvalidBody: a field is wrong or unknown. Whether an address is one is looked at later.
    """
    fields = Fields(data, ("language", "channels", "email", "phone"))
    chosen: dict[str, Any] = {}
    if fields.has("language"):
        chosen["language"] = fields.text("language", " or ".join(LANGUAGES), 2, "|".join(LANGUAGES))
    if fields.has("channels"):
        chosen["channels"] = fields.texts("channels", "channels", len(CHANNELS), 10, "|".join(CHANNELS))
    for name in ("email", "phone"):
        if data.get(name) == "":
            chosen[name] = ""
        elif fields.has(name):
            chosen[name] = fields.text(name, f"up to {_MOST_CONTACT} characters", _MOST_CONTACT)
    fields.check()
    return chosen


def close_ask(data: Mapping[str, object]) -> CloseAsk:
    """A body `{result, answer, value?}`. Raises InvalidBody."""
    fields = Fields(data, ("result", "answer", "value"))
    result = fields.text("result", f"one of {', '.join(_ANY_RESULT)}", 20, "|".join(_ANY_RESULT))
    answer = fields.text("answer", f"1 to {MOST_WORDS} characters", MOST_WORDS)
    value = fields.text("value", f"1 to {_MOST_VALUE} characters", _MOST_VALUE, optional=True)
    fields.check()
    return CloseAsk(result, answer, value or None)


def name_of(text: str, what: str) -> str:
    """An id as addresses carry it. Raises NotFoundError: what cannot be an id is not there."""
    if not _NAME.fullmatch(text):
        raise NotFoundError(
            f"there is no such {what} of yours", code="not_found", field=f"{what}_id", found=text[:40],
            expected=f"the id of a {what} of yours", do="Use an id from your list.",
        )  # fmt: skip
    return text
