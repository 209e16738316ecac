"""What helps when a request is refused: plans and alternatives, each decided by the whole pipeline."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from lending import __version__
from lending.domain.alternatives import alternatives
from lending.domain.application import Applicant, Application, Assessment, Outcome
from lending.domain.core import core_of
from lending.domain.decision import Decision
from lending.domain.plan_search import failed_fields
from lending.domain.plans import apply
from lending.domain.policy import Policy, on_sale, rulebook
from lending.domain.record import decision_id
from lending.domain.recourse import recourse
from lending.domain.routed import Routed
from lending.domain.search import remembering
from serving.evaluate import evaluate_many
from serving.quick import approve_with, judge_with
from training.servable.protocol import ServableModel


def plans_for(
    application: Application,
    decision: Decision,
    model: ServableModel | None,
    policy: Policy,
    day: date,
    partners: Sequence[Applicant] = (),
    routed: Routed | None = None,
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
        routed: the applicant's place in a split of models, while one holds.

    Raises:
        NotFoundError: no such product; InputError: the model reads what the bank's records cannot supply.
    """
    if decision.outcome is not Outcome.DECLINE or model is None:
        why = recourse(application, decision, _nothing, rulebook(policy, application.request.product, day)).why
        return {"recourse": [], "alternatives": [], "why_no_plan": _why(why, policy)}
    books, suspects = on_sale(policy, day), failed_fields(decision)
    approve_many = remembering(approve_with(model, policy, day, suspects))
    again = _Again(model, policy, day, routed)
    book, judge = books[application.request.product], judge_with(model, policy, day, suspects)
    found = recourse(application, decision, again.decide_many, book, partners, judge, approve_many)
    others = alternatives(application, decision, again.decide_many, books, partners, approve_many)
    return {
        "recourse": [{**plan.as_dict(), "redecided_id": again.name(apply(application, plan))} for plan in found.plans],
        "alternatives": [one.as_dict(policy.wording) for one in others],
        "why_no_plan": _why(found.why, policy),
    }


@dataclass(frozen=True, slots=True)
class _Again:
    """Decides by the whole pipeline and keeps what was said, so that a decision can be named without another."""

    model: ServableModel
    policy: Policy
    day: date
    routed: Routed | None = None
    seen: dict[Application, tuple[Assessment | None, Decision]] = field(
        default_factory=dict[Application, "tuple[Assessment | None, Decision]"]
    )

    def decide_many(self, applications: Sequence[Application]) -> list[Decision]:
        """The decision of each."""
        said = evaluate_many([(one, self.day) for one in applications], self.model, self.policy)
        self.seen.update(zip(applications, said, strict=True))
        return [decision for _, decision in said]

    def name(self, application: Application) -> str:
        """The name under which a decision that was made would be recorded."""
        word, decision = self.seen[application]
        core = core_of(application, word, decision, self.policy, self.day, __version__, routed=self.routed)
        return decision_id(core)


def _why(code: str | None, policy: Policy) -> dict[str, str] | None:
    if code is None:
        return None
    known = code if code in policy.wording.reasons else "missing_information"
    return {"code": known, "text": policy.wording.reasons[known].customer}


def _nothing(applications: Sequence[Application]) -> list[Decision]:
    """No deciding: only a decline is searched for plans."""
    return []
