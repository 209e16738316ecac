"""A logistic regression that serves: its coefficients keep the promised directions, its numbers stand on a ladder."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from training.models.signed_regression import fit_signed
from training.servable.encoding import Matrix
from training.servable.manifest import dumps
from training.servable.readers import LOGISTIC

RUNGS = 100
"""Most rungs of a ladder: the middles of so many equal shares of the training loans."""


def fit_logistic(matrix: Matrix, label: NDArray[np.int8], directions: Sequence[int], seed: int, threads: int) -> bytes:
    """The model as JSON; `seed` and `threads` are not used, for nothing is drawn."""
    ladders = [_ladder(column) for column in matrix.T]
    numbers = np.column_stack([ladder.standard(column) for ladder, column in zip(ladders, matrix.T, strict=True)])
    absent = np.isnan(matrix)
    shares, gone = absent.mean(axis=0), np.flatnonzero(absent.any(axis=0)).tolist()
    # A promised feature costs at least the worst when missing, so its flag may only add to the risk.
    signs = [*directions, *(abs(directions[at]) for at in gone)]
    weights, base = fit_signed(np.column_stack([numbers, absent[:, gone] - shares[gone]]), label, signs)
    flags = np.zeros(len(ladders))
    flags[gone] = weights[len(ladders) :]
    facts = zip(ladders, weights.tolist(), flags.tolist(), shares.tolist(), directions, strict=False)
    return dumps({"schema": LOGISTIC, "base": base, "features": [_written(*one) for one in facts]}).encode()


@dataclass(frozen=True)
class _Ladder:
    """The numbers that a feature is read as: each as its nearest rung.

    Attributes:
        edges: where the next rung is nearer; float32, rising; shape (rungs - 1,).
        rungs: rising; shape (rungs,).
        centre: average of the training loans on their rungs.
        spread: their standard deviation; 1 for a feature that never changes.
    """

    edges: NDArray[np.float32]
    rungs: NDArray[np.float64]
    centre: float
    spread: float

    def standard(self, column: NDArray[np.float32]) -> NDArray[np.float64]:
        """Numbers on their rungs, of mean 0 and spread 1; 0 for missing ones."""
        read = self.rungs[np.searchsorted(self.edges, column, side="right")]
        return np.where(np.isnan(column), 0.0, (read - self.centre) / self.spread)


def _ladder(column: NDArray[np.float32]) -> _Ladder:
    there = column[np.isfinite(column)]
    if not there.size:
        return _Ladder(np.array([], np.float32), np.zeros(1), 0.0, 1.0)
    rungs = np.unique(there)
    if len(rungs) > RUNGS:
        middles = (np.arange(RUNGS) + 0.5) / RUNGS
        rungs = np.unique(np.quantile(there, middles, method="nearest"))
    low, high = rungs[:-1], rungs[1:]
    edges = np.maximum((low / 2 + high / 2).astype(np.float32), np.nextafter(low, np.float32(np.inf)))
    read = rungs.astype(np.float64)[np.searchsorted(edges, there, side="right")]
    return _Ladder(edges, rungs.astype(np.float64), float(read.mean()), float(read.std()) or 1.0)


def _written(ladder: _Ladder, weight: float, flag: float, share: float, direction: int) -> dict[str, Any]:
    slope, present = weight / ladder.spread, round(-flag * share, 6)
    ends = (slope * (ladder.rungs[end] - ladder.centre) + present for end in (0, -1))
    missing = max(flag * (1 - share), *ends) if direction else flag * (1 - share)
    return {
        "edges": ladder.edges.astype(float).tolist(), "values": ladder.rungs.tolist(), "centre": ladder.centre,
        "weight": slope, "present": present, "missing": float(missing),
    }  # fmt: skip
