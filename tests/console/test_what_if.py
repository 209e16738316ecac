"""The what-if page's own questions over the whole product: surface, decision, and a loan paid back otherwise."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import dash
import pytest
from flask.testing import FlaskClient

from console.app import create_app
from console.gate import CALLBACK_ROUTE
from console.pages.portal.quote import show_fields
from console.queries import Queries
from console.visit import Visit
from console.words import COOKIE as LANGUAGE
from lending.breaker import Breaker
from lending.domain.prepayment import pay_more, prepay
from lending.domain.roles import Role
from lending.domain.schedule import read_loan
from lending.ports import Account
from serving.assembly import Platform
from serving.formats import formats
from serving.later import KIND
from serving.parse import loan_ask
from serving.scored import Scoring
from serving.surface import is_genuine
from tests.bank import PASSWORD, open_bank
from tests.console.conftest import body_for
from tests.console.shown import text_of
from tests.serving.test_later import RULES, Endpoint

CONFIRM = "..quote-result.children...quote-actions.children...quote-confirmed.data.."
PAPER = "paper-result.children"
CAR = {"seq": 7, "product": "car", "amount": "20,000", "term": 48}
GOLD = {"kind": "gold", "weight_g": "80", "purity_k": "22"}


@pytest.fixture(scope="module")
def bank(tmp_path_factory: pytest.TempPathFactory) -> Platform:
    home: Path = tmp_path_factory.mktemp("bank")
    return open_bank(home)


@pytest.fixture(scope="module")
def bank_app(bank: Platform) -> dash.Dash:
    return create_app(bank)


def person(app: dash.Dash, name: str) -> FlaskClient:
    client = app.server.test_client()
    assert client.post("/sign-in", data={"username": name, "password": PASSWORD}).status_code == 303
    return client


@pytest.fixture
def good(bank_app: dash.Dash) -> Iterator[FlaskClient]:
    with person(bank_app, "good") as client:
        yield client


def decide(app: dash.Dash, client: FlaskClient, **asked: Any) -> dict[str, Any]:
    """What the page gets for a question; the answer's text under `text`."""
    body = body_for(app, CONFIRM, {"quote-ask": CAR | asked})
    answer = client.post(CALLBACK_ROUTE, json=body)
    assert answer.status_code == 200
    found = answer.get_json()["response"]
    return {"said": found["quote-confirmed"]["data"], "actions": json.dumps(found["quote-actions"]["children"]),
            "text": json.dumps(found["quote-result"]["children"])}  # fmt: skip


def paper(app: dash.Dash, client: FlaskClient, decided: Mapping[str, Any], **entered: str) -> str:
    values = {"paper-form": 1, "quote-confirmed": decided, "paper-kind": "extra", "paper-amount": "100",
              "paper-month": "1", "paper-months": "", "paper-keep": "instalment"}  # fmt: skip
    named = {name.replace("_", "-"): value for name, value in entered.items()}
    answer = client.post(CALLBACK_ROUTE, json=body_for(app, PAPER, values | named))
    return answer.get_data(as_text=True)


def test_the_page_gets_the_genuine_surface_of_its_own_customer(bank: Platform, good: FlaskClient) -> None:
    surface = good.get("/portal/surface?product=car").get_json()
    assert surface["product"] == "car"
    assert is_genuine(surface, bank.surfaces.key, bank.clock.now() + timedelta(seconds=1))


def test_the_surface_follows_what_secures_the_loan(good: FlaskClient) -> None:
    least, more = (good.get(f"/portal/surface?product=gold&collateral={json.dumps(GOLD | {'weight_g': weight})}")
                   for weight in ("20", "80"))  # fmt: skip
    assert least.get_json()["amount_cuts"] != more.get_json()["amount_cuts"]


