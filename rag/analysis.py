"""Which loan of the catalogue suits a customer: an analyst's table, then a specialist who picks from it and says why.

Both steps are computed. A loan is for one need (kb/documents/products/which-loan.md), so the need comes first: a loan
for something else is never picked because it is cheaper. A product that the table does not hold cannot be named.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from rag.content import Claim, Result, money, months
from rag.entries import ledger_of
from rag.ledger import Ledger, merged
from rag.ports import Writing


@dataclass(frozen=True, slots=True)
class Line:
    """What one product would give a customer.

    Attributes:
        open: whether the catalogue lets the customer ask for it.
        any_need: whether it may pay for anything.
        needs: what secures it, where that must be told first; empty where nothing is missing.
        quote: the quote result for what was asked, with offers; None where it is closed or something is missing.
        why_not: in words, where it is closed.
    """

    product: str
    name: str
    open: bool
    any_need: bool
    needs: str
    quote: Result | None
    why_not: str = ""

    @property
    def offer(self) -> dict[str, Any] | None:
        """The recommended offer; None where there is none."""
        return next((dict(o) for o in (self.quote or {"offers": []})["offers"] if o["recommended"]), None)

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready; of the quote only its outcome and the recommended offer."""
        return {
            "product": self.product, "name": self.name, "open": self.open, "needs": self.needs,
            "outcome": self.quote["outcome"] if self.quote else None, "offer": self.offer, "why_not": self.why_not,
        }  # fmt: skip


def pick(table: Sequence[Line], need: str | None) -> Line | None:
    """The product made for a need if it has an offer, else one that may pay for anything; None where neither has.

    Args:
        table: of the whole catalogue.
        need: the product made for it; None where the customer has not said.
    """
    able = [line for line in table if line.open and line.offer is not None]
    made = [line for line in able if line.product == need]
    return next(iter([*made, *(line for line in able if line.any_need and need is not None)]), None)


def advised(table: Sequence[Line], need: str | None, holds: int, writing: Writing) -> list[Claim]:
    """The claims of the analysis: the pick, what else there is, what is closed and why.

    Args:
        table: of the whole catalogue.
        need: as `pick`.
        holds: how many loans the customer has here.
        writing: of the market.
    """
    best = pick(table, need)
    told = [*_picked(best, writing)] if best else [*_none(table, need)]
    if holds:
        told.append(Claim("holds", "The payments of what you have borrowed from us so far are counted in."))
    return [*told, *_others(best, table, writing), *_missing(table), *_refused(table), *_closed(table)]


def ledger_of_table(table: Sequence[Line], currency: str) -> Ledger:
    """The figures of every product in the table."""
    return merged([Ledger((), currency), *(ledger_of(line.quote, currency) for line in table if line.quote)])


def _picked(best: Line, writing: Writing) -> Iterator[Claim]:
    offer = best.offer or {}
    told = "For this we recommend the {product}: an amount of {amount}, repaid over {term}."
    yield Claim("pick", told, {
        "product": best.name.lower(), "amount": money(offer["amount"], writing),
        "term": months(offer["term_months"], writing)}, "which-loan")  # fmt: skip
    price = "Its monthly payment is {instalment}, its interest rate is {rate} and it costs {cost} in all."
    yield Claim("pick_price", price, {
        "instalment": money(offer["instalment"], writing), "rate": writing.rate(Decimal(offer["annual_rate"])),
        "cost": money(offer["total_cost"], writing)}, "how-the-rate-is-set")  # fmt: skip


def _none(table: Sequence[Line], need: str | None) -> Iterator[Claim]:
    """Why nothing is picked, unless something has to be told first."""
    if need is None:
        told = "Each loan is made for a need, so start from what you want to pay for."
        yield Claim("need", told, topic="which-loan")
    elif not any(line.product == need and line.open and line.needs for line in table):
        yield Claim("none", "We have no loan to offer for this today.", topic="which-loan")


def _others(best: Line | None, table: Sequence[Line], writing: Writing) -> Iterator[Claim]:
    for line in table:
        if line is not best and line.open and (offer := line.offer):
            yield Claim("other", "The {product} would lend an amount of {amount} and cost {cost} in all.", {
                "product": line.name.lower(), "amount": money(offer["amount"], writing),
                "cost": money(offer["total_cost"], writing)}, "which-loan")  # fmt: skip


def _missing(table: Sequence[Line]) -> Iterator[Claim]:
    for line in table:
        if line.open and line.needs:
            yield Claim("missing", "For the {product}, tell us first what secures it and what it is worth.",
                        {"product": line.name.lower()}, "loan-to-value")  # fmt: skip


def _refused(table: Sequence[Line]) -> Iterator[Claim]:
    """Open, and yet nothing could be offered for this; the first reason says why."""
    for line in table:
        if line.open and line.quote is not None and line.offer is None:
            told = "For the {product} we cannot make an offer for this today."
            yield Claim("refused", told, {"product": line.name.lower()}, "which-loan")
            yield from (Claim("refused_why", reason["text"], topic="reasons") for reason in line.quote["reasons"][:1])


def _closed(table: Sequence[Line]) -> Iterator[Claim]:
    for line in table:
        if not line.open:
            told = "The {product} is not open to you today."
            yield Claim("closed", told, {"product": line.name.lower()}, "which-loan")
            if line.why_not:
                yield Claim("closed_why", line.why_not)
