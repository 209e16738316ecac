"""Fit a family on some rows, with the encoding that belongs to them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from features.feature_sets import FeatureSet
from training.models.catalogue import Family, Scorer
from training.servable.encoding import Encoding
from training.servable.protocol import Columns

PRIOR_LOANS = 20.0
"""A category's default rate is drawn towards the average as if by so many average loans."""


@dataclass(frozen=True)
class Fitted:
    """A model with the encoding that belongs to it; `native` is None for a family that does not serve."""

    encoding: Encoding
    scorer: Scorer
    native: bytes | None

    def margin(self, columns: Columns) -> NDArray[np.float32]:
        """Log-odds before calibration; shape (n,)."""
        return self.scorer.margin(self.encoding.matrix(columns))


def fit(
    family: Family, columns: Columns, label: NDArray[np.int8], feature_set: FeatureSet, seed: int, threads: int,
    settings: Mapping[str, Any] | None = None,
) -> Fitted:  # fmt: skip
    """Learn the encoding and the model from the same rows, and from no others.

    Args:
        family: one that learns from few rows at most gets that many, drawn by seed within each outcome.
        columns: of the training rows; those that the feature set does not name are not used.
        label: their outcomes.
        feature_set: what the model may look at.
        seed: of every draw.
        threads: for the fit.
        settings: found by a search; None for the usual ones.
    """
    if family.most_rows is not None and len(label) > family.most_rows:
        rows = drawn(label, family.most_rows, seed)
        columns, label = take(columns, rows), label[rows]
    wanted = feature_set if family.keeps_directions else _free(feature_set)
    encoding = learn_encoding(columns, label, wanted)
    directions = [spec.monotone for spec in wanted.features]
    found = {"settings": settings} if settings else {}
    made = family.fit(encoding.matrix(columns), label, directions, seed, threads, **found)
    if isinstance(made, bytes):
        assert family.read is not None, family.name  # noqa: S101 - the catalogue's own promise
        return Fitted(encoding, family.read(made), made)
    return Fitted(encoding, made, None)


def take(columns: Columns, rows: NDArray[np.intp]) -> Columns:
    """Some rows of every column."""
    return {name: column[rows] for name, column in columns.items()}


def drawn(label: NDArray[np.int8], most: int, seed: int) -> NDArray[np.intp]:
    """So many rows, in order, with both outcomes in the proportion that they have."""
    draw = np.random.default_rng(seed)
    sides = [np.flatnonzero(label == value) for value in (0, 1)]
    wanted = [max(1, round(most * len(side) / len(label))) for side in sides]
    return np.sort(np.concatenate([draw.choice(s, n, replace=False) for s, n in zip(sides, wanted, strict=True)]))


def learn_encoding(columns: Columns, label: NDArray[np.int8], feature_set: FeatureSet) -> Encoding:
    """Rank the values of every category by their default rate, "other" among them."""
    codes = {
        spec.name: _ranks(columns[spec.name], label, spec.categories)
        for spec in feature_set.features
        if spec.kind == "category"
    }
    return Encoding(feature_set, codes)


def _ranks(column: NDArray, label: NDArray[np.int8], categories: tuple[str, ...]) -> Mapping[str | None, float]:
    known = {value: position for position, value in enumerate(categories)}
    place = np.array([known.get(value, len(categories)) for value in column])
    bads = np.bincount(place, weights=label, minlength=len(categories) + 1)
    loans = np.bincount(place, minlength=len(categories) + 1)
    rates = (bads + PRIOR_LOANS * label.mean()) / (loans + PRIOR_LOANS)
    ranks = np.argsort(np.argsort(rates, kind="stable"), kind="stable").astype(float)
    return {**dict(zip(categories, ranks.tolist(), strict=False)), None: float(ranks[-1])}


def _free(feature_set: FeatureSet) -> FeatureSet:
    return replace(feature_set, features=tuple(replace(s, monotone=0) for s in feature_set.features))
