"""Loans sorted by PD and counted in cells, so that a thousand resamples are one matrix of counts.

A resample of n loans with replacement gives each cell a multinomial count; no loan is touched again. A cell holds loans
that stand side by side in the order of their PD. With as many cells as loans every figure is exact.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

BINS = 10
"""Equal-count bins of the calibration error."""

Numbers = NDArray[np.float64]
Outcomes = NDArray[np.int8]
Places = NDArray[np.intp]


@dataclass(frozen=True)
class Terms:
    """What a loan earns and loses in a year, as shares of the amount lent."""

    rate: float
    funding: float
    lgd: float


@dataclass(frozen=True)
class Sorted:
    """PDs from low to high with their outcomes; `ties` are the places at which a new value begins."""

    pd: Numbers
    bad: Numbers
    ties: Places


@dataclass(frozen=True)
class Cells:
    """Good and bad loans by cell, and what each cell means; all arrays of shape (cells,) but the starts.

    Attributes:
        good: loans that were repaid.
        bad: loans that were not.
        good_pd: sum of PDs of the good loans; `bad_pd` of the bad ones.
        square: of PD minus outcome, summed; columns good and bad; shape (2, cells).
        loss: logarithmic loss, summed; as `square`.
        ranks: first cell of each run of equal PDs.
        bins: first cell of each calibration bin.
        cut: first cell that the cut refuses.
    """

    good: Numbers
    bad: Numbers
    good_pd: Numbers
    bad_pd: Numbers
    square: Numbers
    loss: Numbers
    ranks: Places
    bins: Places
    cut: int


def in_order(pd: Numbers, label: Outcomes) -> Sorted:
    """Sort loans by PD; equal ones keep their order."""
    order = np.argsort(pd, kind="stable")
    values = pd[order]
    return Sorted(values, label[order].astype(float), np.flatnonzero(np.concatenate([[True], np.diff(values) > 0])))


def count(loans: Sorted, cells: int, cut: float) -> Cells:
    """Count sorted loans in about so many cells; borders of bins and the cut are borders of cells too.

    Args:
        loans: sorted.
        cells: wanted; equal PDs are told apart from others only as far as this allows.
        cut: loans with a PD above it are refused.
    """
    rows = len(loans.pd)
    wanted = np.linspace(0, rows, min(cells, rows) + 1)[:-1].astype(int)
    ranks = loans.ties[np.unique(np.searchsorted(loans.ties, wanted, side="right") - 1)]
    bins = np.unique(np.linspace(0, rows, BINS + 1).round().astype(int)[:-1])
    refused = int(np.searchsorted(loans.pd, cut, side="right"))
    starts = np.unique(np.concatenate([ranks, bins, [refused] if refused < rows else []]).astype(np.intp))
    places = (np.searchsorted(starts, ranks), np.searchsorted(starts, bins), int(np.searchsorted(starts, refused)))
    return Cells(*_sums(loans, 1 - loans.bad, starts), *places)


def figures(cells: Cells, good: Numbers, bad: Numbers, terms: Terms) -> dict[str, Numbers]:
    """Every metric of some resamples.

    Args:
        cells: what was counted.
        good: good loans by resample and cell; shape (resamples, cells).
        bad: bad loans likewise.
        terms: for the profit.
    """
    total = good.sum(axis=1) + bad.sum(axis=1)
    auc, ks = ranking(cells, good, bad)
    return {
        "auc": auc, "gini": 2 * auc - 1, "ks": ks,
        "brier": _mean(cells, cells.square, good, bad) / total,
        "log_loss": _mean(cells, cells.loss, good, bad) / total,
        "ece": ece(cells, good, bad),
        "base_rate": bad.sum(axis=1) / total,
        **_at_the_cut(cells, good, bad, terms),
    }  # fmt: skip


def ranking(cells: Cells, good: Numbers, bad: Numbers) -> tuple[Numbers, Numbers]:
    """AUC and KS of each resample; NaN where an outcome is absent."""
    bads, goods = np.add.reduceat(bad, cells.ranks, axis=1), np.add.reduceat(good, cells.ranks, axis=1)
    up_to_bad, up_to_good = bads.cumsum(axis=1), goods.cumsum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        all_bad, all_good = up_to_bad[:, -1:], up_to_good[:, -1:]
        auc = (bads * (up_to_good - goods / 2)).sum(axis=1) / (all_bad * all_good)[:, 0]
        ks = np.abs(up_to_bad / all_bad - up_to_good / all_good).max(axis=1)
    return auc, ks


def ece(cells: Cells, good: Numbers, bad: Numbers) -> Numbers:
    """Mean gap between promised and found rates over the bins, for each resample."""
    gaps = good * _each(cells.good_pd, cells.good) + bad * (_each(cells.bad_pd, cells.bad) - 1)
    return np.abs(np.add.reduceat(gaps, cells.bins, axis=1)).sum(axis=1) / (good.sum(axis=1) + bad.sum(axis=1))


def draw(cells: Cells, draws: np.random.Generator, resamples: int) -> tuple[Numbers, Numbers]:
    """Good and bad counts of resamples with replacement; each of shape (resamples, cells)."""
    both = np.concatenate([cells.good, cells.bad])
    drawn = draws.multinomial(int(both.sum()), both / both.sum(), size=resamples).astype(float)
    return drawn[:, : len(cells.good)], drawn[:, len(cells.good) :]


def _sums(loans: Sorted, good: Numbers, starts: Places) -> tuple[Numbers, Numbers, Numbers, Numbers, Numbers, Numbers]:
    """The first six parts of `Cells`."""

    def added(values: Numbers) -> Numbers:
        return np.add.reduceat(values, starts)

    pd, bad = loans.pd, loans.bad
    square = np.stack([added(good * pd**2), added(bad * (1 - pd) ** 2)])
    loss = np.stack([added(-good * np.log(1 - pd)), added(-bad * np.log(pd))])
    return added(good), added(bad), added(good * pd), added(bad * pd), square, loss


def _mean(cells: Cells, of: Numbers, good: Numbers, bad: Numbers) -> Numbers:
    return good @ _each(of[0], cells.good) + bad @ _each(of[1], cells.bad)


def _each(total: Numbers, loans: Numbers) -> Numbers:
    return total / np.maximum(loans, 1)


def _at_the_cut(cells: Cells, good: Numbers, bad: Numbers, terms: Terms) -> dict[str, Numbers]:
    """A refused loan counts as called bad; profit is per loan asked for, and a refused one earns nothing."""
    caught, wronged = bad[:, cells.cut :].sum(axis=1), good[:, cells.cut :].sum(axis=1)
    bads, goods = bad.sum(axis=1), good.sum(axis=1)
    earned = (goods - wronged) * (terms.rate - terms.funding) - (bads - caught) * (terms.lgd + terms.funding)
    with np.errstate(invalid="ignore", divide="ignore"):
        return {
            "precision": caught / (caught + wronged),
            "recall": caught / bads,
            "f1": 2 * caught / (2 * caught + wronged + bads - caught),
            "profit": earned / (goods + bads),
        }
