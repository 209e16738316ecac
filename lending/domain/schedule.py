"""The repayment plan, month by month; its parts add up to the cent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import get_args

from lending.domain.apr import key_facts_apr, level_apr
from lending.domain.errors import InputError
from lending.domain.instalments import MAX_TERM_MONTHS
from lending.domain.money import ZERO, Money, money, money_text, plain, rate
from lending.domain.reading import entry, items, number, refuse, whole
from lending.domain.repayment import Interest, Repayment, Row, due, paid_monthly, rows

LEVEL = Repayment()


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


@dataclass(frozen=True, slots=True)
class LoanFigures:
    """A loan by its figures alone; ranges and errors of its methods as in `lending.domain.repayment`."""

    principal: Money
    annual_rate: Decimal
    term_months: int
    how: Repayment = LEVEL

    def rows(self) -> tuple[Row, ...]:
        """The plan month by month."""
        return rows(self.how, self.principal, self.annual_rate, self.term_months)

    def due(self) -> Money:
        """The level instalment, of a bullet the one payment."""
        return due(self.how, self.principal, self.annual_rate, self.term_months)


def schedule(principal: Money, annual_rate: Decimal, term_months: int) -> tuple[Row, ...]:
    """Rows of a level-payment loan; interest is rounded each month and the last payment absorbs the rest.

    Args:
        principal: amount lent, above zero.
        annual_rate: nominal yearly rate as a fraction.
        term_months: 1 to 1200.

    Raises:
        LoanTermsError: a value lies outside those ranges.
    """
    return rows(LEVEL, principal, annual_rate, term_months)


def payments(principal: Money, annual_rate: Decimal, term_months: int) -> list[Money]:
    """The payments of `schedule` alone, for when the rows are not needed."""
    return paid_monthly(LEVEL, principal, annual_rate, term_months)


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
        data: `{"principal", "annual_rate", "term_months", "repayment"?, "fees"?, "apr_method"?}`; `repayment` as
            `read_loan` takes it; `fees` is an amount (a finance charge paid upfront) or a list of `{code, amount, when,
            finance_charge}`; `apr_method` is us_actuarial (the default) or in_kfs.

    Raises:
        InputError: a key is missing, unknown or holds something else; LoanTermsError: outside the ranges.
    """
    loan = read_loan(data, (), ("fees", "apr_method"))
    method, fees = _method(data.get("apr_method")), _fees(data.get("fees"))
    plan, financed = loan.rows(), amount_financed(loan.principal, fees)
    interest = sum((r.interest for r in plan), ZERO)
    charged = sum((f.amount for f in fees), ZERO)
    if method == "in_kfs":
        apr = key_facts_apr(financed, loan.how, loan.principal, loan.annual_rate, loan.term_months)
    else:
        apr = level_apr(financed, [r.payment for r in plan])
    return {
        "instalment": money_text(loan.due()),
        "rows": [r.as_dict() for r in plan],
        "totals": {
            "payments": money_text(sum((r.payment for r in plan), ZERO)),
            "interest": money_text(interest),
            "principal": money_text(sum((r.principal for r in plan), ZERO)),
            "fees": money_text(charged),
            "cost": money_text(Money(interest + charged)),
        },
        "fees": [f.as_dict() for f in fees],
        "apr": plain(apr),
        "apr_method": method,
    }


def read_loan(data: Mapping[str, object], needed: Sequence[str], optional: Sequence[str]) -> LoanFigures:
    """The loan in `{"principal", "annual_rate", "term_months", "repayment"?}` beside other keys.

    `repayment` is `{"kind": instalment | moratorium | bullet, "moratorium_months"?, "interest"?: paid | simple |
    compound}`; a moratorium needs its months, and interest is compound where it is left out.

    Raises:
        InputError: a key is missing, unknown or holds something else.
    """
    entry(data, "", ("principal", "annual_rate", "term_months", *needed), ("repayment", *optional))
    return LoanFigures(
        money(number(data["principal"], "principal"), "principal"),
        rate(number(data["annual_rate"], "annual_rate")),
        whole(data["term_months"], "term_months", 1, MAX_TERM_MONTHS),
        _repayment(data.get("repayment")),
    )


def _repayment(value: object) -> Repayment:
    if value is None:
        return LEVEL
    kind = entry(value, "repayment", ("kind",), ("moratorium_months", "interest"))["kind"]
    if kind == "instalment":
        entry(value, "repayment", ("kind",))
        return LEVEL
    if kind == "bullet":
        return Repayment("bullet", 0, _interest(entry(value, "repayment", ("kind",), ("interest",))))
    if kind != "moratorium":
        refuse("repayment.kind", kind, "instalment, moratorium or bullet")
    asked = entry(value, "repayment", ("kind", "moratorium_months"), ("interest",))
    months = whole(asked["moratorium_months"], "repayment.moratorium_months", 0, MAX_TERM_MONTHS - 1)
    return Repayment("moratorium", months, _interest(asked))


def _interest(repayment: Mapping[str, object]) -> Interest:
    asked = repayment.get("interest", "compound")
    for interest in get_args(Interest):
        if asked == interest:
            return interest
    return refuse("repayment.interest", asked, "paid, simple or compound")


def _method(value: object) -> str:
    if value not in (None, "us_actuarial", "in_kfs"):
        refuse("apr_method", value, "us_actuarial or in_kfs")
    return str(value or "us_actuarial")


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
