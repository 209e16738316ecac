"""One worked case for each rule of lending, each with its source."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml

from lending.domain.application import Applicant, Application, Assessment, Collateral, Expiry, Loan, LoanRequest
from lending.domain.core import application_from, assessment_from, core_of
from lending.domain.decision import Decision, decide, joint
from lending.domain.money import money
from lending.domain.people import assessed
from lending.domain.policy import rulebook
from tests.builders import AS_OF, an_applicant, an_assessment, the_policy

CASES = yaml.safe_load((Path(__file__).parents[2] / "cases" / "rules.yaml").read_text(encoding="utf-8"))
_MONEY = ("gross_monthly_income", "net_monthly_income", "monthly_obligations", "liquid_assets")
_DAYS = ("birth_date", "income_until")


def person(facts: dict[str, Any], customer_id: str) -> Applicant:
    read: dict[str, Any] = dict(facts)
    read |= {k: Decimal(v) for k, v in facts.items() if k in _MONEY}
    read |= {k: date.fromisoformat(v) for k, v in facts.items() if k in _DAYS}
    read["loans"] = tuple(Loan(i, Decimal(a), Decimal(b)) for i, a, b in facts.get("loans", []))
    read["expiries"] = tuple(Expiry(d, date.fromisoformat(day)) for d, day in facts.get("expiries", []))
    read |= {k: tuple(v) for k, v in facts.items() if k in ("flags", "documents")}
    return an_applicant(customer_id=customer_id, **read)


def request(asked: dict[str, Any]) -> LoanRequest:
    gold, value = asked.get("gold"), asked.get("property")
    security = None
    if gold:
        security = Collateral("gold", None, Decimal(gold["weight_g"]), Decimal(gold["purity_k"]))
    if value:
        security = Collateral("property", money(value))
    refinances = tuple(asked.get("refinances", ()))
    return LoanRequest(asked["product"], money(asked["amount"]), asked["term_months"], security, refinances)


def asked(case: dict[str, Any]) -> Application:
    other = case.get("co_applicant")
    partner = None if other is None else person(other, "C00002")
    return Application(person(case.get("person", {}), "C00001"), request(case["request"]), partner)


def a_word(application: Application) -> Assessment:
    book = rulebook(the_policy(), application.request.product, AS_OF)
    return joint({role: an_assessment() for role in assessed(application, book)})


def decided(case: dict[str, Any]) -> Decision:
    application = asked(case)
    day = date.fromisoformat(case["as_of"]) if "as_of" in case else AS_OF
    return decide(application, a_word(application), the_policy(), day)


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_a_worked_case(case: dict[str, Any]) -> None:
    decision = decided(case)
    failed = [f.rule for f in decision.findings if not f.passed]
    assert decision.outcome.value == case["outcome"], failed
    wanted = case.get("finding", {})
    found = [f for f in decision.findings if f.rule == wanted.get("rule")]
    if wanted:
        finding = next(f for f in found if f.person == wanted.get("person", f.person))
        assert finding.passed is wanted.get("passed", False)
        if "ways_in" in wanted:
            assert finding.ways_in == tuple(wanted["ways_in"])
        for key in ("value", "limit"):
            assert getattr(finding, key) == wanted.get(key, getattr(finding, key))
    if "reason" in case:
        assert decision.reasons[0].code == case["reason"]
    if "reference" in case:
        assert decision.price is not None
        assert dict(decision.price.parts)["reference"] == Decimal(case["reference"])
    for key, value in case.get("terms", {}).items():
        assert str(getattr(decision.terms, key)) == value
    for key, value in case.get("figures", {}).items():
        assert rulebook(the_policy(), case["request"]["product"], AS_OF)[key] == Decimal(value)
    if "conditions" in case:
        assert decision.conditions == tuple(case["conditions"])
    if "obligations" in case:
        assert decision.affordability is not None
        assert str(decision.affordability.obligations) + ".00" == case["obligations"]


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_a_core_reads_back_as_the_application_and_the_word_that_made_it(case: dict[str, Any]) -> None:
    application = asked(case)
    word = a_word(application)
    core = core_of(application, word, decided(case), the_policy(), AS_OF, "test")
    assert application_from(json.loads(core)) == application
    assert assessment_from(json.loads(core)) == word
