"""What speaks for and against an offer, computed from the set it stands in."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from lending.domain.money import Money, money_text, plain
from lending.domain.offers import BALANCED, Offer
from lending.domain.policy import Rulebook
from lending.domain.terms import LoanTerms

Say = Callable[[str, str, str], str]
"""A point's text, from its code, its figure and the unit of that: currency, months, fraction, or "" without one."""


@dataclass(frozen=True, slots=True)
class Point:
    """One point; `value` is its figure (money, months or a fraction, as text), "" where it has none."""

    code: str
    text: str
    value: str

    def as_dict(self) -> dict[str, str]:
        """JSON-ready."""
        return {"code": self.code, "text": self.text, "value": self.value}


def pros(offer: Offer, offers: Sequence[Offer], say: Say) -> list[Point]:
    """What this offer is better at than any other of the set."""
    found = [_point("balanced", "", "", say)] if BALANCED in offer.goals else []
    for code, measure in (("lowest_instalment", _instalment), ("lowest_cost", _cost), ("soonest_done", _months)):
        values = [measure(o.terms) for o in offers]
        gain = max(values) - measure(offer.terms)
        if measure(offer.terms) == min(values) and gain:
            found.append(_point(code, *_shown(gain, measure), say))
    return found


def cons(offer: Offer, offers: Sequence[Offer], asked: Money, book: Rulebook, say: Say) -> list[Point]:
    """What this offer is worse at than the best of the set, and where it comes close to a limit."""
    found: list[Point] = []
    for code, measure in (("instalment_above", _instalment), ("cost_above", _cost), ("longer", _months)):
        loss = measure(offer.terms) - min(measure(o.terms) for o in offers)
        if loss:
            found.append(_point(code, *_shown(loss, measure), say))
    for finding in offer.decision.findings:
        if finding.field == "dti" and finding.operator == "at_most" and finding.value is not None:
            share, limit = Decimal(finding.value), Decimal(finding.limit)
            if share >= limit * book["near_limit_share"]:
                found.append(_point("near_debt_limit", plain(share), "fraction", say))
    if offer.terms.amount != asked:
        code = "smaller_than_asked" if offer.terms.amount < asked else "larger_than_asked"
        found.append(_point(code, money_text(abs(asked - offer.terms.amount)), "currency", say))
    return found


def _instalment(terms: LoanTerms) -> Decimal:
    return terms.instalment


def _cost(terms: LoanTerms) -> Decimal:
    return terms.total_cost


def _months(terms: LoanTerms) -> Decimal:
    return Decimal(terms.term_months)


def _shown(value: Decimal, measure: Callable[[LoanTerms], Decimal]) -> tuple[str, str]:
    """A figure and its unit."""
    return (str(value), "months") if measure is _months else (money_text(value), "currency")


def _point(code: str, value: str, unit: str, say: Say) -> Point:
    return Point(code, say(code, value, unit), value)
