"""Plans for declined requests, beside DiCE on the same model and rows, in turns.

Ours turns the whole decision around and decides every plan again. DiCE knows the model and the price only, so it turns
those around; what it finds is then carried out, decided and costed as our plans are.
"""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import islice
from typing import TYPE_CHECKING, Any

from bench import dice
from bench.bank import champion, trained_bank
from bench.machine import against, median, quantile

if TYPE_CHECKING:
    from datetime import date

    from lending.domain.application import Applicant, Application, LoanRequest
    from lending.domain.decision import Decision
    from lending.domain.offers import DecideMany
    from lending.domain.plans import Plan
    from lending.domain.policy import Rulebook
    from serving.assembly import Platform

PEOPLE, ALL, PEER_ROWS = 300, 1200, 20
P95_BAR = 50.0  # milliseconds
RISK = frozenset({"required_rate", "pd_12m"})
PEERS = {"random": 4.0, "genetic": 16.0}  # method to how many times faster ours has to be
BESIDE = (("random", "risk alone"), ("genetic", "risk alone"), ("random", "risk and more"))
"""What is compared. Where more than the risk stands against a row, the genetic method takes seconds to find nothing."""
HINT = "not measured; `uv pip install --no-deps dice-ml raiutils` adds it (its own xgboost would replace ours)"

Search = Callable[["Refusal"], "Sequence[Plan]"]


@dataclass(frozen=True)
class Refusal:
    """A declined request, with what a search needs."""

    application: Application
    decision: Decision
    partners: Sequence[Applicant]
    book: Rulebook

    @property
    def why(self) -> str:
        """Whether the risk stands against it, and whether a rule does."""
        failed = {f.field for f in self.decision.findings if not f.passed}
        return "risk alone" if failed <= RISK else "risk and more" if failed & RISK else "rules"


def run() -> dict[str, Any]:
    """Seed a bank, train, promote, decline; then look for plans, and let the peer do so where the risk declined."""
    with trained_bank() as place:
        day = place.clock.now().date()
        some = _refusals(place, day, PEOPLE)
        search = _search(place, day, robust=True)
        found = [_timed(search, refusal) for refusal in some[:20] + some][20:]  # the first ones warm up
        times, plans = [took for took, _ in found], [plans for _, plans in found]
        at_once = [one[0].cost for one in plans if one and not one[0].then_ask_again]
        return {
            "what": f"plans for {len(some)} declined requests for four kinds of loan, with their robust variants",
            "p50": f"{median(times):.1f} ms",
            "p95": against(quantile(times, 0.95), P95_BAR, "ms"),
            "declined requests with a plan": f"{sum(map(bool, plans))}, {len(at_once)} of them one to take at once",
            "plans that turn the whole decision around": _flipping(place, day, some, plans),
            "mean cost of the cheapest plan": f"{_mean(at_once):.0f}",
            **_peers(place, day),
        }


def _refusals(place: Platform, day: date, people: int) -> list[Refusal]:
    from lending.domain.application import Application, Outcome
    from lending.domain.policy import rulebook

    policy, customers = place.policy.current, place.customers
    found: list[Refusal] = []
    for request in _requests():
        asked = [Application(customers.facts(one, day), request) for one in customers.ids()[:people]]
        decisions = _decider(place, day)(asked)
        for application, decision in zip(asked, decisions, strict=True):
            if decision.outcome is Outcome.DECLINE:
                others = customers.co_applicants(application.applicant.customer_id)
                partners = [customers.facts(other, day) for other, _ in others]
                found.append(Refusal(application, decision, partners, rulebook(policy, request.product, day)))
    return found


def _requests() -> list[LoanRequest]:
    from lending.domain.application import Collateral, LoanRequest
    from lending.domain.money import money

    return [
        LoanRequest("car", money("15000"), 48),
        LoanRequest("home", money("150000"), 240, Collateral("property", money("200000"))),
        LoanRequest("gold", money("2000"), 12, Collateral("gold", None, Decimal(30), Decimal(22))),
        LoanRequest("education", money("12000"), 120),
    ]


def _decider(place: Platform, day: date) -> DecideMany:
    from serving.offers import decide_with

    return decide_with(champion(place), place.policy.current, day)


def _search(place: Platform, day: date, robust: bool) -> Search:
    from lending.domain.plan_search import failed_fields
    from lending.domain.recourse import recourse
    from serving.quick import approve_with, judge_with

    model, policy, decide = champion(place), place.policy.current, _decider(place, day)

    def search(refusal: Refusal) -> Sequence[Plan]:
        suspects = failed_fields(refusal.decision)
        judge = judge_with(model, policy, day, suspects) if robust else None
        quick = approve_with(model, policy, day, suspects)
        asked = refusal.application, refusal.decision, decide, refusal.book, refusal.partners, judge, quick
        return recourse(*asked).plans

    return search


def _timed(search: Search, refusal: Refusal) -> tuple[float, Sequence[Plan]]:
    start = time.perf_counter()
    plans = search(refusal)
    return (time.perf_counter() - start) * 1000, plans


