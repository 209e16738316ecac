"""What a data set looks like: distributions, the share of bad loans by value and by period, links between features."""

# pyright: reportArgumentType=false, reportAttributeAccessIssue=false, reportReturnType=false, reportCallIssue=false
# pyright: reportOptionalMemberAccess=false, reportGeneralTypeIssues=false
# (the types that pandas ships cannot tell a column from a frame)

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from features.explore_words import sentence_of, sentences
from features.ranks import strength, wilson

if TYPE_CHECKING:
    import pandas as pd

MOST_ROWS = 200_000
"""Loans that are looked at; of more, evenly spaced ones."""
STEPS = 30
BINS, MOST_CATEGORIES, MOST_IN_DETAIL, MOST_TOGETHER, MOST_PERIODS = 10, 9, 24, 12, 24
Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class Bin:
    """Loans with like values: how many, and the share that went bad with its 95 % interval."""

    name: str
    loans: int
    bad: float
    low: float
    high: float


@dataclass(frozen=True)
class FeatureView:
    """One feature.

    Attributes:
        missing: share of loans without a value.
        different: number of different values.
        information: mutual information with the label over the label's entropy, chance taken off; 0 to 1.
        auc: ranking power of a number alone, in its better direction; None for a category.
        bins: in order of the value; a category's by size; missing last.
        middle: 1 %, 50 % and 99 % of a number's values; empty for a category.
        outline: loans in thirty equal steps from the first to the last of these; empty where few values differ.
    """

    name: str
    kind: str
    missing: float
    different: int
    information: float
    auc: float | None
    bins: tuple[Bin, ...]
    middle: tuple[float, ...]
    outline: tuple[int, ...] = ()
    says: str = ""


@dataclass(frozen=True)
class Exploration:
    """Everything that the page shows; features by information, the richest first."""

    data: str
    loans: int
    looked_at: int
    bad: float
    features: tuple[FeatureView, ...]
    periods: tuple[Bin, ...]
    together: tuple[str, ...]
    """Names of the rows and columns of `correlations`."""
    correlations: tuple[tuple[float, ...], ...]
    """Rank correlation of numbers, shape (k, k)."""
    sentences: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """As `candor data explore --json` prints it."""
        return asdict(self)


def explore(name: str, frame: pd.DataFrame, label: pd.Series, dates: pd.Series | None) -> Exploration:
    """Look at features (numbers float64, categories text), label (1 bad) and days, all of one index."""
    rows = np.arange(len(label))
    if len(rows) > MOST_ROWS:
        rows = np.linspace(0, len(label) - 1, MOST_ROWS).astype(np.intp)
    seen, bad = frame.iloc[rows], label.to_numpy()[rows] == 1
    views = sorted((_view(n, seen[n], bad) for n in seen), key=lambda v: -v.information)
    told = [_told(v, float(bad.mean())) for v in views]
    numbers = [v.name for v in told if v.kind == "number"][:MOST_TOGETHER]
    together = _correlations(seen, numbers)
    periods = () if dates is None else _periods(dates.iloc[rows], bad)
    found = Exploration(
        name, len(label), len(rows), float(bad.mean()), tuple(told), periods, tuple(numbers), together,
    )  # fmt: skip
    return Exploration(**{**found.__dict__, "sentences": tuple(sentences(found))})


def _view(name: str, column: pd.Series, bad: Bools) -> FeatureView:
    import pandas as pd

    is_number = pd.api.types.is_numeric_dtype(column)
    codes, names = _numbers(column) if is_number else _words(column)
    bins = tuple(_bin(text, bad[codes == i]) for i, text in enumerate(names) if (codes == i).any())
    known = column.dropna()
    middle = tuple(float(v) for v in np.quantile(known, [0.01, 0.5, 0.99])) if is_number and len(known) else ()
    auc = strength(column.to_numpy(dtype=np.float64), bad) if is_number else None
    return FeatureView(name, "number" if is_number else "category", float(column.isna().mean()), known.nunique(),
                       information(codes, bad), auc, bins, middle, _outline(column) if is_number else ())  # fmt: skip


