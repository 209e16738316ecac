"""How good a model is on loans it never saw; every figure with a bootstrap interval of 95 %."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import TypedDict

import numpy as np
from numpy.typing import NDArray

from training import cells
from training.cells import Cells, Numbers, Outcomes, Terms

RESAMPLES = 500
CELLS = 1000
"""Cells of a resample: far finer than an interval can show. The value itself is exact."""
SLICE_CELLS = 200
BLOCK = 100
"""Resamples held at once."""
PROFIT_FILE = Path(__file__).with_name("profit.yaml")


class Figure(TypedDict):
    """A measured value and its interval."""

    value: float
    low: float
    high: float


def metrics(
    pd: Numbers, label: Outcomes, seed: int, resamples: int = RESAMPLES, *, as_of: date | None = None
) -> dict[str, Figure]:
    """AUC, Gini, KS, Brier score, log loss, ECE (ten equal-count bins), base rate; precision, recall, F1 and profit.

    The last four hold at `policy_cut`. Profit is a share of the amount, per loan asked for, under `profit.yaml`.

    Args:
        pd: probabilities strictly between 0 and 1; shape (n,).
        label: 1 = bad; both outcomes present; shape (n,).
        seed: draws the resamples.
        resamples: how many.
        as_of: the day whose profit assumptions hold; left out: the newest.
    """
    terms, cut = terms_on(as_of), policy_cut(pd, label)
    loans = cells.in_order(pd, label)
    value = _whole(cells.count(loans, len(pd), cut), terms)
    coarse = cells.count(loans, CELLS, cut)
    near = _whole(coarse, terms)
    drawn = [cells.figures(coarse, *pair, terms) for pair in _blocks(coarse, seed, resamples)]
    return {
        name: interval(value[name], np.concatenate([part[name] for part in drawn]) + value[name] - near[name])
        for name in value
    }


def policy_cut(pd: Numbers, label: Outcomes) -> float:
    """The PD above which a loan counts as refused: as many are as turn out bad in the whole portfolio.

    A stand-in for the policy's own outcome, the same for everybody.
    """
    return float(np.quantile(pd, 1 - label.mean()))


def terms_on(as_of: date | None) -> Terms:
    """The assumptions of `profit.yaml` that hold on a day; None means the newest. Raises RefusedError."""
    from training.gates import limits

    return Terms(**limits(as_of or date.max, PROFIT_FILE))


def interval(value: float, drawn: Sequence[float] | Numbers) -> Figure:
    """The middle 95 % of resampled values, rounded to 1e-6; resamples without one outcome are left out."""
    seen = np.asarray(drawn, dtype=float)
    seen = seen[np.isfinite(seen)]
    low, high = np.quantile(seen, [0.025, 0.975]) if len(seen) else (value, value)
    value = 0.0 if np.isnan(value) else float(value)
    return {
        "value": round(value, 6),
        "low": round(float(np.fmin(low, value)), 6),
        "high": round(float(np.fmax(high, value)), 6),
    }


def ece_by_chance(pd: Numbers, seed: int, resamples: int = RESAMPLES) -> float:
    """The ECE that a perfectly calibrated model exceeds once in twenty times on so many loans."""
    loans = cells.count(cells.in_order(pd, np.zeros(len(pd), np.int8)), CELLS, 1.0)
    draws = np.random.default_rng(seed)
    size, promised = loans.good.astype(int), loans.good_pd / loans.good
    bad = draws.binomial(size, promised, size=(resamples, len(size)))
    gaps = np.add.reduceat(loans.good_pd - bad, loans.bins, axis=1)
    return float(np.quantile(np.abs(gaps).sum(axis=1) / len(pd), 0.95))


def bootstrap(of: Callable[[NDArray[np.intp]], float], rows: int, seed: int, resamples: int = RESAMPLES) -> Figure:
    """A figure of some rows (given by position), with its interval; the slow way, for figures without counts."""
    draws = np.random.default_rng(seed)
    drawn = [of(draws.integers(0, rows, rows)) for _ in range(resamples)]
    return interval(of(np.arange(rows)), drawn)


def auc_interval(pd: Numbers, label: Outcomes, seed: int, resamples: int = RESAMPLES) -> Figure:
    """AUC alone with its interval, for one group or slice; both outcomes present."""
    loans = cells.in_order(pd, label)
    whole, coarse = (cells.count(loans, number, np.inf) for number in (len(pd), SLICE_CELLS))
    exact, near = (cells.ranking(c, c.good[None, :], c.bad[None, :])[0][0] for c in (whole, coarse))
    drawn, _ = cells.ranking(coarse, *cells.draw(coarse, np.random.default_rng(seed), resamples))
    return interval(exact, drawn + exact - near)


def mean_interval(values: NDArray[np.float64], seed: int, resamples: int = RESAMPLES) -> Figure:
    """A mean with its interval; all resamples of up to a few thousand values in one product."""
    rows = len(values)
    counts = np.random.default_rng(seed).multinomial(rows, np.full(rows, 1 / rows), size=resamples)
    return interval(float(values.mean()), counts @ values / rows)


def _whole(counted: Cells, terms: Terms) -> dict[str, float]:
    """Every metric of the loans as they are."""
    found = cells.figures(counted, counted.good[None, :], counted.bad[None, :], terms)
    return {name: float(values[0]) for name, values in found.items()}


def _blocks(counted: Cells, seed: int, resamples: int) -> Iterator[tuple[Numbers, Numbers]]:
    """Resamples a block at a time, so that memory stays the same for any number of loans."""
    draws = np.random.default_rng(seed)
    for begun in range(0, resamples, BLOCK):
        yield cells.draw(counted, draws, min(BLOCK, resamples - begun))
