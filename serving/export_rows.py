"""What of a person's rows they are handed: nothing of another person, of staff, or of a rule that is never told."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from lending.domain.cases import INSIDE
from lending.domain.errors import CandorError

Row = Mapping[str, Any]
Rows = Mapping[str, Sequence[Row]]
Shown = Callable[[str], Mapping[str, Any]]
"""The quote result of a decision, as its customer may see it; raises where it cannot be made again."""
BANK = "bank"
_ACTORS = ("ledger", "application_events", "request_events", "audit_events")
"""Tables that say who acted."""
_OF_THE_BANK: Mapping[str, frozenset[str]] = {
    "applications": frozenset({"ground", "note"}),
    "documents": frozenset({"decided_by", "reason"}),
}
"""What staff wrote into a sealed content for the bank; what is told of it stands beside it, or in a letter."""


def handed_out(held: Rows, own: Collection[str], shown: Shown) -> dict[str, list[Row]]:
    """The rows as the person may read them.

    Args:
        held: of `lending.request_ports.Person.everything`.
        own: the person's id and user names; whoever else acted is "bank".
        shown: makes a decision's quote result.
    """
    masks: Mapping[str, Callable[[Row], Row]] = {
        "customers": _customer,
        "decisions": lambda row: _decision(row, shown),
        "requests": lambda row: {**row, "handled_by": BANK if row["handled_by"] else None},
        "invitations": lambda row: _invitation(row, own),
        "application_events": lambda row: {**row, "detail": str(row["detail"]).partition(" ")[0]},
        "audit_events": _event,
    }
    held = {name: [row for row in found if _told(name, row)] for name, found in held.items()}
    rows = {name: [_plain(masks.get(name, dict)(row), name) for row in found] for name, found in held.items()}
    return rows | {name: [_acted(row, own) for row in rows[name]] for name in _ACTORS if name in rows}


def _told(table: str, row: Row) -> bool:
    """What staff do among themselves around a case is told once something came of it."""
    return table != "application_events" or row["act"] not in INSIDE


def _plain(row: Row, table: str) -> Row:
    hidden, content = _OF_THE_BANK.get(table), row.get("content")
    if not hidden or not isinstance(content, Mapping):
        return row
    return {**row, "content": {name: value for name, value in content.items() if name not in hidden}}


def _customer(row: Row) -> Row:
    content = row.get("content")
    return {**row, "content": _without_flags(content)} if isinstance(content, Mapping) else row


def _without_flags(content: Mapping[str, Any]) -> dict[str, Any]:
    """Facts without what screening goes by, wherever they stand in a content."""
    return {
        name: _without_flags(value) if isinstance(value, Mapping) else value
        for name, value in content.items()
        if name != "flags"
    }


def _decision(row: Row, shown: Shown) -> Row:
    """One's own facts, what was asked and what was shown; who signs too is another person."""
    core = row.get("content")
    if not isinstance(core, Mapping):
        return row
    own = _without_flags(core["facts"]["applicant"])
    try:
        quote: Any = shown(row["decision_id"])
    except CandorError:  # it does not replay: its facts are handed out all the same
        quote = None
    return {**row, "content": {"as_of": core["as_of"], "request": core["request"], "facts": own, "shown": quote}}


def _invitation(row: Row, own: Collection[str]) -> Row:
    """Who said no, or was never named, is not told to whoever asked."""
    told = row["state"] == "agreed" or row["invited_id"] in own
    return {**row, "invited_id": row["invited_id"] if told else None}


def _event(row: Row) -> Row:
    detail = json.loads(row["detail"])
    return {**row, "detail": {name: value for name, value in detail.items() if name != "invited_by"}}


def _acted(row: Row, own: Collection[str]) -> Row:
    return {**row, "actor": row["actor"] if row["actor"] in own else BANK}
