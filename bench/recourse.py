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

PEOPLE, ALL, PEER_ROWS = 300, 2500, 20
P95_BAR = 50.0  # milliseconds
PEERS = {"random": 4.0, "genetic": 16.0}  # method to how many times faster ours has to be
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
    def by_the_model(self) -> bool:
        """Whether the risk alone stands against it."""
        return {f.field for f in self.decision.findings if not f.passed} <= {"required_rate", "pd_12m"}


def run() -> dict[str, Any]:
    """Seed a bank, train, promote, decline; then look for plans, and let the peer do so where the risk declined."""
    with trained_bank() as place:
        day = place.clock.now().date()
        some, risky = _refusals(place, day, PEOPLE), _refusals(place, day, ALL)
        search = _search(place, day)
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
            **_peers(place, day, [r for r in risky if r.by_the_model][:PEER_ROWS], search),
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
    from serving.plans import quick_decide

    return quick_decide(champion(place), place.policy.current, day)


def _search(place: Platform, day: date) -> Search:
    from lending.domain.recourse import recourse
    from serving.plans import judge_with

    decide, judge = _decider(place, day), judge_with(champion(place), place.policy.current, day)
    return lambda r: recourse(r.application, r.decision, decide, r.book, r.partners, judge).plans


def _timed(search: Search, refusal: Refusal) -> tuple[float, Sequence[Plan]]:
    start = time.perf_counter()
    plans = search(refusal)
    return (time.perf_counter() - start) * 1000, plans


def _flipping(place: Platform, day: date, refusals: Sequence[Refusal], plans: Sequence[Sequence[Plan]]) -> str:
    """The share of plans that are approved when the decision proper is asked once more."""
    from lending.domain.application import Outcome
    from lending.domain.plans import apply
    from serving.offers import decide_with

    applied = [apply(r.application, plan) for r, them in zip(refusals, plans, strict=True) for plan in them]
    decisions = decide_with(champion(place), place.policy.current, day)(applied)
    return f"{_mean([d.outcome is Outcome.APPROVE for d in decisions]):.0%} of {len(applied)}"


def _peers(place: Platform, day: date, refusals: Sequence[Refusal], search: Search) -> Mapping[str, str]:
    try:
        peers = {method: _peer(place, method) for method in PEERS}
    except ImportError:
        return {"DiCE": HINT}
    found: dict[str, str] = {}
    for method, peer in peers.items():
        rows = [(r, row) for r in refusals if (row := peer.row(r.application)) is not None]
        found |= _beside(place, day, method, peer, rows, search)
    return found


def _peer(place: Platform, method: str) -> dice.Peer:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return dice.Peer(method, champion(place), place.datasets.load("demo_bank").frame)


def _beside(
    place: Platform, day: date, method: str, peer: dice.Peer, rows: Sequence[tuple[Refusal, Any]], search: Search
) -> dict[str, str]:
    """Both on the same rows, one after the other; costs only where both have a plan to take at once."""
    ours: list[float] = []
    theirs: list[float] = []
    costs: list[tuple[Decimal, Decimal]] = []
    turned = 0
    for refusal, row in rows:
        took, plans = _timed(search, refusal)
        start = time.perf_counter()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            answers = peer.find(row, dice.limit_of(refusal.decision, refusal.book), refusal.book)
        theirs.append((time.perf_counter() - start) * 1000)
        ours.append(took)
        cost = _cheapest(place, day, refusal, answers)
        turned += cost is not None
        if cost is not None and plans and not plans[0].then_ask_again:
            costs.append((plans[0].cost, cost))
    ratio, bar = median(theirs) / median(ours), PEERS[method]
    within = f"{'within' if ratio >= bar else 'MISSES'} the bar of {bar:g} x"
    return {
        f"DiCE {method}, {dice.WANTED} answers, {len(rows)} rows declined for their risk, p50": (
            f"{median(theirs):.0f} ms beside {median(ours):.1f} ms: {ratio:.1f} x ({within})"
        ),
        f"DiCE {method}, rows whose whole decision an answer turns around": f"{turned} of {len(rows)}",
        f"DiCE {method}, mean cost of its cheapest such answer": (
            f"{_mean([c for _, c in costs]):.0f} beside {_mean([c for c, _ in costs]):.0f} ({len(costs)} rows)"
        ),
    }


def _cheapest(place: Platform, day: date, refusal: Refusal, answers: Sequence[Mapping[str, float]]) -> Decimal | None:
    """What the cheapest answer that turns the decision around takes by our own costs."""
    from lending.domain.application import Outcome

    if not answers:
        return None
    asked = [dice.carried_out(refusal.application, one) for one in answers]
    decisions = _decider(place, day)(asked)
    approved = (one for one, d in zip(asked, decisions, strict=True) if d.outcome is Outcome.APPROVE)
    return min((_cost(refusal, one) for one in approved), default=None)


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
