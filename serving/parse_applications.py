"""Reads what is asked about applications, offers and invitations."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, cast

from lending.application_ports import no_application
from lending.domain.answers import MOST_TYPED
from lending.domain.errors import NotFoundError
from serving.application_cases import MOST_NOTE, Verdict
from serving.applications import ApplyAsk
from serving.fields import Fields, kind_of

_NAME = "[ado]_[a-z2-7]{26}"
_WORD = "[a-z][a-z0-9_]{0,39}"
_MOST_ANSWERS = 60
_MOST_VERSION = 2**31 - 1
_CODE = "[A-Za-z0-9 -]{1,40}"


@dataclass(frozen=True, slots=True)
class DraftAsk:
    """What was typed at one step of a draft of this version."""

    step: str
    answers: Mapping[str, str]
    version: int


@dataclass(frozen=True, slots=True)
class CaseAsk:
    """How a person ends a review."""

    act: Verdict
    reason: str
    note: str


def apply_ask(data: Mapping[str, object]) -> ApplyAsk:
    """A body `{offer_id | decision_id, answers?}`. Raises InvalidBody."""
    fields = Fields(data, ("offer_id", "decision_id", "answers"))
    offer_id, decision_id = _subject(fields)
    answers = _answers(data, fields)
    fields.check()
    return ApplyAsk(offer_id, decision_id, answers)


def begin_ask(data: Mapping[str, object]) -> ApplyAsk:
    """A body `{offer_id | decision_id}`. Raises InvalidBody."""
    fields = Fields(data, ("offer_id", "decision_id"))
    offer_id, decision_id = _subject(fields)
    fields.check()
    return ApplyAsk(offer_id, decision_id)


def draft_ask(data: Mapping[str, object]) -> DraftAsk:
    """A body `{step, answers, version}`. Raises InvalidBody."""
    fields = Fields(data, ("step", "answers", "version"))
    step = fields.text("step", "the name of a step", 40, _WORD)
    version = fields.whole("version", 1, _MOST_VERSION)
    if not fields.has("version"):
        fields.wrong("version", "missing", "the version that you were shown", "Add version.")
    answers = _answers(data, fields)
    fields.check()
    return DraftAsk(step, answers, version or 0)


def accept_ask(data: Mapping[str, object]) -> Mapping[str, str]:
    """What is confirmed, from a body `{agreed: [names]}`. Raises InvalidBody."""
    fields = Fields(data, ("agreed",))
    names = fields.texts("agreed", "names of what you confirm", 20, 40, _WORD)
    fields.check()
    return dict.fromkeys(names, "yes")


def code_ask(data: Mapping[str, object]) -> tuple[str, bool]:
    """The code of an invitation and the answer, from a body `{code, agree}`. Raises InvalidBody."""
    fields = Fields(data, ("code", "agree"))
    code = fields.text("code", "the code of an invitation", 40, _CODE)
    agree = data.get("agree")
    if not isinstance(agree, bool):
        fields.wrong("agree", kind_of(agree) if "agree" in data else "missing", "true or false", "Correct agree.")
    fields.check()
    return code, agree is True


def case_ask(data: Mapping[str, object]) -> CaseAsk:
    """A body `{act, reason, note?}`; whether the act has such a ground is not looked at here. Raises InvalidBody."""
    fields = Fields(data, ("act", "reason", "note"))
    act = fields.text("act", "offer or refuse", 10, "offer|refuse")
    reason = fields.text("reason", "one of the grounds of the act", 40, _WORD)
    note = fields.text("note", f"text of 1 to {MOST_NOTE} characters", MOST_NOTE, optional=True)
    fields.check()
    return CaseAsk(cast("Verdict", act), reason, note)


def application_name(text: str) -> str:
    """The name of an application as an address gives it, if there can be one. Raises NotFoundError."""
    if re.fullmatch(_NAME, text) and text.startswith("a_"):
        return text
    raise no_application(text)


def offer_name(text: str) -> str:
    """The name of an offer as an address gives it, if there can be one. Raises NotFoundError."""
    if re.fullmatch(_NAME, text) and text.startswith("o_"):
        return text
    raise NotFoundError(
        "there is no such offer of yours", code="not_found", field="offer_id", found=text[:40],
        expected="the id of an offer made to you", do="Use the offer_id of one of your offers.",
    )  # fmt: skip


def _subject(fields: Fields) -> tuple[str | None, str | None]:
    offer = _named(fields, "offer_id", "o")
    decision = _named(fields, "decision_id", "d")
    if fields.has("offer_id") == fields.has("decision_id"):
        found = "both" if fields.has("offer_id") else "missing"
        fields.wrong("offer_id", found, "offer_id, or decision_id of a referred decision", "Send one of the two.")
    return offer, decision


def _named(fields: Fields, name: Literal["offer_id", "decision_id"], letter: str) -> str | None:
    expected = f"the {name} of one of your quotes"
    return fields.text(name, expected, 28, f"{letter}_[a-z2-7]{{26}}", optional=True) or None


def _answers(data: Mapping[str, object], fields: Fields) -> dict[str, str]:
    """Texts by name; which names there are is the form's to know."""
    given = data.get("answers")
    if given is None:
        return {}
    expected = f"an object of at most {_MOST_ANSWERS} texts, each of at most {MOST_TYPED} characters"
    if not isinstance(given, Mapping) or len(given) > _MOST_ANSWERS:
        fields.wrong("answers", kind_of(given), expected, "Correct answers.")
        return {}
    for name, value in given.items():
        if not isinstance(value, str) or len(value) > MOST_TYPED:
            fields.wrong(f"answers.{str(name)[:40]}", kind_of(value), expected, "Write it as text.")
    return {str(name): value for name, value in given.items() if isinstance(value, str)}
