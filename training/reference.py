"""What the model saw in training, as bins and counts, for monitoring to compare with."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from features.feature_sets import FeatureSet, FeatureSpec
from training.servable.protocol import Columns

if TYPE_CHECKING:
    import pandas as pd

FEW = 20
"""A number with at most so many different values is binned by value."""
BINS = 10
ASKED = ("amount", "term_months")
"""What a customer chooses, so that a quote may lie far from every loan of the data set."""


def reference(columns: Columns, feature_set: FeatureSet, pd: NDArray[np.float64]) -> dict[str, Any]:
    """As stored in `reference.json` beside `ranges`: `{rows, features: {name: bins}, usual: {name: value}, score}`.

    Bins of many-valued numbers are `{kind: "edges", edges, counts, missing}`: bin i holds edges[i-1] < v <= edges[i],
    open at both ends. Others are `{kind: "values", values, counts, other, missing}`.
    """
    features = {spec.name: _bins(spec, columns[spec.name]) for spec in feature_set.features}
    return {
        "schema": "reference/1",
        "rows": len(pd),
        "features": features,
        "usual": usual(columns, feature_set),
        "score": _by_edges(pd, 0),
    }


def ranges(frame: pd.DataFrame, slack: float) -> dict[str, list[float]]:
    """About which amounts and terms a model may be asked: `{name: [least, most]}`, for those that the loans state.

    Args:
        frame: all loans, those that the model learned from and those that it was measured on.
        slack: factor by which a request may lie beyond the smallest and the largest of them; 1 or more.
    """
    found = {name: np.asarray(frame[name], dtype=np.float64) for name in ASKED if name in frame}
    known = {name: column[~np.isnan(column)] for name, column in found.items()}
    return {
        name: [round(float(column.min()) / slack, 2), round(float(column.max()) * slack, 2)]
        for name, column in known.items()
        if len(column)
    }


def usual(columns: Columns, feature_set: FeatureSet) -> dict[str, float | str | None]:
    """The median of each number and the most common category of each other feature; None where none is known."""
    return {spec.name: _usual(columns[spec.name]) for spec in feature_set.features}


def _usual(column: NDArray[Any]) -> float | str | None:
    if column.dtype != object:
        known = column[~np.isnan(column)]
        return float(np.median(known)) if len(known) else None
    counted = Counter(value for value in column if value is not None)
    return max(sorted(counted), key=lambda value: counted[value], default=None)


def _bins(spec: FeatureSpec, column: NDArray[Any]) -> dict[str, Any]:
    if spec.kind == "category":
        seen = [v for v in column if v is not None]
        return _by_value(np.array(seen, dtype=object), list(spec.categories), len(column) - len(seen))
    seen = column[~np.isnan(column)]
    missing = len(column) - len(seen)
    values = np.unique(seen)
    return _by_value(seen, values.tolist(), missing) if len(values) <= FEW else _by_edges(seen, missing)


def _by_value(seen: NDArray[Any], values: list[Any], missing: int) -> dict[str, Any]:
    counts = [int((seen == value).sum()) for value in values]
    return {
        "kind": "values",
        "values": values,
        "counts": counts,
        "other": len(seen) - sum(counts),
        "missing": missing,
    }


def _by_edges(seen: NDArray[np.float64], missing: int) -> dict[str, Any]:
    edges = np.unique(np.quantile(seen, np.linspace(0, 1, BINS + 1)[1:-1]))
    counts = np.bincount(np.searchsorted(edges, seen, side="left"), minlength=len(edges) + 1)
    return {"kind": "edges", "edges": edges.tolist(), "counts": counts.tolist(), "missing": missing}
