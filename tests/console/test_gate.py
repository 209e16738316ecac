from __future__ import annotations

from collections.abc import Callable
from typing import Any

import dash
import pytest
from flask.testing import FlaskClient

from console.app import PAGES, create_app, own_routes
from console.gate import CALLBACK_ROUTE, MAX_BODY, PUBLIC_FILES, ROUTES
from console.pages.page import page_of
from lending.domain.roles import Role
from tests.console.conftest import body_for
from tests.console.standin import PASSWORD, a_platform

SignedIn = Callable[[Role], FlaskClient]
NEWS = "own-news.children"
DECISION = "..quote-result.children...quote-actions.children...quote-confirmed.data.."


def addresses(app: dash.Dash) -> list[tuple[str, str]]:
    """A (method, address) for every route and method there is, with real values in the variable parts."""
    parts = {"package_name": "dash", "fingerprinted_path": "deps/react@18.v1m1.min.js", "filename": "candor.css",
             "path": "loans/car"}  # fmt: skip
    found = []
    for rule in app.server.url_map.iter_rules():
        address = rule.rule
        for name in rule.arguments:
            address = "/".join(
                parts.get(name, "x") if part.endswith(f"{name}>") and part.startswith("<") else part
                for part in address.split("/")
            )
        found += [(method, address) for method in (rule.methods or set()) - {"OPTIONS"}]
    return found


def secrets_of(app: dash.Dash) -> list[str]:
    """What nobody without a session may read: ids of callbacks and components, and data."""
    ids = {part["id"] for entry in app.callback_map.values() for part in entry["inputs"]}
    return [*app.callback_map, *(f'"{name}"' for name in ids), "quote-form", "_dash-config", "6,200", "Ann Grey"]


def test_a_stranger_gets_no_layout_callback_id_or_data_from_any_route(app: dash.Dash, stranger: FlaskClient) -> None:
    walked = addresses(app)
    assert len(walked) >= len(ROUTES)
    for method, address in walked:
        if address in PUBLIC_FILES:
            continue
        answer = stranger.open(address, method=method)
        leaked = [secret for secret in secrets_of(app) if secret in answer.get_data(as_text=True)]
        assert not leaked, f"{method} {address} leaks {leaked}"
        open_here = ("/sign-in", "/start", "/metrics")  # counts without names, for programs of this machine alone
        assert answer.status_code in (303, 401, 422) or address in open_here, f"{method} {address}"


@pytest.mark.parametrize("path", ["/loans/car", "/staff", "/anything"])
def test_a_stranger_who_opens_a_page_is_sent_to_sign_in(stranger: FlaskClient, path: str) -> None:
    answer = stranger.get(path)
    assert answer.status_code == 303
    assert answer.location.startswith("/sign-in")


def test_a_stranger_begins_at_the_public_start_page(stranger: FlaskClient) -> None:
    assert stranger.get("/").location == "/start"


def test_signing_in_keeps_what_the_address_asked_for(stranger: FlaskClient) -> None:
    sent_to = stranger.get("/loans/car?amount=12000&term=36").location
    assert sent_to == "/sign-in?next=/loans/car%3Famount%3D12000%26term%3D36"


@pytest.mark.parametrize("path", ["/assets/pages.js", "/assets/../app.py", "/_dash-layout", "/_dash-dependencies"])
def test_a_stranger_gets_a_problem_from_everything_else(stranger: FlaskClient, path: str) -> None:
    answer = stranger.get(path)
    assert answer.status_code == 401
    assert answer.mimetype == "application/problem+json"


FROM_A_BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8", "Sec-Fetch-Mode": "navigate"}


def test_a_form_sent_after_the_session_ended_leads_to_signing_in_and_back_to_its_page(stranger: FlaskClient) -> None:
    sent_from = {"Referer": "http://localhost/applications/a_1?sent=1"}
    answer = stranger.post("/portal/preferences", data={"email": "me@x.org"}, headers={**FROM_A_BROWSER, **sent_from})
    assert answer.status_code == 303
    assert answer.location == "/sign-in?next=/applications/a_1%3Fsent%3D1&ended=1"


@pytest.mark.parametrize("referrer", ["https://evil.example/account", "http://localhost.evil.example/", ""])
def test_after_signing_in_nobody_is_led_to_another_site(stranger: FlaskClient, referrer: str) -> None:
    answer = stranger.post("/portal/preferences", headers={**FROM_A_BROWSER, "Referer": referrer})
    assert answer.location == "/sign-in?next=/&ended=1"


