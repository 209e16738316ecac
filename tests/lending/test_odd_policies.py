"""Odd policy files: each is refused when it is read, naming the key, or decides the same in all three engines."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
import yaml

from lending.adapters.policy_files import parse_policy, read_texts
from lending.domain.application import Application, Collateral, Loan, LoanRequest
from lending.domain.decision import Decision
from lending.domain.errors import CandorError, PolicyError
from lending.domain.money import Money, money
from lending.domain.policy import Policy, rulebook
from lending.domain.surface import read_point
from lending.grid.figures import Points
from lending.grid.requests import OUTCOMES, Grid
from lending.settings import ROOT
from serving.evaluate import evaluate
from serving.offers import offer_set, offers_shown
from serving.products import Catalogue
from serving.surface import SurfaceMaker, expiry
from tests.builders import AS_OF, a_request, an_applicant, an_application
from tests.conftest import sized
from tests.lending.domain.test_laws_of_strength import Monotone
from tests.lending.test_attacks import a_bank, ask, me, quote

CAR = "products/car.yaml"
NOW = datetime(2026, 11, 2, 9, tzinfo=UTC)
Edit = Callable[[dict[str, Any]], object]


def figure(name: str, unit: str = "currency", **value: Any) -> Edit:
    """A parameter with one value."""
    dated = {"2023-01-01": {**value, "source": "the test"}}
    return lambda tree: tree["parameters"].update({name: {"description": "odd", "unit": unit, "values": dated}})


def rule(**parts: Any) -> Edit:
    """One more rule, before all others of the product."""
    usual = {"id": "odd", "fail": "decline", "reason": "amount_too_large"}
    return lambda tree: tree["rules"].insert(0, {**usual, **parts})


def refers(rule_id: str) -> Edit:
    """A rule that refers where it declined."""
    return lambda tree: next(r for r in tree["rules"] if r["id"] == rule_id).update(fail="refer")


def without_dti(tree: dict[str, Any]) -> None:
    tree["rules"] = [r for r in tree["rules"] if r["field"] != "dti"]
    del tree["parameters"]["dti_max"]


def as_text(content: str) -> dict[str, Any]:
    """A file with every leaf as it is written."""
    return yaml.load(content, Loader=yaml.BaseLoader)  # noqa: S506 - builds plain text, lists and mappings only


def with_edits(*edits: Edit) -> Policy:
    texts = read_texts(ROOT / "kb", "us")
    tree = as_text(texts[CAR])
    for edit in edits:
        edit(tree)
    return parse_policy({**texts, CAR: yaml.safe_dump(tree, sort_keys=False)}, "us")


def only(field: str, operator: str, name: str = "odd_limit", **parts: Any) -> Edit:
    return rule(field=field, operator=operator, parameter=name, **parts)


TIERS = [{"up_to": "12000", "value": "0.40"}, {"value": "0.20"}]
KINDS = {"field": "co_applicant", "operator": "one_of", "words": ["no"]}
LEGAL: dict[str, list[Edit]] = {
    "as it is": [],
    "a tick of half a basis point": [figure("rate_tick", "fraction", value="0.00005")],
    "rates between two ticks": [
        figure("rate_min", "fraction", value="0.073333"), figure("rate_max", "fraction", value="0.09999"),
    ],
    "tiers of dti_max": [figure("dti_max", "fraction", tiers=TIERS)],
    "tiers of score_min": [
        figure("score_min", "points", tiers=[{"up_to": "20000", "value": "650"}, {"value": "780"}])
    ],
    "tiers of income_min": [figure("income_min", tiers=[{"up_to": "12000", "value": "3000"}, {"value": "5500"}])],
    "shares of seven places": [
        figure("dti_max", "fraction", value="0.3333333"), figure("ltv_max", "fraction", value="0.7777777"),
    ],
    "a value of the security": [figure("odd_limit", value="17000"), only("collateral_value", "at_least")],
    "tiers of the security's value": [
        figure("odd_limit", tiers=[{"up_to": "9000", "value": "10"}, {"value": "19000"}]),
        only("collateral_value", "at_least"),
    ],
    "a limit for those who sign alone": [figure("odd_limit", value="12000"), only("amount", "at_most", when=[KINDS])],
    "a price above the band refers": [refers("price_above_band")],
    "large amounts refer": [refers("car_amount_max")],
    "long terms refer": [refers("car_term_max")],
    "a person looks above an amount": [figure("odd_limit", value="12000"), only("amount", "at_most", fail="refer")],
    "a person looks above a term": [
        figure("odd_limit", "months", value="47"), only("term_months", "at_most", fail="refer"),
    ],
    "a person looks above an amount, and nobody says so": [
        figure("odd_limit", value="12000"), only("amount", "at_most", fail="refer", confidential="true"),
    ],
    "an income has to be there": [rule(field="counted_income", operator="present")],
    "a share has to be there": [rule(field="dti", operator="present")],
    "a share has a least": [figure("odd_limit", "fraction", value="0.5"), only("ltv", "at_least")],
    "no limit on dti": [without_dti],
    "a rate that varies": [lambda tree: tree.update(rate_kind="variable")],
    "one payment at the end": [lambda tree: tree.update(repayment="bullet", interest="compound")],
    "five months without payment": [
        figure("moratorium_months", "months", value="5"),
        lambda tree: tree.update(repayment="moratorium", interest="paid"),
    ],
}  # fmt: skip

REFUSED: dict[str, list[Edit]] = {
    "rate_tick": [figure("rate_tick", "fraction", value="0")],
    "amount_step": [figure("amount_step", value="0")],
    "term_months_step": [figure("term_months_step", "months", value="0")],
    "term_months_max": [figure("term_months_max", "months", value="2000")],
    "lgd": [figure("lgd", "fraction", value="-0.1")],
    "margin": [figure("margin", "fraction", value="0.019000001")],
    "processing_fee": [figure("processing_fee", "fraction", value="1")],
    "rate_max": [figure("rate_max", "fraction", tiers=TIERS)],
    "moratorium_months": [figure("moratorium_months", "months", value="6")],
    "interest": [lambda tree: tree.update(repayment="bullet", interest="paid")],
    "car_student": [rule(id="car_student", field="amount", operator="present")],
    "confidential": [figure("odd_limit", value="0.2"), only("dti", "at_most", confidential="true")],
    "when": [figure("odd_limit", value="1"), only("amount", "at_most", when=[{**KINDS, "field": "credit_score"}])],
}


@pytest.mark.parametrize("key", REFUSED)
def test_a_policy_that_could_not_decide_is_refused_when_it_is_read(key: str) -> None:
    with pytest.raises(PolicyError, match=key):
        with_edits(*REFUSED[key])


SECURED = LoanRequest("car", money("1"), 1, Collateral("vehicle", money("18000")))
PARTNER = an_applicant(customer_id="C00002", gross_monthly_income=Decimal(2500))
PEOPLE: dict[str, Application] = {
    "good": an_application(),
    "in debt": an_application(monthly_obligations=Decimal(1500)),
    "of unknown debts": an_application(monthly_obligations=None),
    "of little income": an_application(gross_monthly_income=Decimal(3300), monthly_obligations=Decimal(900)),
    "with a partner": an_application(None, PARTNER, monthly_obligations=Decimal(1200)),
    "with a car": an_application(SECURED, gross_monthly_income=Decimal(4000)),
    "screened": an_application(flags=("fraud",)),
    "until 2029": an_application(income_until=date(2029, 3, 4), gross_monthly_income=Decimal(5000)),
    "refinancing": an_application(
        a_request(refinances=("L1",)), loans=(Loan("L1", Decimal(250), Decimal("8200.10")),),
        monthly_obligations=Decimal(700),
    ),
}  # fmt: skip


def points(policy: Policy, seed: str) -> list[tuple[int, int]]:
    """Cents and months within, at and beyond every bound."""
    draw, book = random.Random(seed), rulebook(policy, "car", AS_OF)
    least, most = (int(book[f"amount_{end}"] * 100) for end in ("min", "max"))
    first, last = (int(book[f"term_months_{end}"]) for end in ("min", "max"))
    edges = [least - 1, least, most, most + 1, 1_200_000, 1_200_001]
    return [
        (
            draw.choice([*edges, draw.randint(least, most), draw.randint(least, 3_000_000)]),
            draw.choice([1, 5, 6, 47, 48, last, last + 1, 1200, draw.randint(first, last)]),
        )
        for _ in range(sized(30, 300))
    ]


def the_code(decision: Decision) -> str | None:
    """The first reason where it is a rule's own, not what drove the score."""
    named = {f.reason for f in decision.findings if not f.passed} | {"person_needed", "missing_information"}
    return next((r.code for r in decision.reasons if r.code in named), None)


