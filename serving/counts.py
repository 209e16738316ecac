"""Counts in place of rows: how often each bin of a feature was met, so that a verdict never reads the rows again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Counts = NDArray[np.int64]
"""One count a bin; the last two are values that the reference never had (or too rarely), and missing ones."""


@dataclass(frozen=True)
class Bins:
    """How the values of one feature are counted.

    Attributes:
        by: `range` cuts numbers at `marks` (upper bounds, each inside its bin), the last bin being open above;
            `number` and `text` count the values in `marks` apart.
        rare: values that the reference had, each too rarely for a bin of its own; they share one.
        unseen: share of further values of the same source that it will not have had; near 1 for names and numbers
            of persons. Source: Good (1953), by the values that it had once.
    """

    by: Literal["range", "number", "text"]
    marks: tuple[Any, ...]
    rare: frozenset[Any] = frozenset()
    unseen: float = 0.0

    @property
    def known(self) -> int:
        """Bins of values that the reference had."""
        return len(self.marks) + (1 if self.by == "range" or self.rare else 0)

    def count(self, values: NDArray[Any]) -> Counts:
        """Counts of some values; shape (known + 2,)."""
        if self.by == "text":
            return self._count_texts(values)
        missing = _missing(values)
        there = values[~missing]
        places = np.searchsorted(self.marks, there) if self.by == "range" else self._places(there)
        found = np.bincount(places, minlength=self.known + 2)
        found[-1] += missing.sum()
        return found.astype(np.int64)

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        return {"by": self.by, "marks": list(self.marks), "rare": sorted(self.rare, key=str),
                "unseen": self.unseen}  # fmt: skip

    @staticmethod
    def from_dict(kept: Mapping[str, Any]) -> Bins:
        """The inverse of `as_dict`."""
        return Bins(kept["by"], tuple(kept["marks"]), frozenset(kept["rare"]), float(kept.get("unseen", 0.0)))

    def _count_texts(self, values: NDArray[Any]) -> Counts:
        """Each distinct text is looked up once: sorting objects, as numpy would, takes twenty times as long."""
        where = {value: place for place, value in enumerate(self.marks)}
        where |= dict.fromkeys(self.rare, len(self.marks))
        found = np.zeros(self.known + 2, dtype=np.int64)
        for value, count in Counter(values.tolist()).items():
            gone = value is None or value != value
            found[-1 if gone else where.get(value, self.known)] += count
        return found

    def _places(self, there: NDArray[Any]) -> NDArray[np.intp]:
        where = {value: place for place, value in enumerate(self.marks)}
        where |= dict.fromkeys(self.rare, len(self.marks))
        values, inverse = np.unique(there, return_inverse=True)
        return np.array([where.get(v, self.known) for v in values.tolist()], dtype=np.intp)[inverse]


def bins_of(values: NDArray[Any], *, number: bool, bins: int, few_values: int, rare_share: float) -> Bins:
    """The bins that suit a reference.

    Args:
        values: the reference's: numbers with NaN missing, or texts with None missing.
        number: whether they are numbers.
        bins: of a number with many values, each with as many rows as the others.
        few_values: a number with at most so many values is counted by value.
        rare_share: values below this share of what is there are counted together.
    """
    if not number:
        return _bins_of_texts(values, rare_share)
    there = values[~_missing(values)]
    distinct, counts = np.unique(there, return_counts=True)
    if len(distinct) > few_values:
        marks = np.unique(np.quantile(there, np.linspace(0, 1, bins + 1)[1:-1], method="higher"))
        return Bins("range", tuple(map(float, marks[marks < distinct[-1]])))
    often = counts >= rare_share * max(len(there), 1)
    return _by_value("number", distinct[often].tolist(), distinct[~often].tolist(), counts)


def _bins_of_texts(values: NDArray[Any], rare_share: float) -> Bins:
    tally = Counter(value for value in values.tolist() if value is not None and value == value)
    least = rare_share * max(tally.total(), 1)
    often = sorted(value for value, count in tally.items() if count >= least)
    return _by_value("text", often, [v for v, count in tally.items() if count < least], np.array([*tally.values()]))


def _by_value(by: Literal["number", "text"], often: list[Any], seldom: list[Any], counts: NDArray[Any]) -> Bins:
    read = float if by == "number" else str
    unseen = float((counts == 1).sum() / max(counts.sum(), 1))
    return Bins(by, tuple(map(read, often)), frozenset(map(read, seldom)), unseen)


def labels_of(bins: Bins) -> Sequence[str]:
    """What each bin holds, in words."""
    if bins.by == "range":
        marks = [f"{mark:.4g}" for mark in bins.marks]
        between = [f"{low} to {high}" for low, high in pairwise(marks)]
        edges = [f"up to {marks[0]}", *between, f"over {marks[-1]}"] if marks else ["any value"]
    else:
        edges = [f"{m:g}" if bins.by == "number" else str(m) for m in bins.marks] + (
            ["rare values"] if bins.rare else []
        )
    return [*edges, "new values", "missing"]


def _missing(values: NDArray[Any]) -> NDArray[np.bool_]:
    return np.isnan(values.astype(np.float64, copy=False))
