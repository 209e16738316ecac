"""Quick answers for searches among many requests: what would be approved, and whether bootstrap models agree."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

import numpy as np
from numpy.typing import NDArray

from features.build import columns_for, online_rows
from features.feature_sets import FeatureSet
from lending.domain.application import Application, Assessment
from lending.domain.approval import Passes, approves
from lending.domain.people import assessed
from lending.domain.policy import Policy, rulebook
from lending.domain.robust import Judge
from serving.learned import learned_of
from training.servable.protocol import Refitted, ServableModel


def approve_with(model: ServableModel, policy: Policy, day: date, suspects: frozenset[str] = frozenset()) -> Passes:
    """Which of many applications the whole pipeline would approve, by one call of the model.

    Args:
        model: the one that decides.
        policy: the one that decides.
        day: whose day's values apply.
        suspects: fields whose rules are likely not to hold, which are looked at first.

    Raises:
        InputError: the model reads a feature that the bank's records cannot supply.
    """

    def approve_many(applications: Sequence[Application]) -> list[bool]:
        (pds,) = _pds(applications, [model], model.feature_set, policy, day)
        asked = zip(applications, pds.tolist(), strict=True)
        return [approves(one, _word(model, pd), policy, day, suspects) for one, pd in asked]

    return approve_many


def judge_with(model: ServableModel, policy: Policy, day: date, suspects: frozenset[str] = frozenset()) -> Judge | None:
    """Asks the bootstrap models whether enough of them approve too; None for a package without them.

    A higher PD never turns a refusal into an approval, so one answer tells: that at the PD up to which enough lie.
    Arguments and errors as `approve_with`.
    """
    refits = model.bootstraps
    if not refits:
        return None

    def judge(applications: Sequence[Application], enough: int) -> list[bool]:
        found = np.sort(_pds(applications, refits, model.feature_set, policy, day), axis=0)
        asked = zip(applications, found[min(enough, len(refits)) - 1].tolist(), strict=True)
        return [approves(one, _word(model, pd), policy, day, suspects) for one, pd in asked]

    return judge


def _pds(
    applications: Sequence[Application], models: Sequence[Refitted], columns: FeatureSet, policy: Policy, day: date
) -> NDArray[np.float64]:
    """The PD that counts (`lending.domain.decision.joint`) of each application, by model; (models, applications)."""
    books = [rulebook(policy, one.request.product, day) for one in applications]
    people = [list(assessed(one, book).values()) for one, book in zip(applications, books, strict=True)]
    pairs = [(person, one.request) for one, them in zip(applications, people, strict=True) for person in them]
    table = columns_for(online_rows(pairs, columns.names), columns)
    said = np.stack([model.predict(table) for model in models])
    if len(pairs) == len(applications):
        return said
    parts = np.split(said, np.cumsum([len(them) for them in people])[:-1], axis=1)
    picks = [np.min if book.product.assess == "strongest" else np.max for book in books]
    return np.stack([pick(part, axis=1) for pick, part in zip(picks, parts, strict=True)], axis=1)


def _word(model: ServableModel, pd: float) -> Assessment:
    """A model's word without its parts."""
    return Assessment(
        model.version, model.sha256, model.calibration, Decimal(f"{pd:.6f}"), model.horizon_months,
        model.feature_set.name, (), (), learned=learned_of(model),
    )  # fmt: skip
