"""A running loan changed on paper: paid back in part or in whole, or given another term or rate. Pure."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Literal

from lending.domain.instalments import MAX_TERM_MONTHS, refuse_terms
from lending.domain.money import ZERO, Money, money_text, to_cents
from lending.domain.repayment import Repayment, Row, Standing, months_waiting, rows_from
from lending.domain.schedule import LoanFigures

Keep = Literal["term", "instalment"]
"""What stays after a prepayment: the months, so that the instalment falls, or the instalment, so that the months do."""

_DAYS_A_YEAR = 365
MOST_DAYS = 30


@dataclass(frozen=True, slots=True)
class Changed:
    """A plan after a change: what is owed then, the rows to come, and the two plans compared over the whole loan."""

    month: int
    outstanding: Money
    rows: tuple[Row, ...]
    interest_before: Money
    interest_after: Money
    months_saved: int
    charge: Money = ZERO

    @property
    def instalment(self) -> Money:
        """The next payment that takes something off the debt; zero where nothing is owed."""
        return next((r.payment for r in self.rows if r.principal > 0), ZERO)

    @property
    def term_months(self) -> int:
        """Months from disbursement to the last payment."""
        return self.month + len(self.rows)

    @property
    def interest_saved(self) -> Money:
        """Below zero where the change costs interest."""
        return Money(self.interest_before - self.interest_after)

    @property
    def net_saving(self) -> Money:
        """Interest saved less the charge."""
        return Money(self.interest_saved - self.charge)

    def as_dict(self) -> dict[str, object]:
        """JSON-ready, money as text."""
        return {
            "outstanding": money_text(self.outstanding),
            "instalment": money_text(self.instalment),
            "term_months": self.term_months,
            "months_saved": self.months_saved,
            "interest_before": money_text(self.interest_before),
            "interest_after": money_text(self.interest_after),
            "interest_saved": money_text(self.interest_saved),
            "charge": money_text(self.charge),
            "net_saving": money_text(self.net_saving),
            "rows": [r.as_dict() for r in self.rows],
        }


@dataclass(frozen=True, slots=True)
class Payoff:
    """What repays a loan at once, in its parts; `interest_saved` is the interest that then no longer falls due."""

    month: int
    days: int
    outstanding: Money
    accrued_interest: Money
    charge: Money
    interest_saved: Money

    @property
    def amount(self) -> Money:
        """All parts together."""
        return Money(self.outstanding + self.accrued_interest + self.charge)

    def as_dict(self) -> dict[str, object]:
        """JSON-ready, money as text."""
        parts = {name: getattr(self, name) for name in ("outstanding", "accrued_interest", "charge", "amount")}
        saved = {"interest_saved": self.interest_saved, "net_saving": self.interest_saved - self.charge}
        return {"month": self.month, "days": self.days, **{k: money_text(v) for k, v in (parts | saved).items()}}


def prepay(loan: LoanFigures, month: int, amount: Money, keep: Keep, charge_fraction: Decimal = Decimal(0)) -> Changed:
    """The plan after paying `amount` on top of the instalment of `month`.

    It goes to interest that has accrued unpaid first, then to the principal. The last payment absorbs the rounding.

    Args:
        loan: the loan as agreed.
        month: the month after whose payment it is paid, from 1 to the last but one.
        amount: above zero, at most what is owed then.
        keep: `term` lowers the instalment, `instalment` ends the loan earlier; a bullet has only a term to keep.
        charge_fraction: the charge on top as a fraction of `amount`, 0 to 1.

    Raises:
        LoanTermsError: a value lies outside those ranges.
    """
    plan = _plan_until(loan, month)
    owed = plan[month - 1].outstanding
    if not 0 < amount <= owed:
        refuse_terms("amount", amount, f"above zero and at most the {owed} owed after month {month}")
    if keep == "instalment" and loan.how.kind == "bullet":
        refuse_terms("keep", keep, "term, as a bullet has no instalment")
    charge = _charge(amount, charge_fraction)
    start = _standing(loan, month, Money(owed - amount))
    level = loan.due() if keep == "instalment" else None
    left = loan.term_months - month
    new = rows_from(_how_after(loan, month), start, loan.annual_rate, left, level) if start.owed else ()
    return _changed(loan, plan, start, _until_repaid(new) if level is not None else new, charge)


def pay_more(loan: LoanFigures, month: int, extra: Money, charge_fraction: Decimal = Decimal(0)) -> Changed:
    """The plan when each instalment after `month` is `extra` above the agreed one, until nothing is owed.

    Args:
        loan: the loan as agreed; not a bullet, which has no instalment.
        month: the last month paid as agreed, from 0 to the last but one.
        extra: above zero.
        charge_fraction: the charge as a fraction of all that is paid above the agreed instalments, 0 to 1.

    Raises:
        LoanTermsError: a value lies outside those ranges.
    """
    plan = _plan_until(loan, month, earliest=0)
    if extra <= 0:
        refuse_terms("extra", extra, "an amount above zero")
    if loan.how.kind == "bullet":
        refuse_terms("repayment", loan.how.kind, "instalments, as a bullet has none to raise")
    start = _standing(loan, month, plan[month - 1].outstanding if month else loan.principal)
    level, left = Money(loan.due() + extra), loan.term_months - month
    new = _until_repaid(rows_from(_how_after(loan, month), start, loan.annual_rate, left, level)) if start.owed else ()
    raised = sum(1 for r in new if r.payment == level)
    return _changed(loan, plan, start, new, _charge(Money(extra * raised), charge_fraction))


def change_term(loan: LoanFigures, month: int, remaining_months: int, annual_rate: Decimal | None = None) -> Changed:
    """The plan when what is owed after `month` is repaid over other months, or at another rate from then on.

    Args:
        loan: the loan as agreed.
        month: the month after whose payment it changes, from 1 to the last but one.
        remaining_months: months to come, any moratorium left included, at least 1; 1200 with those past.
        annual_rate: the yearly rate from then on, 0 to 10; None for the loan's own.

    Raises:
        LoanTermsError: a value lies outside those ranges, or nothing is owed any more.
    """
    plan = _plan_until(loan, month)
    start, how = _standing(loan, month, plan[month - 1].outstanding), _how_after(loan, month)
    if start.owed == 0:
        refuse_terms("month", month, "a month after which something is owed")
    if not how.moratorium_months < remaining_months <= MAX_TERM_MONTHS - month:
        least = how.moratorium_months + 1
        refuse_terms("remaining_months", remaining_months, f"a whole number from {least} to {MAX_TERM_MONTHS - month}")
    new = rows_from(how, start, loan.annual_rate if annual_rate is None else annual_rate, remaining_months)
    return _changed(loan, plan, start, new, ZERO)


def payoff(loan: LoanFigures, month: int, days: int = 0, charge_fraction: Decimal = Decimal(0)) -> Payoff:
    """What repays the loan `days` after the payment of `month`; interest of those days is actual days over 365.

    Args:
        loan: the loan as agreed.
        month: payments made so far, from 0 to the last but one.
        days: 0 to 30 since the payment of `month`, or since disbursement.
        charge_fraction: the charge as a fraction of what is outstanding, 0 to 1.

    Raises:
        LoanTermsError: a value lies outside those ranges, or nothing is owed any more.
    """
    plan = _plan_until(loan, month, earliest=0)
    owed = plan[month - 1].outstanding if month else loan.principal
    if owed == 0:
        refuse_terms("month", month, "a month after which something is owed")
    if not 0 <= days <= MOST_DAYS:
        refuse_terms("days", days, f"a whole number from 0 to {MOST_DAYS}")
    waiting = loan.how.kind == "bullet" or month < months_waiting(loan.how, loan.term_months)
    base = min(loan.principal, owed) if waiting and loan.how.interest == "simple" else owed
    accrued = to_cents(base * loan.annual_rate * days / _DAYS_A_YEAR)
    saved = Money(sum((r.interest for r in plan[month:]), ZERO) - accrued)
    return Payoff(month, days, owed, accrued, _charge(owed, charge_fraction), saved)


def months_since(disbursed: date, day: date) -> tuple[int, int]:
    """Payments due by a day, and the days since the last of them (since disbursement before the first).

    They are due on the day of the month of disbursement, or on the last day of a shorter month.
    """
    months = (day.year - disbursed.year) * 12 + day.month - disbursed.month
    if due_day(disbursed, months) > day:
        months -= 1
    return months, (day - due_day(disbursed, months)).days


def due_day(disbursed: date, months: int) -> date:
    """When the payment of a month is due: on the day of disbursement, or on the last day of a shorter month."""
    years, month = divmod(disbursed.month - 1 + months, 12)
    year = disbursed.year + years
    return date(year, month + 1, min(disbursed.day, monthrange(year, month + 1)[1]))


def _plan_until(loan: LoanFigures, month: int, earliest: int = 1) -> tuple[Row, ...]:
    """The whole plan, with `month` checked to lie in it before its end."""
    plan = loan.rows()
    if not earliest <= month < loan.term_months:
        refuse_terms("month", month, f"{earliest} or later, before the last month {loan.term_months}")
    return plan


def _standing(loan: LoanFigures, month: int, owed: Money) -> Standing:
    return Standing(month, owed, min(loan.principal, owed))


def _how_after(loan: LoanFigures, month: int) -> Repayment:
    """The same way to repay, with the months of moratorium that are left."""
    left = loan.how.moratorium_months - month if loan.how.kind == "moratorium" else 0
    return replace(loan.how, moratorium_months=max(0, left))


def _until_repaid(plan: tuple[Row, ...]) -> tuple[Row, ...]:
    """Without the months after the one in which the debt ends."""
    return plan[: sum(1 for r in plan if r.outstanding) + 1]


def _changed(loan: LoanFigures, plan: tuple[Row, ...], start: Standing, new: tuple[Row, ...], charge: Money) -> Changed:
    before = sum((r.interest for r in plan), ZERO)
    after = sum((r.interest for r in (*plan[: start.month], *new)), ZERO)
    saved = loan.term_months - start.month - len(new)
    return Changed(start.month, start.owed, new, Money(before), Money(after), saved, charge)


def _charge(base: Money, fraction: Decimal) -> Money:
    if not 0 <= fraction <= 1:
        refuse_terms("charge_fraction", fraction, "a fraction from 0 to 1 (0.02 means 2 %)")
    return to_cents(base * fraction)
