"""The repayment plan, month by month; its parts add up to the cent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from lending.domain.apr import level_apr
from lending.domain.errors import InputError
from lending.domain.instalments import MAX_TERM_MONTHS, instalment
from lending.domain.money import ZERO, Money, money, money_text, plain, rate
from lending.domain.reading import entry, items, number, refuse, whole
from lending.domain.repayment import Repayment, Row, paid_monthly, rows

_LEVEL = Repayment()


@dataclass(frozen=True, slots=True)
class Fee:
    """A fee of the contract; `when` is upfront, withheld or financed."""

    code: str
    amount: Money
    when: str
    finance_charge: bool

    def as_dict(self) -> dict[str, str | bool]:
        """JSON-ready, money as text."""
        return {
            "code": self.code,
            "amount": money_text(self.amount),
            "when": self.when,
            "finance_charge": self.finance_charge,
        }


def schedule(principal: Money, annual_rate: Decimal, term_months: int) -> tuple[Row, ...]:
    """Rows of a level-payment loan; interest is rounded each month and the last payment absorbs the rest.

    Args:
        principal: amount lent, above zero.
        annual_rate: nominal yearly rate as a fraction.
        term_months: 1 to 1200.

    Raises:
        LoanTermsError: a value lies outside those ranges.
    """
    return rows(_LEVEL, principal, annual_rate, term_months)


def payments(principal: Money, annual_rate: Decimal, term_months: int) -> list[Money]:
    """The payments of `schedule` alone, for when the rows are not needed."""
    return paid_monthly(_LEVEL, principal, annual_rate, term_months)


def amount_financed(principal: Money, fees: Sequence[Fee]) -> Money:
    """What the borrower has the use of: the principal less the fees that are a finance charge.

    Raises:
        InputError: the fees leave nothing.
    """
    left = Money(principal - sum((f.amount for f in fees if f.finance_charge), ZERO))
    if left <= 0:
        raise InputError(
            f"finance charges leave {left} of a principal of {principal}; expected more than zero",
            field="fees", found=str(left), expected="fees below the principal", do="Check the fees.",
        )  # fmt: skip
    return left


def quote_schedule(data: Mapping[str, object]) -> dict[str, object]:
    """Answer `candor loan schedule`: instalment, rows, totals and APR for figures alone.

    Args:
        data: `{"principal", "annual_rate", "term_months", "fees"?}`; `fees` is an amount (a finance charge paid
            upfront) or a list of `{code, amount, when, finance_charge}`.

    Raises:
        InputError: a key is missing, unknown or holds something else; LoanTermsError: outside the ranges.
    """
    entry(data, "", ("principal", "annual_rate", "term_months"), ("fees",))
    principal = money(number(data["principal"], "principal"), "principal")
    annual_rate = rate(number(data["annual_rate"], "annual_rate"))
    term_months = whole(data["term_months"], "term_months", 1, MAX_TERM_MONTHS)
    fees = _fees(data.get("fees"))
    plan = schedule(principal, annual_rate, term_months)
    financed = amount_financed(principal, fees)
    interest = sum((r.interest for r in plan), ZERO)
    level = instalment(principal, annual_rate, term_months)
    apr = level_apr(financed, [r.payment for r in plan])
    return {
        "instalment": money_text(level),
        "rows": [r.as_dict() for r in plan],
        "totals": {
            "payments": money_text(sum((r.payment for r in plan), ZERO)),
            "interest": money_text(interest),
            "principal": money_text(sum((r.principal for r in plan), ZERO)),
            "fees": money_text(sum((f.amount for f in fees), ZERO)),
            "cost": money_text(Money(interest + sum((f.amount for f in fees), ZERO))),
        },
        "fees": [f.as_dict() for f in fees],
        "apr": plain(apr),
        "apr_method": "us_actuarial",
    }


def _fees(value: object) -> tuple[Fee, ...]:
    if value is None or value == []:
        return ()
    if not isinstance(value, str | int | float | Decimal):
        return tuple(_fee(item, f"fees[{n}]") for n, item in enumerate(items(value, "fees")))
    return (Fee("fee", _fee_amount(value, "fees"), "upfront", finance_charge=True),)


def _fee(item: object, place: str) -> Fee:
    fee = entry(item, place, ("amount",), ("code", "when", "finance_charge"))
    when, charge, code = fee.get("when", "upfront"), fee.get("finance_charge", True), fee.get("code", "fee")
    if when not in ("upfront", "withheld", "financed"):
        refuse(f"{place}.when", when, "upfront, withheld or financed")
    if not isinstance(charge, bool):
        refuse(f"{place}.finance_charge", charge, "true or false")
    return Fee(str(code)[:40], _fee_amount(fee["amount"], f"{place}.amount"), str(when), charge)


def _fee_amount(value: object, field: str) -> Money:
    amount = money(number(value, field), field)
    if amount < 0:
        refuse(field, str(amount), "zero or more")
    return amount
