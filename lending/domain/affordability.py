"""Whether the instalment can be carried: shares of income, now and under stress."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache

from lending.domain.application import Application
from lending.domain.eligibility import collateral_value, share
from lending.domain.income import counted_net_income
from lending.domain.money import Money, Rate, money_text, plain
from lending.domain.people import obligations_left
from lending.domain.policy import Rulebook
from lending.domain.repayment import Repayment, burden, due, monthly


@dataclass(frozen=True, slots=True)
class Affordability:
    """Monthly figures of everybody who signs; shares are fractions rounded up at six places, None without income.

    `burden` is what the new loan counts a month: its instalment, for a bullet loan the payment spread over its term.
    `obligations` go on beside it. `ltv_at_maturity` is for bullet loans only.
    """

    instalment: Money
    burden: Money
    income: Money | None
    obligations: Decimal | None
    dti: Decimal | None
    dti_stressed: Decimal | None
    foir: Decimal | None
    ltv_at_maturity: Decimal | None = None

    def as_dict(self) -> dict[str, str | None]:
        """As kept in the record."""
        money = {
            "instalment": self.instalment,
            "burden": self.burden,
            "counted_income": self.income,
            "obligations": self.obligations,
        }
        shares = {
            "dti": self.dti,
            "dti_stressed": self.dti_stressed,
            "foir": self.foir,
            "ltv_at_maturity": self.ltv_at_maturity,
        }
        return {
            **{name: None if value is None else money_text(value) for name, value in money.items()},
            **{name: None if value is None else plain(value) for name, value in shares.items()},
        }


@lru_cache(maxsize=256)
def repayment_of(book: Rulebook) -> Repayment:
    """How a product is repaid."""
    months = int(book.get("moratorium_months") or 0)
    return Repayment(book.product.repayment, months, book.product.interest)


def afford(
    application: Application, priced_rate: Rate, gross: Money | None, book: Rulebook, as_of: date
) -> Affordability:
    """DTI on gross and FOIR on net income that counts, with the new loan; a variable rate again at the stressed one.

    Args:
        application: request and facts about everybody who signs.
        priced_rate: yearly rate of the loan.
        gross: the `counted_income` of the application on that day, which rules look at before.
        book: the product on the day.
        as_of: the day.
    """
    how, request = repayment_of(book), application.request
    payment = due(how, request.amount, priced_rate, request.term_months)
    load = monthly(how, payment, request.term_months)
    stress = book["stress_add"] if book.product.rate_kind == "variable" else Decimal(0)
    stressed = burden(how, request.amount, priced_rate + stress, request.term_months) if stress else load
    owed = obligations_left(application)
    at_maturity = share(payment, collateral_value(application, book)) if how.kind == "bullet" else None
    if owed is None:
        return Affordability(payment, load, gross, None, None, None, None, at_maturity)
    return Affordability(
        instalment=payment,
        burden=load,
        income=gross,
        obligations=owed,
        dti=share(owed + load, gross),
        dti_stressed=share(owed + stressed, gross),
        foir=share(owed + load, counted_net_income(application, book, as_of)),
        ltv_at_maturity=at_maturity,
    )
