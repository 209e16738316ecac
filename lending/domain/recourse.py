"""Recourse: plans that work when a request was refused, each checked by deciding again."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import partial
from itertools import combinations

from lending.domain.application import Applicant, Application, Outcome
from lending.domain.decision import Decision
from lending.domain.lever import Chosen, Lever, moved, weight
from lending.domain.levers import levers_later, levers_now
from lending.domain.money import CENT, Rate
from lending.domain.offers import DecideMany
from lending.domain.pairs import ANY_WEIGHT, Pair, cheapest_pairs
from lending.domain.plans import Plan, plan_of
from lending.domain.policy import Rulebook
from lending.domain.search import Passes, approving, in_lockstep, least, remembering

Judge = Callable[[Sequence[Application]], Sequence[int]]
"""For each application, how many of the bootstrap models of the package approve it too."""

NO_PLAN = "no_plan"
_FIXED = frozenset({"age_years", "employment_status", "documents", "expired_documents"})
"""What no lever changes: a rule about it that declines leaves no plan."""
_TERM_ENDS = frozenset({"age_at_maturity_years", "term_months"})
"""What only another term can mend."""
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
    and the sixteenths of the balance. Two actions together are the cheapest on the same grid, with a longer term taken
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
        judge: counts the bootstrap models that approve; None where there are none.
    """
    why = _why_none(decision)
    if why is not None or decision.outcome is Outcome.APPROVE or decision.price is None:
        return Recourse((), why)
    now, later = _found(application, decision.price.priced_rate, remembering(decide_many), partners, book)
    most = int(book["recourse_plans_max"])
    sure, robust = _judged(application, sorted(now, key=weight)[:most], judge, book)
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


def _found(
    application: Application, rate: Rate, decide: DecideMany, partners: Sequence[Applicant], book: Rulebook
) -> tuple[list[Chosen], list[Chosen]]:
    """What flips the decision at once, and what may do so later, alone and in pairs.

    Waiting is paired with another lever only where nothing else flips the decision.
    """
    now, later = levers_now(application, rate, partners, book), levers_later(application, book)
    searches = [least(partial(lever.at, application), lever.probes) for lever in (*now, *later)]
    levels = dict(zip((*now, *later), in_lockstep(searches, approving(decide)), strict=True))
    sides = _sides(application, levels, decide)
    at_once = [s for s in sides if not s.lever.ask_again]
    sure = [*_alone(now, levels), *_cheapest(application, combinations(at_once, 2), decide, book)]
    after = _alone(later, levels)
    if not sure and not after:
        waiting = (pair for pair in combinations(sides, 2) if any(side.lever.ask_again for side in pair))
        after = _cheapest(application, waiting, decide, book)
    return sure, after


def _alone(levers: Sequence[Lever], levels: Mapping[Lever, int | None]) -> list[Chosen]:
    return [((lever, level),) for lever in levers if (level := levels[lever]) is not None]


@dataclass(frozen=True, slots=True)
class _Side:
    """A lever as one of a pair: how far it may go there, and what it weighs where it flips the decision alone."""

    lever: Lever
    top: int
    alone: Decimal


def _sides(application: Application, levels: Mapping[Lever, int | None], decide: DecideMany) -> list[_Side]:
    found: list[_Side] = []
    for lever, level in levels.items():
        fitted = _fitting_term(lever, application, decide) if lever.changes == "term" else lever
        if fitted is not None:
            top = fitted.top if level is None else min(fitted.top, level - 1)
            found.append(_Side(fitted, top, ANY_WEIGHT if level is None else weight(((lever, level),))))
    return found


def _cheapest(
    application: Application, sides: Iterable[tuple[_Side, _Side]], decide: DecideMany, book: Rulebook
) -> list[Chosen]:
    """The cheapest pairs of levers that touch different things, which save enough against either alone."""
    saving = book["recourse_second_step_saving"] - CENT
    pairs = [
        Pair(one.lever, other.lever, (one.top, other.top), min(one.alone, other.alone) - saving)
        for one, other in sides
        if one.lever.changes != other.lever.changes
    ]
    return cheapest_pairs(application, pairs, approving(decide), int(book["recourse_pairs_max"]))


def _fitting_term(lever: Lever, application: Application, decide: DecideMany) -> Lever | None:
    """In a pair a term gets longer as far as age and product allow, and shorter only where it is too long for them."""
    asked, *probed = decide([application, *(lever.at(application, probe) for probe in lever.probes)])
    allowed = [probe for probe, decision in zip(lever.probes, probed, strict=True) if not _ends_term(decision)]
    if not allowed or (lever.action == "shorter_term" and not _ends_term(asked)):
        return None
    if lever.action == "longer_term":
        return replace(lever, top=allowed[-1])
    return replace(lever, first=lever.value(allowed[0]), top=1)


def _ends_term(decision: Decision) -> bool:
    return any(f.field in _TERM_ENDS and not f.passed for f in decision.findings)


def _judged(
    application: Application, chosen: list[Chosen], judge: Judge | None, book: Rulebook
) -> tuple[list[Chosen], dict[Chosen, bool]]:
    """Which plans are robust, and beside the cheapest one its robust variant where it is not robust itself."""
    if judge is None or not chosen:
        return chosen, {}

    def passes(applications: Sequence[Application]) -> list[bool]:
        return [count >= book["recourse_robust_models_min"] for count in judge(applications)]

    robust = dict(zip(chosen, passes([moved(application, one) for one in chosen]), strict=True))
    if robust[chosen[0]]:
        return chosen, robust
    wider = _widened(application, chosen[0], passes)
    return (chosen, robust) if wider is None else ([*chosen, wider], {**robust, wider: True})


def _widened(application: Application, chosen: Chosen, passes: Passes) -> Chosen | None:
    """The same levers moved on together, in proportion to the room each has, until it passes."""
    room = max(lever.top - level for lever, level in chosen)

    def further(n: int) -> Chosen:
        return tuple((lever, level + (lever.top - level) * n // room) for lever, level in chosen)

    if not room:
        return None
    probes = sorted({max(1, room * part // _JUDGED_PARTS) for part in range(1, _JUDGED_PARTS + 1)})
    search = least(lambda n: moved(application, further(n)), probes, _JUDGED_PARTS)
    (found,) = in_lockstep([search], passes)
    return None if found is None else further(found)
