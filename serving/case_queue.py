"""The queue of cases: filtered, by what is due first, a page at a time."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Literal

from lending.case_ports import CaseLine, EndedCase
from lending.domain.cases import due
from lending.ports import Account
from serving.application_shown import reference
from serving.case_overrides import Overrides

Tab = Literal["all", "mine", "free", "second", "asked", "done"]
TABS: tuple[Tab, ...] = ("all", "mine", "free", "second", "asked", "done")
A_PAGE = 25
"""Cases of a page."""
MOST_ENDED = 500
DONE_DAYS = 30
"""Ended cases are listed for so long."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody wants to see of the queue.

    Attributes:
        why: `referred` or `papers`; "" for both.
        late: only what is late.
        find: a part of the reference or the customer's id.
        page: from 1.
    """

    tab: Tab = "all"
    product: str = ""
    why: str = ""
    late: bool = False
    find: str = ""
    page: int = 1


@dataclass(frozen=True, slots=True)
class Queue:
    """A page of the queue; `counts` are of each tab before filters, `found` of this one after them."""

    rows: Sequence[Mapping[str, Any]]
    counts: Mapping[str, int]
    late: int
    found: int
    page: int
    products: Sequence[str] = field(default_factory=tuple[str, ...])


@dataclass(frozen=True)
class CaseQueue(Overrides):
    """The queue as one member of staff sees it."""

    def queue(self, who: Account, wish: Wish) -> Queue:
        """What waits, due first, or what was ended, newest first. Nothing of somebody who was erased waits."""
        now = self.applications.clock.now()
        lines = [self._line(line) for line in self.book.waiting(now.date())]
        ended = self.book.ended(now - timedelta(days=DONE_DAYS), MOST_ENDED)
        tabs = {tab: [line for line in lines if _IN_TAB[tab](line, who)] for tab in TABS if tab != "done"}
        chosen = [_ended(one) for one in ended] if wish.tab == "done" else sorted(tabs[wish.tab], key=_due)
        found = [row for row in chosen if _fits(row, wish)]
        page = min(max(wish.page, 1), max(1, -(-len(found) // A_PAGE)))
        shown = found[(page - 1) * A_PAGE : page * A_PAGE]
        counts = {**{tab: len(rows) for tab, rows in tabs.items()}, "done": len(ended)}
        products = sorted({str(row["product"]) for row in (*lines, *map(_ended, ended))})
        late = sum(row["stands"] == "late" for row in lines)
        return Queue([self._named(row, who) for row in shown], counts, late, len(found), page, products)

    def _line(self, line: CaseLine) -> dict[str, Any]:
        hours, now = self.rules.hours(line.since.date()), self.applications.clock.now()
        until = due(line.since, now, hours, line.asked_at)
        return {
            "application_id": line.application_id, "reference": reference(line.application_id),
            "customer_id": line.customer_id, "product": line.product, "decision_id": line.decision_id,
            "version": line.version, "why": line.why, "since": line.since.isoformat(), "due": until.at.isoformat(),
            "stands": until.stands, "taken_by": line.taken_by, "proposed_by": line.proposed_by,
            "asked_at": line.asked_at.isoformat() if line.asked_at else None, "state": "in_review",
        }  # fmt: skip

    def _named(self, row: dict[str, Any], who: Account) -> dict[str, Any]:
        """A line with what is opened for the lines of a page alone."""
        row = {**row, "name": self.applications.customers.name(row["customer_id"])}
        if row["state"] == "ended":
            known = row["override"] is None or self.rules.knows_confidential(who.role)
            return {**row, "override": row["override"] if known else "hidden"}
        core = json.loads(self.applications.decisions.get(row["decision_id"]).core)
        return {**row, "amount": core["request"]["amount"]}


def _ended(one: EndedCase) -> dict[str, Any]:
    return {
        "application_id": one.application_id, "reference": reference(one.application_id),
        "customer_id": one.customer_id, "product": one.product, "act": one.act, "ground": one.ground,
        "officer": one.officer, "second": one.second, "override": one.override, "at": one.at.isoformat(),
        "state": "ended", "stands": "in_time", "why": "",
    }  # fmt: skip


def _due(row: Mapping[str, Any]) -> tuple[str, str]:
    return str(row["due"]), str(row["application_id"])


def _fits(row: Mapping[str, Any], wish: Wish) -> bool:
    asked = wish.find.strip().upper()
    return (
        wish.product in ("", row["product"])
        and (wish.why in ("", row["why"]) or row["state"] == "ended")
        and (not wish.late or row["stands"] == "late")
        and (not asked or asked in str(row["reference"]) or asked in str(row["customer_id"]).upper())
    )


_IN_TAB: Mapping[str, Callable[[Mapping[str, Any], Account], bool]] = {
    "all": lambda line, who: True,
    "mine": lambda line, who: line["taken_by"] == who.username,
    "free": lambda line, who: line["taken_by"] is None and line["proposed_by"] is None and line["asked_at"] is None,
    "second": lambda line, who: line["proposed_by"] is not None,
    "asked": lambda line, who: line["asked_at"] is not None and line["proposed_by"] is None,
}