@pytest.mark.parametrize("headers", [{"Accept": "application/json"}, {**FROM_A_BROWSER, "Sec-Fetch-Mode": "cors"}, {}])
def test_programs_and_scripts_get_the_problem_as_data(stranger: FlaskClient, headers: dict[str, str]) -> None:
    answer = stranger.post("/portal/preferences", headers=headers)
    assert (answer.status_code, answer.mimetype) == (401, "application/problem+json")


@pytest.mark.parametrize("path", sorted(PUBLIC_FILES))
def test_the_sign_in_page_gets_the_files_it_is_drawn_with(stranger: FlaskClient, path: str) -> None:
    assert stranger.get(path, buffered=True).status_code == 200


def test_every_live_route_and_callback_declares_who_may_use_it(app: dash.Dash) -> None:
    own = {one.endpoint for one in own_routes(tuple(page_of(module) for module in PAGES))}
    assert {rule.endpoint for rule in app.server.url_map.iter_rules()} <= set(ROUTES) | own
    assert app.callback_map
    for output in app.callback_map:
        assert app._registry.need(output) is not None  # type: ignore[attr-defined]
    assert all(page_of(module).permission for module in PAGES)


def test_the_console_tells_a_role_about_its_own_callbacks_only(signed_in: SignedIn) -> None:
    customers = signed_in(Role.CUSTOMER).get("/_dash-dependencies").get_data(as_text=True)
    officers = signed_in(Role.OFFICER).get("/_dash-dependencies").get_data(as_text=True)
    assert "quote-result" in customers
    assert "quote-result" not in officers
    assert "page.children" in officers


def test_the_index_carries_no_other_roles_component_ids(signed_in: SignedIn) -> None:
    assert "quote-form" in signed_in(Role.CUSTOMER).get("/").get_data(as_text=True)
    assert "quote-form" not in signed_in(Role.OFFICER).get("/staff").get_data(as_text=True)


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.CUSTOMER])
def test_staff_may_not_call_a_customers_callback(app: dash.Dash, signed_in: SignedIn, role: Role) -> None:
    answer = signed_in(role).post(CALLBACK_ROUTE, json=body_for(app, DECISION))
    assert answer.status_code == 403


def test_a_customer_finds_no_staff_page_and_staff_no_customer_page(signed_in: SignedIn) -> None:
    assert signed_in(Role.CUSTOMER).get("/staff").status_code == 404
    assert signed_in(Role.OFFICER).get("/loans/car").status_code == 404
    assert signed_in(Role.OFFICER).get("/").location == "/staff"
    assert signed_in(Role.CUSTOMER).get("/no/such/page").status_code == 404


def test_a_customer_calls_their_callback_and_gets_their_news(app: dash.Dash, signed_in: SignedIn) -> None:
    answer = signed_in(Role.CUSTOMER).post(CALLBACK_ROUTE, json=body_for(app, NEWS))
    assert answer.status_code == 200
    assert "Start here" in answer.get_data(as_text=True)


@pytest.mark.parametrize(
    "body",
    [b"", b"nonsense", b"[]", b'"text"', b"null", b'{"output": "own-news.children"}', b"{" * 200,
     b'{"output": "own-news.children", "inputs": 7}', b'{"output": "own-news.children", "inputs": [1]}',
     b'{"output": "own-news.children", "inputs": [{"id": "location", "property": "search"}]}',
     b'{"a": 1, "a": 2}', b'{"a": NaN}', b"\xff\xfe"],
)  # fmt: skip
def test_a_malformed_callback_body_is_refused(signed_in: SignedIn, body: bytes) -> None:
    answer = signed_in(Role.CUSTOMER).post(CALLBACK_ROUTE, data=body, content_type="application/json")
    assert answer.status_code in (400, 404)
    assert answer.mimetype == "application/problem+json"


@pytest.mark.parametrize("output", ["no-such.children", "", None, 7, "..own-news.children.."])
def test_an_unknown_callback_is_not_found(app: dash.Dash, signed_in: SignedIn, output: object) -> None:
    body = {**body_for(app, NEWS), "output": output}
    assert signed_in(Role.CUSTOMER).post(CALLBACK_ROUTE, json=body).status_code == 404