@pytest.mark.parametrize("name", LEGAL)
def test_an_odd_but_legal_policy_decides_the_same_in_all_engines(name: str) -> None:
    policy, model = with_edits(*LEGAL[name]), Monotone()
    for who, application in PEOPLE.items():
        surface = SurfaceMaker(application, model, policy, AS_OF).body(expiry(policy, NOW))
        surface, grid = json.loads(json.dumps(surface)), Grid(application, policy, AS_OF, 12)
        for cents, term in points(policy, who):
            amount = Money(Decimal(cents).scaleb(-2))
            one = replace(application, request=replace(application.request, amount=amount, term_months=term))
            word, decision = evaluate(one, model, policy, AS_OF)
            assert word is not None
            micro = int(word.pd * 10**6)
            found = grid.evaluate(Points(*(np.array([n], dtype=np.int64) for n in (cents, term, micro))))
            point, code = read_point(surface, amount, term), the_code(decision)
            assert OUTCOMES[found.outcome[0]] is decision.outcome, (who, amount, term)
            assert (point.outcome, point.terms) == (decision.outcome, decision.terms), (who, amount, term)
            assert code in (None, point.code), (who, amount, term)


@pytest.mark.full
@pytest.mark.parametrize("name", LEGAL)
def test_offers_under_an_odd_but_legal_policy_are_what_it_decides(name: str) -> None:
    policy, model = with_edits(*LEGAL[name]), Monotone()
    for who, application in PEOPLE.items():
        asked = replace(application, request=replace(application.request, amount=money("40000"), term_months=60))
        _, decision = evaluate(asked, model, policy, AS_OF)
        assert (decision.outcome == "approve") <= (decision.terms is not None)
        found = offer_set(asked, decision, model, policy, AS_OF)
        assert len(offers_shown(found, "d_1", asked.request.amount, policy, AS_OF)) == len(found.offers)
        for offer in found.offers:
            assert evaluate(offer.application, model, policy, AS_OF)[1].terms == offer.terms, who


def test_a_product_of_the_future_closes_nothing_today() -> None:
    later: Edit = lambda tree: [  # noqa: E731
        p.update(values={"2027-06-01": p["values"].popitem()[1]}) for p in tree["parameters"].values()
    ]
    texts = read_texts(ROOT / "kb", "us")
    tree = as_text(texts[CAR].replace("car", "boat"))
    later(tree)
    policy = parse_policy({**texts, "products/boat.yaml": yaml.safe_dump(tree)}, "us")
    bank = a_bank(me(), policy=policy)
    catalogue = Catalogue(bank.quotes.customers, bank.quotes.policy, bank.quotes.clock)
    assert [one["product"] for one in catalogue.products("C1")] == ["car", "education", "gold", "home"]
    with pytest.raises(CandorError):
        quote(bank, ask(product="boat"))
