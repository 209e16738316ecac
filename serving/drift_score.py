"""The score beside its inputs: the champion's PD as one more column, and whether it still came true by period."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from serving.drift import Limits, wilson
from serving.tally_counts import SCORE

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from features.watched import Watched

Fit = Literal["fits", "more", "fewer", "too_few"]
"""Defaults as the score said, more, fewer; or too few loans to say."""


@dataclass(frozen=True, slots=True)
class Calibrated:
    """What the score said of a period's loans and what came of them; shares are fractions of loans."""

    period: str
    rows: int
    said: float
    came: float
    low: float
    high: float
    fit: Fit

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready; figures are texts with six places."""
        values = ((name, getattr(self, name)) for name in self.__slots__)
        return {name: f"{value:.6f}" if isinstance(value, float) else value for name, value in values}


def with_score(watched: Watched, pds: NDArray[np.float64]) -> Watched:
    """The columns with the score before them; `pds` has one PD a loan, in the order of the columns."""
    return replace(watched, columns={SCORE: ("number", pds), **watched.columns})


def calibration(
    pds: NDArray[np.float64], bad: NDArray[np.int8], names: NDArray[np.str_], limits: Limits
) -> Sequence[Calibrated]:
    """Mean PD beside the share of defaults, by period, oldest first.

    The intervals of all periods together keep the share of false alarms.

    Args:
        pds: one a loan.
        bad: 1 where the loan defaulted within the horizon of the model.
        names: the period of each loan.
        limits: how sure to be, and how few loans are too few.
    """
    periods = np.unique(names).tolist()
    z = limits.z(2 * len(periods))
    return [_of_period(period, pds[names == period], bad[names == period], limits, z) for period in periods]


def _of_period(period: str, pds: NDArray[np.float64], bad: NDArray[np.int8], limits: Limits, z: float) -> Calibrated:
    said, came = float(pds.mean()), float(bad.mean())
    low, high = (float(bound) for bound in wilson(came, len(bad), z))
    enough = len(bad) >= limits.rows_least
    fit: Fit = "too_few" if not enough else "more" if said < low else "fewer" if said > high else "fits"
    return Calibrated(period, len(bad), said, came, low, high, fit)
