"""What rules look at, for many amounts, terms and risks of one application at once, compared in whole numbers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from lending.domain.affordability import repayment_of
from lending.domain.application import Application, Person
from lending.domain.eligibility import collateral_value
from lending.domain.income import counted_income, counted_net_income
from lending.domain.money import Money
from lending.domain.people import months_between, obligations_left, people, refinanced_payoff, signing
from lending.domain.policy import DatedRule, Rulebook
from lending.domain.repayment import Repayment
from lending.grid.cuts import spans
from lending.grid.instalments import burden_cents, due_cents
from lending.grid.pricing import priced_rates, yearly_pd
from lending.grid.scaled import CENTS, MICRO, RATE, Whole, ceiled, floored, times, whole

Mask = NDArray[np.bool_]
_Price = Callable[[Repayment, Whole, Whole, Whole], Whole]
NEEDS_A_LOAN = frozenset({"dti", "dti_stressed", "foir", "ltv_at_maturity"})
"""Figures of what is due, which there are only where there can be such a loan."""
_MILLION = 10**MICRO


@dataclass(frozen=True, eq=False)
class Points:
    """What is asked and how risky it is, all of shape (n,): cents, whole months, PD in millionths.

    `theirs` is where the PD that counts is the co-applicant's; None where that of the first who is assessed does.
    """

    cents: Whole
    terms: Whole
    pd_micro: Whole
    theirs: Mask | None = None


@dataclass(frozen=True, eq=False)
class Share:
    """A ratio, shape (n,); unknown where `whole` is below zero.

    `whole` is in cents, `part` in millionths of a cent: part ÷ whole, rounded up, is the share in millionths.
    """

    part: Whole
    whole: Whole


class Figures:
    """The figures of every point; each is worked out when first asked for."""

    def __init__(
        self, application: Application, book: Rulebook, as_of: date, horizon_months: int, points: Points
    ) -> None:
        self._application, self._book, self._as_of, self._horizon = application, book, as_of, horizon_months
        self._how, self.points = repayment_of(book), points

    @cached_property
    def rate8(self) -> Whole:
        """Priced rates in units of 1e-8, also above the product's top."""
        return priced_rates(self.points.pd_micro, self._book, self._horizon)

    @cached_property
    def reached(self) -> Mask:
        """Where a loan can have such an amount and term at all, so that there is an instalment."""
        shortest, (cents, terms) = int(self._book.get("moratorium_months") or 0), (self.points.cents, self.points.terms)
        fits = (terms > shortest) & (terms <= int(self._book["term_months_max"]))
        return fits & (cents > 0) & (cents <= floored(self._book["amount_max"], CENTS))

    @cached_property
    def due(self) -> Whole:
        """Instalments in cents; 0 where none is reached."""
        return self._where_reached(due_cents, self.rate8)

    def holds(self, rule: DatedRule, whose: Person = "applicant") -> tuple[Mask, Mask, Mask]:
        """Where a rule is looked at, where its figure is known, and where it is met; of a person where it is theirs."""
        field, cents = rule.rule.field, self.points.cents
        everywhere, passed = np.ones(len(cents), dtype=bool), np.zeros(len(cents), dtype=bool)
        value, places = self._figure(field, whose)
        for first, last, limit in spans(rule):
            passed |= (cents >= first) & (cents <= last) & _meets(value, places, rule.rule.operator, limit)
        known = _known(value, field) & everywhere
        return self.reached if field in NEEDS_A_LOAN else everywhere, known, known & passed

    def _figure(self, field: str, whose: Person) -> tuple[Whole | Share, int]:
        """A rule's figure at every point, and the decimal places in which it is counted."""
        cents, terms = self.points.cents, self.points.terms
        match field:
            case "amount":
                return cents, CENTS
            case "term_months":
                return terms, 0
            case "cash_out":
                return cents - whole(refinanced_payoff(self._application), CENTS), CENTS
            case "age_at_maturity_years":
                lived = months_between(signing(self._application)[whose].birth_date, self._as_of)
                return (lived + terms) // 12, 0
            case "counted_income":
                return self._income(counted_income), CENTS
            case "pd_12m":
                return yearly_pd(self.points.pd_micro, self._horizon), RATE
            case "required_rate":
                return self.rate8, RATE
            case _:
                return self.share(field), MICRO

    def share(self, field: str) -> Share:
        """A rule's ratio at every point: of the loan to its security, of debts to income."""
        cents = self.points.cents
        security = self._everywhere(collateral_value(self._application, self._book), -1)
        match field:
            case "ltv":
                return Share(times(cents, _MILLION), security)
            case "ltv_at_maturity":
                at_maturity = security if self._how.kind == "bullet" else np.full_like(security, -1)
                return Share(times(self.due, _MILLION), at_maturity)
            case "dti":
                return self._debts(self._burden, counted_income)
            case "dti_stressed":
                return self._debts(self._stressed, counted_income)
            case "foir":
                return self._debts(self._burden, counted_net_income)
            case _:
                raise NotImplementedError(field)

    def _debts(self, load: Whole, income: Callable[..., Money | None]) -> Share:
        owed = obligations_left(self._application)
        if owed is None:
            return Share(load, np.full_like(load, -1))
        # Debts of the record may have more places than cents; the rest is rounded up, as their share would be.
        return Share(times(load, _MILLION, ceiled(owed, CENTS + MICRO)), self._income(income))

    @cached_property
    def _burden(self) -> Whole:
        return self._where_reached(burden_cents, self.rate8)

    @cached_property
    def _stressed(self) -> Whole:
        if self._book.product.rate_kind != "variable":
            return self._burden
        return self._where_reached(burden_cents, self.rate8 + whole(self._book["stress_add"], RATE))

    def _where_reached(self, price: _Price, rate8: Whole) -> Whole:
        found, at = np.zeros(len(rate8), dtype=np.int64), self.reached
        found[at] = price(self._how, self.points.cents[at], rate8[at], self.points.terms[at])
        return found

    def _income(self, counted: Callable[[Application, Rulebook, date], Money | None]) -> Whole:
        """Income in cents; -1 where not known. It depends on the term only where somebody's income ends."""
        if all(p.income_until is None for p in people(self._application)):
            return self._everywhere(counted(self._application, self._book, self._as_of), -1)
        terms, places = np.unique(self.points.terms, return_inverse=True)
        by_term = [self._cents(counted(self._with_term(int(t)), self._book, self._as_of), -1) for t in terms]
        return np.array(by_term, dtype=np.int64)[places]

    def _with_term(self, term_months: int) -> Application:
        return replace(self._application, request=replace(self._application.request, term_months=term_months))

    def _everywhere(self, value: Decimal | None, unknown: int) -> Whole:
        return np.full(len(self.points.cents), self._cents(value, unknown), dtype=np.int64)

    @staticmethod
    def _cents(value: Decimal | None, unknown: int) -> int:
        return unknown if value is None else whole(value, CENTS)


def _known(value: Whole | Share, field: str) -> Mask:
    """Where a figure is known; what is asked for always is."""
    if isinstance(value, Share):
        return value.whole >= 0
    return value >= 0 if field == "counted_income" else np.asarray(True)


def _meets(value: Whole | Share, places: int, operator: str, limit: Decimal | None) -> Mask:
    """Where a figure that is known meets a limit; with an operator that reads no number, everywhere or nowhere."""
    if limit is None or operator not in ("at_least", "at_most"):
        return np.asarray(operator in ("present", "none_of"))
    most, least = floored(limit, places), ceiled(limit, places)
    if isinstance(value, Share):
        if operator == "at_most":
            return (value.part <= times(value.whole, most)).astype(bool)
        return (value.part > times(value.whole, least - 1)).astype(bool)
    return value <= most if operator == "at_most" else value >= least
