"""Reads what is asked about cases and overrides."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal, cast

from lending.case_ports import Wanted, no_override
from serving.application_cases import MOST_NOTE
from serving.case_overrides import Proposal
from serving.case_queue import TABS, Tab, Wish
from serving.cases import Verdict
from serving.fields import Fields

_WORD = "[a-z][a-z0-9_]{0,39}"
_ASKED = r"[a-z][a-z0-9_]{0,39}(\.[a-z][a-z0-9_]{0,39})?"
_MOST_VERSION = 2**31 - 1
_LONGEST = 60
_KNOWN = ("tab", "product", "why", "late", "find", "page")


def wish(query: Mapping[str, str]) -> Wish:
    """What is wanted of the queue, from the query of an address. Raises InvalidBody."""
    fields = Fields(dict(query), _KNOWN)
    tab = fields.text("tab", f"one of {', '.join(TABS)}", 10, "|".join(TABS), optional=True)
    why = fields.text("why", "referred or papers", 10, "referred|papers", optional=True)
    late = fields.text("late", "yes", 3, "yes", optional=True)
    product = fields.text("product", "the name of a loan type", 40, _WORD, optional=True)
    find = fields.text("find", f"at most {_LONGEST} characters", _LONGEST, optional=True)
    page = fields.text("page", "a whole number from 1", 5, "[1-9][0-9]{0,4}", optional=True)
    fields.check()
    return Wish(cast("Tab", tab or "all"), product, why, late == "yes", find, int(page or 1))


def ask_for(data: Mapping[str, object]) -> tuple[str, int]:
    """What the customer is asked for, and the version, from a body `{what, version}`. Raises InvalidBody."""
    fields = Fields(data, ("what", "version"))
    what = fields.text("what", "a paper of the case's list, or call", 81, _ASKED)
    version = _version(fields)
    fields.check()
    return what, version


def verdict(data: Mapping[str, object]) -> Verdict:
    """A body `{act, ground, note?, version}`; whether there is such a ground is not looked at here."""
    fields = Fields(data, ("act", "ground", "note", "version"))
    act, ground = _act(fields), fields.text("ground", "one of the grounds of the act", 40, _WORD)
    note = fields.text("note", f"text of 1 to {MOST_NOTE} characters", MOST_NOTE, optional=True)
    version = _version(fields)
    fields.check()
    return Verdict(act, ground, note, version)


def proposal(data: Mapping[str, object]) -> Proposal:
    """A body `{act, reason, ground, comment, version}`. Raises InvalidBody."""
    fields = Fields(data, ("act", "reason", "ground", "comment", "version"))
    act, reason = _act(fields), fields.text("reason", "why, against the record", 40, _WORD)
    ground = fields.text("ground", "one of the grounds of the act", 40, _WORD)
    comment = fields.text("comment", f"text of 1 to {MOST_NOTE} characters", MOST_NOTE)
    version = _version(fields)
    fields.check()
    return Proposal(act, reason, ground, comment, version)


def second_word(data: Mapping[str, object]) -> tuple[int, str]:
    """The version and what is said to it, from a body `{version, answer?}`. Raises InvalidBody."""
    fields = Fields(data, ("version", "answer"))
    answer = fields.text("answer", f"text of 1 to {MOST_NOTE} characters", MOST_NOTE, optional=True)
    version = _version(fields)
    fields.check()
    return version, answer


def override_name(text: str) -> str:
    """The name of an override as an address gives it, if there can be one. Raises NotFoundError."""
    if re.fullmatch("v_[a-z2-7]{26}", text):
        return text
    raise no_override(text)


def _act(fields: Fields) -> Wanted:
    return cast("Literal['offer', 'refuse']", fields.text("act", "offer or refuse", 10, "offer|refuse"))


def _version(fields: Fields) -> int:
    found = fields.whole("version", 1, _MOST_VERSION)
    if not fields.has("version"):
        fields.wrong("version", "missing", "the version that you were shown", "Add version.")
    return found or 0
