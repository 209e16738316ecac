"""Every route of the console as the wrong person, from the wrong place, with the wrong values.

The routes are read off the running app, so that a new one is attacked from its first day; one that takes a body and
stands in no table of `attacked_portal` fails here.
"""

from __future__ import annotations

from itertools import count
from pathlib import Path
from typing import Any

import pytest

from console.access import PUBLIC as PUBLIC_NEED
from console.app import PAGES
from console.gate import PUBLIC_FILES
from console.pages.page import page_of
from tests.attacks.attacked_portal import (
    FOREIGN,
    NOBODYS,
    OTHER,
    OWNER,
    PAYLOADS,
    PUBLIC,
    STAFF,
    Portal,
    ask,
    leaks,
    names_something,
    payloads,
)  # fmt: skip

pytestmark = pytest.mark.usefixtures("quiet")
NUMBER = count(1)


def test_every_route_that_takes_a_body_is_in_a_table(portal: Portal) -> None:
    writes = {(method, rule) for method, rule in portal.own() if method != "GET"}
    assert writes == {*PAYLOADS, *NOBODYS}


def test_nobody_gets_anything_from_any_route(portal: Portal) -> None:
    before = portal.dump()
    for method, rule in portal.rules():
        if (method, rule.rule) in PUBLIC or rule.rule.startswith("/assets/"):
            continue
        sent = payloads(portal, method, rule.rule) if rule.endpoint.startswith("own ") else [{}]
        for more in sent:
            answer = ask(portal, "", method, rule.rule, **more)
            assert answer.status_code in (303, 401), f"{method} {rule.rule}: {answer.status_code}"
            assert answer.status_code == 401 or answer.location.startswith(("/start", "/sign-in"))
            assert not leaks(answer)
    assert portal.dump() == before


def test_nobody_gets_a_file_but_those_of_the_sign_in_page(portal: Portal) -> None:
    for file in (Path(__file__).parents[2] / "console" / "assets").rglob("*"):
        address = f"/assets/{file.name}"
        answer = portal.client("").get(address, buffered=True)
        assert answer.status_code == (200 if address in PUBLIC_FILES else 401), address


def test_counts_are_for_programs_of_this_machine_alone(portal: Portal) -> None:
    client = portal.client("")
    assert client.get("/metrics", buffered=True).status_code == 200
    for header in ("X-Forwarded-For", "Forwarded", "X-Real-IP", "Via", "X-Forwarded-Host"):
        assert client.get("/metrics", headers={header: "for=127.0.0.1"}, buffered=True).status_code == 404
    assert client.get("/metrics", environ_base={"REMOTE_ADDR": "10.0.0.7"}, buffered=True).status_code == 404


def test_what_is_public_says_so_and_is_little(portal: Portal) -> None:
    gate_needs = {rule.rule for _, rule in portal.rules()}
    assert {rule for _, rule in PUBLIC} <= gate_needs
    assert not [page.path for page in map(page_of, PAGES) if page.permission == PUBLIC_NEED]


def test_a_customers_payload_sent_by_another_customer_is_not_there_and_changes_nothing(portal: Portal) -> None:
    before = portal.dump()
    for method, rule in portal.own():
        if (method, rule) in NOBODYS or (method == "GET" and not names_something(rule)):
            continue
        for more in payloads(portal, method, rule):
            answer = ask(portal, OTHER, method, rule, **more)
            assert answer.status_code == 404, f"{method} {rule}: {answer.status_code} {answer.text[:200]}"
            assert not leaks(answer)
    assert portal.dump() == before


def test_a_customers_payload_sent_by_staff_is_refused_and_changes_nothing(portal: Portal) -> None:
    before = portal.dump()
    for method, rule in portal.own():
        if (method, rule) in PUBLIC or rule == "/portal/session":
            continue
        for more in payloads(portal, method, rule):
            answer = ask(portal, STAFF, method, rule, **more)
            assert answer.status_code == 403, f"{method} {rule}: {answer.status_code}"
            assert not leaks(answer)
    assert portal.dump() == before


def test_a_post_from_another_site_is_refused_and_changes_nothing(portal: Portal) -> None:
    before = portal.dump()
    for method, rule in portal.rules():
        if method == "GET":
            continue
        for foreign in (FOREIGN, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}):
            for more in payloads(portal, method, rule.rule) if rule.endpoint.startswith("own ") else [{}]:
                headers = {**more.get("headers", {}), **foreign}
                answer = ask(portal, OWNER, method, rule.rule, **{**more, "headers": headers})
                assert answer.status_code == 403, f"{method} {rule.rule}: {answer.status_code}"
    assert portal.dump() == before


def test_methods_that_a_route_does_not_have_are_refused(portal: Portal) -> None:
    before = portal.dump()
    for _, rule in portal.rules():
        for method in {"POST", "PUT", "PATCH", "DELETE", "TRACE", "PROPFIND"} - (rule.methods or set()):
            if any(other.rule == rule.rule and method in (other.methods or set()) for _, other in portal.rules()):
                continue
            answer = ask(portal, OWNER, method, rule.rule)
            assert answer.status_code in (400, 404, 405), f"{method} {rule.rule}: {answer.status_code}"
    assert portal.dump() == before


