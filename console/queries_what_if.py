"""What the what-if page asks: the surface to move on, the decision at a point, and a loan paid back otherwise."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from lending.domain.money import money
from lending.domain.policy import rulebook
from lending.domain.prepayment import Changed, change_term, due_day, pay_more, prepay
from lending.domain.reading import whole
from lending.domain.schedule import LoanFigures, read_loan

if TYPE_CHECKING:
    from serving.assembly import Platform


@dataclass(frozen=True, slots=True)
class OnPaper:
    """A loan as agreed and as it would be paid otherwise; it is thought to be paid out on `day`."""

    loan: LoanFigures
    changed: Changed
    day: date
    end_before: date
    end_after: date


@dataclass(frozen=True, slots=True)
class WhatIf:
    """Questions bound to one platform."""

    platform: Platform

    def surface(self, customer_id: str, product: str, collateral: str, co_applicant: str) -> bytes:
        """The signed surface as JSON. Raises InputError for what cannot be asked or is not theirs."""
        from serving.parse import surface_ask

        return self.platform.surfaces.surface(customer_id, surface_ask(product, collateral, co_applicant))

    def decide(self, customer_id: str, actor: str, data: Mapping[str, Any]) -> dict[str, Any]:
        """The bank's decision on a request as it came from the browser, with offers and ways on; it is recorded.

        Raises:
            InputError: a value is no such value; the error names the field.
        """
        from serving.parse import loan_ask

        return self.platform.advice.customize(customer_id, loan_ask(data), channel="portal", actor=actor)

    def on_paper(self, product: str, figures: Mapping[str, Any], change: Mapping[str, Any]) -> OnPaper:
        """A loan paid back otherwise; nothing is recorded.

        Args:
            product: whose charge for paying early counts.
            figures: `{amount, annual_rate, term_months, repayment}` of a decision.
            change: `{kind: extra | once | term, month, amount?, keep?, months?}`, texts as they were typed.

        Raises:
            InputError: a value is no such value, or lies outside what the loan allows; the error names the field.
        """
        loan = _loan(figures)
        changed = _changed(loan, change, self._charge(product))
        day = self.platform.clock.now().date()
        ends = due_day(day, loan.term_months), due_day(day, changed.term_months)
        return OnPaper(loan, changed, day, *ends)

    def _charge(self, product: str) -> Decimal:
        """The charge for paying early, a share of what is repaid."""
        policy, day = self.platform.policy.current, self.platform.clock.now().date()
        return Decimal(rulebook(policy, product, day)["prepayment_charge"])


_PARTS = {"instalment": (), "bullet": ("interest",), "moratorium": ("moratorium_months", "interest")}
"""What tells a way to repay beside its kind."""


def _loan(figures: Mapping[str, Any]) -> LoanFigures:
    """The loan of a decision's figures, read as strictly as anything from a browser."""
    how: Mapping[str, Any] = figures.get("repayment") or {}
    kept = {"kind": how.get("kind"), **{name: how.get(name) for name in _PARTS.get(str(how.get("kind")), ())}}
    asked = {name: figures.get(name) for name in ("annual_rate", "term_months")}
    return read_loan({**asked, "principal": figures.get("amount"), "repayment": kept}, (), ())


def _changed(loan: LoanFigures, change: Mapping[str, Any], charge: Decimal) -> Changed:
    month = whole(change.get("month"), "month", 0, 1200)
    if change.get("kind") == "term":
        return change_term(loan, month, whole(change.get("months"), "remaining_months", 1, 1200))
    amount = money(str(change.get("amount")), "amount")
    if change.get("kind") == "extra":
        return pay_more(loan, month - 1, amount, charge)
    return prepay(loan, month, amount, "term" if change.get("keep") == "term" else "instalment", charge)
