"""Do the named reasons hold? Put them to what is usual and see whether the risk falls; shake the facts and ask again.

Looked at are the riskiest tenth of the test loans, as those likely to be declined. Named are the facts with the largest
positive contributions, at most four. The reference of a contribution is the model's average over the loans it learned
from; what is usual is the median of the training loans, or their most common category.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from training.evaluate import Figure, mean_interval
from training.fit import take
from training.servable.protocol import Columns, ServableModel

RISKIEST = 0.1
FACTORS = 4
"""As many as a notice gives; with fewer than eight features half of them, or random ones would be the same."""
DRAWS = 20
NOISE = 0.05
"""Standard deviation of the noise on a number, as a share of the number's own."""
MOST = 1000
"""Loans looked at; more add time and no knowledge."""

Mask = NDArray[np.bool_]
Usual = Mapping[str, "float | str | None"]


@dataclass(frozen=True)
class Reasons:
    """What the named reasons are worth.

    Attributes:
        rows: how many of the riskiest test loans were looked at.
        factors: how many facts were named at most.
        named_lift: mean fall of the log-odds of default when the named facts become usual.
        random_lift: the same for as many facts at random, over 20 draws.
        faithful: share of loans whose named facts lower the risk more than random ones on average.
        stable: share of named facts that are named again after noise of 5 % of each number's spread.
    """

    rows: int
    factors: int
    named_lift: Figure
    random_lift: Figure
    faithful: Figure
    stable: Figure

    def as_dict(self) -> dict[str, Any]:
        """As in the train result and the card."""
        return asdict(self)


def measure_reasons(
    model: ServableModel, columns: Columns, pd: NDArray[np.float64], usual: Usual, seed: int
) -> Reasons:
    """Measure the reasons of the riskiest of some loans that the model did not learn from.

    Args:
        model: gives PDs and contributions; the fall of the risk is measured with its PDs alone.
        columns: of all loans.
        pd: of the same loans by the model.
        usual: a value for each feature, as `reference.usual` finds it in the training loans.
        seed: of random facts, noise and intervals.
    """
    rows = _riskiest(pd)
    loans, draw = take(columns, rows), np.random.default_rng(seed)
    factors = min(FACTORS, max(1, len(model.feature_set.names) // 2))
    named = _named(model, loans, factors)
    lift = _lift(model, loans, named, usual)
    drawn = np.mean([_lift(model, loans, _random(named, draw), usual) for _ in range(DRAWS)], axis=0)
    kept = np.mean([_kept(named, _named(model, _shaken(loans, columns, draw), factors)) for _ in range(DRAWS)], axis=0)
    figures = (_mean(values, seed) for values in (lift, drawn, lift > drawn, kept))
    return Reasons(len(rows), factors, *figures)


def _riskiest(pd: NDArray[np.float64]) -> NDArray[np.intp]:
    rows = np.flatnonzero(pd >= np.quantile(pd, 1 - RISKIEST))
    return rows[np.unique(np.linspace(0, len(rows) - 1, MOST).astype(int))]


def _named(model: ServableModel, loans: Columns, factors: int) -> Mask:
    """The facts with the largest contributions above zero; shape (n, features)."""
    parts = model.contributions(loans)
    named = np.zeros(parts.shape, dtype=np.bool_)
    np.put_along_axis(named, np.argsort(-parts, axis=1, kind="stable")[:, :factors], True, axis=1)
    return named & (parts > 0)


def _random(named: Mask, draw: np.random.Generator) -> Mask:
    """As many facts of each loan as were named, at random."""
    ranks = np.argsort(np.argsort(draw.random(named.shape), axis=1), axis=1)
    return ranks < named.sum(axis=1, keepdims=True)


def _lift(model: ServableModel, loans: Columns, chosen: Mask, usual: Usual) -> NDArray[np.float64]:
    """Fall of the log-odds of each loan's PD when its chosen facts become usual; shape (n,)."""
    changed = {
        name: np.where(chosen[:, place], _like(loans[name], usual[name]), loans[name])
        for place, name in enumerate(model.feature_set.names)
    }
    return _log_odds(model.predict(loans)) - _log_odds(model.predict(changed))


def _like(column: NDArray[Any], value: float | str | None) -> NDArray[Any]:
    return np.array(value, dtype=column.dtype)


def _log_odds(pd: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.log(pd / (1 - pd))


def _shaken(loans: Columns, all_loans: Columns, draw: np.random.Generator) -> Columns:
    """Numbers with a little noise, whole ones still whole and none below zero; categories as they are."""
    return {name: _noisy(column, all_loans[name], draw) for name, column in loans.items()}


def _noisy(column: NDArray[Any], everyone: NDArray[Any], draw: np.random.Generator) -> NDArray[Any]:
    if column.dtype == object:
        return column
    known = everyone[~np.isnan(everyone)]
    spread = known.std() if len(known) else 0.0
    moved = np.maximum(column + draw.standard_normal(len(column)) * NOISE * spread, np.minimum(column, 0))
    return np.round(moved) if (known == np.round(known)).all() else moved


def _kept(before: Mask, after: Mask) -> NDArray[np.float64]:
    """Share of the named facts that are named again; 1 where none was named; shape (n,)."""
    count = before.sum(axis=1)
    return np.where(count > 0, (before & after).sum(axis=1) / np.maximum(count, 1), 1.0)


def _mean(values: NDArray[Any], seed: int) -> Figure:
    return mean_interval(values.astype(np.float64), seed)