def test_what_was_replayed_works_for_its_owner(tmp_path: Path) -> None:
    """In a bank of its own, for it changes what the owner has."""
    portal = Portal(tmp_path)
    for (method, rule), asks in PAYLOADS.items():
        for one in asks:
            answer = ask(portal, OWNER, method, rule, **one(portal.things))
            assert answer.status_code < 400, f"{method} {rule}: {answer.status_code} {answer.text[:300]}"


GARBLED: tuple[bytes, ...] = (
    b"", b"{", b"null", b"[]", b"7", b'"text"', b"\xff\xfe\x00", b'{"a": NaN}', b'{"a": 1e309}', b'{"a": 1, "a": 2}',
    b"[" * 5000, b'{"offer_id": {"$ne": null}, "answers": [[[]]], "key": true}', b'{"answers": {"amount": 1e309}}',
    b"offer_id=%00%ff&key=\x00&code=%F0%9F", b"key=" + b"k" * 40_000, b"\x00" * 1000, b"--x\r\nbroken",
    b'{"message": "\\ud800", "about": "\\u0000", "conversation_id": 7}',
)  # fmt: skip
KINDS = ("application/json", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/plain", "")


def test_garbled_bodies_are_refused_in_words_and_change_nothing(portal: Portal) -> None:
    for method, rule in portal.own():
        if method == "GET" or (method, rule) in PUBLIC or (method, rule) in MAY_BE_EMPTY:
            continue
        before = portal.dump()
        for kind in KINDS:
            for raw in GARBLED:
                headers = {"Idempotency-Key": f"garbled-{next(NUMBER)}"}
                answer = ask(portal, OWNER, method, rule, data=raw, content_type=kind, headers=headers)
                where = f"{method} {rule} {kind} {raw[:40]!r}: {answer.status_code}"
                assert answer.status_code in (303, 400, 404, 409, 413, 415, 422), where
                assert "Traceback" not in answer.get_data(as_text=True), where
        assert without_keys(portal.dump()) == without_keys(before), f"{method} {rule}"


MAY_BE_EMPTY = frozenset({
    ("POST", "/portal/sessions/end"), ("POST", "/portal/sessions/<session_id>/end"), ("POST", "/portal/messages/read"),
    ("POST", "/portal/requests/<request_id>/withdraw"), ("POST", "/portal/messages/<notice_id>/read"),
    ("POST", "/portal/offers/<offer_id>/save"), ("POST", "/portal/offers/<offer_id>/drop"),
    ("POST", "/portal/applications/<application_id>/documents/demo/<asked>"), ("POST", "/portal/invitations"),
    ("POST", "/portal/papers/<document_id>/remove"), ("POST", "/portal/applications/<application_id>/<act>"),
    ("POST", "/portal/apply/<application_id>/<step>"), ("PUT", "/portal/apply/<application_id>/<step>"),
})  # fmt: skip
"""Where a body says nothing more than the address: nothing in it can be wrong, or what is typed is kept as a draft."""


def without_keys(dump: dict[str, Any]) -> dict[str, Any]:
    return {name: rows for name, rows in dump.items() if name != "idempotency_keys"}


STRANGE: tuple[str, ...] = (
    "x", "%00", "..%2f..%2fetc%2fpasswd", "%F0%9F%92%A9", "a" * 3000, "<script>alert(1)</script>", "' OR 1=1 --",
    "%c3%28", "d_" + "a" * 26, "a_" + "a" * 26, "o_" + "a" * 26, "null", "-1", "{{7*7}}", "%0d%0aSet-Cookie:x=1",
)  # fmt: skip


@pytest.mark.parametrize("strange", STRANGE)
def test_strange_parts_of_an_address_lead_nowhere(portal: Portal, strange: str) -> None:
    before = portal.dump()
    for method, rule in portal.own():
        if "<" not in rule:
            continue
        things = dict.fromkeys(portal.things, strange)
        more = payloads(portal, method, rule)[0]
        answer = portal.client(OWNER).open(portal.address(rule, things), method=method, buffered=True, **more)
        assert answer.status_code in (303, 400, 404, 405, 415, 422), f"{method} {rule} {strange}: {answer.status_code}"
        assert answer.status_code != 303 or answer.location.startswith(("/apply/", "/applications/")), answer.location
        assert "Set-Cookie" not in answer.headers
        assert not leaks(answer)
    assert without_keys(portal.dump()) == without_keys(before)


@pytest.mark.parametrize("path", ["/" + "a" * 20_000, "/loans/" + "x" * 5000, "/%00", "/..%2f..%2fetc%2fpasswd", "//",
                                  "/assets/..%2fapp.py", "/assets/%2e%2e/gate.py", "/_dash-component-suites/os/x.js",
                                  "/portal", "/portal/", "/portal/papers/..", "/%ff%fe"])  # fmt: skip
@pytest.mark.parametrize("name", ["", OWNER, STAFF])
def test_strange_addresses_lead_nowhere(portal: Portal, path: str, name: str) -> None:
    answer = portal.client(name).get(path, buffered=True)
    assert answer.status_code in (303, 308, 401, 403, 404, 405), f"{path[:40]}: {answer.status_code}"
    assert "def " not in answer.get_data(as_text=True)
    assert not answer.location or answer.location.startswith(("/", "http://localhost/"))
    assert not (answer.location or "").startswith("//")
