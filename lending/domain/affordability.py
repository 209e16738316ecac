"""Whether the instalment can be carried: shares of income, now and under stress."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from lending.domain.application import Application
from lending.domain.eligibility import people, share, total
from lending.domain.instalments import instalment
from lending.domain.money import Money, Rate, money_text, plain
from lending.domain.policy import Rulebook


@dataclass(frozen=True, slots=True)
class Affordability:
    """Monthly figures of everybody who signs; shares are fractions rounded up at six places, None without income."""

    instalment: Money
    obligations: Decimal | None
    dti: Decimal | None
    dti_stressed: Decimal | None
    foir: Decimal | None

    def as_dict(self) -> dict[str, str | None]:
        """As kept in the record."""
        shares = {"dti": self.dti, "dti_stressed": self.dti_stressed, "foir": self.foir}
        return {
            "instalment": money_text(self.instalment),
            "obligations": None if self.obligations is None else money_text(self.obligations),
            **{name: None if value is None else plain(value) for name, value in shares.items()},
        }


def afford(application: Application, priced_rate: Rate, book: Rulebook) -> Affordability:
    """DTI on gross and FOIR on net income with the new instalment; a variable rate again at the stressed one."""
    request, signing = application.request, people(application)
    level = instalment(request.amount, priced_rate, request.term_months)
    owed = total(p.monthly_obligations for p in signing)
    gross = total(p.gross_monthly_income for p in signing)
    net = total(_net(p.net_monthly_income, p.gross_monthly_income, book) for p in signing)
    stress = book["stress_add"] if book.product.rate_kind == "variable" else Decimal(0)
    stressed = instalment(request.amount, priced_rate + stress, request.term_months)
    if owed is None:
        return Affordability(level, None, None, None, None)
    return Affordability(
        level, owed, share(owed + level, gross), share(owed + stressed, gross), share(owed + level, net)
    )


def _net(net: Decimal | None, gross: Decimal | None, book: Rulebook) -> Decimal | None:
    """The bank's record of net income, else gross times the policy's factor."""
    return gross * book["net_income_factor"] if net is None and gross is not None else net
