"""Offers: terms that the bank would stand by, each the best at a stated goal, with what speaks for and against it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_CEILING, Decimal

from lending.domain.affordability import repayment_of
from lending.domain.application import Application, Outcome
from lending.domain.decision import Decision
from lending.domain.money import Money, Rate, to_cents
from lending.domain.people import refinanced_payoff
from lending.domain.policy import Rulebook
from lending.domain.repayment import Repayment
from lending.domain.terms import LoanTerms

LOWEST_INSTALMENT, LOWEST_COST, BALANCED, OWN = "lowest_instalment", "lowest_cost", "balanced", "own"
NONE_APPROVABLE, BELOW_SMALLEST = "none_approvable", "below_smallest"
_PARTS = 16


@dataclass(frozen=True, slots=True)
class Candidate:
    """An amount and a term that would be approved, and at what."""

    amount: Money
    term_months: int
    annual_rate: Rate
    instalment: Money


Scan = Callable[[Sequence[tuple[Money, int]]], Sequence[Candidate | None]]
"""What each amount and term would be approved at; None where it would not be. One model call for all of them."""
DecideMany = Callable[[Sequence[Application]], Sequence[Decision]]
"""The whole pipeline for each application, not recorded."""


@dataclass(frozen=True, slots=True)
class Offer:
    """Terms that were decided on and approved, and the goals at which they are the best of their set."""

    goal: str
    goals: tuple[str, ...]
    recommended: bool
    application: Application
    decision: Decision
    terms: LoanTerms


@dataclass(frozen=True, slots=True)
class OfferSet:
    """Up to three distinct choices, and the customer's own wish as one of them or beside them.

    `why_fewer` is a code where there are fewer than three, or where they are for more than was asked.
    """

    offers: tuple[Offer, ...]
    amount: Money | None
    """The wished amount, the largest below it that can be approved, or the smallest there is; None when none can."""
    why_fewer: str | None


def find_offers(
    application: Application, decision: Decision, scan: Scan, decide_many: DecideMany, book: Rulebook
) -> OfferSet:
    """The best terms for the customer at the wished amount, or at the largest amount below it that can be approved.

    A wish below the smallest loan, or below what it refinances, is answered with the least that there is.

    Goals, over the product's steps of the term and the wished term: the lowest instalment, the lowest total cost, and
    the balanced one (recommended), which has the least weighted sum of cost, instalment and time, each counted from 0
    (best of all) to 1 (worst of all), by the policy's `offer_weight_` figures. Every offer was decided by the whole
    pipeline and approved.

    Args:
        application: what is asked; its term is tried beside the product's steps.
        decision: the answer to it.
        scan: prices and tests many amounts and terms at once.
        decide_many: decides the few that are picked.
        book: the product on the day.
    """
    wished, terms = application.request.amount, _terms(application.request.term_months, book)
    least, below = _least(application, book), wished < max(book["amount_min"], _covering(application, book))
    candidates = _at(least if below else wished, terms, scan)
    if not candidates:
        largest = _largest_amount(wished, least, terms, scan, book)
        candidates = [] if largest is None else _at(largest, terms, scan)
    if not candidates:
        return OfferSet((), None, NONE_APPROVABLE)
    picked = _pick(candidates, book)
    offers = _decided(application, candidates[0].amount, picked, decide_many)
    choices = tuple(_with_own(offers, application, decision))
    why = BELOW_SMALLEST if below else _why_fewer(candidates, picked)
    return OfferSet(choices, candidates[0].amount, why)


def _with_own(offers: Sequence[Offer], application: Application, decision: Decision) -> list[Offer]:
    """The customer's own wish among the offers, or beside them when it is none of them."""
    if decision.outcome is not Outcome.APPROVE or decision.terms is None:
        return list(offers)
    if any(offer.terms == decision.terms for offer in offers):
        return [replace(o, goals=(*o.goals, OWN)) if o.terms == decision.terms else o for o in offers]
    return [*offers, Offer(OWN, (OWN,), False, application, decision, decision.terms)]


def _why_fewer(candidates: Sequence[Candidate], picked: Mapping[int, Sequence[str]]) -> str | None:
    if len(picked) >= 3:
        return None
    return "one_term_fits" if len(candidates) == 1 else "same_term_wins"


def _terms(wished: int, book: Rulebook) -> list[int]:
    least, most = int(book["term_months_min"]), int(book["term_months_max"])
    steps = range(least, most + 1, int(book["term_months_step"]))
    return sorted({*steps, most, *([wished] if least <= wished <= most else [])})


def _at(amount: Money, terms: Sequence[int], scan: Scan) -> list[Candidate]:
    return [c for c in scan([(amount, term) for term in terms]) if c is not None]


