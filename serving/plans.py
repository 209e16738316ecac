"""What helps when a request is refused: plans and alternatives, with the deciding and the judging that they need."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np
from numpy.typing import NDArray

from features.build import columns_for, online_rows
from features.feature_sets import FeatureSet
from lending import __version__
from lending.domain.alternatives import alternatives
from lending.domain.application import Applicant, Application, Assessment, Outcome
from lending.domain.core import core_of
from lending.domain.decision import Decision, decide
from lending.domain.offers import DecideMany
from lending.domain.people import assessed
from lending.domain.plans import Plan, apply
from lending.domain.policy import Policy, on_sale, rulebook
from lending.domain.record import decision_id
from lending.domain.recourse import Judge, recourse
from lending.domain.search import remembering
from serving.evaluate import evaluate_many
from training.servable.protocol import Refitted, ServableModel


def plans_for(
    application: Application,
    decision: Decision,
    model: ServableModel | None,
    policy: Policy,
    day: date,
    partners: Sequence[Applicant] = (),
) -> dict[str, Any]:
    """Plans and alternatives of a decision, JSON-ready; `why_no_plan` is `{code, text}`, or null where there are some.

    Every plan was decided again by the whole pipeline. What it supposes is not so yet, so that decision is not
    recorded; `redecided_id` is the name under which it would be.

    Args:
        application: what was asked.
        decision: the answer to it.
        model: the one that decided; without it there are no plans.
        policy: the one that decided.
        day: whose day's values apply.
        partners: people linked to the applicant who agreed to sign.

    Raises:
        NotFoundError: no such product; InputError: the model reads what the bank's records cannot supply.
    """
    if decision.outcome is not Outcome.DECLINE or model is None:
        why = recourse(application, decision, _nothing, rulebook(policy, application.request.product, day)).why
        return {"recourse": [], "alternatives": [], "why_no_plan": _why(why, policy)}
    books = on_sale(policy, day)
    decide_many, judge = remembering(quick_decide(model, policy, day)), judge_with(model, policy, day)
    found = recourse(application, decision, decide_many, books[application.request.product], partners, judge)
    others = alternatives(application, decision, decide_many, books, partners)
    return {
        "recourse": _shown(found.plans, application, model, policy, day) if found.plans else [],
        "alternatives": [one.as_dict(policy.wording) for one in others],
        "why_no_plan": _why(found.why, policy),
    }


def _why(code: str | None, policy: Policy) -> dict[str, str] | None:
    if code is None:
        return None
    known = code if code in policy.wording.reasons else "missing_information"
    return {"code": known, "text": policy.wording.reasons[known].customer}


def _shown(
    plans: Sequence[Plan], application: Application, model: ServableModel, policy: Policy, day: date
) -> list[dict[str, Any]]:
    """Plans as data, each with the name that its decision would be recorded under."""
    supposed = [apply(application, plan) for plan in plans]
    again = zip(plans, supposed, evaluate_many([(one, day) for one in supposed], model, policy), strict=True)
    return [
        {**plan.as_dict(), "redecided_id": decision_id(core_of(one, word, decision, policy, day, __version__))}
        for plan, one, (word, decision) in again
    ]


def quick_decide(model: ServableModel, policy: Policy, day: date) -> DecideMany:
    """The whole pipeline for many applications with one call of the model, without what explains a score.

    Outcome, findings, price and terms are those of the decision proper; reasons drawn from the score's parts are not.
    """

    def decide_many(applications: Sequence[Application]) -> list[Decision]:
        (pds,) = _pds(applications, [model], model.feature_set, policy, day)
        return [decide(one, _word(model, pd), policy, day) for one, pd in zip(applications, pds, strict=True)]

    return decide_many


def judge_with(model: ServableModel, policy: Policy, day: date) -> Judge | None:
    """Asks the bootstrap models whether enough of them approve too; None for a package without them.

    A higher PD never turns a refusal into an approval, so one decision tells: that at the PD up to which enough lie.
    """
    refits = model.bootstraps
    if not refits:
        return None

    def judge(applications: Sequence[Application], enough: int) -> list[bool]:
        found = np.sort(_pds(applications, refits, model.feature_set, policy, day), axis=0)
        asked = zip(applications, found[min(enough, len(refits)) - 1].tolist(), strict=True)
        return [decide(one, _word(model, pd), policy, day).outcome is Outcome.APPROVE for one, pd in asked]

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
    parts = np.split(said, np.cumsum([len(them) for them in people])[:-1], axis=1)
    picks = [np.min if book.product.assess == "strongest" else np.max for book in books]
    return np.stack([pick(part, axis=1) for pick, part in zip(picks, parts, strict=True)], axis=1)


def _word(model: ServableModel, pd: float) -> Assessment:
    """A model's word without its parts."""
    return Assessment(
        model.version, model.sha256, model.calibration, Decimal(f"{pd:.6f}"), model.horizon_months,
        model.feature_set.name, (), (),
    )  # fmt: skip


def _nothing(applications: Sequence[Application]) -> list[Decision]:
    """No deciding: only a decline is searched for plans."""
    return []
