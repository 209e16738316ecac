"""Boosted trees that keep the promised directions of risk."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from training.servable.encoding import Matrix

if TYPE_CHECKING:
    from optuna import Trial

TREES = 300
SETTINGS = {"max_depth": 3, "eta": 0.03, "objective": "binary:logistic", "tree_method": "hist"}
STEADY = {"min_child_weight": 5, "subsample": 0.7, "colsample_bytree": 0.7}
"""Rows and columns drawn for each tree: steadier on a few thousand loans than every row each time."""
QUICK_TREES, QUICK_STEP = 1 / 3, 3
"""A third of the trees with three times the step: nearly the same model in a third of the time and room."""

Settings = Mapping[str, Any]


def suggest(trial: Trial) -> Settings:
    """What the search may change. Trees stay at most three deep: deeper ones do not fit the tables that serve fast."""
    return {
        "trees": trial.suggest_int("trees", 150, 450, step=50),
        "max_depth": trial.suggest_int("max_depth", 2, 3),
        "eta": trial.suggest_float("eta", 0.015, 0.08, log=True),
        "min_child_weight": trial.suggest_float("min_child_weight", 2, 100, log=True),
        "subsample": trial.suggest_float("subsample", 0.5, 1.0),
        "colsample_bytree": trial.suggest_float("colsample_bytree", 0.4, 1.0),
        "lambda": trial.suggest_float("lambda", 0.5, 30, log=True),
    }


def usual(settings: Settings | None = None) -> dict[str, Any]:
    """Every setting of the model that serves, with the given ones in place of the usual ones."""
    return {"trees": TREES, **SETTINGS, **STEADY, **(settings or {})}


def quicker(settings: Settings | None = None) -> dict[str, Any]:
    """The same with fewer and bigger steps."""
    full = usual(settings)
    return {**full, "trees": max(1, round(full["trees"] * QUICK_TREES)), "eta": round(full["eta"] * QUICK_STEP, 6)}


def fit_monotone(
    matrix: Matrix, label: NDArray[np.int8], directions: Sequence[int], seed: int, threads: int,
    settings: Settings | None = None,
) -> bytes:  # fmt: skip
    """The model that serves, as native bytes; the same input, settings, seed and threads give the same bytes."""
    return _fit(matrix, label, {**usual(settings), "monotone_constraints": tuple(directions)}, seed, threads)


def fit_quick(
    matrix: Matrix, label: NDArray[np.int8], directions: Sequence[int], seed: int, threads: int,
    settings: Settings | None = None,
) -> bytes:  # fmt: skip
    """The same model with fewer and bigger steps, for refitting on loans drawn anew."""
    return _fit(matrix, label, {**quicker(settings), "monotone_constraints": tuple(directions)}, seed, threads)


def fit_plain(matrix: Matrix, label: NDArray[np.int8], directions: Sequence[int], seed: int, threads: int) -> bytes:
    """The yardstick: library defaults, no promised direction (`directions` is not used), as native bytes."""
    return _fit(matrix, label, {"trees": TREES, **SETTINGS}, seed, threads)


def gains(matrix: Matrix, label: NDArray[np.int8], seed: int) -> NDArray[np.float64]:
    """Total gain of each column's splits in a quick model without promised directions; shape (columns,)."""
    import xgboost

    native = _fit(matrix, label, quicker(), seed, 1)
    found = xgboost.Booster(model_file=bytearray(native)).get_score(importance_type="total_gain")
    return np.array([float(found.get(f"f{place}", 0.0)) for place in range(matrix.shape[1])])  # type: ignore[arg-type]


def _fit(matrix: Matrix, label: NDArray[np.int8], settings: Settings, seed: int, threads: int) -> bytes:
    import xgboost

    booster_settings = {**settings, "seed": seed, "nthread": threads}
    trees = booster_settings.pop("trees")
    booster = xgboost.train(booster_settings, xgboost.DMatrix(matrix, label, nthread=threads), trees)
    return bytes(booster.save_raw(raw_format="ubj"))
