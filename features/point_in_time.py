"""What was known on a day: numbers from the events of the months before it, never from that day or later."""

# pyright: reportArgumentType=false, reportAttributeAccessIssue=false, reportReturnType=false, reportCallIssue=false
# pyright: reportOptionalMemberAccess=false, reportGeneralTypeIssues=false
# (the types that pandas ships cannot tell a column from a frame)

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from features.dataset import DataFinding
from features.findings import passed, warning
from features.mapping_source import WindowFeature

if TYPE_CHECKING:
    import pandas as pd

DAYS_A_MONTH = 30.4375
Days = NDArray[np.datetime64]
Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class _Pairs:
    """Each loan with each event of its window, in order of loan, then day; `loan` and `event` are positions."""

    loan: NDArray[np.intp]
    event: NDArray[np.intp]
    loans: int


def window_columns(
    keys: pd.Series, days: pd.Series, events: pd.DataFrame, event_keys: pd.Series, event_days: pd.Series,
    features: Sequence[WindowFeature],
) -> dict[str, Numbers]:  # fmt: skip
    """One number per loan and feature.

    An event counts when its day lies in the months before the loan's day: on or after the day so many months earlier
    and strictly before the loan's day. Without any event, `count` and `sum` are 0 and the others are missing; a loan
    without day or key, or whose window lies before or after all events of the file, has only missing ones.

    Args:
        keys: of the loans, shape (n,).
        days: of the loans' decisions.
        events: rows with the columns that features read.
        event_keys: of the events, in the same order.
        event_days: when they happened.
        features: what to take.
    """
    from features.mapped_values import texts, to_numbers

    known = (keys.notna() & days.notna()).to_numpy()
    day = days.to_numpy().astype("datetime64[D]")
    event_day = event_days.to_numpy().astype("datetime64[D]")
    columns: dict[str, Numbers] = {}
    for feature in features:
        keep = (event_keys.notna() & event_days.notna()).to_numpy()
        for column, values in feature.where:
            keep = keep & texts(events[column]).isin(values).to_numpy()
        pairs = _pairs(keys.to_numpy(), day, known, event_keys.to_numpy(), event_day, keep, feature.months)
        numbers = to_numbers(events[feature.column], feature.name, feature.column)[0].to_numpy() \
            if feature.column else np.ones(len(events))  # fmt: skip
        values = _taken(feature.take, pairs, numbers, event_day, day)
        columns[feature.name] = np.where(known & ~_outside(day, event_day, feature.months), values, np.nan)
    return columns


def not_covered(
    days: pd.Series, event_days: pd.Series, features: Sequence[WindowFeature], file: str
) -> list[DataFinding]:
    """A warning when the events begin after, or end before, the windows of some loans."""
    day = days.dropna().to_numpy().astype("datetime64[D]")
    seen = event_days.dropna().to_numpy().astype("datetime64[D]")
    longest = max(f.months for f in features)
    if not len(day) or not len(seen):
        return []
    first, last = seen.min(), seen.max()
    none = int(_outside(day, seen, longest).sum())
    part = int(((months_earlier(day, longest) < first) | (day > last + 1)).sum()) - none
    if not none + part:
        return [passed("window", "", f"{file} covers the windows of all loans", "events for each window")]
    found = f"{file} holds {first} to {last}: no day of the window for {none} loans, only some days for {part}"
    do = "Windows without a day are missing; others count what there is. Bring the events that lack."
    return [warning("window", "", found, "events for each window", do)]


def _outside(day: Days, event_day: Days, months: int) -> NDArray[np.bool_]:
    """Loans whose whole window lies before the first or after the last of all events."""
    seen = event_day[~np.isnat(event_day)]
    if not len(seen):
        return np.ones(len(day), dtype=bool)
    return (day <= seen.min()) | (months_earlier(day, months) > seen.max())


def _pairs(
    keys: NDArray[np.object_], day: Days, known: NDArray[np.bool_], event_keys: NDArray[np.object_], event_day: Days,
    keep: NDArray[np.bool_], months: int,
) -> _Pairs:  # fmt: skip
    """By bisection in the events sorted by key and day."""
    import pandas as pd

    codes, _ = pd.factorize(np.concatenate([keys[known], event_keys[keep]]))
    own, other = codes[: known.sum()], codes[known.sum() :]
    order = np.lexsort((event_day[keep], other))
    where = np.flatnonzero(keep)[order]
    line = _line(other[order], event_day[where])
    first = np.searchsorted(line, _line(own, months_earlier(day[known], months)), side="left")
    last = np.searchsorted(line, _line(own, day[known]), side="left")
    counts = np.maximum(last - first, 0)
    loan = np.repeat(np.flatnonzero(known), counts)
    offset = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
    return _Pairs(loan, where[np.repeat(first, counts) + offset], len(keys))


def months_earlier(day: Days, months: int) -> Days:
    """The same day so many months before; the last of the month where it has no such day.

    >>> months_earlier(np.array(["2024-05-31", "2024-03-01"], dtype="datetime64[D]"), 3).tolist()
    [datetime.date(2024, 2, 29), datetime.date(2023, 12, 1)]
    """
    month = day.astype("datetime64[M]")
    start = (month - months).astype("datetime64[D]")
    length = ((month - months + 1).astype("datetime64[D]") - start).astype(np.int64)
    return start + np.minimum((day - month.astype("datetime64[D]")).astype(np.int64), length - 1)


def _line(codes: NDArray[np.intp], day: Days) -> NDArray[np.int64]:
    """Key and day as one number that sorts by key, then day."""
    return codes.astype(np.int64) * 10_000_000 + day.astype(np.int64) + 1_000_000


def _taken(take: str, pairs: _Pairs, numbers: Numbers, event_day: Days, day: Days) -> Numbers:
    value, n = numbers[pairs.event], pairs.loans
    there = ~np.isnan(value)
    loan, event, value = pairs.loan[there], pairs.event[there], value[there]
    count = np.bincount(loan, minlength=n).astype(np.float64)
    if take == "count":
        return count
    total = np.bincount(loan, weights=value, minlength=n)
    if take == "sum":
        return total
    if take == "mean":
        return np.divide(total, count, out=np.full(n, np.nan), where=count > 0)
    ago = (day[loan] - event_day[event]).astype(np.float64)
    if take == "trend":
        return _slope(loan, -ago / DAYS_A_MONTH, value, n)
    return _one(take, loan, value if take != "days_since" else ago, n)


def _one(take: str, loan: NDArray[np.intp], value: Numbers, n: int) -> Numbers:
    """min, max, or the value of the last event, which stands last among those of its loan."""
    found = np.full(n, np.nan)
    if take in ("min", "max"):
        order = np.argsort(value, kind="stable")[:: -1 if take == "min" else 1]
        found[loan[order]] = value[order]
    else:
        found[loan] = value
    return found


def _slope(loan: NDArray[np.intp], months: Numbers, value: Numbers, n: int) -> Numbers:
    """Change a month by least squares; missing with fewer than two different days."""
    count = np.maximum(np.bincount(loan, minlength=n), 1)
    x = months - (np.bincount(loan, weights=months, minlength=n) / count)[loan]
    spread = np.bincount(loan, weights=x * x, minlength=n)
    return np.divide(
        np.bincount(loan, weights=x * value, minlength=n), spread, out=np.full(n, np.nan), where=spread > 1e-9
    )
