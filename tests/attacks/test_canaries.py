"""What customers say, have and sign in with, planted through the API and the pages and looked for where it must not be:
logs of both, figures, lines for CloudWatch, spans, traces of texts, and the open parts of the database's file.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from console.app import create_app
from rag.tracing import Trace
from serving.api.app import create_api
from serving.traces import TraceExport
from tests.bank import DATABASE, PASSWORD, open_bank, with_knowledge
from tests.fakes.http import Service
from tests.serving.clients import TestClient

EMAIL, PHONE, INCOME = "canary.person@example.org", "5550142233", "7654.32"
SAID, WRONG, AMOUNT = "canary words that nobody else may read", "canary-wrong-password", "23456.78"
NEVER = (EMAIL, PHONE, INCOME, SAID, WRONG, PASSWORD)
"""Nowhere, in no form that is not sealed."""
NEVER_TOLD = (*NEVER, AMOUNT, "canary", "Customer C00001", "C00001")
"""Nor these in anything that is told of requests."""


class Traces:
    """Keeps what would go to MLflow."""

    def __init__(self) -> None:
        self.kept: list[Trace] = []

    def write(self, traces: Any) -> list[str]:
        self.kept += traces
        return [f"t{number}" for number, _ in enumerate(traces)]

    def say(self, trace_id: str, opinion: Any) -> None:
        raise NotImplementedError


@pytest.fixture
def collector() -> Iterator[Service]:
    service = Service()
    yield service
    service.stop()


def through_the_api(client: TestClient) -> str:
    """Sign in, wrongly and rightly, ask, dispute, talk and choose; answers the token."""
    client.post("/api/v1/login", json={"username": "good", "password": WRONG})
    token = client.post("/api/v1/login", json={"username": "good", "password": PASSWORD}).json()["token"]
    headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": "canary-key-1"}
    sends: tuple[tuple[str, str, dict[str, Any]], ...] = (
        ("POST", "loans/predict", {"product": "car", "amount": AMOUNT, "term_months": 48}),
        ("POST", "loans/predict", {"product": "car", "amount": AMOUNT, SAID: INCOME}),
        ("POST", "loans/customize", {"product": "car", "amount": AMOUNT, "term_months": 48}),
        ("POST", "disputes", {"field": "net_monthly_income", "stated": INCOME, "why": SAID}),
        ("POST", "chat", {"message": f"{SAID}, what is an APR?"}),
        ("PUT", "me/preferences", {"email": EMAIL, "phone": PHONE, "channels": ["email", "sms"]}),
        ("GET", f"decisions/{WRONG}", {}),
    )
    for method, path, body in sends:
        more: dict[str, Any] = {"json": body} if body else {}
        assert client.request(method, f"/api/v1/{path}", headers=headers, **more).status_code < 500
    return token


def through_the_pages(server: Any) -> str:
    """The same in the console; answers its cookie."""
    sends: tuple[tuple[str, dict[str, Any]], ...] = (
        ("/sign-in", {"data": {"username": "good", "password": WRONG}}),
        ("/portal/disputes", {"data": {"field": "gross_monthly_income", "stated": INCOME, "why": SAID}}),
        ("/portal/preferences", {"data": {"language": "en", "by_email": "1", "email": EMAIL, "phone": PHONE}}),
        ("/portal/chat", {"json": {"message": f"{SAID}, what is a term?"}}),
    )
    with server.test_client() as client:
        signed = client.post("/sign-in", data={"username": "good", "password": PASSWORD}, buffered=True)
        for path in ("/", "/loans/car", "/account", f"/nothing/{WRONG}", f"/loans/car?amount={AMOUNT}"):
            client.get(path, buffered=True)
        for path, body in sends:
            assert client.post(path, buffered=True, **body).status_code < 500
        figures = client.get("/metrics", buffered=True).get_data(as_text=True)
    assert 'route="/portal/chat"' in figures
    told_of(figures)
    return signed.headers["Set-Cookie"].partition("=")[2].partition(";")[0]


def told_of(text: str, *more: str) -> None:
    """What is told of requests names no person, no figure and no word of theirs."""
    assert [word for word in (*NEVER_TOLD, *more) if word in text] == []


def test_what_is_told_of_requests_and_what_lies_open_holds_nothing_of_a_person(
    tmp_path: Path, collector: Service, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    place = with_knowledge(open_bank(tmp_path, otlp_url=collector.url, metrics_log="emf"))
    api_log, console_log, traces = io.StringIO(), io.StringIO(), Traces()
    with TestClient(create_api(place, api_log), client=("127.0.0.1", 9)) as client:
        token = through_the_api(client)
        figures = client.get("/metrics").text
    cookie = through_the_pages(create_app(place, console_log).server)
    place.delivery.run(20)
    place.spans.close()  # type: ignore[attr-defined]
    TraceExport(place.records.generations, place.records.feedback, traces, b"key").run()
    printed = capsys.readouterr()

    for kind in ('"event":"answered"', '"Requests"', '"Decisions"'):
        assert kind in api_log.getvalue()
    assert '"service":"console"' in console_log.getvalue()
    assert collector.asked
    assert traces.kept
    for text in (api_log.getvalue(), console_log.getvalue(), figures, caplog.text, printed.out, printed.err,
                 repr(traces.kept)):  # fmt: skip
        told_of(text, token, cookie)
    for asked in collector.asked:
        told_of(asked.body.decode("latin-1"), token, cookie)
    place.records.database.engine.dispose()
    for file in tmp_path.glob(f"{DATABASE}*"):
        lies = file.read_bytes()
        assert [word for word in (*NEVER, token, cookie) if word.encode() in lies] == [], file.name


def test_a_kept_reply_is_sealed_and_goes_with_its_customers_key(tmp_path: Path) -> None:
    place = open_bank(tmp_path)
    with TestClient(create_api(place)) as client:
        headers = {"Authorization": f"Bearer {place.identity.sign_in('good', PASSWORD, 'test')[0]}"}
        body = {"field": "net_monthly_income", "stated": INCOME, "why": SAID}
        keyed = {**headers, "Idempotency-Key": "k1"}
        first = client.post("/api/v1/disputes", json=body, headers=keyed)
        again = client.post("/api/v1/disputes", json=body, headers=keyed)
    assert (again.content, again.headers["idempotent-replayed"]) == (first.content, "true")
    assert SAID in first.text or INCOME in first.text
    place.records.database.engine.dispose()
    lies = b"".join(file.read_bytes() for file in tmp_path.glob(f"{DATABASE}*"))
    assert INCOME.encode() not in lies
    assert SAID.encode() not in lies


def test_a_reply_to_staff_is_sealed_too(tmp_path: Path) -> None:
    keys = (place := open_bank(tmp_path)).records.idempotency
    assert keys.claim("officer", "k1", "0" * 64) is None
    keys.fulfil("officer", "k1", 200, SAID.encode())
    known = keys.find("officer", "k1")
    assert known is not None
    assert known.reply == SAID.encode()
    with closing(place.records.database.engine.raw_connection()) as base:
        (row,) = base.cursor().execute("SELECT reply FROM idempotency_keys").fetchall()
    assert SAID.encode() not in row[0]
    place.records.database.engine.dispose()
