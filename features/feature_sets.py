"""A feature set: the named, typed, ordered columns one model was trained on. Trained models keep theirs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["number", "category"]


@dataclass(frozen=True, slots=True)
class FeatureSpec:
    """One column of a model.

    Attributes:
        name: the column; a word of `features/contract.yaml`, or an extra one of the data set.
        kind: "number" (float64, NaN is missing) or "category" (text, None is missing).
        monotone: promised direction of risk as the value grows: 1 riskier, -1 safer, 0 no promise.
        categories: for a category, the values seen often enough in training, in order; the rest are one "other".
        worst: for a number with a promised direction, the riskiest value observed in training; it stands for
            a missing value, so that leaving a value out never helps.
    """

    name: str
    kind: Kind
    monotone: Literal[-1, 0, 1] = 0
    categories: tuple[str, ...] = ()
    worst: float | None = None


@dataclass(frozen=True, slots=True)
class FeatureSet:
    """The features of a model, in the order in which it reads them."""

    name: str
    features: tuple[FeatureSpec, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """Column names in order."""
        return tuple(f.name for f in self.features)
