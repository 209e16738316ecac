"""A surface: cells where the model and the rules change, limits on what is due, a signature and an expiry."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from lending.domain.application import Application, Collateral, LoanRequest
from lending.domain.money import Money, money
from lending.domain.surface import read_point
from serving.api.app import create_api
from serving.evaluate import evaluate
from serving.surface import SurfaceMaker, expiry, is_genuine, signed
from tests.builders import AS_OF, an_application, gold, the_policy
from tests.serving.clients import TestClient
from tests.serving.stairs import Stairs
from tests.serving.standins import LinearModel, StandInPlatform

NOW = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
KEY = b"a key of the test"


def the_surface(application: Application, model: LinearModel | None) -> dict[str, Any]:
    maker = SurfaceMaker(application, model, the_policy(), AS_OF)
    return json.loads(signed(maker.body(expiry(the_policy(), NOW)), KEY))


def at(application: Application, amount: str, term: int) -> Application:
    return replace(application, request=replace(application.request, amount=money(amount), term_months=term))


@pytest.mark.parametrize("amount", ["8999.99", "9000.00", "12345.66", "12345.67", "7799.99", "7800.00", "25997.40"])
@pytest.mark.parametrize("term", [24, 25, 61, 62])
def test_a_cell_ends_at_the_last_cent_before_the_model_changes_its_mind(amount: str, term: int) -> None:
    application, model = an_application(), Stairs()
    read = read_point(the_surface(application, model), money(amount), term)
    _, decision = evaluate(at(application, amount, term), model, the_policy(), AS_OF)
    assert (read.outcome, read.terms) == (decision.outcome, decision.terms)


def test_an_instalment_one_cent_above_its_limit_is_refused_and_the_code_says_why() -> None:
    application, model = an_application(monthly_obligations=Decimal(1900)), Stairs()
    surface = the_surface(application, model)
    outcomes = [read_point(surface, Money(Decimal(n)), 48) for n in range(13_000, 17_000)]
    last = max(n for n, point in enumerate(outcomes) if point.outcome == "approve")
    assert all(point.outcome == "approve" for point in outcomes[:last])
    assert {point.code for point in outcomes[last + 1 :]} == {"debt_burden_too_high"}
    _, decision = evaluate(at(application, str(13_000 + last + 1), 48), model, the_policy(), AS_OF)
    assert decision.reasons[0].code == "debt_burden_too_high"


def test_gold_is_lent_on_up_to_its_share_of_the_value() -> None:
    application = an_application(LoanRequest("gold", money("1"), 1, gold("100")))
    surface = the_surface(application, Stairs())
    assert read_point(surface, money("6737.49"), 12).outcome == "approve"
    assert read_point(surface, money("6737.50"), 12).code == "security_too_small"


def test_neighbours_that_say_the_same_are_one_cell() -> None:
    surface = the_surface(an_application(), Stairs())
    rows = [json.dumps(row) for row in surface["cells"]]
    assert all(a != b for a, b in pairwise(rows))
    assert len(surface["cells"]) == len(surface["amount_cuts"])
    assert {len(row) for row in surface["cells"]} == {len(surface["term_cuts"])}


def test_a_screened_customer_gets_one_answer_everywhere_and_no_limit() -> None:
    surface = the_surface(an_application(flags=("fraud",)), Stairs())
    said = {(cell["outcome"], cell["code"]) for row in surface["cells"] for cell in row}
    assert said == {("refer", "person_needed")}
    assert surface["limits"] == []
    assert "fraud" not in json.dumps(surface)


def test_without_a_model_there_is_one_cell_that_refers() -> None:
    surface = the_surface(an_application(), None)
    assert surface["cells"] == [[{"rate": None, "outcome": "refer", "code": "no_model", "counts": "alone"}]]
    point = read_point(surface, money("15000"), 48)
    assert (point.outcome, point.terms) == ("refer", None)


def test_a_changed_or_expired_surface_is_not_genuine() -> None:
    surface = the_surface(an_application(), Stairs())
    assert is_genuine(surface, KEY, NOW)
    assert not is_genuine(surface, b"another", NOW)
    assert not is_genuine(surface, KEY, NOW + timedelta(minutes=15))
    surface["cells"][0][0]["rate"] = "0.01"
    assert not is_genuine(surface, KEY, NOW)


def test_a_home_loan_is_tested_at_the_stressed_rate_too() -> None:
    request = LoanRequest("home", money("1"), 1, Collateral("property", money("400000")))
    application = an_application(request, gross_monthly_income=Decimal(7000))
    surface = the_surface(application, Stairs())
    assert {limit["rate_add"] for limit in surface["limits"]} == {"0", "0.02"}


def test_an_income_that_ends_before_the_loan_has_one_limit_a_rule_with_a_figure_for_each_term() -> None:
    request = LoanRequest("home", money("1"), 1, Collateral("property", money("400000")))
    surface = the_surface(an_application(request, income_until=date(2036, 5, 31)), Stairs())
    codes = [(limit["code"], limit["rate_add"]) for limit in surface["limits"]]
    assert len(codes) == len(set(codes))
    assert max(len(limit["term_cuts"]) for limit in surface["limits"]) > 100
    assert len(json.dumps(surface)) < 20_000


@pytest.fixture
def client(tmp_path: Path) -> Any:
    with TestClient(create_api(StandInPlatform(tmp_path, Stairs()))) as found:  # type: ignore[arg-type]
        reply = found.post("/api/v1/login", json={"username": "user1", "password": "right"})
        found.headers["Authorization"] = f"Bearer {reply.json()['token']}"
        yield found


GOLD = {"kind": "gold", "weight_g": 80, "purity_k": 22}


def test_a_page_fetches_the_surface_of_its_own_customer(client: Any) -> None:
    reply = client.get("/api/v1/loans/surface", params={"product": "gold", "collateral": json.dumps(GOLD)})
    assert reply.status_code == 200, reply.text
    asked = {"product": "gold", "amount": "3000", "term_months": 12, "collateral": GOLD}
    predicted = client.post("/api/v1/loans/predict", json=asked).json()
    read = read_point(reply.json(), money("3000"), 12)
    assert read.outcome == predicted["outcome"]
    assert read.terms is not None
    assert str(read.terms.instalment) == predicted["instalment"]


@pytest.mark.parametrize(
    "params",
    [{}, {"product": "boat"}, {"product": "gold", "collateral": "{"}, {"product": "gold", "co_applicant": "C2"}],
)
def test_a_surface_that_cannot_be_made_is_refused_with_the_field(client: Any, params: dict[str, str]) -> None:
    reply = client.get("/api/v1/loans/surface", params=params)
    assert 400 <= reply.status_code < 500
    assert reply.headers["content-type"].startswith("application/problem+json")
