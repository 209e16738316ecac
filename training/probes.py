"""Rows that look like the training loans, drawn from the bins that a package keeps of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from features.feature_sets import FeatureSet, FeatureSpec
from training.servable.protocol import Columns

ROWS = 400


def probes(reference: Mapping[str, Any], feature_set: FeatureSet, seed: int = 0) -> Columns:
    """Columns of 400 rows, each feature drawn by itself from `reference.json`; a bin gives the value at its border.

    How features hang together is not kept, so these rows tell whether a promise holds, never how good a model is.
    """
    draw = np.random.default_rng(seed)
    return {spec.name: _column(spec, reference["features"][spec.name], draw) for spec in feature_set.features}


def _column(spec: FeatureSpec, bins: Mapping[str, Any], draw: np.random.Generator) -> NDArray[Any]:
    values = [*_values(bins), None]
    weights = np.array([*_counts(bins), bins["missing"]], dtype=np.float64)
    places = draw.choice(len(values), ROWS, p=weights / weights.sum()) if weights.sum() else np.full(ROWS, -1)
    if spec.kind == "category":
        column = np.empty(ROWS, dtype=object)
        column[:] = [values[place] for place in places]
        return column
    return np.array([np.nan if value is None else value for value in values], dtype=np.float64)[places]


def _values(bins: Mapping[str, Any]) -> list[Any]:
    """One value a bin; the open last one lies beyond the last border."""
    if bins["kind"] == "values":
        return [*bins["values"], None] if "other" in bins else bins["values"]
    edges = bins["edges"]
    beyond = edges[-1] + max(abs(edges[-1]) * 0.1, 1.0) if edges else 0.0
    return [*edges, beyond]


def _counts(bins: Mapping[str, Any]) -> list[int]:
    return [*bins["counts"], bins["other"]] if "other" in bins else bins["counts"]
