"""Score and decide, without writing anything down."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from lending.domain.application import Application, Assessment
from lending.domain.decision import Decision, decide, joint
from lending.domain.eligibility import check
from lending.domain.people import assessed
from lending.domain.policy import Policy, rulebook
from lending.domain.shared_findings import SharedFindings
from serving.assess import assess_many
from training.servable.protocol import ServableModel


def evaluate(
    application: Application, model: ServableModel | None, policy: Policy, day: date
) -> tuple[Assessment | None, Decision]:
    """Score and decide; without a model, decide without a score (which refers)."""
    return evaluate_many([(application, day)], model, policy)[0]


def evaluate_many(
    cases: Sequence[tuple[Application, date]], model: ServableModel | None, policy: Policy
) -> list[tuple[Assessment | None, Decision]]:
    """The same for many applications, each as of its day; everybody is scored in one call of the model."""
    look = check if len(cases) == 1 else SharedFindings().check
    if model is None:
        return [(None, decide(one, None, policy, day, look)) for one, day in cases]
    books = [rulebook(policy, one.request.product, day) for one, day in cases]
    signing = [assessed(one, book) for (one, _), book in zip(cases, books, strict=True)]
    pairs = [(p, one.request) for (one, _), them in zip(cases, signing, strict=True) for p in them.values()]
    said = iter(assess_many(model, pairs))
    words = [
        joint({role: next(said) for role in them}, book.product.assess)
        for them, book in zip(signing, books, strict=True)
    ]
    return [(word, decide(one, word, policy, day, look)) for (one, day), word in zip(cases, words, strict=True)]
