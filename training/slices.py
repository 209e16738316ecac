"""The same model looked at in parts of the portfolio: each category, bands of each number, each quarter of a year."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from statistics import NormalDist
from typing import Any

import numpy as np
from numpy.typing import NDArray

from features.ranks import wilson
from training import cells
from training.cells import Numbers, Outcomes
from training.evaluate import Figure, auc_interval, interval
from training.servable.protocol import Columns

FEWEST, FEWEST_BADS = 100, 10
"""Loans, and loans of either outcome, below which a slice gets counts and no verdict."""
BANDS = 4
CATEGORIES = 12
"""Categories looked at each on its own; rarer ones together."""
CELLS, RESAMPLES = 100, 200
LEVEL = 0.05

Slice = tuple[str, str, NDArray[np.bool_]]


def slices(
    pd: Numbers, label: Outcomes, columns: Columns, dates: NDArray[Any] | None, seed: int
) -> list[dict[str, Any]]:
    """One row for each slice: `{slice, value, count, bads, auc, ece, observed, predicted, verdict}`.

    Verdicts: "too few" (figures None), "promises too little", "promises too much", "ranks worse", "as expected". The
    first two ask that the mean PD differs from the found default rate by more than chance, allowing for the number of
    slices; the third that the AUC's interval lies below that of all loans. It is not said of bands of a number: within
    a band of what the model reads there is always less left to rank by.

    Args:
        pd: of each loan, by a model that did not learn from it.
        label: 1 bad.
        columns: by which to slice; bands of numbers are quarters of the loans.
        dates: day of each decision; None when unknown.
        seed: of the resamples.
    """
    parts = [*_by_column(columns), *_by_quarter(dates)]
    level, whole = LEVEL / 2 / max(len(parts), 1), auc_interval(pd, label, seed, RESAMPLES)["low"]
    numbers = {name for name, column in columns.items() if column.dtype != object}
    return [
        _row(name, value, pd[mask], label[mask], 0.0 if name in numbers else whole, level, seed)
        for name, value, mask in parts
    ]


def _by_column(columns: Columns) -> Iterator[Slice]:
    for name, column in columns.items():
        yield from _categories(name, column) if column.dtype == object else _bands(name, column.astype(np.float64))


def _categories(name: str, column: NDArray[Any]) -> Iterator[Slice]:
    counted = Counter(value for value in column if value is not None)
    common = sorted(value for value, _ in counted.most_common(CATEGORIES))
    for value in common:
        yield name, str(value), column == value
    rest = ~np.isin(column.astype(str), [*common, "None"])
    yield from _if_any(name, "other", rest)
    yield from _if_any(name, "missing", np.array([value is None for value in column]))


def _bands(name: str, column: Numbers) -> Iterator[Slice]:
    """Quarters of the loans by a number, each without its lower edge; a value that many share makes them fewer."""
    known = column[~np.isnan(column)]
    if len(known):
        edges = np.unique(np.quantile(known, np.linspace(0, 1, BANDS + 1)[1:-1]))
        place = np.searchsorted(edges, column, side="left")
        for band in range(len(edges) + 1):
            mine = (place == band) & ~np.isnan(column)
            yield from _if_any(name, _words(column[mine]), mine)
    yield from _if_any(name, "missing", np.isnan(column))


def _words(band: Numbers) -> str:
    low, high = (band.min(), band.max()) if len(band) else (0.0, 0.0)
    return f"{low:.6g} to {high:.6g}" if low != high else f"{low:.6g}"


def _by_quarter(dates: NDArray[Any] | None) -> Iterator[Slice]:
    if dates is None:
        return
    months = dates.astype("datetime64[M]").astype(int)
    for quarter in np.unique(months // 3):
        yield "period", f"{1970 + quarter // 4} Q{quarter % 4 + 1}", months // 3 == quarter


def _if_any(name: str, value: str, mask: NDArray[np.bool_]) -> Iterator[Slice]:
    if mask.any():
        yield name, value, mask


def _row(name: str, value: str, pd: Numbers, label: Outcomes, lowest: float, level: float, seed: int) -> dict[str, Any]:
    count, bads = len(pd), int(label.sum())
    head = {"slice": name, "value": value, "count": count, "bads": bads}
    low, high = wilson(bads, count)
    rates: dict[str, Any] = {
        "observed": {"value": round(bads / count, 6), "low": round(low, 6), "high": round(high, 6)},
        "predicted": round(float(pd.mean()), 6),
    }
    if count < FEWEST or min(bads, count - bads) < FEWEST_BADS:
        return {**head, "auc": None, "ece": None, **rates, "verdict": "too few"}
    auc, ece = auc_interval(pd, label, seed, RESAMPLES), _ece(pd, label, seed)
    return {**head, "auc": auc, "ece": ece, **rates, "verdict": _verdict(pd, label, auc, lowest, level)}


def _ece(pd: Numbers, label: Outcomes, seed: int) -> Figure:
    counted = cells.count(cells.in_order(pd, label), CELLS, np.inf)
    value = cells.ece(counted, counted.good[None, :], counted.bad[None, :])[0]
    return interval(value, cells.ece(counted, *cells.draw(counted, np.random.default_rng(seed), RESAMPLES)))


def _verdict(pd: Numbers, label: Outcomes, auc: Figure, lowest: float, level: float) -> str:
    """The spread of a count of defaults is that of as many coins as there are loans, each with its own PD."""
    excess, error = float((label - pd).sum()), float(np.sqrt((pd * (1 - pd)).sum()))
    reach = NormalDist().inv_cdf(1 - level) * error
    if abs(excess) > reach:
        return "promises too little" if excess > 0 else "promises too much"
    return "ranks worse" if auc["high"] < lowest else "as expected"
