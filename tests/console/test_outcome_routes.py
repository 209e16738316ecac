"""Letters, words, saved offers and opinions over the console's own routes: one's own, once, and nobody else's."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import dash
import pytest
from flask.testing import FlaskClient
from plotly.utils import PlotlyJSONEncoder

from console.app import create_app
from console.gate import CALLBACK_ROUTE
from console.pages.portal import application
from console.queries import Queries
from console.visit import Visit
from lending.domain.roles import Role
from lending.ports import Account
from serving.assembly import Platform
from serving.formats import formats
from serving.parse import loan_ask
from tests.applying import REVIEW, referred
from tests.bank import PASSWORD, open_bank, with_knowledge
from tests.console.conftest import body_for

ME, MY_NAME, OTHER = "C00001", "good", "couple"
CAR = {"product": "car", "amount": "20000", "term_months": 60}
TOO_MUCH = {**CAR, "amount": "90000"}


@pytest.fixture(scope="module")
def bank(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    place = with_knowledge(open_bank(Path(tmp_path_factory.mktemp("bank"))))
    yield place
    place.records.database.engine.dispose()


@pytest.fixture(scope="module")
def bank_app(bank: Platform) -> dash.Dash:
    return create_app(bank)


@pytest.fixture
def client_of(bank_app: dash.Dash) -> Callable[[str], FlaskClient]:
    def signed_in(name: str) -> FlaskClient:
        client = bank_app.server.test_client()
        if name:
            assert client.post("/sign-in", data={"username": name, "password": PASSWORD}).status_code == 303
        return client

    return signed_in


@pytest.fixture
def me(client_of: Callable[[str], FlaskClient]) -> FlaskClient:
    return client_of(MY_NAME)


def decided(bank: Platform, **ask: Any) -> dict[str, Any]:
    return bank.advice.customize(ME, loan_ask(ask), channel="portal", actor=MY_NAME)


def addresses(bank: Platform) -> dict[str, str]:
    yes, no = decided(bank, **CAR), decided(bank, **TOO_MUCH)
    offer, refused = f"/portal/offers/{yes['own']['offer_id']}", f"/portal/decisions/{no['decision']['decision_id']}"
    return {"sheet": f"{offer}/disclosure", "notice": f"{refused}/notice", "why": f"{refused}/explanation",
            "save": f"{offer}/save", "drop": f"{offer}/drop"}  # fmt: skip


@pytest.mark.parametrize("letter", ["sheet", "notice"])
def test_a_letter_is_a_page_under_its_own_policy_and_a_pdf(bank: Platform, me: FlaskClient, letter: str) -> None:
    address = addresses(bank)[letter]
    page, pdf = me.get(address), me.get(f"{address}.pdf")
    assert page.status_code == 200
    policy = page.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert page.headers["X-Content-Type-Options"] == "nosniff"
    assert pdf.content_type == "application/pdf"
    assert pdf.data.startswith(b"%PDF-")


def test_a_refused_application_leads_to_the_notice_of_its_ground(
    bank: Platform, client_of: Callable[[str], FlaskClient]
) -> None:
    made = referred(bank)
    bank.applications.decide(made["application_id"], "officer", "refuse", "income_not_shown")
    page = application.layout(visit_of(bank, REVIEW, "review"), made["application_id"])
    address = f"/portal/decisions/{made['decision_id']}/notice"
    assert f'"href": "{address}"' in json.dumps(page.to_plotly_json(), cls=PlotlyJSONEncoder)
    assert "Unable to verify income." in client_of("review").get(address).get_data(as_text=True)
    assert client_of(OTHER).get(address).status_code == 404


def visit_of(bank: Platform, customer: str, username: str) -> Visit:
    return Visit(Account(username, Role.CUSTOMER, customer, "R. Persona"), Queries(bank), formats("us"))


def test_a_page_of_ours_keeps_the_consoles_policy(me: FlaskClient) -> None:
    assert me.get("/").headers["Content-Security-Policy"].startswith("default-src 'self'")


def test_an_approval_has_no_notice(bank: Platform, me: FlaskClient) -> None:
    name = decided(bank, **CAR)["decision"]["decision_id"]
    assert me.get(f"/portal/decisions/{name}/notice").status_code == 409


@pytest.mark.parametrize("what", ["sheet", "notice", "why"])
@pytest.mark.parametrize(("who", "status"), [(OTHER, 404), ("officer", 403), ("", 401)])
def test_what_is_read_is_for_whom_it_was_made(
    bank: Platform, client_of: Callable[[str], FlaskClient], what: str, who: str, status: int
) -> None:
    assert client_of(who).get(addresses(bank)[what]).status_code == status


def test_what_is_not_there_looks_like_what_is_not_ones_own(
    bank: Platform, client_of: Callable[[str], FlaskClient]
) -> None:
    other, theirs = client_of(OTHER), addresses(bank)["why"]
    missing = f"/portal/decisions/d_{'a' * 26}/explanation"
    found, none = (json.loads(other.get(one).data) for one in (theirs, missing))
    assert {**found, "errors": 0} == {**none, "errors": 0}
    assert other.get("/portal/decisions/%00/explanation").status_code == 404


def test_an_explanation_comes_sentence_by_sentence_with_its_sources_and_an_end(bank: Platform, me: FlaskClient) -> None:
    name = decided(bank, **CAR)["decision"]["decision_id"]
    answer = me.get(f"/portal/decisions/{name}/explanation")
    assert answer.content_type.startswith("text/event-stream")
    events = [block.split("\ndata: ") for block in answer.get_data(as_text=True).strip().split("\n\n")]
    names = [event.removeprefix("event: ") for event, _ in events]
    assert names[0] == "sentence"
    assert "citations" in names
    assert names[-1] == "done"
    assert json.loads(events[-1][1])["generation_id"].startswith("g_")


def test_an_opinion_is_taken_once_for_a_key(bank: Platform, client_of: Callable[[str], FlaskClient]) -> None:
    name = decided(bank, **CAR)["decision"]["decision_id"]
    said = {"about": "decision", "id": name, "thumb": "down", "reason": "missing", "comment": "More, please."}

    def send(client: FlaskClient, body: dict[str, Any], key: str = "k-1") -> Any:
        return client.post("/portal/feedback", json=body, headers={"Idempotency-Key": key} if key else {})

    me, before = client_of(MY_NAME), len(bank.feedbacks.list())
    first, again = send(me, said), send(me, said)
    assert first.data == again.data
    assert again.headers["Idempotent-Replayed"] == "true"
    assert len(bank.feedbacks.list()) == before + 1
    assert send(me, {**said, "thumb": "up"}).status_code == 422
    assert send(me, said, key="").status_code == 400
    assert send(me, {**said, "more": 1}, key="k-2").status_code == 422
    assert send(client_of(OTHER), said, key="k-3").status_code == 404
    assert len(bank.feedbacks.list()) == before + 1


def test_an_offer_is_put_aside_and_taken_off_by_its_customer_alone(
    bank: Platform, client_of: Callable[[str], FlaskClient]
) -> None:
    me, where = client_of(MY_NAME), addresses(bank)
    name = where["save"].split("/")[3]
    saved = bank.applications.saved
    assert client_of(OTHER).post(where["save"]).status_code == 404
    sent = me.post(where["save"], headers={"Referer": "http://localhost/loans/car?amount=20000"})
    assert (sent.status_code, sent.headers["Location"]) == (303, "/loans/car?amount=20000")
    assert me.post(where["save"], headers={"Accept": "application/json"}).get_json() == {"done": True}
    assert [one["offer_id"] for one in saved(ME)] == [name]
    assert client_of(OTHER).post(where["drop"]).status_code == 404
    assert [one["offer_id"] for one in saved(ME)] == [name]
    assert me.post(where["drop"]).status_code == 303
    assert not saved(ME)


def compared(app: dash.Dash, client: FlaskClient, search: str = "") -> str:
    values = {"location": search}
    body = body_for(app, "comparison.children", values)
    body["inputs"][0]["value"] = "/compare"
    answer = client.post(CALLBACK_ROUTE, json=body)
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def test_the_page_compares_the_offers_of_a_decision_in_the_order_of_the_address(
    bank: Platform, bank_app: dash.Dash, me: FlaskClient
) -> None:
    name = decided(bank, **CAR)["decision"]["decision_id"]
    cheap, month = (compared(bank_app, me, f"?decision={name}&order={order}") for order in ("cost", "month"))
    for text in (cheap, month):
        assert "$1,182.26" in text
        assert "Benefits" in text
    assert cheap.index("Lowest cost in all") < cheap.index("Lowest monthly payment")
    assert month.index('"Lowest monthly payment"') < month.index('"Lowest cost in all"')


def test_nobody_compares_the_offers_of_somebody_else(
    bank: Platform, bank_app: dash.Dash, client_of: Callable[[str], FlaskClient]
) -> None:
    mine = decided(bank, **CAR)
    for search in (f"?decision={mine['decision']['decision_id']}", "?decision=%00", "?order=none", "?" + "a=1&" * 40):
        text = compared(bank_app, client_of(OTHER), search)
        assert "There is nothing to compare yet" in text
        assert mine["own"]["offer_id"] not in text


def test_a_saved_offer_stays_beside_those_of_another_decision(
    bank: Platform, bank_app: dash.Dash, me: FlaskClient
) -> None:
    kept, other = decided(bank, **CAR)["own"], decided(bank, **{**CAR, "amount": "15000"})
    me.post(f"/portal/offers/{kept['offer_id']}/save")
    text = compared(bank_app, me, f"?decision={other['decision']['decision_id']}")
    me.post(f"/portal/offers/{kept['offer_id']}/drop")
    assert kept["offer_id"] in text
    assert other["own"]["offer_id"] in text
    assert "Take off" in text
    assert "It is for another amount" in text
