"""Trees that beat an additive model by far: columns that hide the outcome in spots and combinations."""

# pyright: reportArgumentType=false
# (the types shipped for scikit-learn know no False for early_stopping)

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from features.leak_columns import Facts, rate_of_others
from features.limits import Limits
from features.ranks import auc, auc_error
from features.tallies import Numbers, log_odds

_MOST_ROWS, _MOST_COLUMNS, _FEWEST_CLASS = 12_000, 60, 50
_BINS = 20
_NAMED_SHARE = 0.2
"""Share of the trees' lead that a column must carry to be named."""


@dataclass(frozen=True)
class _Table:
    numbers: Numbers
    """shape (n, k), NaN missing."""
    bad: NDArray[np.bool_]
    names: list[str]


def leaking_together(facts: Sequence[Facts], bad: NDArray[np.bool_], bound: Limits) -> list[tuple[str, str, str]]:
    """Columns at fault with what was found and the limit; nothing when trees and the additive model are close."""
    table = _table(facts, bad)
    if table is None:
        return []
    half = _half(table.bad)
    trees = [_tree(table, half), _tree(table, ~half)]
    by_trees = _crossed(trees, table, half)
    best = auc(by_trees, table.bad)
    if best < bound["tree_auc_min"]:
        return []
    plain = auc(_additive(table, half), table.bad)
    error = auc_error(best, int(table.bad.sum()), int((~table.bad).sum()))
    if best - 2 * error - plain < bound["tree_lead_max"]:
        return []
    what = f"trees reach AUC {best:.3f}, an additive model {plain:.3f}; this column carries much of the lead"
    named = _carriers(trees, table, half, best, plain)
    return [(name, what, f"a lead below {bound['tree_lead_max']:g}") for name in named]


def _table(facts: Sequence[Facts], bad: NDArray[np.bool_]) -> _Table | None:
    rows = np.linspace(0, len(bad) - 1, min(len(bad), _MOST_ROWS)).astype(np.intp)
    few = bad[rows]
    if min(few.sum(), (~few).sum()) < _FEWEST_CLASS or len(facts) < 1:
        return None
    read = [(f.name, _numbers(f, rows, few)) for f in facts]
    taught = [(name, column) for name, column in read if _known_in_both(column, _half(few))]
    if not taught:
        return None
    best = sorted(taught, key=lambda pair: -abs(_promise(pair[1], few) - 0.5))[:_MOST_COLUMNS]
    return _Table(np.stack([column for _, column in best], axis=1), few, [name for name, _ in best])


def _half(bad: NDArray[np.bool_]) -> NDArray[np.bool_]:
    return np.arange(len(bad)) % 2 == 0


def _known_in_both(values: Numbers, half: NDArray[np.bool_]) -> bool:
    """Trees cannot be taught by a column without a value in the half that they learn from."""
    known = ~np.isnan(values)
    return bool(known[half].any() and known[~half].any())


def _numbers(fact: Facts, rows: NDArray[np.intp], bad: NDArray[np.bool_]) -> Numbers:
    return fact.values[rows] if fact.is_number else rate_of_others(fact.values[rows], bad)


def _promise(values: Numbers, bad: NDArray[np.bool_]) -> float:
    found = auc(values, bad)
    return 0.5 if np.isnan(found) else found


def _tree(table: _Table, fit_on: NDArray[np.bool_]) -> Any:
    from sklearn.ensemble import HistGradientBoostingClassifier

    model = HistGradientBoostingClassifier(
        max_iter=40, learning_rate=0.15, max_leaf_nodes=15, min_samples_leaf=10, early_stopping=False, random_state=0
    )
    return model.fit(table.numbers[fit_on], table.bad[fit_on])


def _crossed(trees: Sequence[Any], table: _Table, half: NDArray[np.bool_]) -> Numbers:
    """Each half scored by the trees that did not see it; comparable across halves by rank."""
    scores = np.empty(len(half))
    for model, other in zip(trees, (~half, half), strict=True):
        scores[other] = _ranked(model.predict_proba(table.numbers[other])[:, 1])
    return scores


def _ranked(values: Numbers) -> Numbers:
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    return (np.cumsum(counts) - (counts - 1) / 2)[inverse] / len(values)


def _additive(table: _Table, half: NDArray[np.bool_]) -> Numbers:
    """Logistic regression on each column's log-odds by twenty bins, missing being one: straight and curved alike."""
    from sklearn.linear_model import LogisticRegression

    scores = np.empty(len(half))
    for fit_on in (half, ~half):
        bins = [_weights(table.numbers[:, j], table.bad, fit_on) for j in range(table.numbers.shape[1])]
        design = np.stack(bins, axis=1)
        model = LogisticRegression(C=1.0, max_iter=300).fit(design[fit_on], table.bad[fit_on])
        scores[~fit_on] = _ranked(model.decision_function(design[~fit_on]))
    return scores


def _weights(values: Numbers, bad: NDArray[np.bool_], fit_on: NDArray[np.bool_]) -> Numbers:
    known = values[fit_on & ~np.isnan(values)]
    edges = np.unique(np.quantile(known, np.linspace(0, 1, _BINS + 1)[1:-1])) if len(known) else np.array([])
    place = np.where(np.isnan(values), len(edges) + 1, np.searchsorted(edges, values, side="right"))
    count = np.bincount(place[fit_on], minlength=len(edges) + 2)
    hits = np.bincount(place[fit_on], weights=bad[fit_on], minlength=len(edges) + 2)
    base = bad[fit_on].mean()
    return (log_odds((hits + 5 * base) / (count + 5)) - log_odds(base))[place]


def _carriers(trees: Sequence[Any], table: _Table, half: NDArray[np.bool_], best: float, plain: float) -> list[str]:
    """Columns without which, shuffled, much of the lead is gone; the strongest one when no single one carries it."""
    rng = np.random.default_rng(0)
    falls: list[float] = []
    for j in range(table.numbers.shape[1]):
        shuffled = table.numbers.copy()
        for part in (half, ~half):
            shuffled[part, j] = rng.permutation(shuffled[part, j])
        falls.append(best - auc(_crossed(trees, _Table(shuffled, table.bad, table.names), half), table.bad))
    least = _NAMED_SHARE * (best - plain)
    chosen = [name for name, fall in zip(table.names, falls, strict=True) if fall >= least]
    return chosen or [table.names[int(np.argmax(falls))]]
