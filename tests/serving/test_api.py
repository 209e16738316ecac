import io
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from lending.domain.errors import UnavailableError
from lending.domain.roles import Permission
from serving.api import shapes
from serving.api.access import Open, access_of
from serving.api.app import create_api, public_paths
from tests.serving.clients import TestClient
from tests.serving.standins import LinearModel, StandInPlatform

ASK = {"product": "car", "amount": "12500.00", "term_months": 36}
PUBLIC = {"/healthz", "/readyz", "/metrics", "/api/v1/login"}


@pytest.fixture
def bank(tmp_path: Path) -> StandInPlatform:
    return StandInPlatform(tmp_path, LinearModel())


@pytest.fixture
def log() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def client(bank: StandInPlatform, log: io.StringIO) -> Iterator[TestClient]:
    with TestClient(create_api(bank, log), base_url="http://bank.test") as client:  # type: ignore[arg-type]
        yield client


def bearer(bank: StandInPlatform, username: str = "user1") -> dict[str, str]:
    return {"Authorization": f"Bearer {bank.identity.open(username)[0]}"}


def test_every_live_route_declares_what_it_needs(client: TestClient) -> None:
    routes = client.app.routes  # type: ignore[attr-defined]
    declared = {route.path: access_of(getattr(route, "endpoint", None)) for route in routes}
    assert len(declared) >= 11
    assert [path for path, access in declared.items() if not isinstance(access, Permission | Open)] == []
    assert set(public_paths(client.app)) == {p for p, a in declared.items() if a is Open.PUBLIC} == PUBLIC  # type: ignore[arg-type]


def test_without_a_session_no_route_says_anything(client: TestClient) -> None:
    for route in client.app.routes:  # type: ignore[attr-defined]
        if route.path in PUBLIC:
            continue
        for method in route.methods:
            reply = client.request(method, route.path.replace("{decision_id}", "d_" + "a" * 26))
            assert (reply.status_code, reply.json()["code"]) == (401, "no_session")
            assert len(reply.content) < 500
    assert client.get("/no/such/path").status_code == 401


def test_a_route_that_declares_nothing_is_refused_at_the_start(bank: StandInPlatform) -> None:
    from serving.api import app

    with pytest.raises(RuntimeError, match="needs"):
        app._add(create_api(bank), "GET", "/open", lambda: None, None)  # type: ignore[arg-type]


def test_a_route_added_by_the_side_is_closed_to_everybody(bank: StandInPlatform) -> None:
    api = create_api(bank)  # type: ignore[arg-type]
    api.add_api_route("/side", lambda: {"secret": 1})
    with TestClient(api) as client:
        assert client.get("/side").status_code == 401
        assert client.get("/side", headers=bearer(bank)).status_code == 403


def test_signing_in_sets_a_cookie_that_scripts_cannot_read_and_works(client: TestClient) -> None:
    reply = client.post("/api/v1/login", json={"username": "user1", "password": "right"})
    assert reply.status_code == 200
    shapes.SignedIn.model_validate(reply.json())
    cookie = reply.headers["set-cookie"]
    assert re.match(r"candor_session=[^;]+; HttpOnly; Max-Age=3600; Path=/; SameSite=lax$", cookie)
    me = client.get("/api/v1/me").json()
    shapes.Me.model_validate(me)
    assert (me["customer_id"], me["role"]) == ("C1", "customer")


def test_behind_tls_the_cookie_is_secure_and_https_is_remembered(tmp_path: Path) -> None:
    bank = StandInPlatform(tmp_path, cookie_secure=True)
    with TestClient(create_api(bank), base_url="https://bank.test") as client:  # type: ignore[arg-type]
        reply = client.post("/api/v1/login", json={"username": "user1", "password": "right"})
        assert "Secure" in reply.headers["set-cookie"]
        assert "strict-transport-security" in reply.headers
        plain = {"Origin": "http://bank.test"}
        assert client.post("/api/v1/logout", headers=plain).status_code == 403


def test_signing_out_ends_the_session_on_the_server(client: TestClient, bank: StandInPlatform) -> None:
    headers = bearer(bank)
    assert client.get("/api/v1/me", headers=headers).status_code == 200
    assert client.post("/api/v1/logout", headers=headers).status_code == 204
    assert client.get("/api/v1/me", headers=headers).status_code == 401


def test_a_wrong_name_and_a_wrong_password_read_the_same_then_one_waits(client: TestClient) -> None:
    def sign_in(name: str) -> tuple[int, str]:
        reply = client.post("/api/v1/login", json={"username": name, "password": "wrong"})
        return reply.status_code, reply.json()["detail"]

    assert sign_in("user1") == sign_in("nobody") == sign_in("user2")
    slow = client.post("/api/v1/login", json={"username": "user1", "password": "right"})
    assert (slow.status_code, slow.headers["retry-after"]) == (429, "31")


