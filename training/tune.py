"""The search for settings: seeded, on training loans alone, and taken only where other loans confirm it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from features.feature_sets import FeatureSet
from training.budget import Clock
from training.calibrate import is_clear
from training.fit import fit, take
from training.folds import FOLDS, Folded
from training.models.catalogue import Family

TRIALS = 24
FEWEST = 4
"""A search of fewer trials is not begun."""
SAMPLE = 30_000
"""Loans that the search looks at."""
SEARCHED = (0, 1, 2)
"""Folds that rank the trials; the others confirm the best one."""

Settings = Mapping[str, Any]


@dataclass(frozen=True)
class Search:
    """What a search found.

    Attributes:
        settings: better than the usual ones on the folds that confirm; None when none are.
        trials: `{family, trial, settings, log_loss}`; trial 0 has the usual settings.
        why: in a sentence.
    """

    settings: Settings | None
    trials: list[dict[str, Any]]
    why: str


def tune(
    family: Family, loans: Folded, sets: Sequence[FeatureSet], threads: int, clock: Clock, seconds: float,
    progress: Callable[[int, int], None], trials: int | None = None,
) -> Search:  # fmt: skip
    """Search the family's space by seeded TPE for the lowest log loss on three folds, and confirm it on two others.

    How many trials fit hangs on the machine; everything else hangs on loans, seed and the number of trials alone.

    Args:
        family: with a space.
        loans: of training.
        sets: what each fold's model may look at.
        threads: fits side by side.
        clock: of the run.
        seconds: that the search may take.
        progress: told the trial and of how many.
        trials: exactly so many, whatever time they take; None plans them.
    """
    from optuna import create_study, logging
    from optuna.samplers import TPESampler

    assert family.space is not None, family.name  # noqa: S101 - the caller asks only for those that have one
    logging.set_verbosity(logging.ERROR)
    small, until = loans.sample(SAMPLE), clock.spent() + seconds
    study = create_study(direction="minimize", sampler=TPESampler(seed=loans.seed))
    usual, begun = _losses(family, small, sets, threads, None, SEARCHED), clock.spent()
    found: list[dict[str, Any]] = [_trial(family, 0, {}, usual)]
    planned = TRIALS if trials is None else trials
    while len(found) <= planned and (trials is not None or _fits(clock, begun, len(found), until)):
        progress(len(found), planned)
        asked = study.ask()
        settings = family.space(asked)
        losses = _losses(family, small, sets, threads, settings, SEARCHED)
        study.tell(asked, float(losses.mean()))
        found.append(_trial(family, len(found), settings, losses))
    return _confirmed(family, small, sets, threads, found)


def _fits(clock: Clock, begun: float, done: int, until: float) -> bool:
    """Whether another trial as long as the longest so far on average still ends in time."""
    each = (clock.spent() - begun) / max(done - 1, 1)
    return clock.spent() + each <= until


def _confirmed(family: Family, loans: Folded, sets: Sequence[FeatureSet], threads: int, found: list[dict]) -> Search:
    many = len(found) - 1
    best = min(found, key=lambda t: (t["log_loss"], t["trial"]))
    if best["trial"] == 0:
        return Search(None, found, f"none of {many} trials was better than the usual settings")
    others = tuple(set(range(FOLDS)) - set(SEARCHED))
    usual, other = (_losses(family, loans, sets, threads, s, others) for s in (None, best["settings"]))
    if not is_clear(usual - other):
        return Search(None, found, f"the best of {many} trials was not clearly better on other folds")
    return Search(best["settings"], found, f"trial {best['trial']} of {many} was clearly better on other folds")


def _losses(
    family: Family, loans: Folded, sets: Sequence[FeatureSet], threads: int, settings: Settings | None,
    folds: Sequence[int],
) -> NDArray[np.float64]:  # fmt: skip
    """Log loss of each loan of some folds by a model fitted without its fold."""

    def one(number: int) -> NDArray[np.float64]:
        rest, mine = loans.apart(number)
        model = fit(family, take(loans.columns, rest), loans.label[rest], sets[number], loans.seed, 1, settings)
        margin = model.margin(take(loans.columns, mine)).astype(np.float64)
        return np.logaddexp(0, np.where(loans.label[mine] == 1, -margin, margin))

    with ThreadPoolExecutor(threads) as pool:
        return np.concatenate(list(pool.map(one, folds)))


def _trial(family: Family, number: int, settings: Settings, losses: NDArray[np.float64]) -> dict[str, Any]:
    return {
        "family": family.name,
        "trial": number,
        "settings": dict(settings),
        "log_loss": round(float(losses.mean()), 6),
    }
