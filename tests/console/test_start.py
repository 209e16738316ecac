"""The public pages: start, sign-in with its demo people, and the language of everything."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask.testing import FlaskClient

from console.app import create_app
from lending.domain.roles import Role
from lending.ports import Account
from lending.settings import DEMO_PASSWORD
from tests.bank import open_bank

QUESTION = {"product": "car", "amount": "$12,500", "term": "48"}


@pytest.fixture
def anybody(tmp_path: Path) -> FlaskClient:
    return create_app(open_bank(tmp_path)).server.test_client()


def test_what_is_chosen_leads_to_signing_in_and_from_there_to_the_loan(anybody: FlaskClient) -> None:
    loan = anybody.get("/start", query_string=QUESTION).location
    assert loan == "/loans/car?amount=12500&term=48"
    asked = anybody.get(loan).location
    assert asked.startswith("/sign-in?next=")
    form = {"username": "good", "password": DEMO_PASSWORD, "next": loan}
    assert anybody.post("/sign-in", data=form).location == loan


@pytest.mark.parametrize(
    ("field", "typed", "told"),
    [
        ("product", "yacht", "Choose what you need the money for."),
        ("amount", "10", "Enter an amount between $1,000 and $100,000."),
        ("amount", "a lot", "Enter an amount between $1,000 and $100,000."),
        ("amount", "1e9", "Enter an amount between $1,000 and $100,000."),
        ("term", "360", "Car loan: choose a time between 6 months and 7 years."),
        ("term", "-4", "Car loan: choose a time between 6 months and 7 years."),
    ],
)
def test_what_cannot_be_is_said_and_what_was_typed_is_kept(
    anybody: FlaskClient, field: str, typed: str, told: str
) -> None:
    answer = anybody.get("/start", query_string={**QUESTION, field: typed})
    assert answer.status_code == 422
    assert told in answer.text
    assert field == "product" or 'value="car" required checked' in answer.text


def test_the_start_page_needs_nobody_and_no_script(anybody: FlaskClient) -> None:
    page = anybody.get("/start").text
    assert page.count("<script") == 1
    assert "does not touch your credit file" in page
    for loan in ("Car loan", "Education loan", "Gold loan", "Home loan"):
        assert loan in page


def test_the_language_is_chosen_once_and_kept(anybody: FlaskClient) -> None:
    sent = anybody.post("/portal/language", data={"language": "es"}, headers={"Referer": "http://localhost/start"})
    assert sent.location == "/start"
    page = anybody.get("/start").text
    assert '<html lang="es"' in page
    assert "Lo que Candor promete" in page
    anybody.post("/sign-in", data={"username": "good", "password": DEMO_PASSWORD})
    assert '<html lang="es"' in anybody.get("/").text


@pytest.mark.parametrize("language", ["xx", "", "../en", "en\r\nX: y"])
def test_an_unknown_language_is_english(anybody: FlaskClient, language: str) -> None:
    anybody.post("/portal/language", data={"language": language})
    assert '<html lang="en"' in anybody.get("/start").text


def test_the_made_up_people_are_shown_in_the_demo_alone(tmp_path: Path) -> None:
    for profile, shown in (("demo", True), ("test", False)):
        bank = open_bank(tmp_path / profile)
        bank.__dict__["settings"] = bank.settings.model_copy(update={"profile": profile})
        page = create_app(bank).server.test_client().get("/sign-in").text
        assert (DEMO_PASSWORD in page) is shown
        assert ('value="good"' in page) is shown


def test_one_press_signs_a_demo_person_in_without_a_script(tmp_path: Path) -> None:
    bank = open_bank(tmp_path)
    bank.__dict__["settings"] = bank.settings.model_copy(update={"profile": "demo"})
    bank.records.accounts.add(Account("passerby", Role.CUSTOMER, "C00005", "Not for show"), "a-long-password")
    client = create_app(bank).server.test_client()
    assert "passerby" not in client.get("/sign-in").text
    pressed = {"username": "good", "password": DEMO_PASSWORD, "next": "/loans/car?amount=9000&term=24"}
    assert client.post("/sign-in", data=pressed).location == "/loans/car?amount=9000&term=24"


def test_how_long_the_session_lasts_is_told_to_those_who_have_one(anybody: FlaskClient) -> None:
    assert anybody.get("/portal/session").status_code == 401
    anybody.post("/sign-in", data={"username": "good", "password": DEMO_PASSWORD})
    told = anybody.get("/portal/session").json
    assert told is not None
    assert told["idle"] == 30 * 60
    assert 0 < told["left"] <= 12 * 3600
