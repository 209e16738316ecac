"""A model of a few steps, so that a test knows where it changes its mind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from features.feature_sets import FeatureSet, FeatureSpec
from tests.serving.standins import LinearModel
from training.servable.protocol import Columns

CUTS = {"amount": [9000.0, 12_345.67, 30_000.0], "loan_to_income": [0.1, 0.3333], "term_months": [25.0, 61.5]}


@dataclass
class Stairs(LinearModel):
    """The risk rises from its floor by a height at each value of amount, loan to income, share of security or term."""

    steps: Mapping[str, Sequence[float]] = field(default_factory=lambda: CUTS)
    height: float = 0.004
    floor: float = 0.01

    def __post_init__(self) -> None:
        specs = (FeatureSpec(name, "number", 1, worst=1e12) for name in self.steps)
        self.feature_set = FeatureSet("stairs/1", tuple(specs))

    def contributions(self, columns: Columns) -> NDArray[np.float64]:
        climbed = [np.searchsorted(at, columns[name], side="right") for name, at in self.steps.items()]
        return np.column_stack(climbed).astype(np.float64)

    def predict(self, columns: Columns) -> NDArray[np.float64]:
        return np.round(self.floor + self.contributions(columns).sum(axis=1) * self.height, 6)

    def breakpoints(self, feature: str) -> NDArray[np.float64]:
        return np.array(self.steps[feature])
