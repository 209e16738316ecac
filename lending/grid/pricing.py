"""Prices of many risks at once, in whole numbers: the vector twin of `lending.domain.pricing`."""

from __future__ import annotations

from decimal import Decimal

import numpy as np

from lending.domain.money import round_up_to_tick
from lending.domain.policy import Rulebook
from lending.domain.pricing import pd_12m
from lending.grid.scaled import MICRO, RATE, Whole, ceiling, whole

_YEAR = 12
_NEAR = 1e-3
"""How close, in units of 1e-8, a float may come to a whole number before it is worked out in decimals."""


def yearly_pd(pd_micro: Whole, horizon_months: int) -> Whole:
    """`pd_12m` of PDs in millionths, in units of 1e-8."""
    if horizon_months == _YEAR:
        return pd_micro * 10 ** (RATE - MICRO)
    with np.errstate(divide="ignore"):  # a PD of 1 stays 1
        exact = -np.expm1(np.log1p(-pd_micro / 10.0**MICRO) * (_YEAR / horizon_months)) * 10.0**RATE
    found = np.ceil(exact).astype(np.int64)
    close = np.flatnonzero(np.abs(exact - np.rint(exact)) < _NEAR)
    for at in close:
        found[at] = whole(pd_12m(Decimal(int(pd_micro[at])).scaleb(-MICRO), horizon_months), RATE)
    return found


def priced_rates(pd_micro: Whole, book: Rulebook, horizon_months: int) -> Whole:
    """The priced rate for each PD in units of 1e-8, also above the product's top.

    Raises:
        InexactError: a figure of the price has more than eight places.
    """
    base = sum(whole(book[name], RATE) for name in ("reference_rate", "funding_spread", "operating_cost", "margin"))
    loss = ceiling(yearly_pd(pd_micro, horizon_months) * whole(book["lgd"], RATE), 10**RATE)
    tick = whole(book["rate_tick"], RATE)
    floor = whole(round_up_to_tick(book["rate_min"], book["rate_tick"]), RATE)
    return np.maximum(ceiling(base + loss, tick) * tick, floor)
