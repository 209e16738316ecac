"""Models that add up one step for each number: what scorecards and serving regressions are when they run.

Log-odds are a base and, for each feature, what the step is worth into which its number falls. Pure NumPy.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.servable.encoding import Matrix


@dataclass(frozen=True)
class Stair:
    """The steps of one feature.

    Attributes:
        edges: float32, rising; a number at or above an edge stands on the step to its right; shape (steps - 1,).
        worth: log-odds of each step against the feature's average in training; shape (steps,).
        missing: log-odds of a number that is not there.
    """

    edges: NDArray[np.float32]
    worth: NDArray[np.float64]
    missing: float


class Steps:
    """An additive model behind plain arrays. Reading is safe from many threads at once.

    All features are looked up at once: complex numbers order by their real part first, so that with the feature's
    position as the real part the edges of all features are one sorted list.
    """

    def __init__(self, base: float, stairs: Sequence[Stair]) -> None:
        """Lay out the stairs, in the order of the features.

        Args:
            base: log-odds of the average of training.
            stairs: one for each feature.
        """
        self._base, self._stairs = base, tuple(stairs)
        positions = np.arange(len(stairs))
        sizes = np.array([len(stair.edges) for stair in stairs])
        self._edges = _pairs(np.repeat(positions, sizes), np.concatenate([stair.edges for stair in stairs]))
        self._worth = np.concatenate([np.append(stair.worth, stair.missing) for stair in stairs])
        self._positions = positions
        self._shift = 2 * positions  # each feature before has one step more than edges, and one for missing
        self._missing = np.cumsum(sizes + 2) - 1

    def margin(self, matrix: Matrix) -> NDArray[np.float32]:
        """Log-odds before calibration; shape (n,)."""
        return self.score(matrix)[0]

    def contributions(self, matrix: Matrix) -> NDArray[np.float32]:
        """What each feature adds to the base, exact to float32; shape (n, features)."""
        return self._parts(matrix).astype(np.float32)

    def score(self, matrix: Matrix) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Log-odds and contributions in one pass; equal to `margin` and `contributions` to the last bit."""
        parts = self._parts(matrix)
        # A running sum has one order for any number of rows; a plain one may group its terms as it likes.
        total = np.add.accumulate(parts, axis=1)[:, -1] + self._base
        return total.astype(np.float32), parts.astype(np.float32)

    def breakpoints(self, position: int) -> NDArray[np.float64]:
        """Sorted values where another step begins: `value >= breakpoint` is the right side."""
        stair = self._stairs[position]
        return lowest_that_reach(stair.edges[np.diff(stair.worth) != 0])

    def _parts(self, matrix: Matrix) -> NDArray[np.float64]:
        places = np.searchsorted(self._edges, _pairs(self._positions, matrix), side="right") + self._shift
        return self._worth.take(np.where(np.isnan(matrix), self._missing, places))


def _pairs(positions: NDArray[np.intp], values: NDArray[np.float32]) -> NDArray[np.complex128]:
    pairs = np.empty(values.shape, np.complex128)
    pairs.real, pairs.imag = positions, values
    return pairs


def lowest_that_reach(thresholds: NDArray[np.float32]) -> NDArray[np.float64]:
    """For each float32 threshold, sorted, the lowest float64 that rounds (half to even) to it or above."""
    below = np.nextafter(thresholds, np.float32(-np.inf))
    middle = (thresholds.astype(np.float64) + below.astype(np.float64)) / 2
    reaches = middle.astype(np.float32) >= thresholds
    return np.where(reaches, middle, np.nextafter(middle, np.inf))
