"""How a loan is repaid: level instalments, instalments after a moratorium, or one payment at maturity."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal
from typing import Literal

from lending.domain.instalments import check_terms, instalment, refuse_terms, unrounded_instalment
from lending.domain.money import CENT, ZERO, Money, money_text, to_cents

Kind = Literal["instalment", "bullet", "moratorium"]
Interest = Literal["paid", "simple", "compound"]

_TWELVE = Decimal(12)
_MOST_OWED = Decimal("1e15")


@dataclass(frozen=True, slots=True)
class Repayment:
    """A way to repay; `moratorium_months` is read for a moratorium only, `interest` for that and a bullet.

    In the months before repayment begins a month's interest is `paid`; or it accrues on the principal alone (`simple`)
    or on all that is owed (`compound`).
    """

    kind: Kind = "instalment"
    moratorium_months: int = 0
    interest: Interest = "compound"

    def as_dict(self) -> dict[str, str | int]:
        """JSON-ready."""
        return {"kind": self.kind, "moratorium_months": self.moratorium_months, "interest": self.interest}


@dataclass(frozen=True, slots=True)
class Row:
    """One month: what is paid, the interest charged, what the payment takes off the debt, what is owed after it.

    While interest accrues unpaid, `principal` is below zero by that interest.
    """

    month: int
    payment: Money
    interest: Money
    principal: Money
    outstanding: Money

    def as_dict(self) -> dict[str, str | int]:
        """JSON-ready, money as text."""
        return {
            "month": self.month,
            "payment": money_text(self.payment),
            "interest": money_text(self.interest),
            "principal": money_text(self.principal),
            "outstanding": money_text(self.outstanding),
        }


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a loan stands after a month: what is owed, and the part of it that simple interest is charged on."""

    month: int
    owed: Money
    principal: Money


def rows(how: Repayment, principal: Money, annual_rate: Decimal, term_months: int) -> tuple[Row, ...]:
    """The plan month by month; interest is rounded each month and the last payment absorbs the rest.

    Args:
        how: the way to repay.
        principal: amount lent, above zero.
        annual_rate: nominal yearly rate as a fraction, 0 to 10.
        term_months: 1 to 1200 from disbursement, any moratorium included.

    Raises:
        LoanTermsError: a value lies outside those ranges, the moratorium leaves no month to repay, interest on a bullet
            is to be paid monthly, or what is owed would reach 1e15.
    """
    return rows_from(how, Standing(0, principal, principal), annual_rate, term_months)


def rows_from(
    how: Repayment, start: Standing, annual_rate: Decimal, months: int, level: Money | None = None
) -> tuple[Row, ...]:
    """The rows of the `months` after `start`; `level` is the instalment where it is not to be computed anew."""
    plan: list[Row] = []
    owed = start.owed
    paid = _months(how, start, annual_rate, months, level)
    for month, (payment, interest) in enumerate(paid, start=start.month + 1):
        owed = Money(owed + interest - payment)
        plan.append(Row(month, payment, interest, Money(payment - interest), owed))
    return tuple(plan)


def paid_monthly(how: Repayment, principal: Money, annual_rate: Decimal, term_months: int) -> list[Money]:
    """The payments of `rows` alone, one a month, zero where nothing is due; same arguments and errors."""
    check_repayment(how, principal, annual_rate, term_months)
    wait, start = months_waiting(how, term_months), Standing(0, principal, principal)
    waiting, owed = _waiting(how, start, annual_rate, wait)
    before = [payment for payment, _ in waiting]
    if how.kind == "bullet":
        return [*before, _maturity(how, start, owed, annual_rate)[0]]
    level = instalment(owed, annual_rate, term_months - wait)
    cents = [payment for payment, _ in _repaying(owed, annual_rate, term_months - wait, level)]
    known = {payment: _from_cents(payment) for payment in set(cents)}
    return before + [known[payment] for payment in cents]


def unrounded_monthly(how: Repayment, principal: Money, annual_rate: Decimal, term_months: int) -> list[Decimal]:
    """`paid_monthly` with no amount rounded, so that all instalments are equal; same arguments and errors."""
    check_repayment(how, principal, annual_rate, term_months)
    wait, rate = months_waiting(how, term_months), annual_rate / _TWELVE
    if how.kind == "bullet":
        return [ZERO] * wait + [_grown(how, principal, rate, term_months)]
    owed = _grown(how, principal, rate, wait)
    level = unrounded_instalment(owed, annual_rate, term_months - wait)
    return [principal * rate if how.interest == "paid" else ZERO] * wait + [level] * (term_months - wait)


