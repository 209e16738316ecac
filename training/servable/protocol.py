"""The one Protocol of a model that may serve."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from features.feature_sets import FeatureSet

Columns = Mapping[str, "NDArray[np.float64] | NDArray[np.object_]"]
"""Feature name to a column of n values: float64 with NaN for missing numbers, object with None for categories."""


class Refitted(Protocol):
    """The same kind of model, from loans drawn anew; asked only for its PD."""

    def predict(self, columns: Columns) -> NDArray[np.float64]:
        """Calibrated PD over the model's horizon, rounded to 1e-6; shape (n,)."""
        ...


class ServableModel(Protocol):
    """A calibrated model of the probability of default, loaded from a verified package folder.

    Deterministic: one row gives the same figures alone and in a batch of any size.
    """

    @property
    def version(self) -> str:
        """Registered name and number, such as `candor-pd-demo_bank/3`."""
        ...

    @property
    def sha256(self) -> str:
        """Hash of the package's manifest, which lists the hash of every file."""
        ...

    @property
    def calibration(self) -> str:
        """Kind and hash of the calibration table, such as `isotonic:1f0c…`."""
        ...

    @property
    def family(self) -> str: ...

    @property
    def horizon_months(self) -> int: ...

    @property
    def feature_set(self) -> FeatureSet: ...

    @property
    def monotone(self) -> Mapping[str, int]:
        """Feature to direction of risk, for the features where one is promised."""
        ...

    @property
    def ranges(self) -> Mapping[str, tuple[float, float]]:
        """Least and most of amount and term about which the loans that made the model speak; empty: it does not say."""
        ...

    def predict(self, columns: Columns) -> NDArray[np.float64]:
        """Calibrated PD over `horizon_months`, rounded to 1e-6; shape (n,)."""
        ...

    def contributions(self, columns: Columns) -> NDArray[np.float64]:
        """Log-odds by feature, rounded to 1e-4; shape (n, features).

        What is explained is the distance from the model's base: its average over the training rows, as the trees weigh
        them (path-dependent TreeSHAP).
        """
        ...

    def score(self, columns: Columns) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """`predict` and `contributions` of the same rows in one pass, and equal to them to the last bit."""
        ...

    def breakpoints(self, feature: str) -> NDArray[np.float64]:
        """Sorted values at which the score may change with this number; empty when the model does not use it."""
        ...

    @property
    def bootstraps(self) -> Sequence[Refitted]:
        """Models that other draws of the training loans would have given, read when first asked for.

        They say how much an answer hangs on which loans were there. Empty for a package without them.
        """
        ...
