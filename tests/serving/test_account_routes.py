"""One's own account over HTTP: each customer's own, staff by role, the same request twice is one."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from serving.api.app import create_api
from serving.assembly import Platform
from serving.parse import loan_ask
from tests.bank import PASSWORD, open_bank
from tests.serving.clients import TestClient


@pytest.fixture
def bank(tmp_path: Path) -> Platform:
    return open_bank(tmp_path)


@pytest.fixture
def client(bank: Platform) -> Iterator[TestClient]:
    with TestClient(create_api(bank)) as opened:
        yield opened


class As:
    """Somebody signed in over HTTP."""

    def __init__(self, client: TestClient, username: str) -> None:
        token = client.post("/api/v1/login", json={"username": username, "password": PASSWORD}).json()["token"]
        client.cookies.clear()
        self.client, self.headers = client, {"Authorization": f"Bearer {token}"}

    def __call__(self, method: str, path: str, body: Any = None, key: str = "") -> Any:
        headers = {**self.headers, **({"Idempotency-Key": key} if key else {})}
        return self.client.request(method, f"/api/v1{path}", json=body, headers=headers)


def decided(bank: Platform, customer: str = "C00001") -> str:
    product = next(iter(bank.policy.current.products))
    ask = loan_ask({"product": product, "amount": "12000", "term_months": 36})
    return str(bank.quotes.quote(customer, ask, channel="api", actor="x")["decision_id"])


def test_a_dispute_goes_from_the_customer_to_an_officer_and_back(bank: Platform, client: TestClient) -> None:
    good, officer = As(client, "good"), As(client, "officer")
    body = {"field": "gross_monthly_income", "stated": "9100.00", "why": "My pay was raised."}
    asked = good("POST", "/disputes", body).json()
    (waiting,) = officer("GET", "/staff/requests").json()["requests"]
    assert (waiting["request_id"], waiting["customer_id"]) == (asked["request_id"], "C00001")
    path = f"/staff/requests/{asked['request_id']}"
    assert officer("POST", f"{path}/take").json()["handled_by"] == "officer"
    closed = officer("POST", f"{path}/close", {"result": "corrected", "answer": "You are right."})
    assert closed.json()["state"] == "done"
    figures = {f["field"]: f for f in good("GET", "/me/profile").json()["figures"]}
    assert figures["gross_monthly_income"]["value"] == "9100.00"
    bank.delivery.run()
    inbox = good("GET", "/messages").json()
    assert inbox["unread"] == 3
    first = inbox["messages"][0]["notice_id"]
    assert good("POST", f"/messages/{first}/read").json()["read_at"] is not None
    assert good("POST", "/messages/read").json() == {"read": 2}


def test_a_key_is_honoured_where_one_is_sent(bank: Platform, client: TestClient) -> None:
    good, decision = As(client, "good"), decided(bank)
    first = good("POST", "/reviews", {"decision_id": decision}, "k-1")
    again = good("POST", "/reviews", {"decision_id": decision}, "k-1")
    assert first.content == again.content
    assert again.headers["Idempotent-Replayed"] == "true"
    assert good("POST", "/reviews", {"decision_id": decision, "why": "other"}, "k-1").status_code == 422
    without = good("POST", "/reviews", {"decision_id": decision})
    assert without.json()["request_id"] == first.json()["request_id"]


def test_somebody_elses_things_are_not_there(bank: Platform, client: TestClient) -> None:
    good, other = As(client, "good"), As(client, "refused")
    decision = decided(bank)
    asked = good("POST", "/reviews", {"decision_id": decision}).json()["request_id"]
    bank.delivery.run()
    notice = good("GET", "/messages").json()["messages"][0]["notice_id"]
    session = good("GET", "/me/sessions").json()["sessions"][0]["session_id"]
    for method, path, body in (
        ("POST", "/reviews", {"decision_id": decision}),
        ("GET", f"/requests/{asked}", None),
        ("POST", f"/requests/{asked}/withdraw", None),
        ("POST", f"/messages/{notice}/read", None),
        ("DELETE", f"/me/sessions/{session}", None),
    ):
        assert other(method, path, body).status_code == 404, path
    assert good("GET", f"/requests/{asked}").json()["state"] == "open"
    assert other("GET", "/requests").json() == {"requests": []}


def test_roles_and_sessions_are_asked_for(client: TestClient) -> None:
    good, officer, auditor = As(client, "good"), As(client, "officer"), As(client, "auditor")
    for path in ("/me/profile", "/requests", "/messages", "/me/export"):
        assert officer("GET", path).status_code == 403
        assert client.get(f"/api/v1{path}").status_code == 401
    assert good("GET", "/staff/requests").status_code == 403
    name = f"q_{'a' * 26}"
    assert auditor("GET", "/staff/requests").status_code == 200
    assert auditor("POST", f"/staff/requests/{name}/take").status_code == 403
    assert officer("POST", f"/staff/requests/{name}/take").status_code == 404
    assert officer("POST", "/staff/requests/nonsense/take").status_code == 404


def test_an_export_is_a_zip_of_ones_own(client: TestClient) -> None:
    answer = As(client, "good")("GET", "/me/export")
    assert answer.headers["content-type"] == "application/zip"
    assert "index.html" in zipfile.ZipFile(io.BytesIO(answer.content)).namelist()


def test_erasure_is_meant_or_not_done(bank: Platform, client: TestClient) -> None:
    good = As(client, "good")
    decided(bank)
    for body in ({}, {"confirm": "yes"}, {"confirm": "ERASE"}, {"confirm": "erase", "who": "C00002"}):
        assert good("POST", "/me/erase", body).status_code == 422
    asked = good("POST", "/me/erase", {"confirm": "erase"}).json()
    assert asked["state"] == "in_progress"
    assert asked["erase_on"] > bank.clock.now().date().isoformat()
    assert bank.account.restricted_until("C00002") is None
    product = next(iter(bank.policy.current.products))
    refused = good("POST", "/loans/predict", {"product": product, "amount": "9000"})
    assert (refused.status_code, refused.json()["code"]) == (409, "restricted")
    assert good("POST", f"/requests/{asked['request_id']}/withdraw").json()["state"] == "withdrawn"


def test_choices_and_sessions(client: TestClient) -> None:
    good = As(client, "good")
    assert good("PUT", "/me/preferences", {"channels": ["email"]}).status_code == 422
    kept = good("PUT", "/me/preferences", {"channels": ["email"], "email": "good@example.com"}).json()
    assert good("GET", "/me/preferences").json() == kept
    As(client, "good")
    assert good("DELETE", "/me/sessions").json() == {"ended": 1}
    assert [one["mine"] for one in good("GET", "/me/sessions").json()["sessions"]] == [True]
