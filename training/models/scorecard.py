"""A scorecard: optimal bins, weight of evidence, and a regression that keeps the promised directions of risk."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from training.models.signed_regression import fit_signed
from training.servable.encoding import Matrix
from training.servable.manifest import dumps
from training.servable.readers import SCALE, SCORECARD, base_points, points

FINEST, LEAST_SHARE = 20, 0.05
"""Most bins to begin with, and the least share of the loans in one: finer ones tell of chance."""
SECONDS = 5
"""For the bins of one feature; what was found by then is used."""
PRIOR_LOANS = 20.0
"""A bin's default rate is drawn towards the average as if by so many average loans."""

Cut = Callable[[NDArray[np.float32], NDArray[np.int8], int], NDArray[np.float64]]


def fit_scorecard(matrix: Matrix, label: NDArray[np.int8], directions: Sequence[int], seed: int, threads: int) -> bytes:
    """The model as JSON, its bins by OptBinning; `seed` and `threads` are not used, for nothing is drawn."""
    return _fit(matrix, label, directions, _optimal)


def fit_quick(matrix: Matrix, label: NDArray[np.int8], directions: Sequence[int], seed: int, threads: int) -> bytes:
    """The same kind of model with bins of equal count in place of the best ones: for many refits."""
    return _fit(matrix, label, directions, _equal)


@dataclass(frozen=True)
class _Bins:
    """Bins of one feature and what they say.

    Attributes:
        edges: float32, rising; a number at or above one is in the bin to its right.
        places: bin of each training loan; one more than the last for a missing number; shape (n,).
        evidence: log-odds of default of each bin and of missing, against the average; shape (bins + 1,).
    """

    edges: NDArray[np.float32]
    places: NDArray[np.intp]
    evidence: NDArray[np.float64]


def _fit(matrix: Matrix, label: NDArray[np.int8], directions: Sequence[int], cut: Cut) -> bytes:
    made = [_bins(column, label, way, cut) for column, way in zip(matrix.T, directions, strict=True)]
    values = np.column_stack([bins.evidence[bins.places] for bins in made])
    centres = values.mean(axis=0)
    # Evidence rises with the risk, so a coefficient at or above zero keeps the direction of the bins.
    weights, base = fit_signed(values - centres, label, [abs(way) for way in directions])
    worths = [w * (bins.evidence - c) for w, bins, c in zip(weights, made, centres, strict=True)]
    features = [_written(b.edges, worth, way) for b, worth, way in zip(made, worths, directions, strict=True)]
    card = {"base": base, "scale": SCALE, "base_points": base_points(base), "features": features}
    return dumps({"schema": SCORECARD, **card}).encode()


def _written(edges: NDArray[np.float32], worth: NDArray[np.float64], direction: int) -> dict[str, Any]:
    worth = np.round(worth, 6) + 0.0
    steps, missing = worth[:-1], worth[-1:]
    if direction:
        missing = np.maximum(missing, steps.max())
    return {
        "edges": edges.astype(float).tolist(), "log_odds": steps.tolist(), "missing": float(missing[0]),
        "points": points(steps), "missing_points": points(missing)[0],
    }  # fmt: skip


def _bins(column: NDArray[np.float32], label: NDArray[np.int8], direction: int, cut: Cut) -> _Bins:
    there = np.isfinite(column)
    few = not there.any() or column[there].min() == column[there].max()
    exact = np.array([]) if few else cut(column[there], label[there], direction)
    edges = np.unique(exact.astype(np.float32))
    places = np.where(np.isnan(column), len(edges) + 1, np.searchsorted(edges, column, side="right"))
    evidence = _evidence(places, label, len(edges) + 2)
    if direction:
        evidence[:-1] = _one_way(evidence[:-1], np.bincount(places, minlength=len(edges) + 2)[:-1], direction)
    return _Bins(edges, places, evidence)


def _evidence(places: NDArray[np.intp], label: NDArray[np.int8], count: int) -> NDArray[np.float64]:
    """Log-odds against the average; 0 for a bin without loans."""
    mean = label.mean()
    loans, bads = np.bincount(places, minlength=count), np.bincount(places, weights=label, minlength=count)
    rates = (bads + PRIOR_LOANS * mean) / (loans + PRIOR_LOANS)
    return np.log(rates / (1 - rates)) - np.log(mean / (1 - mean))


def _one_way(evidence: NDArray[np.float64], loans: NDArray[np.intp], direction: int) -> NDArray[np.float64]:
    """Neighbouring bins that go against the direction become one in worth."""
    from sklearn.isotonic import isotonic_regression

    return isotonic_regression(evidence, sample_weight=loans + 1e-9, increasing=direction > 0)


def _optimal(column: NDArray[np.float32], label: NDArray[np.int8], direction: int) -> NDArray[np.float64]:
    """Cuts of largest information value that keep the direction. Source: Navas-Palencia (2020), OptBinning."""
    # Its solver library reports each solver that it cannot import; the one used here is another.
    logging.getLogger("__cvxpy__").addFilter(_is_no_import)
    from optbinning import OptimalBinning

    if len(np.unique(label)) < 2:
        return np.array([])
    trend = {1: "ascending", -1: "descending", 0: None}[direction]
    made = OptimalBinning(
        solver="cp", monotonic_trend=trend, max_n_prebins=FINEST, min_prebin_size=LEAST_SHARE, time_limit=SECONDS
    ).fit(column.astype(np.float64), label)
    return np.asarray(made.splits, np.float64)


def _is_no_import(record: logging.LogRecord) -> bool:
    return "importing solver" not in record.getMessage()


def _equal(column: NDArray[np.float32], label: NDArray[np.int8], direction: int) -> NDArray[np.float64]:
    """Cuts into bins of equal count; neither the outcomes nor the direction are looked at."""
    shares = np.arange(1, FINEST // 2) / (FINEST // 2)
    return np.quantile(column, shares, method="nearest").astype(np.float64)