def test_a_quote_is_decided_recorded_and_shown_again_equal(client: TestClient, bank: StandInPlatform) -> None:
    headers = bearer(bank)
    reply = client.post("/api/v1/loans/predict", json=ASK, headers=headers)
    assert reply.status_code == 200
    quote = reply.json()
    shapes.Quote.model_validate(quote)
    assert (quote["amount"], quote["offers"], quote["recourse"]) == ("12500.00", [], [])
    row = bank.records.decisions.get(quote["decision_id"])
    assert (row.customer_id, row.channel, row.actor) == ("C1", "api", "user1")
    again = client.get(f"/api/v1/decisions/{quote['decision_id']}", headers=headers).json()
    shapes.Recorded.model_validate(again)
    assert again["quote"] == quote


def test_somebody_elses_decision_is_not_there(client: TestClient, bank: StandInPlatform) -> None:
    name = client.post("/api/v1/loans/predict", json=ASK, headers=bearer(bank)).json()["decision_id"]
    other = client.get(f"/api/v1/decisions/{name}", headers=bearer(bank, "user2"))
    missing = client.get(f"/api/v1/decisions/d_{'a' * 26}", headers=bearer(bank, "user2"))
    odd = client.get("/api/v1/decisions/..%2f..", headers=bearer(bank, "user2"))
    assert other.status_code == missing.status_code == odd.status_code == 404
    assert other.json()["detail"] == missing.json()["detail"]


def test_a_flag_on_a_customer_shows_nowhere(client: TestClient, bank: StandInPlatform) -> None:
    headers = bearer(bank, "user3")
    reply = client.post("/api/v1/loans/predict", json=ASK, headers=headers)
    assert reply.json()["outcome"] == "refer"
    stored = client.get(f"/api/v1/decisions/{reply.json()['decision_id']}", headers=headers)
    catalogue = client.get("/api/v1/loans/personalized", headers=headers)
    for text in (reply.text, stored.text, catalogue.text):
        assert not re.search(r"sanction|fraud|flag|screen", text, re.IGNORECASE)


def test_without_a_champion_a_quote_refers_and_the_api_is_ready(tmp_path: Path) -> None:
    bank = StandInPlatform(tmp_path, model=None)
    with TestClient(create_api(bank)) as client:  # type: ignore[arg-type]
        quote = client.post("/api/v1/loans/predict", json=ASK, headers=bearer(bank)).json()
        assert (quote["outcome"], quote["pd"], quote["model_version"]) == ("refer", None, None)
        ready = client.get("/readyz")
        assert (ready.status_code, ready.json()["checks"]) == (200, {"database": "ok", "model": "none"})


def test_with_the_database_down_it_is_alive_but_not_ready(client: TestClient, bank: StandInPlatform) -> None:
    def down(token: str) -> None:
        raise UnavailableError("the database does not answer")

    headers = bearer(bank)
    bank.identity.session = down  # type: ignore[method-assign, assignment]
    assert client.get("/healthz").json() == {"status": "ok"}
    ready = client.get("/readyz")
    assert (ready.status_code, ready.json()["checks"]["database"]) == (503, "down")
    assert client.get("/api/v1/me", headers=headers).status_code == 503


def test_the_catalogue_is_the_customers_own(client: TestClient, bank: StandInPlatform) -> None:
    reply = client.get("/api/v1/loans/personalized", headers=bearer(bank))
    seen = shapes.Personalized.model_validate(reply.json())
    assert {p.product for p in seen.products} == {"car", "home", "gold", "education"}
    assert client.get("/api/v1/loans/personalized", headers=bearer(bank, "officer")).status_code == 403
    assert client.post("/api/v1/loans/predict", json=ASK, headers=bearer(bank, "officer")).status_code == 403


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        (b"", 400, "body"),
        (b'{"product": "car", "product": "car"}', 400, "product"),
        (b'{"product": "car", "amount": NaN}', 400, "body"),
        (b'{"product": "car", "amount": 0}', 422, "amount"),
        (b'{"product": "car", "amount": 1e309}', 422, "amount"),
        (b'{"product": "car", "amount": "1e309"}', 422, "amount"),
        (b'{"product": "car", "amount": 5000, "term_months": true}', 422, "term_months"),
        (b'{"product": "car", "amount": 5000, "credit_score": 850}', 422, "credit_score"),
        (b'{"product": "car", "amount": 5000, "co_applicant": "C2"}', 404, "co_applicant"),
        (b'{"product": "boat", "amount": 5000}', 404, "product"),
        (b"[" * 60_000, 400, "body"),
        (b'{"product": "' + b"x" * 70_000 + b'"}', 413, "body"),
    ],
)
def test_wrong_input_names_the_field(
    client: TestClient, bank: StandInPlatform, body: bytes, status: int, field: str
) -> None:
    headers = {**bearer(bank), "Content-Type": "application/json"}
    reply = client.post("/api/v1/loans/predict", content=body, headers=headers)
    assert reply.status_code == status
    assert reply.headers["content-type"] == "application/problem+json"
    problem = shapes.Problem.model_validate(reply.json())
    assert problem.errors[0].field == field
    assert problem.request_id == reply.headers["x-request-id"]


