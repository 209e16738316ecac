"""The console over the assembled platform: real records, accounts, sessions and ledger in an empty folder."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import dash
import pytest
from flask.testing import FlaskClient

from console.app import create_app
from console.gate import CALLBACK_ROUTE
from lending.domain.roles import Role
from lending.ports import Account, CustomerRow
from lending.settings import Settings
from serving.assembly import Platform
from tests.console.conftest import body_for
from tests.console.standin import CUSTOMER, PASSWORD, a_person

DECISION = "..quote-result.children...quote-actions.children...quote-confirmed.data.."


@pytest.fixture
def platform(tmp_path: Path) -> Platform:
    assembled = Platform(Settings(profile="test", home=tmp_path))
    assembled.records.customers.add([CustomerRow(a_person(), "Ann Grey", facts_as_of=date(2024, 1, 1))])
    assembled.records.accounts.add(Account("ann", Role.CUSTOMER, CUSTOMER, "Ann Grey"), PASSWORD)
    return assembled


@pytest.fixture
def real_app(platform: Platform) -> dash.Dash:
    return create_app(platform)


def sign_in(client: FlaskClient, password: str = PASSWORD) -> int:
    return client.post("/sign-in", data={"username": "ann", "password": password}).status_code


def test_a_quote_in_the_portal_is_recorded_and_says_a_person_looks_while_there_is_no_model(
    real_app: dash.Dash, platform: Platform
) -> None:
    client = real_app.server.test_client()
    assert sign_in(client) == 303
    values = {"quote-ask": {"seq": 1, "product": "car", "amount": "20,000", "term": 48}}
    answer = client.post(CALLBACK_ROUTE, json=body_for(real_app, DECISION, values)).get_data(as_text=True)
    (decision_id,) = platform.records.decisions.ids()
    assert decision_id in answer
    assert "We need a person to look" in answer
    assert [state.status for state in platform.records.decisions.audit()] == ["ok"]


def test_signing_out_ends_the_session_for_every_copy_of_the_cookie(real_app: dash.Dash) -> None:
    client, copy = real_app.server.test_client(), real_app.server.test_client()
    sign_in(client)
    cookie = client.get_cookie("candor_session")
    assert cookie is not None
    copy.set_cookie("candor_session", cookie.value)
    assert copy.get("/_dash-dependencies").status_code == 200
    client.post("/sign-out")
    assert copy.get("/_dash-dependencies").status_code == 401


def test_the_sixth_wrong_password_has_to_wait(real_app: dash.Dash) -> None:
    client = real_app.server.test_client()
    assert [sign_in(client, "wrong") for _ in range(6)] == [401] * 5 + [429]