@pytest.mark.parametrize(("query", "status"), [
    ("product=yacht", 404), ("product=car&co_applicant=C00002", 404), ("product=car&co_applicant=C99999", 404),
    ("product=car&collateral={", 400), ("product=", 422), ("", 422),
])  # fmt: skip
def test_a_surface_that_cannot_be_had_says_so_and_no_more(good: FlaskClient, query: str, status: int) -> None:
    answer = good.get(f"/portal/surface?{query}", headers={"Accept": "application/json"})
    assert answer.status_code == status
    assert "cells" not in answer.get_data(as_text=True)


def test_staff_and_strangers_get_no_surface(bank_app: dash.Dash) -> None:
    assert person(bank_app, "officer").get("/portal/surface?product=car").status_code == 403
    assert bank_app.server.test_client().get("/portal/surface?product=car").status_code == 401


def test_a_confirmed_quote_is_the_recorded_decision_and_can_be_applied_for(
    bank: Platform, bank_app: dash.Dash, good: FlaskClient
) -> None:
    found = decide(bank_app, good)
    said = found["said"]
    assert (said["seq"], said["outcome"], said["amount"]) == (7, "approve", "20000.00")
    assert said["decision_id"] in bank.records.decisions.ids()
    own = again(bank, said["decision_id"])["own"]
    assert own["offer_id"] in found["actions"]
    assert "/portal/apply" in found["actions"]


def again(bank: Platform, decision_id: str) -> dict[str, Any]:
    """The same question put to the bank itself: the same decision, and the same offers."""
    ask = loan_ask({"product": "car", "amount": "20000", "term_months": 48})
    result = bank.advice.customize("C00001", ask, channel="portal", actor="good")
    assert result["decision"]["decision_id"] == decision_id
    return result


def test_a_referred_request_leads_to_a_person_and_a_refused_one_to_no_application(bank_app: dash.Dash) -> None:
    referred = decide(bank_app, person(bank_app, "review"))
    assert referred["said"]["outcome"] == "refer"
    assert referred["said"]["decision_id"] in referred["actions"]
    refused = decide(bank_app, person(bank_app, "good"), amount="99,000", term=6)
    assert (refused["said"]["outcome"], refused["actions"]) == ("decline", "null")


@pytest.mark.parametrize(("language", "words"), [("en", "Your request is kept"), ("es", "Guardamos su solicitud")])
def test_while_nobody_can_score_the_customer_reads_that_the_request_is_kept(
    tmp_path: Path, language: str, words: str
) -> None:
    place = open_bank(tmp_path)
    scoring = Scoring(Endpoint(), lambda: RULES, Breaker(9, 1.0, place.clock))
    place.__dict__["quotes"] = replace(place.quotes, scoring=scoring, later=place.later_requests)
    app = create_app(place)
    client = person(app, "good")
    client.set_cookie(LANGUAGE, language)
    found = decide(app, client)
    assert found["said"] == {"seq": 7, "refused": True, "kept": True}
    assert words in found["text"]
    assert ("/messages" in found["text"], found["actions"], "Reference" in found["text"]) == (True, "null", False)
    assert [row.kind for row in place.records.outbox.list(given_up=False)] == [KIND]
    assert not list(place.records.decisions.ids())


@pytest.mark.parametrize("amount", ["NaN", "1e309", True, False, -5, "0", None, {"a": 1}, [], "12.345", "9" * 40])
def test_no_strange_amount_reaches_the_decision(
    bank: Platform, bank_app: dash.Dash, good: FlaskClient, amount: Any
) -> None:
    before = len(list(bank.records.decisions.ids()))
    found = decide(bank_app, good, amount=amount)
    assert "Enter the amount as a number" in found["text"]
    assert found["said"] == {"seq": 7, "refused": True}
    assert len(list(bank.records.decisions.ids())) == before


@pytest.mark.parametrize("asked", ["car", [], 5, {}, {"product": "car", "amount": "1", "term": 12, "collateral": "x"}])
def test_a_question_of_no_shape_at_all_is_answered_in_words(bank_app: dash.Dash, good: FlaskClient, asked: Any) -> None:
    answer = good.post(CALLBACK_ROUTE, json=body_for(bank_app, CONFIRM, {"quote-ask": asked}))
    assert answer.status_code == 200
    assert "Please check what you entered" in answer.get_data(as_text=True)