def _least(application: Application, book: Rulebook) -> Money:
    """The smallest amount there is, on the product's steps: its smallest loan, or what it takes to refinance."""
    step, missing = book["amount_step"], max(_covering(application, book) - book["amount_min"], Decimal(0))
    return Money(to_cents(book["amount_min"] + (missing / step).to_integral_value(ROUND_CEILING) * step))


def _covering(application: Application, book: Rulebook) -> Decimal:
    """The least that pays off what is refinanced."""
    return refinanced_payoff(application) + (book.get("cash_out_min") or 0)


def _largest_amount(wished: Money, least: Money, terms: Sequence[int], scan: Scan, book: Rulebook) -> Money | None:
    """The largest amount below the wished one, on the product's steps, that is approvable at any of the terms.

    What is approvable at an amount is so below it too, down to `least`: less debt, less risk, less of the security.
    So a search that splits the range in _PARTS needs three or four scans.
    """
    step, top = book["amount_step"], min(wished, Money(book["amount_max"]))
    if top < least:
        return None  # the smallest there is was tried
    low, high = -1, int((top - least) // step)  # steps above the smallest amount; low: known to fit, -1 for none
    while low < high:
        tried = sorted({low + max(1, (high - low) * part // _PARTS) for part in range(1, _PARTS + 1)})
        points = [(Money(to_cents(least + n * step)), term) for n in tried for term in terms]
        found = scan(points)
        fits = [any(found[i * len(terms) + k] for k in range(len(terms))) for i in range(len(tried))]
        first_bad = fits.index(False) if False in fits else len(tried)
        high = tried[first_bad] - 1 if first_bad < len(tried) else tried[-1]
        low = tried[first_bad - 1] if first_bad else low
    return None if low < 0 else Money(to_cents(least + low * step))


def _pick(candidates: Sequence[Candidate], book: Rulebook) -> dict[int, list[str]]:
    """Term to the goals it wins."""
    how = repayment_of(book)
    winners = {
        BALANCED: min(candidates, key=_balance(candidates, book)),
        LOWEST_INSTALMENT: min(candidates, key=lambda c: (c.instalment, c.term_months)),
        LOWEST_COST: min(candidates, key=lambda c: (_paid_in_all(c, how), c.term_months)),
    }
    picked: dict[int, list[str]] = {}
    for goal, winner in winners.items():
        picked.setdefault(winner.term_months, []).append(goal)
    return picked


def _paid_in_all(candidate: Candidate, how: Repayment) -> Decimal:
    """What is paid over the term; the last instalment's few cents never change the order of two terms."""
    if how.kind == "bullet":
        return candidate.instalment
    waiting = how.moratorium_months if how.kind == "moratorium" else 0
    first = candidate.amount * candidate.annual_rate / 12 * waiting if how.interest == "paid" else Decimal(0)
    return candidate.instalment * (candidate.term_months - waiting) + first


def _balance(candidates: Sequence[Candidate], book: Rulebook) -> Callable[[Candidate], tuple[Decimal, int]]:
    how = repayment_of(book)
    measures: list[tuple[Decimal, Callable[[Candidate], Decimal]]] = [
        (book["offer_weight_cost"], lambda c: _paid_in_all(c, how)),
        (book["offer_weight_instalment"], lambda c: c.instalment),
        (book["offer_weight_time"], lambda c: Decimal(c.term_months)),
    ]

    def loss(candidate: Candidate) -> tuple[Decimal, int]:
        parts = (w * _placed(measure, candidate, candidates) for w, measure in measures)
        return sum(parts, Decimal(0)), candidate.term_months

    return loss


def _placed(measure: Callable[[Candidate], Decimal], one: Candidate, all_of_them: Sequence[Candidate]) -> Decimal:
    """Where one lies between the best (0) and the worst (1)."""
    values = [measure(c) for c in all_of_them]
    best, worst = min(values), max(values)
    return Decimal(0) if best == worst else (measure(one) - best) / (worst - best)


def _decided(
    application: Application, amount: Money, picked: Mapping[int, Sequence[str]], decide_many: DecideMany
) -> list[Offer]:
    """The picked terms as decided by the whole pipeline; one that is not approved there is left out."""
    asked = [replace(application, request=replace(application.request, amount=amount, term_months=t)) for t in picked]
    return [
        Offer(goals[0], tuple(goals), BALANCED in goals, one, decision, decision.terms)
        for one, goals, decision in zip(asked, picked.values(), decide_many(asked), strict=True)
        if decision.outcome is Outcome.APPROVE and decision.terms is not None
    ]
