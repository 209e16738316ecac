"""Every family of the catalogue in turn, as far as the time goes, and the search for better settings in between."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from training.budget import NO_TIME, Clock, OutOfTimeError, Repeat
from training.compare import ENSEMBLE, LAST, Tried, ensemble, left_out, row, try_family
from training.folds import Folded
from training.models.catalogue import CATALOGUE, Family
from training.ports import Runner
from training.select_features import Selection, everything
from training.servable.protocol import Columns
from training.tune import FEWEST, SAMPLE, Search, tune

SEARCH_SHARE = 0.5
"""Of the time that is left when the quick families are done; the slow benchmarks get the rest."""
FITS_OF_A_TRIAL = 0.5
"""A trial fits three of the folds, a candidate all five and one model on all loans."""

Progress = Callable[[float, str], None]


@dataclass
class LineUp:
    """What was tried.

    Attributes:
        runner: where folds are fitted; None is here, by so many threads.
        tried: by name.
        rows: candidates as in the train result, by name, those left out among them.
        study: trials of every search.
        searched: family to what its search said.
    """

    loans: Folded
    selection: Selection
    test: Columns
    test_label: NDArray[np.int8]
    threads: int
    clock: Clock
    repeat: Repeat | None
    progress: Progress
    runner: Runner | None = None
    tried: dict[str, Tried] = field(default_factory=dict)
    rows: dict[str, dict[str, Any]] = field(default_factory=dict)
    study: list[dict[str, Any]] = field(default_factory=list)
    searched: dict[str, str] = field(default_factory=dict)
    _figures: float = 0.0

    def run(self) -> None:
        """The first family whatever it takes, then what fits: quick families, the search, slow ones, the ensemble."""
        first, *others = CATALOGUE
        quick = [family for family in others if family.most_rows is None]
        slow = [family for family in others if family.most_rows is not None]
        steps = iter(np.linspace(0.1, 0.66, len(CATALOGUE) + 1).tolist())
        self._say(next(steps), first)
        self._keep(self._try(first, Clock(math.inf)), first)
        for family in quick:
            self._say(next(steps), family)
            self._try_in_time(family)
        at = next(steps)
        for family in (f for f in CATALOGUE if f.space is not None and f.name in self.tried):
            self._search(family, at)
        for family in slow:
            self._say(next(steps), family)
            self._try_in_time(family)
        self._together()

    def as_repeat(self, budget: float, as_of: str, changes: int) -> Repeat:
        """What another run needs to do the same."""
        trials = {name: sum(t["family"] == name for t in self.study) - 1 for name in self.searched}
        out = {name: found["left_out"] for name, found in self.rows.items() if found["left_out"]}
        return Repeat(self.loans.seed, self.threads, budget, as_of, trials, out, changes)

    def _say(self, share: float, family: Family) -> None:
        self.progress(share, f"trying {family.name.replace('_', ' ')} on held-out folds")

    def _try(self, family: Family, clock: Clock, settings: Mapping[str, Any] | None = None) -> Tried:
        sets = self.selection.sets if family.selects else everything(self.loans.feature_set)
        return try_family(family, self.loans, sets, self.test, self.threads, clock, settings, self.runner)

    def _try_in_time(self, family: Family) -> None:
        why = self._why_not(family)
        try:
            if not why:
                self._keep(self._try(family, self.clock), family)
        except OutOfTimeError:
            why = NO_TIME
        if why:
            self.rows[family.name] = left_out(family.name, family.serves, family.simplicity, why)

    def _why_not(self, family: Family) -> str:
        if self.repeat is not None:
            return self.repeat.left_out.get(family.name, "")
        return NO_TIME if self._expected(family) > self.clock.left() else ""

    def _expected(self, family: Family) -> float:
        """Seconds to try a family, from the first one's on the same loans."""
        rows = len(self.loans.label)
        share = min(1.0, (family.most_rows or rows) / rows)
        return next(iter(self.tried.values())).seconds * family.effort * share + self._figures

    def _keep(self, tried: Tried, family: Family) -> None:
        """Remember a candidate with its figures, and keep the time that finishing with it would take."""
        begun = self.clock.spent()
        self.tried[tried.name] = tried
        self.rows[tried.name] = row(tried, self.loans, self.test_label)
        self._figures = max(self._figures, self.clock.spent() - begun)
        if family.serves:
            self.clock.reserve = max(self.clock.reserve, tried.seconds * family.finish + 6 * self._figures)

    def _search(self, family: Family, at: float) -> None:
        """Tune a family that was tried; better settings are tried again on every fold."""
        planned = None if self.repeat is None else self.repeat.trials.get(family.name, 0)
        again = self.tried[family.name].seconds + self._figures
        seconds = SEARCH_SHARE * (self.clock.left() - again)
        trial = again * FITS_OF_A_TRIAL * min(1.0, SAMPLE / len(self.loans.label))
        if planned == 0 or (planned is None and seconds < FEWEST * trial):
            return
        said = family.name.replace("_", " ")
        found = tune(
            family, self.loans, self.selection.sets, self.threads, self.clock, seconds,
            lambda done, of: self.progress(at, f"searching settings of {said}: trial {done} of {of}"), planned,
        )  # fmt: skip
        self._take(found, family)

    def _take(self, found: Search, family: Family) -> None:
        self.study += found.trials
        self.searched[family.name] = found.why
        if found.settings is None:
            return
        before = self.tried[family.name].seconds
        better = self._try(family, Clock(math.inf), found.settings)
        self._keep(better, family)
        self.rows[family.name]["seconds"] = round(before + better.seconds, 1)

    def _together(self) -> None:
        """The ensemble of all that were tried; it costs no fit."""
        why = self.repeat.left_out.get(ENSEMBLE, "") if self.repeat is not None else ""
        few = len(self.tried) < 2 or (self.repeat is None and self.clock.left() < self._figures)
        if why or few:
            self.rows[ENSEMBLE] = left_out(ENSEMBLE, False, LAST, why or NO_TIME)
            return
        made = ensemble(list(self.tried.values()))
        self.rows[ENSEMBLE] = row(made, self.loans, self.test_label)