def _flipping(place: Platform, day: date, refusals: Sequence[Refusal], plans: Sequence[Sequence[Plan]]) -> str:
    """The share of plans that are approved when the decision proper is asked once more."""
    from lending.domain.application import Outcome
    from lending.domain.plans import apply

    applied = [apply(r.application, plan) for r, them in zip(refusals, plans, strict=True) for plan in them]
    decisions = _decider(place, day)(applied)
    return f"{_mean([d.outcome is Outcome.APPROVE for d in decisions]):.0%} of {len(applied)}"


def _peers(place: Platform, day: date) -> Mapping[str, str]:
    try:
        peers = {method: _peer(place, method) for method in PEERS}
    except ImportError:
        return {"DiCE": HINT}
    refusals = _refusals(place, day, ALL)
    search = _search(place, day, robust=False)  # no peer looks for what holds in other models, too
    found: dict[str, str] = {}
    for method, why in BESIDE:
        rows = ((r, peers[method].row(r.application)) for r in refusals if r.why == why)
        known = islice(((r, row) for r, row in rows if row is not None), PEER_ROWS)
        turns = [_turn(place, day, peers[method], refusal, row, search) for refusal, row in known]
        found |= _beside(f"DiCE {method}, declined for {why}", turns, PEERS[method])
    return found


def _peer(place: Platform, method: str) -> dice.Peer:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return dice.Peer(method, champion(place), place.datasets.load("demo_bank").frame)


@dataclass(frozen=True)
class Turn:
    """What both found for one refusal, and in how many milliseconds.

    Attributes:
        answers: how many the peer gave.
        costs: of those among them that turn the whole decision around, by our own costs.
    """

    plans: Sequence[Plan]
    ours: float
    theirs: float
    answers: int
    costs: Sequence[Decimal]

    @property
    def both(self) -> tuple[Decimal, Decimal] | None:
        """The cheapest of each, where ours can be taken at once and theirs has one that works."""
        at_once = bool(self.plans) and not self.plans[0].then_ask_again
        return (self.plans[0].cost, min(self.costs)) if at_once and self.costs else None


def _turn(place: Platform, day: date, peer: dice.Peer, refusal: Refusal, row: Any, search: Search) -> Turn:
    """One after the other."""
    ours, plans = _timed(search, refusal)
    start = time.perf_counter()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        answers = peer.find(row, dice.limit_of(refusal.decision, refusal.book), refusal.book)
    theirs = (time.perf_counter() - start) * 1000
    return Turn(plans, ours, theirs, len(answers), _costs(place, day, refusal, answers))


def _beside(what: str, turns: Sequence[Turn], bar: float) -> dict[str, str]:
    """Times, what works, and costs where both have something."""
    ours, theirs = median([one.ours for one in turns]), median([one.theirs for one in turns])
    within = f"{'within' if theirs / ours >= bar else 'MISSES'} the bar of {bar:g} x"
    answers, working = sum(one.answers for one in turns), sum(len(one.costs) for one in turns)
    rows = f"{sum(bool(one.costs) for one in turns)} of {len(turns)} rows"
    both = [pair for one in turns if (pair := one.both) is not None]
    return {
        f"{what}, {dice.WANTED} wanted, p50": f"{theirs:.0f} ms beside {ours:.1f} ms: {theirs / ours:.1f} x ({within})",
        f"{what}, turn the whole decision around": (
            f"{working} of {answers} answers, {rows}; ours all, {sum(bool(one.plans) for one in turns)} rows"
        ),
        f"{what}, mean cost of the cheapest": (
            f"{_mean([c for _, c in both]):.0f} beside {_mean([c for c, _ in both]):.0f} "
            f"({len(both)} rows where both have one to take at once)"
        ),
    }


def _costs(place: Platform, day: date, refusal: Refusal, answers: Sequence[Mapping[str, float]]) -> list[Decimal]:
    """What the answers that turn the decision around take by our own costs."""
    from lending.domain.application import Outcome

    if not answers:
        return []
    asked = [dice.carried_out(refusal.application, one) for one in answers]
    decided = zip(asked, _decider(place, day)(asked), strict=True)
    return [_cost(refusal, one) for one, decision in decided if decision.outcome is Outcome.APPROVE]


def _cost(refusal: Refusal, after: Application) -> Decimal:
    from lending.domain.levers import levers_now

    assert refusal.decision.price is not None  # noqa: S101 - a model declined it
    before = refusal.application
    levers = {v.action: v for v in levers_now(before, refusal.decision.price.priced_rate, (), refusal.book)}
    figures = {
        "repay_debt": (before.applicant.monthly_obligations, after.applicant.monthly_obligations),
        "smaller_amount": (before.request.amount, after.request.amount),
        "larger_deposit": (before.request.amount, after.request.amount),
        "longer_term": (before.request.term_months, max(before.request.term_months, after.request.term_months)),
        "reduce_utilisation": (before.applicant.revolving_balance, after.applicant.revolving_balance),
    }
    moved = {action: value for action, (old, value) in figures.items() if value is not None and value != old}
    return sum(
        (levers[action].costs(Decimal(value)) for action, value in moved.items() if action in levers), Decimal(0)
    )


def _mean(values: Sequence[Any]) -> float:
    return float(sum(values)) / max(len(values), 1)
