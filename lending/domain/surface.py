"""Reads a quote surface: what the bank would decide at any amount and term, without asking it.

The browser reads the same text by the same rules (`tests/cases/quote_vectors.json` ties the two).
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from lending.domain.application import Outcome
from lending.domain.money import Money, Rate
from lending.domain.repayment import Repayment, burden, due
from lending.domain.terms import Basis, LoanTerms, terms_at

SCHEMA = "surface/1"
COUNTS = ("before", "after", "alone")
"""Whether a cell's cause counts before those of the limits, after them, or alone, so that no limit is looked at."""
_WORSE = (Outcome.APPROVE, Outcome.REFER, Outcome.DECLINE)


@dataclass(frozen=True, slots=True)
class Point:
    """What a surface says about one amount and term; `terms` is None where the decision has none."""

    outcome: Outcome
    code: str | None
    terms: LoanTerms | None


def read_point(surface: Mapping[str, Any], amount: Money, term_months: int) -> Point:
    """The decision at an amount and a term, to the cent.

    A cell holds for amounts above the cut before it up to its own cut, and the same in months. A limit is looked at
    where amount and term lie within its range. Of all that fails the worst outcome counts, and of its causes the first:
    the cell's, then the limits' in order, then the cell's where it counts `after`. A cell without a rate counts alone.

    Args:
        surface: as `serving.surface` made it, or parsed from its text.
        amount: above zero, at most two places.
        term_months: 1 to 1200.
    """
    cell, basis = _cell(surface, amount, term_months), _basis(surface)
    if cell["rate"] is None:
        return Point(Outcome(cell["outcome"]), cell["code"], None)
    rate = Rate(Decimal(cell["rate"]))
    alone = cell["counts"] == "alone"
    broken = [] if alone else _broken(surface["limits"], basis.repayment, amount, rate, term_months)
    own = [] if cell["code"] is None else [(Outcome(cell["outcome"]), str(cell["code"]))]
    causes = [*broken, *own] if cell["counts"] == "after" else [*own, *broken]
    outcome = max((o for o, _ in causes), key=_WORSE.index, default=Outcome.APPROVE)
    code = next((code for o, code in causes if o is outcome), None)
    lent = outcome is not Outcome.DECLINE and _is_lent(surface["steps"], amount, rate, term_months)
    return Point(outcome, code, terms_at(amount, term_months, rate, basis) if lent else None)


def _cell(surface: Mapping[str, Any], amount: Money, term_months: int) -> Mapping[str, Any]:
    row = bisect_left([Decimal(cut) for cut in surface["amount_cuts"]], amount)
    return surface["cells"][row][bisect_left(surface["term_cuts"], term_months)]


def _is_lent(steps: Mapping[str, Any], amount: Money, rate: Rate, term_months: int) -> bool:
    """Whether the product has such an amount and term, and is lent at such a rate."""
    fits = Decimal(steps["amount_min"]) <= amount <= Decimal(steps["amount_max"])
    fits = fits and steps["term_months_min"] <= term_months <= steps["term_months_max"]
    return fits and rate <= Decimal(steps["rate_max"])


def _basis(surface: Mapping[str, Any]) -> Basis:
    how = surface["repayment"]
    repayment = Repayment(how["kind"], how["moratorium_months"], how["interest"])
    fee = Decimal(surface["fees"][0]["share"])
    return Basis(repayment, fee, surface["apr_method"], date.fromisoformat(surface["valid_until"]))


def _broken(
    limits: Sequence[Mapping[str, Any]], how: Repayment, amount: Money, rate: Rate, term_months: int
) -> list[tuple[Outcome, str]]:
    """What the limits on the instalment say, in their order."""
    found: list[tuple[Outcome, str]] = []
    for limit in limits:
        within = Decimal(limit["amount_from"]) <= amount <= Decimal(limit["amount_to"])
        if not (within and limit["term_from"] <= term_months <= limit["term_to"]):
            continue
        measure = due if limit["on"] == "instalment" else burden
        if measure(how, amount, Rate(rate + Decimal(limit["rate_add"])), term_months) > Decimal(limit["max"]):
            found.append((Outcome(limit["outcome"]), limit["code"]))
    return found
