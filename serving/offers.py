"""Offers around a request: found by the grid, decided by the whole pipeline, shown as text."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from lending.domain.application import Application, Outcome
from lending.domain.decision import Decision
from lending.domain.money import Money, money_text
from lending.domain.offer_points import Say, cons, pros
from lending.domain.offers import BALANCED, DecideMany, Offer, OfferSet, find_offers
from lending.domain.policy import Policy, rulebook
from lending.domain.record import named
from serving.evaluate import evaluate_many
from serving.formats import Formats
from serving.points import Scanner
from serving.shown import terms_shown
from training.servable.protocol import ServableModel


def offer_set(
    application: Application, decision: Decision, model: ServableModel | None, policy: Policy, day: date
) -> OfferSet:
    """What can be offered around a request; nothing while a person has to look first, or no model decides.

    Raises:
        NotFoundError: no such product.
    """
    if model is None or (decision.outcome is Outcome.REFER):
        return OfferSet((), None, "person_first")
    book = rulebook(policy, application.request.product, day)
    scan = Scanner(application, model, policy, day)
    return find_offers(application, decision, scan, decide_with(model, policy, day), book)


def balanced_term(application: Application, model: ServableModel | None, policy: Policy, day: date) -> int | None:
    """The term of the balanced offer for the amount asked for; None when there is none.

    Raises:
        NotFoundError: no such product.
    """
    ((_, decision),) = evaluate_many([(application, day)], model, policy)
    offers = offer_set(application, decision, model, policy, day).offers
    return next((o.terms.term_months for o in offers if BALANCED in o.goals), None)


def decide_with(model: ServableModel | None, policy: Policy, day: date) -> DecideMany:
    """The whole pipeline for many applications, with nothing written down."""

    def decide_many(applications: Sequence[Application]) -> list[Decision]:
        return [decision for _, decision in evaluate_many([(one, day) for one in applications], model, policy)]

    return decide_many


def offers_shown(found: OfferSet, decision_id: str, asked: Money, policy: Policy, day: date) -> list[dict[str, object]]:
    """Offers as text (CONTRACTS: result elements), those made by the bank first, the customer's own last."""
    return [_shown(offer, found.offers, decision_id, asked, policy, day) for offer in found.offers]


def saying(policy: Policy) -> Say:
    """The text of an offer's point, its figure written as people of the market write it."""
    write, texts = Formats(policy.locale, policy.currency), policy.wording.offers

    def say(code: str, value: str, unit: str) -> str:
        return texts[code].replace("{value}", write.quantity(value, unit)) if unit else texts[code]

    return say


def _shown(
    offer: Offer, offers: Sequence[Offer], decision_id: str, asked: Money, policy: Policy, day: date
) -> dict[str, object]:
    terms, book = offer.terms, rulebook(policy, offer.application.request.product, day)
    say = saying(policy)
    body: dict[str, object] = {
        "goal": offer.goal,
        "goals": list(offer.goals),
        "recommended": offer.recommended,
        "amount": money_text(terms.amount),
        "term_months": terms.term_months,
        **terms_shown(terms),
        "pros": [p.as_dict() for p in pros(offer, offers, say)],
        "cons": [p.as_dict() for p in cons(offer, offers, asked, book, say)],
        "valid_until": terms.valid_until.isoformat(),
    }
    content = f"{decision_id} {offer.goal} {terms.amount} {terms.term_months} {terms.annual_rate}"
    return {"offer_id": named("o", content.encode()), **body}
