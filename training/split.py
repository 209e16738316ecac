"""Which rows train, and which test: later loans than those trained on, wherever the data has dates."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from features.dataset import DataSet
from lending.domain.errors import RefusedError

TEST_SHARE = 0.25
FEWEST = 50
"""Rows on either side below which no figure means anything."""


@dataclass(frozen=True)
class Split:
    """Rows by their position: `train` from the oldest to the newest when split `by_time`, else in a drawn order."""

    train: NDArray[np.intp]
    test: NDArray[np.intp]
    how: str
    by_time: bool


def split(dataset: DataSet, seed: int) -> Split:
    """From `test_from`, else the newest quarter from the first of a month, else drawn by seed within each outcome.

    Raises:
        RefusedError: one side has fewer than 50 rows or only one outcome.
    """
    made = _by_time(dataset) or _drawn(dataset.label.to_numpy(), seed)
    label = dataset.label.to_numpy()
    for side, rows in (("training", made.train), ("test", made.test)):
        if len(rows) < FEWEST or len(np.unique(label[rows])) < 2:
            found = f"{len(rows)} rows, {int(label[rows].sum())} of them bad"
            raise RefusedError(
                f"{dataset.name}: the {side} part ({made.how}) has {found}", code="too_small", field=side, found=found,
                expected=f"at least {FEWEST} rows with both outcomes", do="Add loans, or move date.test_from.",
            )  # fmt: skip
    return made


def newest(rows: NDArray[np.intp], share: float) -> NDArray[np.intp]:
    """The last `share` of rows that stand from oldest to newest."""
    return rows[-max(1, round(len(rows) * share)) :]


def _by_time(dataset: DataSet) -> Split | None:
    if dataset.dates is None:
        return None
    days = dataset.dates.to_numpy().astype("datetime64[D]")
    start = np.datetime64(dataset.test_from, "D") if dataset.test_from else _month_boundary(days)
    order = np.argsort(days, kind="stable")
    late = days[order] >= start
    made = Split(order[~late], order[late], f"loans from {start} test", by_time=True)
    one_month = not dataset.test_from and (not len(made.train) or not len(made.test))
    return None if one_month else made


def _month_boundary(days: NDArray[Any]) -> np.datetime64:
    """The first of the month that leaves nearest to a quarter of the rows on or after it."""
    months = days.astype("datetime64[M]")
    starts = np.unique(months)
    after = np.array([(months >= start).mean() for start in starts])
    return starts[int(np.argmin(np.abs(after - TEST_SHARE)))].astype("datetime64[D]")


def _drawn(label: NDArray[np.int8], seed: int) -> Split:
    draw = np.random.default_rng(seed)
    test = np.concatenate([_share(draw.permutation(np.flatnonzero(label == value))) for value in (0, 1)])
    rest = draw.permutation(np.setdiff1d(np.arange(len(label)), test))
    return Split(rest, np.sort(test), f"a quarter drawn by seed {seed} tests", by_time=False)


def _share(rows: NDArray[np.intp]) -> NDArray[np.intp]:
    return rows[: round(len(rows) * TEST_SHARE)]
