"""How well a model did, now that loans have turned out: ranking, error, and whether its promises came true."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from features.ranks import Z_95, wilson
from serving.estimate import DRAWS, MEASURES, Figure, Figures, Numbers, figure_of
from training import cells

Bools = NDArray[np.bool_]
BINS = 10
"""Of a reliability curve, each with as many loans as the others."""
_EDGE = 1e-6
_STEPS, _CLOSE = 50, 1e-10
_LEAST_SPREAD = 1e-9
"""Log-odds that differ by less are one value: a slope through them says nothing."""


def realised(pd: Numbers, bad: Bools, seed: int, draws: int = DRAWS) -> Figures:
    """Each of `MEASURES`, the ratio of found to promised bads, and slope and intercept of calibration.

    Intervals by resampling loans; of the bad rate and the ratio by Wilson; of slope and intercept by their errors.

    Args:
        pd: as promised; shape (n,).
        bad: as it came; both outcomes present.
        seed: of the resamples.
        draws: how many.
    """
    promised = np.clip(pd, _EDGE, 1 - _EDGE)
    sorted_loans = cells.in_order(promised, bad.astype(np.int8))
    value = _measured(cells.count(sorted_loans, len(pd), np.inf), None, None)
    coarse = cells.count(sorted_loans, 1000, np.inf)
    near = _measured(coarse, None, None)
    drawn = _measured(coarse, *cells.draw(coarse, np.random.default_rng(seed), draws))
    found = {n: figure_of(float(value[n][0]), drawn[n] + value[n][0] - near[n][0]) for n in MEASURES}
    return {**found, **rates(promised, bad), **cox(promised, bad)}


def _measured(counted: cells.Cells, good: Numbers | None, bad: Numbers | None) -> dict[str, Numbers]:
    """Every measure of some resamples; None takes the loans as they are."""
    good = counted.good[None, :] if good is None else good
    bad = counted.bad[None, :] if bad is None else bad
    auc, ks = cells.ranking(counted, good, bad)
    loans = good.sum(axis=1) + bad.sum(axis=1)
    each = [np.maximum(counted.good, 1), np.maximum(counted.bad, 1)]
    brier, loss = (
        (good @ (of[0] / each[0]) + bad @ (of[1] / each[1])) / loans for of in (counted.square, counted.loss)
    )
    return {"auc": auc, "ks": ks, "brier": brier, "log_loss": loss, "bad_rate": bad.sum(axis=1) / loans}


def rates(pd: Numbers, bad: Bools) -> Figures:
    """The bad rate, and found ÷ promised bads, which is 1 when promises come true; told also when none went bad."""
    bads, loans, promised = int(bad.sum()), len(bad), float(pd.mean())
    low, high = wilson(bads, loans)
    rate = Figure(bads / loans, low, high)
    return {"bad_rate": rate, "ratio": Figure(rate.value / promised, low / promised, high / promised)}


def cox(pd: Numbers, bad: Bools) -> Figures:
    """Slope and intercept of outcomes on the promised log-odds; 1 and 0 when promises come true.

    Below 1 the promises are too far apart, above 0 they are too low. Empty where it cannot be fitted.

    Args:
        pd: strictly between 0 and 1; shape (n,).
        bad: as it came.

    Source: Cox (1958), Two further applications of a model for binary regression; fitted by Newton's method.
    """
    odds = np.log(pd / (1 - pd))
    if np.ptp(odds) < _LEAST_SPREAD or not 0 < bad.sum() < len(bad):
        return {}
    rate = bad.mean()
    columns, weights = np.column_stack([np.ones_like(odds), odds]), np.array([np.log(rate / (1 - rate)), 0.0])
    for _ in range(_STEPS):
        chance = 1 / (1 + np.exp(-np.clip(columns @ weights, -30, 30)))
        curvature = columns.T @ (columns * (chance * (1 - chance))[:, None])
        try:
            step = np.linalg.solve(curvature, columns.T @ (bad - chance))
        except np.linalg.LinAlgError:
            return {}
        weights = weights + step
        if np.abs(step).max() < _CLOSE:
            errors = np.sqrt(np.diag(np.linalg.inv(curvature))) * Z_95
            return {
                name: Figure(float(w), float(w - e), float(w + e))
                for name, w, e in zip(("intercept", "slope"), weights, errors, strict=True)
            }
    return {}


def reliability(pd: Numbers, bad: Bools, bins: int = BINS) -> list[dict[str, Any]]:
    """Promised against found by bins of about equal counts; equal PDs stay together.

    Returns:
        `{loans, promised, bads, found, low, high}` from low to high risk; the interval is Wilson's.
    """
    order = np.argsort(pd, kind="stable")
    wanted = np.linspace(0, len(pd), bins + 1).round().astype(int)[1:-1]
    values = pd[order]
    starts = np.unique(np.concatenate([[0], np.searchsorted(values, values[wanted[wanted < len(pd)]])]))
    parts = np.split(order, starts[1:])
    return [_bin(pd[part], bad[part]) for part in parts if len(part)]


def _bin(pd: Numbers, bad: Bools) -> dict[str, Any]:
    bads, loans = int(bad.sum()), len(bad)
    low, high = wilson(bads, loans)
    found = {"promised": float(pd.mean()), "found": bads / loans, "low": low, "high": high}
    return {"loans": loans, "bads": bads, **{name: round(value, 6) for name, value in found.items()}}
