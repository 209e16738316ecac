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

SCHEMA = "surface/2"
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
    """The decision at an amount and a term, to the cent; for many points of one surface use a `Reader`.

    Args:
        surface: as `serving.surface` made it, or parsed from its text.
        amount: above zero, at most two places.
        term_months: 1 to 1200.
    """
    return Reader(surface).at(amount, term_months)


@dataclass(frozen=True, slots=True)
class _Limit:
    """A limit on what is due: where it is looked at, the most that it allows up to each term, and what follows."""

    amounts: tuple[Decimal, Decimal]
    first_term: int
    terms: Sequence[int]
    most: Sequence[Decimal]
    on: str
    rate_add: Decimal
    outcome: Outcome
    code: str

    def covers(self, amount: Money, term_months: int) -> bool:
        return self.first_term <= term_months <= self.terms[-1] and self.amounts[0] <= amount <= self.amounts[1]

    def allows(self, asked: Money, term_months: int) -> bool:
        return asked <= self.most[bisect_left(self.terms, term_months)]


class Reader:
    """A surface whose texts are read once, for many points."""

    def __init__(self, surface: Mapping[str, Any]) -> None:
        """Args: surface: as `serving.surface` made it, or parsed from its text."""
        self._amounts, self._terms = [Decimal(cut) for cut in surface["amount_cuts"]], surface["term_cuts"]
        self._cells = surface["cells"]
        self._limits = [_limit(one) for one in surface["limits"]]
        self._basis = _basis(surface)
        self._steps = {name: Decimal(value) for name, value in surface["steps"].items()}

    def at(self, amount: Money, term_months: int) -> Point:
        """The decision at an amount and a term, to the cent.

        A cell holds for amounts above the cut before it up to its own cut, and the same in months. A limit is looked at
        where amount and term lie within its range; there its `max` beside the first of its `term_cuts` that is not
        below the term counts. Of all that fails the worst outcome counts, and of its causes the first: the cell's, then
        the limits' in order, then the cell's where it counts `after`. A cell without a rate counts alone.

        Args:
            amount: above zero, at most two places.
            term_months: 1 to 1200.
        """
        cell = self._cells[bisect_left(self._amounts, amount)][bisect_left(self._terms, term_months)]
        if cell["rate"] is None:
            return Point(Outcome(cell["outcome"]), cell["code"], None)
        rate = Rate(Decimal(cell["rate"]))
        broken = [] if cell["counts"] == "alone" else self._broken(amount, rate, term_months)
        own = [] if cell["code"] is None else [(Outcome(cell["outcome"]), str(cell["code"]))]
        causes = [*broken, *own] if cell["counts"] == "after" else [*own, *broken]
        outcome = max((o for o, _ in causes), key=_WORSE.index, default=Outcome.APPROVE)
        code = next((code for o, code in causes if o is outcome), None)
        lent = outcome is not Outcome.DECLINE and self._is_lent(amount, rate, term_months)
        return Point(outcome, code, terms_at(amount, term_months, rate, self._basis) if lent else None)

    def _is_lent(self, amount: Money, rate: Rate, term_months: int) -> bool:
        """Whether the product has such an amount and term, and is lent at such a rate."""
        steps = self._steps
        fits = steps["amount_min"] <= amount <= steps["amount_max"]
        return (
            fits and steps["term_months_min"] <= term_months <= steps["term_months_max"] and rate <= steps["rate_max"]
        )

    def _broken(self, amount: Money, rate: Rate, term_months: int) -> list[tuple[Outcome, str]]:
        """What the limits on what is due say, in their order; what is due at a rate is worked out once."""
        asked: dict[tuple[str, Decimal], Money] = {}
        found: list[tuple[Outcome, str]] = []
        for limit in self._limits:
            if limit.covers(amount, term_months):
                key = limit.on, limit.rate_add
                if key not in asked:
                    measure = due if limit.on == "instalment" else burden
                    asked[key] = measure(self._basis.repayment, amount, Rate(rate + limit.rate_add), term_months)
                if not limit.allows(asked[key], term_months):
                    found.append((limit.outcome, limit.code))
        return found


def _limit(said: Mapping[str, Any]) -> _Limit:
    return _Limit(
        (Decimal(said["amount_from"]), Decimal(said["amount_to"])), said["term_from"], said["term_cuts"],
        [Decimal(most) for most in said["max"]], said["on"], Decimal(said["rate_add"]), Outcome(said["outcome"]),
        said["code"],
    )  # fmt: skip


def _basis(surface: Mapping[str, Any]) -> Basis:
    how = surface["repayment"]
    repayment = Repayment(how["kind"], how["moratorium_months"], how["interest"])
    fee = Decimal(surface["fees"][0]["share"])
    return Basis(repayment, fee, surface["apr_method"], date.fromisoformat(surface["valid_until"]))