def test_another_callbacks_outputs_are_refused(app: dash.Dash, signed_in: SignedIn) -> None:
    body = {**body_for(app, NEWS), "outputs": {"id": "profile", "property": "children"}}
    assert signed_in(Role.CUSTOMER).post(CALLBACK_ROUTE, json=body).status_code == 400


def test_a_body_beyond_the_limit_is_refused(signed_in: SignedIn) -> None:
    client = signed_in(Role.CUSTOMER)
    assert client.post(CALLBACK_ROUTE, data=b" " * (MAX_BODY + 1), content_type="application/json").status_code == 413
    assert client.post(CALLBACK_ROUTE, data=b"{}", content_type="text/plain").status_code == 415


@pytest.mark.parametrize("path", ["/sign-in", "/sign-out", CALLBACK_ROUTE])
@pytest.mark.parametrize("headers", [{"Origin": "https://evil.example"}, {"Origin": "null"},
                                     {"Sec-Fetch-Site": "cross-site"}])  # fmt: skip
def test_a_post_from_another_site_is_refused(signed_in: SignedIn, path: str, headers: dict[str, str]) -> None:
    answer = signed_in(Role.CUSTOMER).post(path, headers=headers)
    assert answer.status_code == 403


def test_every_answer_carries_the_security_headers(stranger: FlaskClient) -> None:
    for path in ("/sign-in", "/_dash-layout", "/assets/candor.css", "/nothing"):
        headers = stranger.get(path, buffered=True).headers
        policy = headers["Content-Security-Policy"]
        assert "frame-ancestors 'none'" in policy
        assert "'unsafe-inline'" not in policy.split("script-src")[1].split(";")[0]
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "same-origin"
    assert stranger.get("/_dash-layout").headers["Cache-Control"] == "no-store"


def test_signing_in_sets_a_cookie_that_scripts_cannot_read(stranger: FlaskClient) -> None:
    answer = stranger.post("/sign-in", data={"username": "customer", "password": PASSWORD})
    assert (answer.status_code, answer.location) == (303, "/")
    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert stranger.get("/_dash-layout").status_code == 200


def test_signing_in_leads_to_the_page_asked_for_but_never_elsewhere(stranger: FlaskClient) -> None:
    form = {"username": "customer", "password": PASSWORD}
    assert stranger.post("/sign-in", data={**form, "next": "/loans/gold"}).location == "/loans/gold"
    for bad in ("https://evil.example", "//evil.example", "/staff", "/loans/../x"):
        assert stranger.post("/sign-in", data={**form, "next": bad}).location == "/"


def test_a_wrong_password_is_said_without_saying_which_part_was_wrong(stranger: FlaskClient) -> None:
    answer = stranger.post("/sign-in", data={"username": "customer", "password": "wrong"})
    assert answer.status_code == 401
    assert "The user name or the password is wrong" in answer.get_data(as_text=True)
    assert "Set-Cookie" not in answer.headers


def test_too_many_tries_say_how_long_to_wait(stranger: FlaskClient) -> None:
    for _ in range(5):
        stranger.post("/sign-in", data={"username": "customer", "password": "wrong"})
    answer = stranger.post("/sign-in", data={"username": "customer", "password": "wrong"})
    assert answer.status_code == 429
    assert answer.headers["Retry-After"] == "13"


def test_signing_out_ends_the_session_on_the_server(signed_in: SignedIn, platform: Any) -> None:
    client = signed_in(Role.CUSTOMER)
    client.post("/sign-out")
    assert not platform.identity.open
    assert client.get("/_dash-layout").status_code == 401


def test_a_broken_part_answers_without_detail(signed_in: SignedIn, app: dash.Dash, platform: Any) -> None:
    def broken(_customer: str, _language: str) -> Any:
        raise RuntimeError("a secret detail")

    platform.messages = type("Broken", (), {"inbox": staticmethod(broken)})()
    answer = signed_in(Role.CUSTOMER).post(CALLBACK_ROUTE, json=body_for(app, NEWS)).get_data(as_text=True)
    assert "We could not load this part" in answer
    assert "secret" not in answer


def test_two_consoles_in_one_process_do_not_share_callbacks() -> None:
    assert set(create_app(a_platform()).callback_map) == set(create_app(a_platform()).callback_map)