def _told(view: FeatureView, base: float) -> FeatureView:
    return FeatureView(**{**view.__dict__, "says": sentence_of(view, base)})


def _numbers(column: pd.Series) -> tuple[NDArray[np.intp], list[str]]:
    """Place of each loan among at most ten bins of about equal size (or the few values there are), missing last."""
    values = column.to_numpy(dtype=np.float64)
    blank = np.isnan(values)
    known = values[~blank]
    different = np.unique(known)
    if len(different) <= BINS:
        codes, names = np.searchsorted(different, values), [f"{v:.6g}" for v in different]
    else:
        edges = np.unique(np.quantile(known, np.linspace(0, 1, BINS + 1)[1:-1], method="nearest"))
        edges = edges[edges > different[0]]
        codes = np.searchsorted(edges, values, side="right")
        place = np.searchsorted(different, edges)
        names = [_span(part) for part in np.split(different, place) if len(part)]
    return np.where(blank, len(names), codes), [*names, "missing"]


def _span(values: NDArray[np.float64]) -> str:
    low, high = f"{values[0]:,.4g}", f"{values[-1]:,.4g}"
    return low if low == high else f"{low} to {high}"


def _outline(column: pd.Series) -> tuple[int, ...]:
    """Loans in thirty equal steps from the 1 % to the 99 % value, those beyond left out."""
    known = column.dropna().to_numpy(dtype=np.float64)
    if len(np.unique(known)) <= BINS:
        return ()
    low, high = np.quantile(known, [0.01, 0.99])
    if not high > low:
        return ()
    return tuple(int(n) for n in np.histogram(known, STEPS, (low, high))[0])


def _words(column: pd.Series) -> tuple[NDArray[np.intp], list[str]]:
    import pandas as pd

    often = column.value_counts().head(MOST_CATEGORIES).index
    codes = often.get_indexer(pd.Index(column))
    names = [str(v) for v in often]
    codes = np.where(column.isna(), len(names) + 1, np.where(codes < 0, len(names), codes))
    return codes, [*names, "others", "missing"]


def _bin(name: str, bad: Bools) -> Bin:
    low, high = wilson(int(bad.sum()), len(bad))
    return Bin(name, len(bad), float(bad.mean()), low, high)


def information(codes: NDArray[np.intp], bad: Bools) -> float:
    """Mutual information of groups with the label over the label's entropy, at least 0.

    What chance alone shows, (groups − 1) / 2n nats, is taken off. Source: Miller (1955).
    """
    n, base = len(bad), float(bad.mean())
    if base in (0.0, 1.0):
        return 0.0
    count = np.bincount(codes).astype(float)
    hits = np.bincount(codes, weights=bad)[count > 0]
    count = count[count > 0]
    with np.errstate(divide="ignore", invalid="ignore"):
        terms = [
            np.where(k > 0, k / n * np.log(k / count / p), 0.0) for k, p in ((hits, base), (count - hits, 1 - base))
        ]
    entropy = -(base * np.log(base) + (1 - base) * np.log(1 - base))
    return float(max((sum(t.sum() for t in terms) - (len(count) - 1) / (2 * n)) / entropy, 0.0))


def _correlations(frame: pd.DataFrame, names: Sequence[str]) -> tuple[tuple[float, ...], ...]:
    if len(names) < 2:
        return ()
    table = frame[list(names)].rank().corr(min_periods=30).fillna(0.0).round(3)
    return tuple(tuple(float(v) for v in row) for row in table.to_numpy())


def _periods(dates: pd.Series, bad: Bools) -> tuple[Bin, ...]:
    """Months when there are at most 24, else quarters, else years."""
    for length in ("M", "Q", "Y"):
        period = dates.dt.to_period(length)
        if period.nunique() <= MOST_PERIODS:
            break
    codes = period.to_numpy()
    return tuple(_bin(str(p), bad[codes == p]) for p in sorted(period.unique()))
