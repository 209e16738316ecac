"""The lines behind the pictures, as numbers: kept with the run, so that a picture can be drawn again and checked."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np

from features.ranks import wilson
from training.cells import BINS, Numbers, Outcomes, in_order
from training.evaluate import policy_cut

POINTS = 101
SCORE_BINS = 30


def curves(pd: Numbers, label: Outcomes) -> dict[str, Any]:
    """ROC, gains, calibration and the scores of some loans.

    Returns:
        `{cut, roc: [{false, true}], gains: [{share, caught, lift}], calibration: [{predicted, observed, low, high,
        count}], scores: {edges, good, bad}}`. Shares are fractions; gains go from the riskiest loans on; bins of the
        calibration hold equal counts and are those of the ECE; observed rates have Wilson intervals of 95 %.
    """
    loans = in_order(pd, label)
    bad = loans.bad[::-1]
    caught, wronged = (np.concatenate([[0.0], np.cumsum(part)]) for part in (bad, 1 - bad))
    return {
        "cut": round(policy_cut(pd, label), 6),
        "roc": _roc(caught, wronged, len(pd) - loans.ties[::-1]),
        "gains": _gains(caught),
        "calibration": _calibration(loans.pd, loans.bad),
        "scores": _scores(loans.pd, loans.bad),
    }


def _roc(caught: Numbers, wronged: Numbers, ends: np.ndarray) -> list[dict[str, float]]:
    """Points at the ends of runs of equal PDs, thinned by their place."""
    ends = np.concatenate([[0], ends])
    kept = ends[np.unique(np.linspace(0, len(ends) - 1, POINTS).astype(int))]
    true, false = caught[kept] / max(caught[-1], 1), wronged[kept] / max(wronged[-1], 1)
    return [{"false": _short(f), "true": _short(t)} for f, t in zip(false, true, strict=True)]


def _gains(caught: Numbers) -> list[dict[str, float]]:
    """Of the riskiest tenth, two tenths and so on: how many of the bad loans are in it, and how many times as dense."""
    rows = len(caught) - 1
    ends = np.linspace(0, rows, BINS + 1).round().astype(int)[1:]
    share, found = ends / rows, caught[ends] / max(caught[-1], 1)
    return [{"share": _short(s), "caught": _short(c), "lift": _short(c / s)} for s, c in zip(share, found, strict=True)]


def _calibration(pd: Numbers, bad: Numbers) -> list[dict[str, float]]:
    edges = np.linspace(0, len(pd), BINS + 1).round().astype(int)
    found = []
    for start, end in pairwise(edges):
        if end <= start:
            continue
        low, high = wilson(int(bad[start:end].sum()), int(end - start))
        rates = {"predicted": pd[start:end].mean(), "observed": bad[start:end].mean(), "low": low, "high": high}
        found.append({**{name: _short(rate) for name, rate in rates.items()}, "count": int(end - start)})
    return found


def _scores(pd: Numbers, bad: Numbers) -> dict[str, list[float]]:
    """Counts of good and bad loans by PD, up to the PD that one loan in two hundred exceeds; the rest in the last."""
    top = float(np.quantile(pd, 0.995))
    edges = np.linspace(0, max(top, 1e-6), SCORE_BINS + 1)
    place = np.minimum(np.searchsorted(edges[1:-1], pd, side="right"), SCORE_BINS - 1)
    counts = [np.bincount(place, weights=part, minlength=SCORE_BINS).astype(int).tolist() for part in (1 - bad, bad)]
    return {"edges": [_short(edge) for edge in edges], "good": counts[0], "bad": counts[1]}


def _short(value: float) -> float:
    return round(float(value), 6)
