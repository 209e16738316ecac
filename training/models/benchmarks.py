"""Families that never serve: what others would have used, so that the one that serves is measured against them."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from training.servable.encoding import Matrix

FOREST = {"n_estimators": 80, "min_samples_leaf": 20, "max_features": "sqrt"}
NETWORK = {"hidden_layer_sizes": (24, 12), "alpha": 1e-3, "learning_rate_init": 3e-3, "max_iter": 60}
FLOOR = 1e-4
"""A forest may say "never"; its log-odds must stay finite."""


class Benchmark:
    """A scikit-learn pipeline that answers log-odds."""

    def __init__(self, pipeline: Any) -> None:
        self._pipeline = pipeline

    def margin(self, matrix: Matrix) -> NDArray[np.float32]:
        """Log-odds; shape (n,)."""
        if hasattr(self._pipeline, "decision_function"):
            return self._pipeline.decision_function(matrix).astype(np.float32)
        bad = np.clip(self._pipeline.predict_proba(matrix)[:, 1], FLOOR, 1 - FLOOR)
        return np.log(bad / (1 - bad)).astype(np.float32)


def fit_plain_logistic(
    matrix: Matrix, label: NDArray[np.int8], directions: Sequence[int], seed: int, threads: int
) -> Benchmark:
    """Logistic regression on standardised numbers; the yardstick that any model of risk must know."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.preprocessing import StandardScaler

    return _fitted(matrix, label, StandardScaler(), LogisticRegression(max_iter=500, random_state=seed))


def fit_forest(
    matrix: Matrix, label: NDArray[np.int8], directions: Sequence[int], seed: int, threads: int,
    settings: Mapping[str, Any] | None = None,
) -> Benchmark:  # fmt: skip
    """Random forest; `directions` are not used."""
    from sklearn.ensemble import RandomForestClassifier

    return _fitted(matrix, label, RandomForestClassifier(**{**FOREST, **(settings or {})}, random_state=seed, n_jobs=1))


def fit_network(
    matrix: Matrix, label: NDArray[np.int8], directions: Sequence[int], seed: int, threads: int,
    settings: Mapping[str, Any] | None = None,
) -> Benchmark:  # fmt: skip
    """Two small hidden layers on standardised numbers, stopped early on a tenth of the rows it learns from."""
    from sklearn.neural_network import MLPClassifier
    from sklearn.preprocessing import StandardScaler

    model = MLPClassifier(**{**NETWORK, **(settings or {})}, early_stopping=True, random_state=seed)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Stochastic Optimizer")  # the last step is as good as any
        return _fitted(matrix, label, StandardScaler(), model)


def _fitted(matrix: Matrix, label: NDArray[np.int8], *steps: Any) -> Benchmark:
    """Medians for missing numbers come first; `directions` of risk are not used by any benchmark."""
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import make_pipeline

    imputer = SimpleImputer(strategy="median", keep_empty_features=True)
    return Benchmark(make_pipeline(imputer, *steps).fit(matrix, label))