def test_somebody_elses_co_applicant_is_not_there(bank_app: dash.Dash, good: FlaskClient) -> None:
    assert "Choose somebody who agreed to sign with you" in decide(bank_app, good, co_applicant="C00002")["text"]


def test_an_only_opened_page_decides_nothing(bank: Platform, bank_app: dash.Dash, good: FlaskClient) -> None:
    before = len(list(bank.records.decisions.ids()))
    good.get("/loans/car")
    good.get("/portal/surface?product=car")
    good.post(CALLBACK_ROUTE, json=body_for(bank_app, CONFIRM, {"quote-ask": None}))
    assert len(list(bank.records.decisions.ids())) == before


def loan_of(said: Mapping[str, Any]) -> Any:
    return read_loan({"principal": said["amount"], "annual_rate": said["annual_rate"],
                      "term_months": said["term_months"]}, (), ())  # fmt: skip


def test_paying_more_on_paper_saves_what_the_bank_works_out_and_records_nothing(
    bank: Platform, bank_app: dash.Dash, good: FlaskClient
) -> None:
    said = decide(bank_app, good)["said"]
    before = len(list(bank.records.decisions.ids()))
    shown = paper(bank_app, good, said)
    saved = pay_more(loan_of(said), 0, Decimal("100.00")).interest_saved  # type: ignore[arg-type]
    assert f"You save ${saved} of interest and finish" in shown
    assert len(list(bank.records.decisions.ids())) == before


def test_paying_once_keeps_what_should_stay(bank_app: dash.Dash, good: FlaskClient) -> None:
    said = decide(bank_app, good)["said"]
    shown = paper(bank_app, good, said, paper_kind="once", paper_amount="2,000", paper_month="12", paper_keep="term")
    saved = prepay(loan_of(said), 12, Decimal("2000.00"), "term").interest_saved  # type: ignore[arg-type]
    assert f"You save ${saved} of interest. You finish at the same time" in shown


def test_a_longer_time_on_paper_costs_more(bank_app: dash.Dash, good: FlaskClient) -> None:
    said = decide(bank_app, good)["said"]
    assert "more interest and finish 1 year later" in paper(
        bank_app, good, said, paper_kind="term", paper_month="12", paper_months="48"
    )


def test_another_way_of_paying_takes_the_result_of_the_former_away(bank: Platform) -> None:
    account = Account("good", Role.CUSTOMER, "C00001", "Good")
    visit = Visit(account, Queries(bank), formats("us"))
    assert show_fields(visit, "term", {"outcome": "approve"})[-1] is None
    assert "First see a decision" in text_of(show_fields(visit, "term", None)[-1])


@pytest.mark.parametrize(("entered", "words"), [
    ({"paper_amount": "much"}, "Enter an amount above zero"), ({"paper_amount": ""}, "Enter an amount above zero"),
    ({"paper_month": "0"}, "Enter a month from 1 to 47"), ({"paper_month": "49"}, "Enter a month from 1 to 47"),
    ({"paper_kind": "term", "paper_months": "x"}, "whole number of months"),
    ({"paper_kind": "once", "paper_month": "48"}, "Enter a month from 1 to 47"),
])  # fmt: skip
def test_what_cannot_be_paid_otherwise_comes_back_with_what_to_enter(
    bank_app: dash.Dash, good: FlaskClient, entered: dict[str, str], words: str
) -> None:
    assert words in paper(bank_app, good, decide(bank_app, good)["said"], **entered)


@pytest.mark.parametrize("forged", [None, {}, {"outcome": "approve"}, {"outcome": "approve", "product": "car",
    "amount": "x", "annual_rate": "9", "term_months": "1e9", "repayment": {"kind": "all"}}])  # fmt: skip
def test_forged_figures_get_words_and_no_sums(bank_app: dash.Dash, good: FlaskClient, forged: Any) -> None:
    shown = paper(bank_app, good, forged)
    assert "of interest" not in shown
    assert "Enter" in shown or "First see a decision" in shown or "could not load" in shown
