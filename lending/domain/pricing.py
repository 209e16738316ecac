"""Risk-based price: reference + funding + expected loss + cost + margin, each part visible."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal, localcontext
from functools import lru_cache

from lending.domain.application import Assessment
from lending.domain.money import Rate, plain, round_up_to_tick
from lending.domain.policy import Rulebook

_EIGHT_PLACES = Decimal("0.00000001")
_MONTHS_A_YEAR = 12


@dataclass(frozen=True, slots=True)
class Price:
    """Yearly rates as fractions. `annual_rate` is None when the required rate lies above the product's top."""

    parts: tuple[tuple[str, Decimal], ...]
    required_rate: Decimal
    annual_rate: Rate | None
    priced_rate: Rate
    """The required rate, not below the floor and rounded up to the tick, also when above the top."""

    def as_dict(self) -> dict[str, object]:
        """As kept in the record."""
        return {
            "parts": [{"part": name, "rate": plain(value)} for name, value in self.parts],
            "required_rate": plain(self.required_rate),
            "annual_rate": None if self.annual_rate is None else plain(self.annual_rate),
        }


@lru_cache(maxsize=4096)
def pd_12m(pd: Decimal, horizon_months: int) -> Decimal:
    """Default probability of one year from that of the horizon, under a constant hazard; rounded up at eight places.

    >>> pd_12m(Decimal("0.19"), 24)
    Decimal('0.10000000')

    Kept, as a decision asks for it twice.
    """
    if horizon_months == _MONTHS_A_YEAR:
        return pd.quantize(_EIGHT_PLACES, ROUND_CEILING)
    with localcontext() as context:
        context.prec = 28
        yearly = 1 - (1 - pd) ** (Decimal(_MONTHS_A_YEAR) / horizon_months)
    return yearly.quantize(Decimal("1e-20")).quantize(_EIGHT_PLACES, ROUND_CEILING)


def word_fields(assessment: Assessment, price: Price) -> dict[str, Decimal]:
    """What rules may look at once model and price have spoken: MODEL_DRIVEN, of the person whose word counts."""
    return {"pd_12m": pd_12m(assessment.pd, assessment.horizon_months), "required_rate": price.priced_rate}


def price_loan(assessment: Assessment, book: Rulebook) -> Price:
    """The price of a product for an assessed risk; never falls when the PD rises.

    Below the product's floor the floor is charged; above its top nothing is (the finding `price_above_band` says so).
    """
    loss = (pd_12m(assessment.pd, assessment.horizon_months) * book["lgd"]).quantize(_EIGHT_PLACES, ROUND_CEILING)
    parts = (
        ("reference", book["reference_rate"]),
        ("funding", book["funding_spread"]),
        ("expected_loss", loss),
        ("cost", book["operating_cost"]),
        ("margin", book["margin"]),
    )
    required = sum((value for _, value in parts), Decimal(0))
    priced = round_up_to_tick(max(required, book["rate_min"]), book["rate_tick"])
    within = priced <= book["rate_max"]
    return Price(parts, required, priced if within else None, priced)
