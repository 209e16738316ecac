"""A column as the leak gate reads it: numbers, texts, or days counted from the decision."""

# pyright: reportArgumentType=false, reportAttributeAccessIssue=false, reportReturnType=false, reportCallIssue=false
# pyright: reportOptionalMemberAccess=false, reportGeneralTypeIssues=false
# (the types that pandas ships cannot tell a column from a frame)

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from features.mapped_values import texts
from features.read_days import looks_like_days
from features.read_numbers import can_be_held, read_numbers
from features.tallies import Numbers, Tally, ranking, tally

if TYPE_CHECKING:
    import pandas as pd

NUMBERS_SHARE = 0.9
_ROWS_A_LEVEL = 20
_FEWEST_LEVELS = 200
_BINS = 40
_SIDES = 2


@dataclass(frozen=True)
class Facts:
    """Values of a column, shape (n,): float64 with NaN, or text; `missing` marks those that are not there."""

    name: str
    values: NDArray[Any]
    missing: NDArray[np.bool_]
    is_number: bool
    is_since_decision: bool = False

    def ranking(self, t: Tally, bad: NDArray[np.bool_]) -> tuple[float, float]:
        """Best AUC and its low end: by the number's own order, or by how often other loans with it went bad."""
        own = ranking(t.counts, t.bads) if self.is_number else (0.5, 0.0)
        known = ~self.missing
        groups = _bins(self.values[known], t) if self.is_number else self.values[known]
        if not known.any() or (self.is_number and ranking(*_by_rate(groups, bad[known]))[1] <= own[1]):
            return own
        rates = rate_of_others(groups, bad[known])
        crossed = tally(rates, np.zeros(len(rates), dtype=bool), bad[known])
        return max(own, ranking(crossed.counts, crossed.bads), key=lambda pair: pair[1])


def facts_of(name: str, column: pd.Series, dates: pd.Series | None) -> Facts:
    """Read one column: days of a text column become days since the decision, or since 1970 without one."""
    days = looks_like_days(column)
    if days is not None:
        since = _since(days, dates)
        return Facts(name, since, np.isnan(since), True, dates is not None)
    numbers = numbers_or_none(column)
    if numbers is not None:
        return Facts(name, numbers, np.isnan(numbers), True)
    words = texts(column).fillna("")
    if words.nunique() > max(_FEWEST_LEVELS, len(words) // _ROWS_A_LEVEL):
        words = words.where(words == "", "a value")
    values = words.to_numpy().astype(str)
    return Facts(name, values, values == "", False)


def numbers_or_none(column: pd.Series) -> Numbers | None:
    """Float64 of a column of numbers, only those that a model can hold; None for texts."""
    import pandas as pd

    if pd.api.types.is_numeric_dtype(column):
        numbers = column.to_numpy(dtype=np.float64, na_value=np.nan)
    else:
        read, _ = read_numbers(column)
        if read.notna().sum() <= NUMBERS_SHARE * texts(column).notna().sum():
            return None
        numbers = read.to_numpy()
    return np.where(can_be_held(numbers), numbers, np.nan)


def rate_of_others(groups: NDArray[Any], bad: NDArray[np.bool_]) -> Numbers:
    """Bad share of each row's group, learnt from the other half of the rows, so that rare groups do not look wise."""
    rates = np.empty(len(groups))
    half = np.arange(len(groups)) % _SIDES == 0
    for mine, other in ((half, ~half), (~half, half)):
        if not other.any():
            return np.full(len(groups), bad.mean())
        levels, inverse = np.unique(groups[other], return_inverse=True)
        rate = (np.bincount(inverse, weights=bad[other]) + bad.mean()) / (np.bincount(inverse) + 1)
        place = np.searchsorted(levels, groups[mine]).clip(0, len(levels) - 1)
        rates[mine] = np.where(levels[place] == groups[mine], rate[place], bad.mean())
    return rates


def _by_rate(groups: NDArray[np.intp], bad: NDArray[np.bool_]) -> tuple[Numbers, Numbers]:
    """Loans and bad loans of groups in order of their own bad share: the most that they could rank."""
    counts = np.bincount(groups).astype(np.float64)
    bads = np.bincount(groups, weights=bad)
    order = np.argsort(bads / np.maximum(counts, 1))
    return counts[order], bads[order]


def _bins(values: Numbers, t: Tally) -> NDArray[np.intp]:
    """At most forty groups of about equal size, by order; equal numbers stay together."""
    rows = np.cumsum(t.counts)
    group = np.minimum(((rows - t.counts / 2) / rows[-1] * _BINS).astype(np.intp), _BINS - 1) if len(rows) else rows
    return group[np.searchsorted(t.values, values)].astype(np.intp)


def _since(days: pd.Series, dates: pd.Series | None) -> Numbers:
    if dates is not None:
        return (days - dates).dt.days.to_numpy(dtype=np.float64)
    since = days.to_numpy().astype("datetime64[D]").astype(np.float64)
    since[days.isna().to_numpy()] = np.nan
    return since
