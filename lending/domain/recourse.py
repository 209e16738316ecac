"""Recourse: plans that work when a request was refused, each checked by deciding again."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import partial
from itertools import combinations

from lending.domain.application import Applicant, Application, Outcome
from lending.domain.decision import Decision
from lending.domain.levers import Chosen, Lever, levers_later, levers_now, moved, price
from lending.domain.money import CENT
from lending.domain.offers import DecideMany
from lending.domain.pairs import Pair, cheapest_pairs
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
    """Plans, those that flip the decision at once first, then the cheapest first; `why` is a code where there is none."""

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
    decide = remembering(decide_many)
    now = levers_now(application, decision.price.priced_rate, partners, book)
    later = levers_later(application, book)
    levels = in_lockstep([least(partial(lever.at, application), lever.probes) for lever in (*now, *later)], approving(decide))
    alone, after = levels[: len(now)], levels[len(now) :]
    pairs = cheapest_pairs(
        application, _pairs(application, now, alone, decide, book), approving(decide), int(book["recourse_pairs_max"])
    )
    chosen = sorted([*_single(now, alone), *pairs], key=price)
    robust, wider = _judged(application, chosen, judge, book)
    plans = _plans(application, [*chosen, *wider], )
    ...
