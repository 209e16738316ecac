"""When the level of a feature changed: periods are split where they differ most, as long as that is no chance."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from serving.chance import squares_most
from serving.counts import Counts
from serving.drift import Limits, Shift

Table = NDArray[np.int64]
"""One row a period, oldest first, one column a bin."""


@dataclass(frozen=True)
class Level:
    """Periods in a row with about the same distribution: places `begin` to `end` (not in it)."""

    begin: int
    end: int
    counts: Counts


@dataclass(frozen=True)
class Levels:
    """A feature over time.

    Attributes:
        table: its counts by period, missing and new values among the bins.
        limits: when a split is large enough to act on.
        looks: features looked at together.
    """

    table: Table
    limits: Limits
    looks: int

    @cached_property
    def found(self) -> list[Level]:
        """Oldest first. Source: binary segmentation, Scott and Knott (1974), by the likelihood ratio."""
        cuts = sorted(self._cuts(0, len(self.table)))
        places = [0, *cuts, len(self.table)]
        return [Level(a, b, self.table[a:b].sum(axis=0)) for a, b in pairwise(places) if b > a]

    def at(self, place: int) -> Level:
        """The level that a period belongs to."""
        return next(level for level in self.found if level.begin <= place < level.end)

    def _cuts(self, begin: int, end: int) -> list[int]:
        if end - begin < 2:
            return []
        ratios, freedom = _ratios(self.table[begin:end])
        best = int(np.argmax(ratios))
        place = begin + best + 1
        if freedom < 1 or not self._counts(float(ratios[best]), freedom, begin, place, end):
            return []
        return [*self._cuts(begin, place), place, *self._cuts(place, end)]

    def _counts(self, ratio: float, freedom: int, begin: int, place: int, end: int) -> bool:
        """Whether a split is neither chance, over all places where it might have been, nor too small to act on."""
        if ratio <= squares_most(freedom, self.limits.z(self.looks * (end - begin - 1))):
            return False
        # Two empty bins follow: what is missing or new counts as any other value here.
        before, after = (np.append(self.table[a:b].sum(axis=0), (0, 0)) for a, b in ((begin, place), (place, end)))
        shift = Shift(before, after)
        return shift.comparable and shift.psi - shift.expected >= self.limits.psi_alarm


def _ratios(table: Table) -> tuple[NDArray[np.float64], int]:
    """Twice the log likelihood ratio of a split after each period but the last, and its degrees of freedom."""
    used = table[:, table.sum(axis=0) > 0]
    left = np.cumsum(used, axis=0)[:-1]
    whole = used.sum(axis=0)
    ratio = 2 * (_entropy(left) + _entropy(whole - left) - _entropy(whole[None, :]))
    return ratio, used.shape[1] - 1


def _entropy(counts: Table) -> NDArray[np.float64]:
    """Sum of n·log(n/N) of each row."""
    rows = counts.sum(axis=1, keepdims=True)
    shares = np.divide(counts, rows, out=np.ones(counts.shape), where=(counts > 0) & (rows > 0))
    return (counts * np.log(shares)).sum(axis=1)
