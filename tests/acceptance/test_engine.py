"""A thousand customers and every product: offers inside the catalogue, plans that flip, replays that are equal."""

from __future__ import annotations

import json
import random
from collections import Counter
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from lending.domain.application import Collateral
from lending.domain.core import application_from, assessment_from, core_of
from lending.domain.decision import decide
from lending.domain.plans import Plan, apply
from lending.domain.policy import rulebook
from lending.domain.record import decision_id
from serving import plans as plans_module
from serving.assembly import Platform
from serving.evaluate import evaluate
from serving.parse import loan_ask
from tests.conftest import sized

AMOUNTS = {"car": (3_000, 60_000), "home": (40_000, 600_000), "gold": (500, 15_000), "education": (3_000, 80_000)}
TERMS = {"car": (6, 84), "home": (24, 360), "gold": (6, 36), "education": (60, 180)}


def requests(bank: Platform, count: int) -> list[tuple[str, dict[str, Any]]]:
    draw = random.Random(29)
    chosen = draw.sample(list(bank.customers.ids()), count)
    return [(who, a_request(draw, product)) for who in chosen for product in AMOUNTS]


def a_request(draw: random.Random, product: str) -> dict[str, Any]:
    body: dict[str, Any] = {"product": product, "amount": str(draw.randint(*AMOUNTS[product]))}
    if draw.random() < 0.5:
        body["term_months"] = draw.randint(*TERMS[product])
    if product == "home":
        body["collateral"] = {"kind": "property", "value": str(int(int(body["amount"]) * draw.uniform(0.9, 2)))}
    if product == "gold":
        body["collateral"] = {"kind": "gold", "weight_g": str(draw.randint(5, 300)), "purity_k": "22"}
    return body


@pytest.fixture
def applied(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, Plan]]:
    """Every plan that is shown, with the application it changes."""
    seen: list[tuple[Any, Plan]] = []

    def watched(application: Any, plan: Plan) -> Any:
        seen.append((application, plan))
        return apply(application, plan)

    monkeypatch.setattr(plans_module, "apply", watched)
    return seen


def test_offers_stay_inside_the_catalogue_plans_flip_and_replays_are_equal(
    bank: Platform, applied: list[tuple[Any, Plan]]
) -> None:
    policy, day, model = bank.policy.current, bank.clock.now().date(), bank.champion.current()
    outcomes: Counter[str] = Counter()
    names, shown = [], 0
    for who, body in requests(bank, sized(15, 1000)):
        answer = bank.advice.quote(who, loan_ask(body), channel="cli", actor="test")
        names.append(answer["decision_id"])
        outcomes[answer["outcome"]] += 1
        book = rulebook(policy, body["product"], day)
        for offer in answer["offers"]:
            assert book["rate_min"] <= Decimal(offer["annual_rate"]) <= book["rate_max"]
            assert book["term_months_min"] <= offer["term_months"] <= book["term_months_max"]
            assert book["amount_min"] <= Decimal(offer["amount"]) <= min(book["amount_max"], Decimal(answer["amount"]))
            assert_redecides(bank, answer, offer)
        shown += len(answer["recourse"])
    assert shown == len(applied)
    assert shown
    for application, plan in applied:
        _, decision = evaluate(apply(application, plan), model, policy, day)
        assert decision.outcome == "approve"
    report = bank.replay.run(names)
    assert report.checked == report.equal == len(names)
    assert set(outcomes) == {"approve", "refer", "decline"}


def assert_redecides(bank: Platform, answer: dict[str, Any], offer: dict[str, Any]) -> None:
    """The offer is what the bank decides when asked for exactly it."""
    core = json.loads(bank.decisions.get(answer["decision_id"]).core)
    application = application_from(core)
    asked = replace(application.request, amount=Decimal(offer["amount"]), term_months=offer["term_months"])
    day, policy = bank.clock.now().date(), bank.policy.current
    _, decision = evaluate(replace(application, request=asked), bank.champion.current(), policy, day)
    assert decision.outcome == "approve"
    assert decision.terms is not None
    figures = (str(decision.terms.instalment), str(decision.terms.total_cost))
    assert figures == (offer["instalment"], offer["total_cost"])


def test_a_core_decides_again_from_its_own_text(bank: Platform) -> None:
    answer = bank.advice.quote("C00006", loan_ask({"product": "home", "amount": "200000", "term_months": 240,
        "collateral": {"kind": "property", "value": "300000"}, "co_applicant": "C00007", "refinances": ["H00006-1"]}),
        channel="cli", actor="test")  # fmt: skip
    row = bank.decisions.get(answer["decision_id"])
    core = json.loads(row.core)
    application, policy, day = application_from(core), bank.policy.current, bank.clock.now().date()
    assert application.request.collateral == Collateral("property", Decimal("300000.00"))
    word = assessment_from(core)
    again = core_of(application, word, decide(application, word, policy, day), policy, day, core["code_version"])
    assert again == row.core
    assert decision_id(again) == answer["decision_id"]
