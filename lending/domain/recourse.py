"""Recourse: plans that work when a request was refused, each checked by deciding again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import cast

from lending.domain.application import Applicant, Application, Outcome, Person
from lending.domain.decision import Decision
from lending.domain.lever import Chosen, moved, weight
from lending.domain.levers import levers_later, levers_now
from lending.domain.offers import DecideMany
from lending.domain.plan_search import PlanSearch, failed_fields
from lending.domain.plans import Plan, plan_of
from lending.domain.policy import Rulebook
from lending.domain.search import Search, in_lockstep, least, remembering

Judge = Callable[[Sequence[Application], int], Sequence[bool]]
"""For each application, whether at least so many of the bootstrap models of the package approve it too."""

NO_PLAN = "no_plan"
_CO_APPLICANT = "co_applicant_record"
_FIXED = frozenset({"age_years", "employment_status", "documents", "expired_documents"})
"""What no lever changes: a rule about it that declines leaves no plan."""
_JUDGED_PARTS = 8


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
        decide_many: the whole pipeline for many at once; called once a round.
        book: the product on the day.
        partners: people who agreed to sign with the applicant.
        judge: asks the bootstrap models; None where there are none.
    """
    why = _why_none(decision)
    if why is not None or decision.outcome is Outcome.APPROVE or decision.price is None:
        return Recourse((), why)
    search = PlanSearch(application, failed_fields(decision), remembering(decide_many), book)
    now = levers_now(application, decision.price.priced_rate, partners, book)
    sure, later = search.run(now, levers_later(application, book))
    most = int(book["recourse_plans_max"])
    sure, robust = _judged(application, sorted(sure, key=weight)[:most], judge, book)
    chosen = [*sorted(sure, key=weight), *sorted(later, key=weight)][:most]
    if not chosen:
        return Recourse((), _missing(decision) or NO_PLAN)
    again = zip(chosen, decide_many([moved(application, one) for one in chosen]), strict=True)
    plans = [plan_of(one, gives, robust.get(one)) for one, gives in again if gives.outcome is Outcome.APPROVE]
    return Recourse(tuple(plans), None if plans else NO_PLAN)


def _why_none(decision: Decision) -> str | None:
    """Why there can be no plan at all: a person looks first, or something that nobody can change stands against it."""
    if decision.outcome is Outcome.REFER:
        first = decision.reasons[0]
        return _named(first.code, first.person)
    failed = (f for f in decision.findings if not f.passed and f.outcome is Outcome.DECLINE and f.field in _FIXED)
    return next((_named(f.reason, f.person) for f in failed), None)


def _missing(decision: Decision) -> str | None:
    return next((_named(f.reason, f.person) for f in decision.findings if f.value is None), None)


def _named(code: str, person: Person) -> str:
    """A reason as the applicant may know it: of the co-applicant's record no more than that it is theirs."""
    return _CO_APPLICANT if person == "co_applicant" else code


def _judged(
    application: Application, chosen: list[Chosen], judge: Judge | None, book: Rulebook
) -> tuple[list[Chosen], dict[Chosen, bool]]:
    """Which plans are robust, and beside the cheapest one its robust variant where it is not robust itself."""
    if judge is None or not chosen:
        return chosen, {}
    enough, wider, others = int(book["recourse_robust_models_min"]), _widened(chosen[0]), chosen[1:]
    last = len(wider) - 1
    probes = sorted({last * part // _JUDGED_PARTS for part in range(_JUDGED_PARTS + 1)})
    widening = least(lambda stage: moved(application, wider[stage]), probes, _JUDGED_PARTS)
    searches: list[Search[list[bool] | int | None]] = [widening, _each([moved(application, one) for one in others])]
    stage, flags = in_lockstep(searches, lambda applications: list(judge(applications, enough)))
    robust = {chosen[0]: stage == 0, **dict(zip(others, cast("list[bool]", flags), strict=True))}
    if not stage:
        return chosen, robust
    found = wider[cast("int", stage)]
    return [*chosen, found], {**robust, found: True}


def _each(applications: list[Application]) -> Search[list[bool]]:
    """One question about each."""
    return (yield applications)


def _widened(chosen: Chosen) -> list[Chosen]:
    """The plan as it is, then its levers moved on together, in proportion to the room each has.

    One level further each time at first, then an eighth further, so that two rounds of questions find the robust one.
    """
    room = max(lever.top - level for lever, level in chosen)
    stages = [0]
    while stages[-1] < room:
        stages.append(min(room, stages[-1] + max(1, stages[-1] // 8)))
    return [tuple((lever, at + (lever.top - at) * n // max(room, 1)) for lever, at in chosen) for n in stages]
