"""How good a model is on loans it never saw; every figure with a bootstrap interval of 95 %."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypedDict

import numpy as np
from numpy.typing import NDArray

RESAMPLES = 200
BINS = 10

Numbers = NDArray[np.float64]
Outcomes = NDArray[np.int8]


class Figure(TypedDict):
    """A measured value and its interval."""

    value: float
    low: float
    high: float


def metrics(pd: Numbers, label: Outcomes, seed: int, resamples: int = RESAMPLES) -> dict[str, Figure]:
    """AUC, Gini, KS, Brier score, log loss, ECE (ten equal-count bins) and base rate.

    Args:
        pd: probabilities strictly between 0 and 1; shape (n,).
        label: 1 = bad; both outcomes present; shape (n,).
        seed: draws the resamples.
        resamples: how many.
    """
    ranked = _Ranked(pd, label)
    value = ranked.figures(np.ones(len(pd)))
    draw = np.random.default_rng(seed)
    drawn = [ranked.figures(_weights(draw, len(pd))) for _ in range(resamples)]
    return {name: interval(value[name], [d[name] for d in drawn]) for name in value}


def interval(value: float, drawn: list[float]) -> Figure:
    """The middle 95 % of resampled values, rounded to 1e-6; resamples without one outcome are left out."""
    seen = [d for d in drawn if not np.isnan(d)]
    low, high = np.quantile(seen, [0.025, 0.975]) if seen else (value, value)
    return {
        "value": round(float(value), 6),
        "low": round(float(min(low, value)), 6),
        "high": round(float(max(high, value)), 6),
    }


def ece_by_chance(pd: Numbers, seed: int, resamples: int = RESAMPLES) -> float:
    """The ECE that a perfectly calibrated model exceeds once in twenty times on so many loans."""
    draw = np.random.default_rng(seed)
    ones = np.ones(len(pd))
    drawn = []
    for _ in range(resamples):
        ranked = _Ranked(pd, (draw.random(len(pd)) < pd).astype(np.int8))
        drawn.append(ranked.ece(ones))
    return float(np.quantile(drawn, 0.95))


def bootstrap(of: Callable[[NDArray[np.intp]], float], rows: int, seed: int, resamples: int = RESAMPLES) -> Figure:
    """A figure of some rows (given by position), with its interval."""
    draw = np.random.default_rng(seed)
    drawn = [of(draw.integers(0, rows, rows)) for _ in range(resamples)]
    return interval(of(np.arange(rows)), drawn)


def _weights(draw: np.random.Generator, rows: int) -> Numbers:
    return np.bincount(draw.integers(0, rows, rows), minlength=rows).astype(float)


class _Ranked:
    """Loans sorted by PD once, so that a resample is only a vector of weights."""

    def __init__(self, pd: Numbers, label: Outcomes) -> None:
        order = np.argsort(pd, kind="stable")
        self._pd, self._bad = pd[order], label[order].astype(float)
        self._ties = np.flatnonzero(np.concatenate([[True], np.diff(self._pd) > 0]))
        edges = np.linspace(0, len(pd), BINS + 1).round().astype(int)
        self._bins = np.unique(edges[:-1])
        self._square = (self._pd - self._bad) ** 2
        self._loss = -np.log(np.where(self._bad == 1, self._pd, 1 - self._pd))

    def figures(self, weights: Numbers) -> dict[str, float]:
        """Every metric under weights in the order of the sorted loans (a resample has no order of its own)."""
        total = weights.sum()
        auc, ks = self._ranking(weights)
        return {
            "auc": auc,
            "gini": 2 * auc - 1,
            "ks": ks,
            "brier": float(weights @ self._square / total),
            "log_loss": float(weights @ self._loss / total),
            "ece": self.ece(weights),
            "base_rate": float(weights @ self._bad / total),
        }

    def ece(self, weights: Numbers) -> float:
        """Mean gap between promised and found rates over the bins."""
        gaps = np.add.reduceat(weights * (self._pd - self._bad), self._bins)
        return float(np.abs(gaps).sum() / weights.sum())

    def _ranking(self, weights: Numbers) -> tuple[float, float]:
        bad = np.add.reduceat(weights * self._bad, self._ties)
        good = np.add.reduceat(weights * (1 - self._bad), self._ties)
        if not bad.sum() or not good.sum():
            return float("nan"), float("nan")
        before = np.cumsum(good) - good
        auc = (bad * (before + good / 2)).sum() / (bad.sum() * good.sum())
        ks = np.abs(np.cumsum(bad) / bad.sum() - np.cumsum(good) / good.sum()).max()
        return float(auc), float(ks)
