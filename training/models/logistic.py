"""A plain logistic regression: the yardstick that any model of risk must know."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from training.servable.encoding import Matrix


class Logistic:
    """Standardised numbers, medians for missing ones; log-odds out."""

    def __init__(self, pipeline: object) -> None:
        self._pipeline = pipeline

    def margin(self, matrix: Matrix) -> NDArray[np.float32]:
        """Log-odds; shape (n,)."""
        return self._pipeline.decision_function(matrix).astype(np.float32)  # type: ignore[attr-defined]


def fit_logistic(
    matrix: Matrix, label: NDArray[np.int8], directions: Sequence[int], seed: int, threads: int
) -> Logistic:
    """Fit on encoded rows; `directions` and `threads` are not used."""
    from sklearn.impute import SimpleImputer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    imputer = SimpleImputer(strategy="median", keep_empty_features=True)
    model = make_pipeline(imputer, StandardScaler(), LogisticRegression(max_iter=500, random_state=seed))
    return Logistic(model.fit(matrix.astype(np.float64), label))
