"""Signing in, sessions, and the headers of every answer."""

from __future__ import annotations

import re

import pytest
from werkzeug.test import TestResponse

from tests.attacks.attacked_portal import OTHER, OWNER, Portal, ask
from tests.bank import PASSWORD

pytestmark = pytest.mark.usefixtures("quiet")


def test_signing_in_gives_a_new_session_and_ends_the_one_before(portal: Portal) -> None:
    client = portal.app.server.test_client()
    client.set_cookie("candor_session", "chosen-by-somebody-else")
    form = {"username": OWNER, "password": PASSWORD}
    first = cookie_of(client.post("/sign-in", data=form))
    assert first != "chosen-by-somebody-else"
    second = cookie_of(client.post("/sign-in", data=form))
    assert second != first
    assert portal.bank.identity.session(first) is None
    assert portal.bank.identity.session(second)


def test_signing_out_ends_the_session_on_the_server(portal: Portal) -> None:
    client = portal.app.server.test_client()
    token = cookie_of(client.post("/sign-in", data={"username": OWNER, "password": PASSWORD}))
    client.post("/sign-out")
    client.set_cookie("candor_session", token)
    assert client.get("/_dash-layout").status_code == 401


@pytest.mark.parametrize(
    "wanted",
    ["https://evil.example", "//evil.example", "/\\evil.example", "\\\\evil.example", "/%2f%2fevil.example",
     "javascript:1", "/staff", "/loans/../staff", "http:evil.example", " //evil.example", "/\t/evil.example",
     "/sign-out",
     "data:text/html,x", "/loans/car//evil.example", "/loans/car?next=//evil.example", "https:/evil.example", "/" * 50,
     "/loans/car#//evil"],
)  # fmt: skip
def test_signing_in_leads_to_our_own_pages_alone(portal: Portal, wanted: str) -> None:
    client = portal.app.server.test_client()
    answer = client.post("/sign-in", data={"username": OWNER, "password": PASSWORD, "next": wanted})
    assert answer.status_code == 303
    assert answer.location.split("?")[0] in ("/", "/loans/car"), answer.location


def test_a_form_leads_back_to_our_own_pages_alone(portal: Portal) -> None:
    for referrer in ("https://evil.example/x", "http://localhost//evil.example", "http://localhost/\\evil.example"):
        answer = portal.client(OWNER).post("/portal/language", data={"language": "en"}, headers={"Referer": referrer})
        assert answer.status_code == 303
        assert re.fullmatch(r"/(?![/\\]).*", answer.location), answer.location


def test_every_answer_forbids_inline_scripts_and_is_kept_by_nobody(portal: Portal) -> None:
    for method, rule in portal.rules():
        if method != "GET" or rule.endpoint.startswith(("_dash_assets", "/_dash-component-suites", "/_favicon")):
            continue
        answer = ask(portal, OWNER, method, rule.rule)
        policy = answer.headers["Content-Security-Policy"]
        scripts = [part for part in policy.split(";") if part.strip().startswith(("script-src", "default-src"))]
        assert scripts, rule.rule
        assert not re.search(r"unsafe-inline|unsafe-eval|\*|https?:|data:|blob:", " ".join(scripts)), rule.rule
        assert answer.headers["Cache-Control"] == "no-store", rule.rule
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["X-Frame-Options"] == "DENY"


def test_the_cookie_of_the_session_is_out_of_reach_of_scripts_and_other_sites(portal: Portal) -> None:
    client = portal.app.server.test_client()
    answer = client.post("/sign-in", data={"username": OWNER, "password": PASSWORD})
    flags = answer.headers["Set-Cookie"]
    assert all(flag in flags for flag in ("HttpOnly", "SameSite=Lax", "Path=/"))
    assert "Domain" not in flags


def test_many_may_be_signed_in_to_one_account_at_once(portal: Portal) -> None:
    clients = [portal.app.server.test_client() for _ in range(4)]
    for client in clients:
        client.post("/sign-in", data={"username": OTHER, "password": PASSWORD})
    clients[0].post("/sign-out")
    assert [client.get("/_dash-layout").status_code for client in clients] == [401, 200, 200, 200]


def cookie_of(answer: TestResponse) -> str:
    return answer.headers["Set-Cookie"].partition("candor_session=")[2].partition(";")[0]
