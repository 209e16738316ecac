"""Figures with the interval of 95 % that so few loans leave open, in closed form."""

from __future__ import annotations

from statistics import NormalDist
from typing import TypedDict

import numpy as np
from numpy.typing import NDArray

from features.ranks import wilson

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
LEVEL = 0.05
_WIDE = NormalDist().inv_cdf(1 - LEVEL / 2)
FEWEST = 2
"""Values below which no spread can be told."""


class Interval(TypedDict):
    """A figure, its interval (None where it cannot be told), and how many values it rests on."""

    value: float | None
    low: float | None
    high: float | None
    count: int


def rate(hits: int, count: int) -> Interval:
    """A share with its Wilson interval; None of nothing."""
    if count == 0:
        return {"value": None, "low": None, "high": None, "count": 0}
    low, high = wilson(hits, count)
    return _interval(hits / count, low, high, count)


def mean(values: Floats) -> Interval:
    """A mean with its normal interval; values that are not known are left out."""
    seen = values[np.isfinite(values)]
    if len(seen) < FEWEST:
        return _alone(seen)
    return _around(float(seen.mean()), float(seen.std(ddof=1) / np.sqrt(len(seen))), len(seen))


def ratio(part: Floats, whole: Floats) -> Interval:
    """Sum by sum, such as interest by amount lent; the interval is that of the linearised ratio (delta method)."""
    seen = np.isfinite(part) & np.isfinite(whole)
    above, below, count = part[seen], whole[seen], int(seen.sum())
    if count < FEWEST or below.sum() <= 0:
        return {"value": None, "low": None, "high": None, "count": count}
    value = float(above.sum() / below.sum())
    rest = (above - value * below) / below.mean()
    return _around(value, float(rest.std(ddof=1) / np.sqrt(count)), count)


def total_change(before: Floats, after: Floats) -> Interval:
    """What a draft changes in a sum over all applications, each compared with itself."""
    change = after - before
    count = len(change)
    if count < FEWEST:
        return _alone(change)
    return _around(float(change.sum()), float(change.std(ddof=1) * np.sqrt(count)), count)


def share_change(before: Bools, after: Bools) -> Interval:
    """What a draft changes in a share of all applications: those that move in less those that move out.

    The interval joins the Wilson intervals of both, so that it stays open where nobody moved. Source: Zou and Donner
    (2008), the method of variance estimates recovery.
    """
    count = len(before)
    if count == 0:
        return rate(0, 0)
    into, out = int((after & ~before).sum()), int((before & ~after).sum())
    (low_in, high_in), (low_out, high_out) = wilson(into, count), wilson(out, count)
    share_in, share_out = into / count, out / count
    below = float(np.hypot(share_in - low_in, high_out - share_out))
    above = float(np.hypot(high_in - share_in, share_out - low_out))
    change = share_in - share_out
    return _interval(change, change - below, change + above, count)


def _alone(values: Floats) -> Interval:
    value = float(values[0]) if len(values) else None
    return {"value": value, "low": None, "high": None, "count": len(values)}


def _around(value: float, error: float, count: int) -> Interval:
    return _interval(value, value - _WIDE * error, value + _WIDE * error, count)


def _interval(value: float, low: float, high: float, count: int) -> Interval:
    return {"value": round(value, 6), "low": round(low, 6), "high": round(high, 6), "count": count}
