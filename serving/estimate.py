"""How well a model must be doing before any loan has turned out, if its probabilities are right.

A calibrated PD says how often loans like this one go bad. So the outcomes that are still to come can be drawn from the
PDs themselves, and each measure worked out on every draw: confidence-based performance estimation. It is blind to a
change of what makes loans go bad; that is why its own error is kept once outcomes arrive (`serving.performance`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from training import cells
from training.cells import Cells

Numbers = NDArray[np.float64]
MEASURES = ("auc", "ks", "brier", "log_loss", "bad_rate")
DRAWS = 400
CELLS = 1000
"""Loans of about equal PD that are drawn together; far finer than an interval can show."""
_MIDDLE = (0.025, 0.975)
_EDGE = 1e-6  # as near to 0 and 1 as a PD is written


@dataclass(frozen=True, slots=True)
class Figure:
    """A value with its interval of 95 %."""

    value: float
    low: float
    high: float

    def as_dict(self) -> dict[str, float]:
        """JSON-ready, six places."""
        return {"value": round(self.value, 6), "low": round(self.low, 6), "high": round(self.high, 6)}

    def holds(self, value: float) -> bool:
        """Whether a value lies inside."""
        return self.low <= value <= self.high


Figures = dict[str, Figure]


def estimate(pd: Numbers, seed: int, draws: int = DRAWS) -> Figures:
    """What every measure should come out at, and between what bounds chance keeps it.

    The interval is that of the figure still to come (chance of the outcomes), given that the PDs are right.

    Args:
        pd: calibrated probabilities of default; shape (n,), n at least 2.
        seed: of the draws.
        draws: how many.

    Returns:
        Each of `MEASURES`.

    Source: NannyML documentation, "Confidence-based performance estimation (CBPE)".
    """
    promised = np.clip(pd, _EDGE, 1 - _EDGE)
    counted = cells.count(cells.in_order(promised, np.zeros(len(pd), np.int8)), CELLS, np.inf)
    size, mean = counted.good, counted.good_pd / counted.good
    bad = np.random.default_rng(seed).binomial(size.astype(int), mean, size=(draws, len(size))).astype(float)
    drawn = _drawn(counted, size - bad, bad, mean)
    value = _expected(counted, promised, size, mean) | {"ks": float(np.nanmean(drawn["ks"]))}
    return {name: figure_of(value[name], drawn[name]) for name in MEASURES}


def figure_of(value: float, drawn: Numbers) -> Figure:
    """A value with the middle 95 % of its draws; draws in which it cannot be worked out are left out."""
    seen = drawn[np.isfinite(drawn)]
    low, high = np.quantile(seen, _MIDDLE) if len(seen) else (value, value)
    return Figure(float(value), float(min(low, value)), float(max(high, value)))


def _drawn(counted: Cells, good: Numbers, bad: Numbers, mean: Numbers) -> dict[str, Numbers]:
    """Every measure of some draws; good and bad loans by draw and cell."""
    auc, ks = cells.ranking(counted, good, bad)
    loans = good.sum(axis=1) + bad.sum(axis=1)
    return {
        "auc": auc,
        "ks": ks,
        "brier": (bad @ (1 - mean) ** 2 + good @ mean**2) / loans,
        "log_loss": -(bad @ np.log(mean) + good @ np.log(1 - mean)) / loans,
        "bad_rate": bad.sum(axis=1) / loans,
    }


def _expected(counted: Cells, pd: Numbers, size: Numbers, mean: Numbers) -> dict[str, float]:
    """Each measure's expectation but that of KS: the largest of many gaps is larger than the gap to be expected."""
    auc, _ = cells.ranking(counted, (size * (1 - mean))[None, :], (size * mean)[None, :])
    return {
        "auc": float(auc[0]),
        "brier": float((pd * (1 - pd)).mean()),
        "log_loss": float(-(pd * np.log(pd) + (1 - pd) * np.log(1 - pd)).mean()),
        "bad_rate": float(pd.mean()),
    }


def as_dicts(figures: Figures) -> dict[str, Any]:
    """JSON-ready."""
    return {name: one.as_dict() for name, one in figures.items()}
