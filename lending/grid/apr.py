"""Yearly costs of many loans at once: the vector twin of `lending.domain.apr.level_apr`, equal to its last digit."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lending.domain.apr import CLOSE_ENOUGH, MOST_STEPS

Floats = NDArray[np.float64]


def monthly_rates(financed: Floats, latest_first: Floats) -> Floats:
    """The monthly rate of each loan, by the same basic operations in the same order as for one.

    Args:
        financed: what each borrower has the use of, shape (n,).
        latest_first: payments, shape (months, n), the latest month first; a shorter loan begins with zeros, which move
            nothing. Each column adds up to more than `financed` and holds two payments or more.
    """
    total, moment = _worth(latest_first, np.ones(len(financed)))
    surplus = total / financed - 1.0
    low, high, guess = np.zeros(len(financed)), total / financed, 2.0 * surplus / (2.0 + surplus) * total / moment
    found, left = guess.copy(), np.arange(len(financed))
    for _ in range(MOST_STEPS):
        step = 1.0 / (1.0 + guess)
        value, slope = _worth(latest_first, step)
        dear = value > financed
        low, high = np.where(dear, guess, low), np.where(dear, high, guess)
        newton = guess + (value - financed) / (slope * step)
        following = np.where((low < newton) & (newton < high), newton, (low + high) / 2.0)
        found[left] = following
        going = np.abs(following - guess) > CLOSE_ENOUGH * (1.0 + following)
        if not going.any():
            break
        left, guess, low, high = left[going], following[going], low[going], high[going]
        financed, latest_first = financed[going], latest_first[:, going]
    return found


def _worth(latest_first: Floats, step: Floats) -> tuple[Floats, Floats]:
    """Values of monthly payments discounted by `step` a month, and the same weighted with their months."""
    value, weighted = np.zeros(len(step)), np.zeros(len(step))
    for payment in latest_first:
        value += payment
        weighted += value
        weighted *= step
        value *= step
    return value, weighted
