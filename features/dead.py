"""Features that stop arriving: present for long, missing in the newest loans. A model must not lean on them."""

# pyright: reportArgumentType=false, reportAttributeAccessIssue=false, reportReturnType=false, reportCallIssue=false
# pyright: reportOptionalMemberAccess=false, reportGeneralTypeIssues=false
# (the types that pandas ships cannot tell a column from a frame)

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from features.dataset import DataFinding
from features.findings import passed, percent, warning
from features.ranks import share_gap

if TYPE_CHECKING:
    import pandas as pd

NEWEST_SHARE = 0.2
NEWEST_MONTHS = 3
FEWEST_ROWS = 100
GAP_LIMIT = 0.25
"""Least rise of the missing share, at the low end of its 95 % interval, that counts."""
PRACTICALLY_ALL = 0.98
EARLIER_PARTS = 4


def dead_columns(
    frame: pd.DataFrame, dates: pd.Series | None, sources: Mapping[str, str] | None = None
) -> list[DataFinding]:
    """A warning for each column that dies in the newest window; one passed finding when none does.

    Two windows are looked at, each against all older loans: the newest 20 % and the newest 3 months. A column is dead
    when its missing share rose by more than 25 points (low end of the interval), or when practically all of the
    window is missing and at least one quarter of the older loans had it mostly. `sources` gives the name in the file.
    """
    if dates is None or dates.nunique() < 2:
        return []
    windows = list(_windows(dates))
    blanks = {name: frame[name].isna().to_numpy() for name in frame if frame[name].isna().any()}
    source = {name: name for name in blanks} | dict(sources or {})
    judged = (_judge(name, blank, dates, windows, source[name]) for name, blank in blanks.items())
    found = [finding for finding in judged if finding is not None]
    return found or [passed("dead", "", "no column stops arriving", f"a rise below {percent(GAP_LIMIT)}")]


def _windows(dates: pd.Series) -> Iterator[NDArray[np.bool_]]:
    import pandas as pd

    day = dates.to_numpy()
    newest = day >= dates.sort_values().iloc[int(len(dates) * (1 - NEWEST_SHARE))]
    months = day > (dates.max() - pd.DateOffset(months=NEWEST_MONTHS)).to_datetime64()
    for window in (newest, months):
        if min(window.sum(), (~window).sum()) >= FEWEST_ROWS:
            yield window


def _judge(
    name: str, blank: NDArray[np.bool_], dates: pd.Series, windows: list[NDArray[np.bool_]], source: str
) -> DataFinding | None:
    for window in windows:
        new, old = blank[window], blank[~window]
        low, _ = share_gap(int(new.sum()), len(new), int(old.sum()), len(old))
        once = new.mean() >= PRACTICALLY_ALL and _least_earlier(old, dates.to_numpy()[~window]) <= 1 - 2 * GAP_LIMIT
        if low > GAP_LIMIT or once:
            first = dates.to_numpy()[window].min().astype("datetime64[D]")
            last = dates.to_numpy()[~blank].max().astype("datetime64[D]")
            return warning(
                "dead", name, f"missing in {percent(new.mean())} since {first}, {percent(old.mean())} before",
                f"a rise below {percent(GAP_LIMIT)} (95 % interval from {percent(max(low, 0))})",
                f"Last value in column {source}: {last}. Left out: newer loans will not have it.",
            )  # fmt: skip
    return None


def _least_earlier(blank: NDArray[np.bool_], day: NDArray[np.datetime64]) -> float:
    parts = np.array_split(blank[np.argsort(day, kind="stable")], EARLIER_PARTS)
    return float(min(part.mean() for part in parts if len(part)))
