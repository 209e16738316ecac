"""Candidates side by side: the same folds, the same test loans, the same way of calibrating."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from features.feature_sets import FeatureSet
from training.budget import Clock
from training.calibrate import logistic, platt, sigmoid
from training.evaluate import Figure, metrics
from training.fit import Fitted, fit, take
from training.folds import FOLDS, Folded
from training.models.catalogue import Family
from training.ports import Runner
from training.servable.calibration import FLOOR
from training.servable.protocol import Columns
from training.side_by_side import Threads

FIGURES = ("auc", "ks", "brier", "ece", "log_loss")
ENSEMBLE = "ensemble"
LAST = 9
"""Rank of simplicity of what is made of several models."""


@dataclass(frozen=True)
class Tried:
    """One candidate.

    Attributes:
        unseen: log-odds of the training loans, each by a model fitted without it; shape (n,).
        test: log-odds of the test loans by the model fitted on all training loans; shape (m,).
        fitted: that model; None for what is made of several.
        settings: found by a search, or None for the usual ones.
    """

    name: str
    serves: bool
    simplicity: int
    unseen: NDArray[np.float32]
    test: NDArray[np.float32]
    seconds: float
    fitted: Fitted | None = None
    settings: Mapping[str, Any] | None = None


def try_family(
    family: Family, loans: Folded, sets: Sequence[FeatureSet], test: Columns, threads: int, clock: Clock,
    settings: Mapping[str, Any] | None = None, runner: Runner | None = None,
) -> Tried:  # fmt: skip
    """Fit on every fold's rest and on all loans, side by side, one thread each: the bytes hang on no thread.

    Args:
        family: to be tried.
        loans: of training.
        sets: what each fold's model may look at, and last what the model on all loans may.
        test: loans of the test window.
        threads: fits at the same time.
        clock: asked before every fit.
        settings: of the family.
        runner: where they are fitted; left out: here, by so many threads.

    Raises:
        OutOfTimeError: the time was over before all were fitted.
    """
    begun, by = clock.spent(), runner or Threads(threads)

    spread = by.spread(family, len(loans.label))
    given = (loans, sets, test, settings)
    made = list(by.map(partial(_one, family, *given), range(FOLDS + (spread is None)), clock.check))
    *parts, (margin, fitted) = made if spread is None else [*made, _one(spread, *given, FOLDS)]
    unseen = np.empty(len(loans.label), dtype=np.float32)
    for number, (part, _) in enumerate(parts):
        unseen[loans.fold == number] = part
    took = clock.spent() - begun
    return Tried(family.name, family.serves, family.simplicity, unseen, margin, took, fitted, settings)


def _one(
    family: Family, loans: Folded, sets: Sequence[FeatureSet], test: Columns, settings: Mapping[str, Any] | None,
    number: int,
) -> tuple[NDArray[np.float32], Fitted | None]:  # fmt: skip
    """Log-odds of the loans that a fold held out; after the last fold those of the test loans, and the model."""
    if number == FOLDS:
        whole = fit(family, loans.columns, loans.label, sets[FOLDS], loans.seed, 1, settings)
        return whole.margin(test), whole
    rest, mine = loans.apart(number)
    model = fit(family, take(loans.columns, rest), loans.label[rest], sets[number], loans.seed, 1, settings)
    return model.margin(take(loans.columns, mine)), None


def ensemble(members: Sequence[Tried]) -> Tried:
    """The mean of the members' log-odds, fold by fold."""
    unseen, test = (np.mean([getattr(m, side) for m in members], axis=0) for side in ("unseen", "test"))
    return Tried(ENSEMBLE, False, LAST, unseen, test, 0.0, settings={"of": [m.name for m in members]})


def fold_pd(margin: NDArray[np.float32], loans: Folded) -> NDArray[np.float64]:
    """PD of every training loan by a logistic curve from the other folds; shape (n,)."""
    x, out = margin.astype(np.float64), np.empty(len(margin))
    for number in range(FOLDS):
        rest, mine = loans.apart(number)
        slope, shift = logistic(x[rest], loans.label[rest])
        out[mine] = sigmoid(slope * x[mine] + shift)
    return np.clip(out, FLOOR, 1 - FLOOR)


def row(
    tried: Tried, loans: Folded, test_label: NDArray[np.int8], figures: Mapping[str, Figure] | None = None
) -> dict[str, Any]:
    """A candidate as in the train result: figures on the test loans, and under `folds` those on held-out folds.

    Args:
        tried: the candidate.
        loans: of training.
        test_label: outcomes of the test loans.
        figures: on the test loans, when they are known already.
    """
    x = tried.unseen.astype(np.float64)
    found = figures or metrics(platt(x, loans.label)(tried.test), test_label, loans.seed)
    on_folds = metrics(fold_pd(tried.unseen, loans), loans.label, loans.seed)
    return {
        "family": tried.name, "serves": tried.serves, "chosen": False, "simplicity": tried.simplicity,
        **{name: found[name] for name in FIGURES}, "folds": {name: on_folds[name] for name in FIGURES},
        "seconds": round(tried.seconds, 1), "left_out": None, "settings": dict(tried.settings or {}),
    }  # fmt: skip


def left_out(name: str, serves: bool, simplicity: int, why: str) -> dict[str, Any]:
    """A candidate that was not tried, as in the train result."""
    return {
        "family": name, "serves": serves, "chosen": False, "simplicity": simplicity, **dict.fromkeys(FIGURES),
        "folds": None, "seconds": 0.0, "left_out": why, "settings": {},
    }  # fmt: skip
