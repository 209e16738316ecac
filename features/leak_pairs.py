"""Two columns that are honest alone and give the outcome together: what was paid over what was due."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from features.leak_columns import Facts
from features.limits import Limits
from features.tallies import Numbers, ranking, tally

_LOOK_BADS, _LOOK_GOODS = 1000, 2000
"""Loans on which all pairs are tried; what looks odd is judged on all."""
_MOST_PAIRS = 400
_FEWEST_DIFFERENT = 10


def leaking_pairs(facts: Sequence[Facts], bad: NDArray[np.bool_], bound: Limits) -> list[tuple[str, str, str]]:
    """Columns at fault with what was found and the limit; of the pairs that move together most."""
    numbers = [f for f in facts if f.is_number and len(np.unique(f.values[~f.missing])) >= _FEWEST_DIFFERENT]
    if len(numbers) < 2 or min(bad.sum(), (~bad).sum()) < bound["bads_min"]:
        return []
    few = np.sort(
        np.concatenate([_spread(np.flatnonzero(bad), _LOOK_BADS), _spread(np.flatnonzero(~bad), _LOOK_GOODS)])
    )
    found: dict[str, tuple[str, str, str]] = {}
    for one, other in _together(numbers, few):
        for said, make in _WAYS:
            if _low(make(one.values[few], other.values[few]), bad[few])[0] < bound["auc_pair_max"]:
                continue
            best, low = _low(make(one.values, other.values), bad)
            alone = max(_low(one.values, bad)[0], _low(other.values, bad)[0])
            if low >= bound["auc_pair_max"] and best - alone >= bound["pair_gain_min"]:
                what = f"AUC {best:.3f} of {said.format(one.name, other.name)}"
                for name in (one.name, other.name):
                    found.setdefault(name, (name, what, f"AUC below {bound['auc_pair_max']:g}"))
    return list(found.values())


def _spread(places: NDArray[np.intp], most: int) -> NDArray[np.intp]:
    return places if len(places) <= most else places[np.linspace(0, len(places) - 1, most).astype(np.intp)]


def _together(numbers: Sequence[Facts], few: NDArray[np.intp]) -> Iterator[tuple[Facts, Facts]]:
    """Pairs by the size of their rank correlation, the closest first."""
    ranks = np.stack([_ranks(f.values[few]) for f in numbers])
    close = np.abs(np.nan_to_num(np.corrcoef(ranks)))
    rows, columns = np.triu_indices(len(numbers), 1)
    for i in np.argsort(-close[rows, columns], kind="stable")[:_MOST_PAIRS]:
        yield numbers[int(rows[i])], numbers[int(columns[i])]


def _ranks(values: Numbers) -> Numbers:
    filled = np.where(np.isnan(values), np.nanmedian(values) if (~np.isnan(values)).any() else 0.0, values)
    return np.argsort(np.argsort(filled, kind="stable"), kind="stable").astype(np.float64)


def _low(values: Numbers, bad: NDArray[np.bool_]) -> tuple[float, float]:
    t = tally(values, np.isnan(values), bad)
    return ranking(t.counts, t.bads)


def _ratio(a: Numbers, b: Numbers) -> Numbers:
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        found = a / b
    return np.where(np.isfinite(found), found, np.nan)


_WAYS: tuple[tuple[str, Callable[[Numbers, Numbers], Numbers]], ...] = (
    ("{} / {}", _ratio), ("{} - {}", lambda a, b: a - b), ("{1} / {0}", lambda a, b: _ratio(b, a)),
)  # fmt: skip
