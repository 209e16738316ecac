"""A closer look at the chosen model: groups, parts of the portfolio, curves, and whether a fairer one is as good."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import numpy as np

from features.dataset import DataSet
from features.feature_sets import FeatureSet
from training.budget import Repeat
from training.cells import Numbers, Outcomes
from training.curves import curves
from training.fairness import fairness
from training.fit import fit
from training.less_discriminatory import MOST_ROWS, Fit, search
from training.models.catalogue import Family
from training.servable.protocol import Columns
from training.slices import slices
from training.split import Split

SHARE = 0.03
"""Of the budget that the search for a less discriminatory model is planned to use."""
FIXED, BY_ROW = 0.1, 1.5 / MOST_ROWS
"""Seconds that trying one change takes, roughly: planned by count, so that the same run tries the same changes."""
PATIENCE = 4
"""After so many times the planned time the search stops all the same."""


@dataclass(frozen=True)
class Chosen:
    """The chosen kind of model and how it was fitted."""

    family: Family
    settings: Mapping[str, Any] | None
    feature_set: FeatureSet
    seed: int
    threads: int


def groups(
    dataset: DataSet, split: Split, pd: tuple[Numbers, Numbers], label: tuple[Outcomes, Outcomes], seed: int, day: date
) -> list[dict[str, Any]]:
    """Fairness on every loan, each scored by a model that did not see it: four times as many as test loans alone.

    Args:
        dataset: for the protected groups.
        split: training and test rows.
        pd: of the training loans by models of the folds, calibrated; of the test loans by the package.
        label: likewise.
        seed: of the resamples.
        day: whose limits hold.
    """
    rows = np.concatenate([split.train, split.test])
    return fairness(dataset.protected.iloc[rows], np.concatenate(pd), np.concatenate(label), seed, as_of=day)


def parts(dataset: DataSet, split: Split, test: Columns, pd: Numbers, label: Outcomes, seed: int) -> dict[str, Any]:
    """`{slices, curves}` of the test loans, as fields of the train result."""
    days = None if dataset.dates is None else dataset.dates.to_numpy()[split.test]
    named = {name: test[name] for name in dataset.feature_set.names}
    return {"slices": slices(pd, label, named, days, seed), "curves": curves(pd, label)}


def fairer(
    dataset: DataSet, split: Split, train: Columns, label: Outcomes, chosen: Chosen, budget: float, day: date,
    repeat: Repeat | None = None,
) -> dict[str, Any]:  # fmt: skip
    """What `less_discriminatory.search` finds on the training loans; a repeat tries as many changes as before."""
    seconds = SHARE * budget
    most = max(1, int(seconds / (FIXED + BY_ROW * min(len(label), MOST_ROWS))))
    if repeat and repeat.changes is not None:
        seconds, most = math.inf, repeat.changes
    named = {name: train[name] for name in chosen.feature_set.names}
    return search(
        named, label, dataset.protected.iloc[split.train], _as_fit(chosen), chosen.seed, PATIENCE * seconds, most=most,
        as_of=day,
    )  # fmt: skip


def _as_fit(chosen: Chosen) -> Fit:
    """The chosen family on some of its features; not calibrated, which changes neither ranks nor who is selected."""

    def made(columns: Columns, label: Outcomes, names: tuple[str, ...]) -> Any:
        kept = tuple(spec for spec in chosen.feature_set.features if spec.name in names)
        wanted = replace(chosen.feature_set, features=kept)
        model = fit(chosen.family, columns, label, wanted, chosen.seed, chosen.threads, chosen.settings)
        return lambda others: 1 / (1 + np.exp(-model.margin(others).astype(np.float64)))

    return made
