"""Loans that the grid approves for a wish: the largest one, and every time over which one amount could be had."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from lending.domain.money import Money
from lending.domain.offers import Candidate
from lending.domain.policy import Rulebook
from serving.points import Scanner

_COARSE = 48


def largest(scan: Scanner, book: Rulebook, term: int | None, instalment: Decimal | None) -> Candidate | None:
    """The largest amount that is approved and within the payment; of equal ones the shortest term, then finer steps."""
    low, high, step = book["amount_min"], book["amount_max"], book["amount_step"]
    coarse = max(step, (high - low) / _COARSE // step * step)
    best = _best(scan, _amounts(low, high, coarse), book, term, instalment)
    if best is None:
        return None
    finer = _amounts(best.amount, min(high, best.amount + coarse), step)
    return _best(scan, finer, book, term, instalment) or best


def over_each_term(scan: Scanner, book: Rulebook, amount: Money) -> list[Candidate]:
    """One amount over every term of the product that is approved, the shortest first."""
    found = scan([(amount, months) for months in _terms(book)])
    return [one for one in found if one is not None]


def _amounts(low: Decimal, high: Decimal, step: Decimal) -> list[Money]:
    count = int((high - low) // step)
    return [Money(low + step * n) for n in range(count + 1)] + [Money(high)]


def _terms(book: Rulebook) -> list[int]:
    first, last, step = (int(book[f"term_months_{name}"]) for name in ("min", "max", "step"))
    return list(range(first, last + 1, step))


def _best(
    scan: Scanner, amounts: Sequence[Money], book: Rulebook, term: int | None, instalment: Decimal | None
) -> Candidate | None:
    terms = [term] if term is not None else _terms(book)
    found = scan([(amount, months) for amount in amounts for months in terms])
    fits = [one for one in found if one is not None and (instalment is None or one.instalment <= instalment)]
    return max(fits, key=lambda one: (one.amount, -one.term_months), default=None)
