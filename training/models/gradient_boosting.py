"""Boosted trees that keep the promised directions of risk."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from training.servable.encoding import Matrix

TREES = 300
SETTINGS = {"max_depth": 3, "eta": 0.03, "objective": "binary:logistic", "tree_method": "hist"}
STEADY = {"min_child_weight": 5, "subsample": 0.7, "colsample_bytree": 0.7}
"""Rows and columns drawn for each tree: steadier on a few thousand loans than every row each time."""
QUICK_TREES, QUICK = 100, {"eta": 0.09}
"""A third of the trees with three times the step: nearly the same model in a third of the time and room."""


def fit_monotone(matrix: Matrix, label: NDArray[np.int8], directions: Sequence[int], seed: int, threads: int) -> bytes:
    """The model that serves, as native bytes; the same input, seed and threads give the same bytes."""
    return _fit(matrix, label, {**STEADY, "monotone_constraints": tuple(directions)}, seed, threads)


def fit_quick(matrix: Matrix, label: NDArray[np.int8], directions: Sequence[int], seed: int, threads: int) -> bytes:
    """The same model with fewer and bigger steps, for refitting on loans drawn anew."""
    settings = {**STEADY, **QUICK, "monotone_constraints": tuple(directions)}
    return _fit(matrix, label, settings, seed, threads, QUICK_TREES)


def fit_plain(matrix: Matrix, label: NDArray[np.int8], directions: Sequence[int], seed: int, threads: int) -> bytes:
    """The yardstick: library defaults, no promised direction (`directions` is not used), as native bytes."""
    return _fit(matrix, label, {}, seed, threads)


def _fit(
    matrix: Matrix, label: NDArray[np.int8], more: dict[str, object], seed: int, threads: int, trees: int = TREES
) -> bytes:
    import xgboost

    settings = {**SETTINGS, **more, "seed": seed, "nthread": threads}
    booster = xgboost.train(settings, xgboost.DMatrix(matrix, label, nthread=threads), trees)
    return bytes(booster.save_raw(raw_format="ubj"))
