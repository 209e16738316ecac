"""The gates that need only a package and some rows: asked once in training, and again before it may decide."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from training.fit import take
from training.ports import Gate
from training.servable.protocol import Columns, ServableModel

Bounds = Mapping[str, float]
PROBES = 200
"""Loans whose numbers are moved along every promised direction."""
STEPS = 9
ROUNDS, SCORES = 5, 40
"""Each round times so many scores, each beside a reference; the quietest counts, as others use the machine too."""


def varies_gate(pd: NDArray[np.float64], bound: Bounds) -> Gate:
    """The gate that a model is more than a constant."""
    found = len(np.unique(pd))
    return Gate("varies", found >= bound["distinct_min"], found, bound["distinct_min"], "different PDs")


def monotone_gate(model: ServableModel, columns: Columns) -> Gate:
    """The gate that moving each promised number of some loans through its range never goes against the promise."""
    count = len(next(iter(columns.values())))
    probes = take(columns, np.unique(np.linspace(0, count - 1, PROBES).astype(int)))
    broken = [name for name, way in model.monotone.items() if not _keeps(model, probes, columns[name], name, way)]
    detail = f"broken by {', '.join(broken)}" if broken else f"{len(model.monotone)} promised directions hold"
    return Gate("monotone", not broken, len(broken), 0, detail)


def quick_gate(model: ServableModel, columns: Columns, bound: Bounds) -> Gate:
    """The gate that one score is quick: the 95th percentile of its time over that of a reference computation.

    Both are timed in turn by one process, so that neither a slow nor a busy machine decides. What was found is told
    only of a slow model: a passing gate is the same each time, as the card that holds it must be.
    """
    limit = bound["score_ratio_max"]
    rows = [take(columns, np.array([at])) for at in range(min(SCORES, len(next(iter(columns.values())))))]
    found = math.inf
    for _ in range(ROUNDS):
        found = min(found, _ratio(model, rows))
        if found <= limit:
            words = f"95th percentile of one score stays within {limit:g} reference computations"
            return Gate("quick", True, "within", limit, words)
    return Gate("quick", False, round(found, 1), limit, "reference computations that one score takes, 95th percentile")


def _ratio(model: ServableModel, rows: list[Columns]) -> float:
    pairs = [(_timed(lambda row=row: model.score(row)), _timed(reference)) for row in rows]
    score, beside = np.quantile(np.array(pairs), 0.95, axis=0)
    return float(score / beside)


def _timed(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def reference() -> float:
    """About as much of the interpreter as a score of a small model takes: some tens of microseconds."""
    return sum(math.exp(-number) for number in range(500))


def _keeps(model: ServableModel, probes: Columns, seen: NDArray[Any], name: str, way: int) -> bool:
    known = seen[~np.isnan(seen)]
    if not len(known):
        return True
    steps = np.quantile(known, np.linspace(0, 1, STEPS))
    moved = [model.predict({**probes, name: np.full(len(probes[name]), step)}) for step in (*steps, np.nan)]
    rising = all((way * (after - before) >= 0).all() for before, after in pairwise(moved[:-1]))
    return rising and bool((moved[-1] >= np.max(moved[:-1], axis=0)).all())  # missing never helps
