"""Fit a family on some rows, and score rows that a model did not see."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from features.feature_sets import FeatureSet
from training.models.catalogue import Family, Scorer
from training.servable.encoding import Encoding
from training.servable.protocol import Columns

FOLDS = 4
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
    family: Family, columns: Columns, label: NDArray[np.int8], feature_set: FeatureSet, seed: int, threads: int
) -> Fitted:
    """Learn the encoding and the model from the same rows, and from no others."""
    wanted = feature_set if family.keeps_directions else _free(feature_set)
    encoding = learn_encoding(columns, label, wanted)
    directions = [spec.monotone for spec in wanted.features]
    made = family.fit(encoding.matrix(columns), label, directions, seed, threads)
    if isinstance(made, bytes):
        assert family.read is not None, family.name  # noqa: S101 - the catalogue's own promise
        return Fitted(encoding, family.read(made), made)
    return Fitted(encoding, made, None)


def unseen_margins(
    family: Family, columns: Columns, label: NDArray[np.int8], feature_set: FeatureSet, seed: int, threads: int
) -> NDArray[np.float32]:
    """Log-odds of every row by a model of the same kind fitted without it (four folds); shape (n,)."""
    fold = _folds(label, seed)
    out = np.empty(len(label), dtype=np.float32)
    for number in range(FOLDS):
        rest, mine = np.flatnonzero(fold != number), np.flatnonzero(fold == number)
        model = fit(family, take(columns, rest), label[rest], feature_set, seed, threads)
        out[mine] = model.margin(take(columns, mine))
    return out


def take(columns: Columns, rows: NDArray[np.intp]) -> Columns:
    """Some rows of every column."""
    return {name: column[rows] for name, column in columns.items()}


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


def _folds(label: NDArray[np.int8], seed: int) -> NDArray[np.intp]:
    """A fold for each row, drawn within each outcome so that every fold has both."""
    draw = np.random.default_rng(seed)
    fold = np.empty(len(label), dtype=np.intp)
    for value in (0, 1):
        rows = draw.permutation(np.flatnonzero(label == value))
        fold[rows] = np.arange(len(rows)) % FOLDS
    return fold