@pytest.mark.parametrize(
    "headers",
    [{}, {"Content-Type": "text/plain"}, {"Content-Type": "application/json; charset=utf-16"},
     {"Content-Type": "application/json", "Content-Encoding": "gzip"}],
)  # fmt: skip
def test_only_plain_json_is_read(client: TestClient, bank: StandInPlatform, headers: dict[str, str]) -> None:
    reply = client.post("/api/v1/loans/predict", content=json.dumps(ASK), headers={**bearer(bank), **headers})
    assert reply.status_code == 415


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Origin": "http://bank.test"}, 200),
        ({"Origin": "http://evil.test"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://bank.test.evil.test"}, 403),
        ({"Origin": "http://[bad"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
    ],
)
def test_a_cookie_counts_only_from_our_own_origin(
    client: TestClient, bank: StandInPlatform, headers: dict[str, str], status: int
) -> None:
    client.cookies.set("candor_session", bank.identity.open("user1")[0])
    assert client.post("/api/v1/loans/predict", json=ASK, headers=headers).status_code == status
    token = bearer(bank)
    assert client.post("/api/v1/loans/predict", json=ASK, headers={**headers, **token}).status_code == 200


def test_an_allow_listed_origin_may_post_and_others_get_no_cors(tmp_path: Path) -> None:
    bank = StandInPlatform(tmp_path, LinearModel(), allowed_origins=("https://app.test",))
    with TestClient(create_api(bank)) as client:  # type: ignore[arg-type]
        client.cookies.set("candor_session", bank.identity.open("user1")[0])
        good = client.post("/api/v1/loans/predict", json=ASK, headers={"Origin": "https://app.test"})
        assert (good.status_code, good.headers["access-control-allow-origin"]) == (200, "https://app.test")
        evil = client.get("/api/v1/me", headers={"Origin": "https://evil.test"})
        assert "access-control-allow-origin" not in evil.headers


def test_answers_carry_security_headers_and_the_callers_request_id(client: TestClient) -> None:
    reply = client.get("/healthz", headers={"X-Request-ID": "order-12345678"})
    assert reply.headers["x-request-id"] == "order-12345678"
    assert reply.headers["x-content-type-options"] == "nosniff"
    assert "default-src 'none'" in reply.headers["content-security-policy"]
    assert reply.headers["cache-control"] == "no-store"
    for bad in ("short", "a" * 65, 'x"},{"injected":1', "line%0abreak"):
        assert client.get("/healthz", headers={"X-Request-ID": bad}).headers["x-request-id"] != bad


def test_an_unforeseen_fault_shows_nothing_of_the_inside(
    client: TestClient, bank: StandInPlatform, log: io.StringIO
) -> None:
    def broken(*_: object) -> None:
        raise KeyError("income 9000 of Customer 1")

    headers = bearer(bank)
    bank.identity.session = broken  # type: ignore[method-assign, assignment]
    reply = client.get("/api/v1/me", headers=headers)
    assert (reply.status_code, reply.json()["code"]) == (500, "internal")
    assert "9000" not in reply.text + log.getvalue()
    assert "KeyError" in log.getvalue()


def test_logs_are_json_with_ids_only(client: TestClient, bank: StandInPlatform, log: io.StringIO) -> None:
    quote = client.post("/api/v1/loans/predict", json=ASK, headers=bearer(bank)).json()
    event = json.loads(log.getvalue().splitlines()[-1])
    assert (event["decision_id"], event["outcome"], event["status"]) == (quote["decision_id"], quote["outcome"], 200)
    assert not re.search(r"Customer 1|user1|C1\b|12500|token", log.getvalue())


def test_metrics_are_for_this_machine_and_hold_no_person(bank: StandInPlatform) -> None:
    api = create_api(bank)  # type: ignore[arg-type]
    with TestClient(api, client=("127.0.0.1", 5)) as here, TestClient(api, client=("10.0.0.9", 5)) as there:
        quote = here.post("/api/v1/loans/predict", json=ASK, headers=bearer(bank)).json()
        text = here.get("/metrics").text
        assert f'candor_decisions_total{{outcome="{quote["outcome"]}"}} 1.0' in text
        assert 'route="/api/v1/loans/predict"' in text
        assert "C1" not in text
        assert quote["decision_id"] not in text
        assert there.get("/metrics").status_code == 404
        for header in ("X-Forwarded-For", "X-Real-IP", "Via"):
            assert here.get("/metrics", headers={header: "10.0.0.9"}).status_code == 404


def test_wrong_methods_and_unknown_paths_are_problems(client: TestClient, bank: StandInPlatform) -> None:
    headers = bearer(bank)
    wrong = client.get("/api/v1/loans/predict", headers=headers)
    assert (wrong.status_code, wrong.headers["allow"], wrong.json()["code"]) == (405, "POST", "method")
    assert client.get("/api/v1/nothing", headers=headers).json()["code"] == "not_found"


def test_the_docs_page_lists_the_routes_without_files_from_elsewhere(client: TestClient, bank: StandInPlatform) -> None:
    page = client.get("/docs", headers=bearer(bank)).text
    assert "/api/v1/loans/predict" in page
    assert "//" not in page.replace("<!doctype", "")
