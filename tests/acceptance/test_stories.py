"""People of the demo bank and what becomes of what they ask, end to end with the trained model."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from console.queries import Queries
from lending.adapters.policy_files import parse_policy, read_texts
from lending.domain.application import Application, LoanRequest
from lending.domain.money import money
from lending.settings import ROOT
from serving.api.app import create_api
from serving.assembly import Platform
from serving.evaluate import evaluate
from serving.parse import loan_ask
from tests.acceptance.test_one_line import token
from tests.builders import gold
from tests.serving.clients import TestClient

GOLD = {"kind": "gold", "weight_g": "85", "purity_k": "22"}
HOUSE = {"kind": "property", "value": "320000"}


def asked(bank: Platform, customer: str, product: str, amount: str, term: int, **more: Any) -> dict[str, Any]:
    ask = loan_ask({"product": product, "amount": amount, "term_months": term, **more})
    return bank.advice.quote(customer, ask, channel="api", actor="story")


def codes(answer: dict[str, Any]) -> list[str]:
    return [reason["code"] for reason in answer["reasons"]]


def test_a_student_who_wants_a_car_is_shown_the_education_loan_and_gets_it_with_a_parent(bank: Platform) -> None:
    car = asked(bank, "C00003", "car", "12000", 48)
    assert car["outcome"] == "decline"
    assert codes(car)[0] == "student_not_eligible"
    assert car["ways_in"][0]["code"] == "education_loan"
    loan = asked(bank, "C00003", "education", "12000", 120, co_applicant="C00008")
    assert loan["outcome"] == "approve"
    assert loan["repayment"]["kind"] == "moratorium"
    assert not [f for f in loan["findings"] if f["rule"] == "education_score"]  # the parent's own, not shown
    assert loan["pd"] is None


def test_a_thin_file_is_looked_at_by_a_person_and_lent_to_on_gold(bank: Platform) -> None:
    car = asked(bank, "C00004", "car", "9000", 48)
    assert (car["outcome"], codes(car)) == ("refer", ["missing_credit_score"])
    loan = asked(bank, "C00004", "gold", "2500", 12, collateral=GOLD)
    assert loan["outcome"] == "approve"
    assert [c["code"] for c in loan["conditions"]] == ["assay"]
    core = json.loads(bank.decisions.get(loan["decision_id"]).core)
    assert core["features"]["values"]["credit_score"] == "600"
    assert core["facts"]["applicant"]["credit_score"] is None


def test_a_self_employed_customer_gets_a_home_loan_on_the_income_that_counts(bank: Platform) -> None:
    loan = asked(bank, "C00005", "home", "200000", 300, collateral=HOUSE)
    assert loan["outcome"] == "approve"
    income = next(f for f in loan["findings"] if f["field"] == "counted_income")
    assert income["value"] == "8000"
    assert loan["offers"]


def test_a_couple_carries_together_what_neither_carries_alone(bank: Platform) -> None:
    alone = asked(bank, "C00006", "home", "240000", 300, collateral=HOUSE)
    together = asked(bank, "C00006", "home", "240000", 300, collateral=HOUSE, co_applicant="C00007")
    assert (alone["outcome"], together["outcome"]) == ("decline", "approve")
    core = json.loads(bank.decisions.get(together["decision_id"]).core)
    assert core["affordability"]["obligations"] == "570.00"  # 450 + 380 less the 260 of the loan that both signed
    assert core["assessment"]["other"]["person"] in ("applicant", "co_applicant")


def test_a_loan_that_outlives_the_age_limit_is_refused_in_the_market_that_has_one(bank: Platform) -> None:
    india = parse_policy(read_texts(ROOT / "kb", "in"), "in")
    day = bank.clock.now().date()
    retired = replace(
        bank.customers.facts("C00009", day), gross_monthly_income=Decimal(300_000), monthly_obligations=Decimal(0)
    )
    request = LoanRequest("gold", money("200000"), 24, gold("60"))
    application = Application(retired, replace(request, product="car", collateral=None, term_months=60))
    for policy, limited in ((india, True), (bank.policy.current, False)):
        _, decision = evaluate(application, bank.champion.current(), policy, day)
        assert ("too_old_at_maturity" in [r.code for r in decision.reasons]) is limited
        assert any(f.field == "age_at_maturity_years" for f in decision.findings) is limited


TELLING = re.compile(r"fraud|sanction|screen|\bflag", re.IGNORECASE)


def test_no_channel_tells_a_flagged_customer_more_than_that_a_person_looks(bank: Platform) -> None:
    ask = {"product": "car", "amount": "12000", "term_months": 48}
    with TestClient(create_api(bank)) as client:
        client.headers["Authorization"] = f"Bearer {token(client, 'review')}"
        quote = client.post("/api/v1/loans/predict", json=ask).json()
        told = [
            json.dumps(quote),
            client.post("/api/v1/loans/customize", json=ask).text,
            client.get("/api/v1/loans/personalized").text,
            client.get("/api/v1/loans/surface", params={"product": "car"}).text,
            client.get(f"/api/v1/decisions/{quote['decision_id']}").text,
            client.get(f"/api/v1/decisions/{quote['decision_id']}/notice").text,
        ]
    portal = Queries(bank)
    told += [str(portal.what_if.decide("C00010", "review", ask)), str(bank.catalogue.products("C00010"))]
    assert quote["outcome"] == "refer"
    assert codes(quote) == ["person_needed"]
    words = [re.sub(r"<style.*?</style>", "", text, flags=re.DOTALL) for text in told]
    assert not [found.group() for text in words if (found := TELLING.search(text))]


@pytest.mark.parametrize("product", ["car", "home", "gold", "education"])
def test_nothing_of_a_co_applicant_shows_in_the_answer_to_the_applicant(bank: Platform, product: str) -> None:
    security = {"home": HOUSE, "gold": GOLD}.get(product)
    more = {"collateral": security} if security else {}
    answer = asked(bank, "C00006", product, "15000", 60, co_applicant="C00007", **more)
    partner = bank.customers.facts("C00007", bank.clock.now().date())
    assert f'"{partner.credit_score}"' not in json.dumps(answer)
