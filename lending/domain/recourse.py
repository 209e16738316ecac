"""Recourse: plans that work when a request was refused, each checked by deciding again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import cast

from lending.domain.application import Applicant, Application, Outcome
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
    `recourse_second_step_saving` against either alone.

    Cost is the money a plan takes: debt repaid times `debt_payoff_months`, the part of the amount not lent, security
    added, credit lines paid down, the interest that a longer term adds to the amount asked for at today's rate; nothing
    for a co-applicant or a shorter term. Plans are in the order of cost + months * `recourse_wait_month_cost`.

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
        return decision.reasons[0].code
    failed = (f for f in decision.findings if not f.passed and f.outcome is Outcome.DECLINE)
    return next((f.reason for f in failed if f.field in _FIXED), None)


def _missing(decision: Decision) -> str | None:
    return next((f.reason for f in decision.findings if f.value is None), None)


def _judged(
    application: Application, chosen: list[Chosen], judge: Judge | None, book: Rulebook
) -> tuple[list[Chosen], dict[Chosen, bool]]:
    """Which plans are robust, and beside the cheapest one its robust variant where it is not robust itself."""
    if judge is None or not chosen:
        return chosen, {}
    enough = int(book["recourse_robust_models_min"])
    widening, others = _Widening(chosen[0]), [moved(application, one) for one in chosen[1:]]
    searches: list[Search[list[bool] | int | None]] = [widening.search(application), _asked(others)]
    level, flags = in_lockstep(searches, lambda applications: list(judge(applications, enough)))
    robust = {chosen[0]: level == 0, **dict(zip(chosen[1:], cast("list[bool]", flags), strict=True))}
    if not level:
        return chosen, robust
    wider = widening.at(cast("int", level))
    return [*chosen, wider], {**robust, wider: True}


def _asked(applications: list[Application]) -> Search[list[bool]]:
    """One question about each."""
    return (yield applications)


@dataclass(frozen=True, slots=True)
class _Widening:
    """The same levers moved on together, in proportion to the room each has; level 0 is the plan as it is."""

    chosen: Chosen

    @property
    def room(self) -> int:
        """Levels of the lever that has the most left."""
        return max(lever.top - level for lever, level in self.chosen)

    def at(self, further: int) -> Chosen:
        """All levers moved on."""
        room = max(self.room, 1)
        return tuple((lever, level + (lever.top - level) * further // room) for lever, level in self.chosen)

    def search(self, application: Application) -> Search[int | None]:
        """The least that passes."""
        probes = sorted({self.room * part // _JUDGED_PARTS for part in range(_JUDGED_PARTS + 1)})
        return least(lambda further: moved(application, self.at(further)), probes, _JUDGED_PARTS)
