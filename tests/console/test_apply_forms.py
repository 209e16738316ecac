"""Forms of applying, sent as a browser sends them: once, in two windows, by somebody else."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from console.app import create_app
from lending.domain.money import money
from serving.decide import LoanAsk
from tests.bank import PASSWORD, open_bank

LOAN = {"car_condition": "new", "car_seller": "private", "car_model": "Corolla"}
YOU = {
    "phone": "555 010 2030", "email": "linnea@example.com", "employer": "Acme", "stated_income": "6500",
    "payout_account": "0012345678",
}  # fmt: skip
AGREED = {"true_and_complete": "on", "may_check": "on"}


@pytest.fixture(scope="module")
def bank(tmp_path_factory: pytest.TempPathFactory) -> Any:
    return open_bank(Path(tmp_path_factory.mktemp("bank")))


@pytest.fixture(scope="module")
def server(bank: Any) -> Any:
    return create_app(bank).server


@pytest.fixture
def client_of(server: Any) -> Callable[[str], FlaskClient]:
    def signed_in(username: str) -> FlaskClient:
        client = server.test_client()
        assert client.post("/sign-in", data={"username": username, "password": PASSWORD}).status_code == 303
        return client

    return signed_in


@pytest.fixture
def client(client_of: Callable[[str], FlaskClient]) -> FlaskClient:
    return client_of("good")


@pytest.fixture
def draft(bank: Any) -> Iterator[str]:
    """The id of a fresh draft of the customer `good`."""
    offer = an_offer(bank)
    application = bank.applications.start("C00001", offer, None, "good")
    yield application["application_id"]
    if bank.applications.get("C00001", application["application_id"])["live"]:
        bank.applications.withdraw("C00001", application["application_id"], "good")


def an_offer(bank: Any, customer: str = "C00001", amount: str = "20000") -> str:
    quote = bank.advice.quote(customer, LoanAsk("car", money(amount), 48), channel="portal", actor="test")
    return quote["offers"][0]["offer_id"]


def fill(client: FlaskClient, draft: str) -> None:
    for step, answers in (("loan", LOAN), ("you", YOU)):
        client.post(f"/portal/apply/{draft}/{step}", data=answers)


def test_an_offer_leads_to_the_first_step_and_again_to_the_same_draft(client: FlaskClient, bank: Any) -> None:
    offer = an_offer(bank, amount="21000")
    first, again = (client.post("/portal/apply", data={"offer_id": offer}) for _ in range(2))
    assert first.status_code == again.status_code == 303
    assert first.location == again.location
    assert first.location.endswith("/loan")


def test_a_step_that_will_do_leads_on_and_one_that_will_not_comes_back(client: FlaskClient, draft: str) -> None:
    wrong = client.post(f"/portal/apply/{draft}/loan", data={**LOAN, "car_model": ""})
    assert wrong.location == f"/apply/{draft}/loan/check"
    assert client.post(f"/portal/apply/{draft}/loan", data=LOAN).location == f"/apply/{draft}/you"


def test_what_will_not_do_is_kept_too(client: FlaskClient, draft: str, bank: Any) -> None:
    client.post(f"/portal/apply/{draft}/you", data={**YOU, "email": "linnea at home"})
    assert bank.applications.get("C00001", draft)["answers"]["email"] == "linnea at home"


def test_coming_back_later_keeps_the_page_as_it_is(client: FlaskClient, draft: str, bank: Any) -> None:
    answer = client.post(f"/portal/apply/{draft}/loan", data={"car_model": "Cor", "then": "later"})
    assert answer.location == "/applications"
    assert bank.applications.get("C00001", draft)["answers"]["car_model"] == "Cor"


def test_a_form_that_is_sent_over_and_over_makes_one_application(client: FlaskClient, draft: str, bank: Any) -> None:
    fill(client, draft)
    sent = [client.post(f"/portal/apply/{draft}/submit", data={**AGREED, "key": "k1"}).location for _ in range(3)]
    another = client.post(f"/portal/apply/{draft}/submit", data={**AGREED, "key": "k2"}).location
    assert set(sent) == {f"/applications/{draft}?sent=1"}
    assert another == f"/applications/{draft}"
    acts = [event["act"] for event in bank.applications.get("C00001", draft)["timeline"]]
    assert acts.count("submit") == 1


@pytest.mark.parametrize("keys", [["same"] * 6, [f"key{n}" for n in range(6)]])
def test_forms_sent_at_once_make_one_application(
    client_of: Callable[[str], FlaskClient], draft: str, bank: Any, keys: list[str]
) -> None:
    clients = [client_of("good") for _ in keys]
    fill(clients[0], draft)

    def send(number: int) -> str:
        form = {**AGREED, "key": f"{draft} {keys[number]}".replace(" ", "-")}
        return clients[number].post(f"/portal/apply/{draft}/submit", data=form).location

    with ThreadPoolExecutor(len(keys)) as pool:
        sent = set(pool.map(send, range(len(keys))))
    assert f"/applications/{draft}?sent=1" in sent
    assert sent <= {f"/applications/{draft}?sent=1", f"/applications/{draft}", f"/apply/{draft}/check/changed"}
    acts = [event["act"] for event in bank.applications.get("C00001", draft)["timeline"]]
    assert acts.count("submit") == 1


def test_a_key_of_another_form_is_refused(client: FlaskClient, draft: str) -> None:
    fill(client, draft)
    client.post(f"/portal/apply/{draft}/submit", data={**AGREED, "key": "k3"})
    other = client.post(f"/portal/apply/{draft}/submit", data={**AGREED, "by_portal": "on", "key": "k3"})
    assert other.status_code == 422


def test_an_incomplete_application_is_not_sent_and_leads_to_what_is_missing(
    client: FlaskClient, draft: str, bank: Any
) -> None:
    answer = client.post(f"/portal/apply/{draft}/submit", data={**AGREED, "key": "k4"})
    assert answer.location == f"/apply/{draft}/loan/check"
    assert bank.applications.get("C00001", draft)["state"] == "draft"


def test_consents_that_are_not_given_keep_it_from_being_sent(client: FlaskClient, draft: str, bank: Any) -> None:
    fill(client, draft)
    answer = client.post(f"/portal/apply/{draft}/submit", data={"true_and_complete": "on", "key": "k5"})
    assert answer.location == f"/apply/{draft}/check/check"
    assert bank.applications.get("C00001", draft)["state"] == "draft"


def test_typing_is_kept_and_answered_with_what_is_wrong(client: FlaskClient, draft: str) -> None:
    answer = client.put(f"/portal/apply/{draft}/you", json={"answers": {**YOU, "email": "linnea"}, "seen": ""})
    told = answer.get_json()
    assert "name@example.com" in told["problems"]["email"]
    assert not told["problems"]["phone"]


def test_an_answer_that_calls_for_another_question_says_so(client: FlaskClient, draft: str) -> None:
    told = client.put(f"/portal/apply/{draft}/loan", json={"answers": {"car_condition": "used"}, "seen": ""}).get_json()
    assert "car_year" in told["problems"]


def test_two_windows_at_different_steps_do_not_disturb_each_other(client: FlaskClient, draft: str, bank: Any) -> None:
    you = client.put(f"/portal/apply/{draft}/you", json={"answers": {}, "seen": ""}).get_json()["seen"]
    client.post(f"/portal/apply/{draft}/loan", data=LOAN)
    assert client.post(f"/portal/apply/{draft}/you", data={**YOU, "seen": you}).location == f"/apply/{draft}/papers"
    kept = bank.applications.get("C00001", draft)["answers"]
    assert (kept["car_model"], kept["employer"]) == ("Corolla", "Acme")


def test_the_slower_of_two_windows_at_one_step_is_told_and_overwrites_nothing(
    client: FlaskClient, draft: str, bank: Any
) -> None:
    seen = client.put(f"/portal/apply/{draft}/loan", json={"answers": LOAN, "seen": ""}).get_json()["seen"]
    client.post(f"/portal/apply/{draft}/loan", data={**LOAN, "car_model": "Yaris", "seen": seen})
    slower = client.post(f"/portal/apply/{draft}/loan", data={**LOAN, "car_model": "Prius", "seen": seen})
    assert slower.location == f"/apply/{draft}/loan/changed"
    assert bank.applications.get("C00001", draft)["answers"]["car_model"] == "Yaris"
    kept = client.put(f"/portal/apply/{draft}/loan", json={"answers": {**LOAN, "car_model": "Prius"}, "seen": seen})
    assert kept.status_code == 409


@pytest.mark.parametrize("act", ["loan", "submit"])
def test_another_customers_application_is_not_there(
    client_of: Callable[[str], FlaskClient], draft: str, bank: Any, act: str
) -> None:
    before = bank.applications.get("C00001", draft)["version"]
    assert client_of("couple").post(f"/portal/apply/{draft}/{act}", data={**LOAN, "key": "k"}).status_code == 404
    assert bank.applications.get("C00001", draft)["version"] == before


def test_staff_and_strangers_reach_no_form_of_a_customer(
    client_of: Callable[[str], FlaskClient], server: Any, draft: str
) -> None:
    assert client_of("officer").post(f"/portal/apply/{draft}/loan", data=LOAN).status_code == 403
    assert server.test_client().post(f"/portal/apply/{draft}/loan", data=LOAN).status_code == 401


def test_a_form_from_another_site_is_refused(client: FlaskClient, draft: str) -> None:
    answer = client.post(f"/portal/apply/{draft}/loan", data=LOAN, headers={"Origin": "https://evil.example"})
    assert answer.status_code == 403


@pytest.mark.parametrize("step", ["nowhere", "LOAN", "x" * 300])
def test_a_step_that_is_not_there_is_not_found(client: FlaskClient, draft: str, step: str) -> None:
    assert client.post(f"/portal/apply/{draft}/{step}", data=LOAN).status_code == 404


def test_no_offer_named_is_said_and_no_server_error(client: FlaskClient) -> None:
    assert client.post("/portal/apply", data={}).status_code == 422
    assert client.post("/portal/apply", data={"offer_id": "nothing"}).status_code == 404


def test_withdrawing_twice_withdraws_once(client: FlaskClient, draft: str, bank: Any) -> None:
    place = f"/portal/applications/{draft}/withdraw"
    first, again = (client.post(place, data={"key": key}) for key in ("w1", "w2"))
    assert first.location == again.location == f"/applications/{draft}"
    assert bank.applications.get("C00001", draft)["state"] == "withdrawn"


def test_an_offer_is_not_accepted_before_it_was_read(client: FlaskClient, draft: str) -> None:
    answer = client.post(f"/portal/applications/{draft}/accept", data={"key": "a1", "offer_id": "o"})
    assert answer.location == f"/applications/{draft}/accept_unread"


def test_a_draft_cannot_be_accepted_by_hand(client: FlaskClient, draft: str, bank: Any) -> None:
    offer = bank.applications.get("C00001", draft)["offer_id"]
    form = {"key": "a2", "offer_id": offer, "read_disclosure": "on"}
    assert client.post(f"/portal/applications/{draft}/accept", data=form).location == f"/applications/{draft}"
    assert bank.applications.get("C00001", draft)["state"] == "draft"


def test_an_act_that_there_is_not_is_not_found(client: FlaskClient, draft: str) -> None:
    assert client.post(f"/portal/applications/{draft}/approve", data={"key": "x"}).status_code == 404
