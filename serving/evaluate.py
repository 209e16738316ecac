"""Score and decide, without writing anything down."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from lending.domain.application import Application, Assessment
from lending.domain.decision import Decision, decide, joint
from lending.domain.people import assessed
from lending.domain.policy import Policy, rulebook
from lending.errand import part
from lending.grid.decisions import decide_many
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
    with part("score"):
        words = _words(cases, model, policy)
    judged = [(one, word, day) for (one, day), word in zip(cases, words, strict=True)]
    with part("price"):
        decided = [decide(*judged[0][:2], policy, judged[0][2])] if len(judged) == 1 else decide_many(judged, policy)
    return list(zip(words, decided, strict=True))


def _words(
    cases: Sequence[tuple[Application, date]], model: ServableModel | None, policy: Policy
) -> Sequence[Assessment | None]:
    if model is None:
        return [None] * len(cases)
    books = [rulebook(policy, one.request.product, day) for one, day in cases]
    signing = [assessed(one, book) for (one, _), book in zip(cases, books, strict=True)]
    pairs = [(p, one.request) for (one, _), them in zip(cases, signing, strict=True) for p in them.values()]
    said = iter(assess_many(model, pairs))
    return [
        joint({role: next(said) for role in them}, book.product.assess)
        for them, book in zip(signing, books, strict=True)
    ]
