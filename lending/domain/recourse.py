"""Recourse: plans that work when a request was refused, each checked by deciding again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import chain

from lending.domain.application import Applicant, Application, Outcome, Person
from lending.domain.approval import Passes
from lending.domain.decision import Decision
from lending.domain.learned import OUTSIDE
from lending.domain.lever import Chosen, moved, weight
from lending.domain.levers import costed_at, levers_later, levers_now
from lending.domain.offers import DecideMany
from lending.domain.plan_search import PlanSearch, failed_fields
from lending.domain.plans import Plan, plan_of
from lending.domain.policy import Rulebook
from lending.domain.robust import Judge, robust
from lending.domain.search import approving, remembering

NO_PLAN = "no_plan"
_CO_APPLICANT = "co_applicant_record"
_FIXED = frozenset({"age_years", "employment_status", "documents", "expired_documents"})
"""What no lever changes: a rule about it that declines leaves no plan."""


@dataclass(frozen=True, slots=True)
class Recourse:
    """Plans, first those that flip the decision at once, the cheapest first; `why` is a code where there are none."""

    plans: tuple[Plan, ...]
    why: str | None = None


def recourse(
    application: Application,
    decision: Decision,
    decide_many: DecideMany,
    book: Rulebook,
    partners: Sequence[Applicant] = (),
    judge: Judge | None = None,
    approve_many: Passes | None = None,
) -> Recourse:
    """Plans that turn a declined application into an approved one; every one of them was decided again.

    The grid: money in multiples of `recourse_money_step`, months one by one, gold by `recourse_gold_step`. Each action
    alone is found by bisection; for terms and credit lines, of which more need not help, between the terms of the page
    and the eighths of the balance. Two actions together are the cheapest on the same grid, with a longer term taken
    to help up to the last one that age and product allow, and are proposed where they save
    more than the share `recourse_second_step_share` of what either costs alone.

    Cost is the money a plan takes: debt repaid times `debt_payoff_months`, the part of the amount not lent, security
    added, credit lines paid down, the interest that a longer term adds to the amount asked for at today's rate; nothing
    for a co-applicant or a shorter term. Plans are in the order of cost + months * `recourse_wait_month_cost`. Where
    the cheapest plan is not robust, a wider one that is stands among them: the same levers moved on in growing steps.

    Args:
        application: what was asked.
        decision: the answer to it; only a decline has plans.
        decide_many: the whole pipeline for many at once; decides every plan that comes back.
        book: the product on the day.
        partners: people who agreed to sign with the applicant.
        judge: asks the bootstrap models; None where there are none.
        approve_many: a quicker way to tell what `decide_many` approves, to search with.
    """
    why = _why_none(decision)
    if why is not None or decision.outcome is Outcome.APPROVE:
        return Recourse((), why)
    passes = remembering(approve_many or approving(decide_many))
    search = PlanSearch(application, failed_fields(decision), remembering(decide_many), passes, book)
    now = levers_now(application, costed_at(decision, book), partners, book)
    sure, later = search.run(now, levers_later(application, book))
    most = int(book["recourse_plans_max"])
    cheapest = sorted([*sure, *later], key=_rank)[:most]
    if not cheapest:
        return Recourse((), _why_not(decision, alone=not partners))
    judged = robust(application, cheapest, judge, book)
    wider = [one for one in judged if one not in cheapest]
    chosen = sorted([*cheapest[: most - len(wider)], *wider], key=_rank)
    again = zip(chosen, decide_many([moved(application, one) for one in chosen]), strict=True)
    plans = [plan_of(one, gives, judged.get(one)) for one, gives in again if gives.outcome is Outcome.APPROVE]
    return Recourse(tuple(plans), None if plans else NO_PLAN)


def _rank(chosen: Chosen) -> tuple[bool, Decimal]:
    """What can be done at once before what takes time or luck, the cheapest first."""
    return any(lever.ask_again for lever, _ in chosen), weight(chosen)


def _why_none(decision: Decision) -> str | None:
    """Why there can be no plan at all: a person looks first, or something that nobody can change stands against it."""
    if decision.outcome is Outcome.REFER:
        first = decision.reasons[0]
        return _named(first.code, first.person)
    failed = (f for f in decision.findings if not f.passed and f.outcome is Outcome.DECLINE and f.field in _FIXED)
    return next((_named(f.reason, f.person) for f in failed), None)


def _why_not(decision: Decision, *, alone: bool) -> str:
    """Why a search found nothing: nobody is there to sign with, or whatever changes, a person has to look."""
    failed = [f for f in decision.findings if not f.passed]
    nobody = (f for f in failed if alone and f.field == "co_applicant" and f.outcome is Outcome.DECLINE)
    person = (f for f in failed if f.value is None or f.reason == OUTSIDE or f.field in _FIXED)
    first = next(chain(nobody, person), None)
    return NO_PLAN if first is None else _named(first.reason, first.person)


def _named(code: str, person: Person) -> str:
    """A reason as the applicant may know it: of the co-applicant's record no more than that it is theirs."""
    return _CO_APPLICANT if person == "co_applicant" else code