def due(how: Repayment, principal: Money, annual_rate: Decimal, term_months: int) -> Money:
    """The level instalment, after any moratorium; of a bullet the one payment. Arguments and errors as `rows`."""
    check_repayment(how, principal, annual_rate, term_months)
    wait, start = months_waiting(how, term_months), Standing(0, principal, principal)
    _, owed = _waiting(how, start, annual_rate, wait)
    if how.kind == "bullet":
        return _maturity(how, start, owed, annual_rate)[0]
    return instalment(owed, annual_rate, term_months - wait)


def burden(how: Repayment, principal: Money, annual_rate: Decimal, term_months: int) -> Money:
    """What the loan weighs a month in a debt-to-income share: `due`, a bullet's spread over its term, rounded up."""
    return monthly(how, due(how, principal, annual_rate, term_months), term_months)


def monthly(how: Repayment, asked: Money, term_months: int) -> Money:
    """What a `due` weighs a month."""
    return Money((asked / term_months).quantize(CENT, ROUND_CEILING)) if how.kind == "bullet" else asked


def months_waiting(how: Repayment, term_months: int) -> int:
    """Months before the first one that repays principal."""
    return {"instalment": 0, "bullet": term_months - 1, "moratorium": how.moratorium_months}[how.kind]


def check_repayment(how: Repayment, principal: Decimal, annual_rate: Decimal, term_months: int) -> None:
    """Refuse what no loan can be.

    Raises:
        LoanTermsError: naming the value, what is allowed and what to do.
    """
    check_terms(principal, annual_rate, term_months)
    if how.kind == "moratorium" and not 0 <= how.moratorium_months < term_months:
        refuse_terms("moratorium_months", how.moratorium_months, f"0 to {term_months - 1}, less than the term")
    if how.kind == "bullet" and how.interest == "paid":
        refuse_terms("interest", "paid", "simple or compound, as a bullet is repaid by one payment at maturity")


_Paid = tuple[Money, Money]
"""Payment and interest of a month."""


def _months(
    how: Repayment, start: Standing, annual_rate: Decimal, months: int, level: Money | None = None
) -> list[_Paid]:
    check_repayment(how, start.owed, annual_rate, months)
    wait = months_waiting(how, months)
    before, owed = _waiting(how, start, annual_rate, wait)
    if how.kind == "bullet":
        return [*before, _maturity(how, start, owed, annual_rate)]
    level = instalment(owed, annual_rate, months - wait) if level is None else level
    repaying = _repaying(owed, annual_rate, months - wait, level)
    return before + [(_from_cents(payment), _from_cents(interest)) for payment, interest in repaying]


def _waiting(how: Repayment, start: Standing, annual_rate: Decimal, months: int) -> tuple[list[_Paid], Money]:
    """The months before repayment begins, and what is owed after them."""
    before: list[_Paid] = []
    owed = start.owed
    for _ in range(months):
        interest = _interest(how, start, owed, annual_rate)
        payment = interest if how.interest == "paid" else ZERO
        owed = _bounded(owed + interest - payment)
        before.append((payment, interest))
    return before, owed


def _maturity(how: Repayment, start: Standing, owed: Money, annual_rate: Decimal) -> _Paid:
    interest = _interest(how, start, owed, annual_rate)
    return _bounded(owed + interest), interest


def _interest(how: Repayment, start: Standing, owed: Money, annual_rate: Decimal) -> Money:
    """A month's interest before repayment begins."""
    return to_cents((start.principal if how.interest == "simple" else owed) * annual_rate / _TWELVE)


def _repaying(owed: Decimal, annual_rate: Decimal, months: int, level: Money) -> list[tuple[int, int]]:
    """Payment and interest of each month in cents; whole numbers are exact, and quicker than decimals."""
    places = max(0, -int(annual_rate.as_tuple().exponent))
    rate, unit = int(annual_rate.scaleb(places)), 12 * 10**places
    left, most, half = int(owed.scaleb(2)), int(level.scaleb(2)), unit // 2
    found: list[tuple[int, int]] = []
    for _ in range(months):
        interest, rest = divmod(left * rate + half, unit)
        if not rest and interest % 2:  # half a cent goes to the even one
            interest -= 1
        asked = left + interest
        # A tiny loan can be repaid early by cent rounding: never pay more than is owed.
        payment = most if most < asked else asked
        left = asked - payment
        found.append((payment, interest))
    payment, interest = found[-1]
    return [*found[:-1], (payment + left, interest)]


def _from_cents(cents: int) -> Money:
    return Money(Decimal(cents).scaleb(-2))


def _grown(how: Repayment, principal: Money, rate: Decimal, months: int) -> Decimal:
    """What is owed after months without repayment, nothing rounded; `rate` a month."""
    if how.interest == "paid":
        return principal
    factor = 1 + rate * months if how.interest == "simple" else (1 + rate) ** months
    return _bounded(principal * factor)


def _bounded(owed: Decimal) -> Money:
    if owed >= _MOST_OWED:
        refuse_terms("term_months", "so long that 1e15 or more would be owed", "a term after which less is owed")
    return Money(owed)
