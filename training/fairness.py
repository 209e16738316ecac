"""How groups fare under the model: who would be selected, and how well it ranks within each group."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from training.evaluate import Figure, bootstrap

if TYPE_CHECKING:
    import pandas as pd

FEWEST = 100
FEWEST_BADS = 10
FOUR_FIFTHS = 0.8
"""Adverse impact ratio below which one takes a look. Source: 29 CFR 1607.4 D, the four-fifths rule."""


def fairness(
    protected: pd.DataFrame, pd_values: NDArray[np.float64], label: NDArray[np.int8], seed: int
) -> list[dict[str, Any]]:
    """One row for each group of each protected attribute, against the group with the highest selection rate.

    Selected are those below the cut at which as many are refused as turn out bad in the whole portfolio: a stand-in
    for the policy's own outcome, the same for all. Small groups get figures of None and the verdict "cannot tell".
    """
    selected = pd_values <= np.quantile(pd_values, 1 - label.mean())
    rows: list[dict[str, Any]] = []
    for attribute in protected.columns:
        rows += _attribute(str(attribute), protected[attribute].to_numpy(), selected, pd_values, label, seed)
    return rows


def _attribute(
    name: str, groups: NDArray[Any], selected: NDArray[np.bool_], pd_values: NDArray[np.float64],
    label: NDArray[np.int8], seed: int,
) -> list[dict[str, Any]]:  # fmt: skip
    known = sorted({str(g) for g in groups if isinstance(g, str)})
    places = {group: np.flatnonzero(groups == group) for group in known}
    rates = {g: _rate(selected[rows], seed) for g, rows in places.items() if len(rows) >= FEWEST}
    best = max((figure["value"] for figure in rates.values()), default=0.0)
    return [_group(name, g, rows, rates.get(g), best, pd_values, label, seed) for g, rows in places.items()]


def _group(
    name: str, group: str, rows: NDArray[np.intp], rate: Figure | None, best: float,
    pd_values: NDArray[np.float64], label: NDArray[np.int8], seed: int,
) -> dict[str, Any]:  # fmt: skip
    from features.ranks import auc

    bads = int(label[rows].sum())
    enough = rate is not None and min(bads, len(rows) - bads) >= FEWEST_BADS
    scores, bad = pd_values[rows], label[rows] == 1
    ratio = None if rate is None or not best else round(rate["value"] / best, 6)
    return {
        "attribute": name,
        "group": group,
        "count": len(rows),
        "selection_rate": rate,
        "adverse_impact_ratio": ratio,
        "auc": bootstrap(lambda drawn: auc(scores[drawn], bad[drawn]), len(rows), seed) if enough else None,
        "verdict": _verdict(rate, ratio, best),
    }


def _verdict(rate: Figure | None, ratio: float | None, best: float) -> str:
    """Says "cannot tell" when the group is small or the interval of its rate straddles the four-fifths line."""
    if rate is None or ratio is None or rate["low"] < FOUR_FIFTHS * best <= rate["high"]:
        return "cannot tell"
    return "within four fifths" if ratio >= FOUR_FIFTHS else "look into it"


def _rate(selected: NDArray[np.bool_], seed: int) -> Figure:
    return bootstrap(lambda drawn: float(selected[drawn].mean()), len(selected), seed)
