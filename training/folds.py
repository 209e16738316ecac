"""The same folds for every family: each training loan is scored by a model that did not see it.

Folds stay within the training window, and each holds loans of every time in the same proportion: what later loans do
to a model is asked of the test window, and of nothing before it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from features.feature_sets import FeatureSet
from training.fit import drawn, take
from training.servable.protocol import Columns

FOLDS = 5


@dataclass(frozen=True)
class Folded:
    """Training loans, from the oldest to the newest where they have dates.

    Attributes:
        columns: of all features; each of shape (n,).
        label: 1 bad, 0 good; shape (n,).
        fold: 0 to 4; shape (n,).
        seed: of the folds and of every model on them.
    """

    columns: Columns
    label: NDArray[np.int8]
    feature_set: FeatureSet
    fold: NDArray[np.intp]
    seed: int

    def apart(self, number: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """Rows to learn from and rows held out, for one fold."""
        return np.flatnonzero(self.fold != number), np.flatnonzero(self.fold == number)

    def sample(self, most: int) -> Folded:
        """At most so many of the loans, drawn by the seed within each outcome; each stays in its fold."""
        if len(self.label) <= most:
            return self
        rows = drawn(self.label, most, self.seed)
        return replace(self, columns=take(self.columns, rows), label=self.label[rows], fold=self.fold[rows])


def assign(label: NDArray[np.int8], seed: int) -> NDArray[np.intp]:
    """A fold for each row: of every five rows in turn with the same outcome each goes to another fold, by draw."""
    draw = np.random.default_rng(seed)
    fold = np.empty(len(label), dtype=np.intp)
    for value in (0, 1):
        rows = np.flatnonzero(label == value)
        turns = np.tile(np.arange(FOLDS), (-(-len(rows) // FOLDS), 1))
        fold[rows] = draw.permuted(turns, axis=1).ravel()[: len(rows)]
    return fold
