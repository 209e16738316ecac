"""Every route of the API as nobody, as another customer, as staff, as a customer at staff's routes, and garbled.

The routes are read off the running app; one that takes a body and stands in no table here fails.
"""

from __future__ import annotations

import io
import re
from collections.abc import Mapping
from itertools import count
from typing import Any

import pytest
from httpx import Response

from lending.domain.roles import Permission, Role, may
from serving.api.access import Open, access_of
from serving.api.app import create_api
from tests.attacks.attacked_portal import CANARIES, FOREIGN, OTHER, OWNER, PDF, STAFF, Portal
from tests.bank import PASSWORD
from tests.serving.clients import TestClient

pytestmark = pytest.mark.usefixtures("quiet")
NUMBER = count(1)
V1 = "/api/v1"
PERSONAL = {"staff": STAFF, "owner": OWNER, "other": OTHER}

BODIES: Mapping[tuple[str, str], Mapping[str, Any]] = {
    ("POST", "/loans/predict"): {"product": "car", "amount": "12000", "term_months": 48},
    ("POST", "/loans/customize"): {"product": "car", "amount": "12000", "term_months": 48},
    ("POST", "/loans/advise"): {"amount": "12000"},
    ("POST", "/feedback"): {"about": "decision", "id": "decision_id", "thumb": "up", "reason": "clear"},
    ("POST", "/loans/apply"): {"offer_id": "offer_id"},
    ("POST", "/applications/drafts"): {"offer_id": "offer_id"},
    ("PUT", "/applications/drafts/{application_id}"): {"step": "step", "answers": {}, "version": 1},
    ("POST", "/applications/{application_id}/submit"): {},
    ("POST", "/applications/{application_id}/withdraw"): {},
    ("PUT", "/offers/{offer_id}/saved"): {},
    ("POST", "/offers/{offer_id}/accept"): {"agreed": ["read_disclosure"]},
    ("POST", "/offers/{offer_id}/decline"): {},
    ("POST", "/invitations"): {},
    ("POST", "/invitations/answer"): {"code": "AAAA-AAAA-AAAA-AAAA", "agree": True},
    ("POST", "/staff/applications/{application_id}/decide"): {"act": "refuse", "reason": "withdrawn_support"},
    ("POST", "/staff/cases/{application_id}/take"): {},
    ("POST", "/staff/cases/{application_id}/release"): {},
    ("POST", "/staff/cases/{application_id}/ask"): {"what": "call", "version": 1},
    ("POST", "/staff/cases/{application_id}/decide"): {"act": "refuse", "ground": "terms_not_met", "version": 1},
    ("POST", "/staff/cases/{application_id}/override"): {
        "act": "offer",
        "reason": "flag_cleared",
        "ground": "explained",
        "comment": "Cleared.",
        "version": 1,
    },
    ("POST", "/staff/overrides/{override_id}/confirm"): {"version": 1},
    ("POST", "/staff/overrides/{override_id}/reject"): {"version": 1, "answer": "No."},
    ("POST", "/staff/overrides/{override_id}/withdraw"): {"version": 1},
    ("POST", "/applications/{application_id}/documents"): {},
    ("POST", "/applications/{application_id}/documents/ticket"): {
        "asked": "asked",
        "filename": "a.pdf",
        "media_type": "application/pdf",
    },
    ("POST", "/staff/documents/{document_id}/decide"): {"decision": "accept", "reason": "It fits."},
    ("POST", "/me/erase"): {"confirm": "erase"},
    ("PUT", "/me/preferences"): {"language": "es"},
    ("POST", "/disputes"): {"field": "gross_monthly_income", "stated": "7000", "why": "A raise."},
    ("POST", "/reviews"): {"decision_id": "decision_id", "why": "Please look."},
    ("POST", "/requests/{request_id}/withdraw"): {},
    ("POST", "/messages/read"): {},
    ("POST", "/messages/{notice_id}/read"): {},
    ("POST", "/staff/requests/{request_id}/take"): {},
    ("POST", "/staff/requests/{request_id}/close"): {"result": "corrected", "answer": "Done.", "value": "7000"},
    ("POST", "/chat"): {"message": "What is an APR?", "conversation_id": "conversation_id"},
    ("POST", "/login"): {"username": "nobody", "password": "wrong"},
    ("POST", "/logout"): {},
}
"""What is sent to each route that takes a body, with the owner's ids filled in by their names."""

NAMES_IN_BODY = frozenset({"/feedback", "/loans/apply", "/applications/drafts", "/reviews", "/chat"})
"""Routes whose body names something of the owner's."""


class Api:
    """The API over the attacked bank, and the tokens of people."""

    def __init__(self, portal: Portal) -> None:
        self.portal, self.app = portal, create_api(portal.bank)
        self.client = TestClient(self.app)
        signed = {name: portal.bank.identity.sign_in(user, PASSWORD, "here")[0] for name, user in PERSONAL.items()}
        self.headers = {name: {"Authorization": f"Bearer {token}"} for name, token in signed.items()} | {"nobody": {}}
        self.things = portal.things

    def routes(self) -> list[tuple[str, str, Any]]:
        """(method, path, what it needs)."""
        found = [(m, r.path, access_of(r.endpoint)) for r in self.app.routes for m in r.methods]  # type: ignore[attr-defined]
        return [one for one in found if one[0] != "HEAD"]

    def address(self, path: str) -> str:
        """A path with the owner's ids; what is staff's alone has an id that is nobody's."""
        staffs = dict.fromkeys(re.findall(r"\{(\w+)\}", path), "x1") if "/staff/" in path else {}
        return re.sub(r"\{(\w+)\}", lambda part: {**staffs, **self.things}[part[1]], path)

    def send(self, who: str, method: str, path: str, **more: Any) -> Response:
        """One request with a plausible body and a new key."""
        headers = {**self.headers[who], "Idempotency-Key": f"n{next(NUMBER)}", **more.pop("headers", {})}
        if not more and path.endswith("/documents") and method == "POST":
            more = {"data": {"asked": self.things["asked"]}, "files": {"file": ("a.pdf", io.BytesIO(PDF))}}
        elif not more and method not in ("GET", "DELETE"):
            sent = BODIES[method, path.removeprefix(V1)]
            more = {"json": {k: self.things.get(v, v) if isinstance(v, str) else v for k, v in sent.items()}}
        answer = self.client.request(method, self.address(path), headers=headers, follow_redirects=False, **more)
        assert answer.status_code < 500, f"{method} {path} as {who}: {answer.status_code} {answer.text[:200]}"
        return answer


@pytest.fixture(scope="session")
def api(portal: Portal) -> Api:
    return Api(portal)


def leaks(answer: Response) -> list[str]:
    return [word for word in (*CANARIES, "Traceback", 'File "/', "sqlalchemy") if word in answer.text]


def of_customers(api: Api) -> list[tuple[str, str]]:
    """Routes that only customers may use."""
    return [(m, p) for m, p, need in api.routes() if isinstance(need, Permission) and may(Role.CUSTOMER, need)]


def test_every_route_that_takes_a_body_is_in_the_table(api: Api) -> None:
    writes = {(m, p.removeprefix(V1)) for m, p, _ in api.routes() if m in ("POST", "PUT", "PATCH")}
    assert writes == set(BODIES)


def test_nobody_gets_anything_but_health_and_signing_in(api: Api) -> None:
    before = api.portal.dump()
    for method, path, need in api.routes():
        answer = api.send("nobody", method, path)
        assert answer.status_code == 401 or need is Open.PUBLIC, f"{method} {path}: {answer.status_code}"
        assert not leaks(answer)
    assert {path for _, path, need in api.routes() if need is Open.PUBLIC} == {
        f"{V1}/login", "/healthz", "/readyz", "/metrics",
    }  # fmt: skip
    assert api.portal.dump() == before


def test_what_belongs_to_a_customer_is_not_there_for_another(api: Api) -> None:
    before = api.portal.dump()
    for method, path in of_customers(api):
        if "{" in path or path.removeprefix(V1) in NAMES_IN_BODY:
            answer = api.send("other", method, path)
            assert answer.status_code == 404, f"{method} {path}: {answer.status_code} {answer.text[:200]}"
            assert not leaks(answer)
    assert api.portal.dump() == before


def test_what_is_looked_for_is_there_for_its_owner(api: Api) -> None:
    """Or the tests above would prove nothing; there is no notice of an approval."""
    for method, path in of_customers(api):
        if "{" in path and method == "GET" and "/notice" not in path:
            assert api.send("owner", method, path).status_code in (200, 409), path


def test_a_session_of_somebody_else_cannot_be_ended(api: Api) -> None:
    answer = api.send("other", "DELETE", f"{V1}/me/sessions/{{session_id}}")
    assert answer.status_code == 404
    assert api.send("owner", "GET", f"{V1}/me").status_code == 200


def test_what_is_a_customers_is_closed_to_staff_and_what_is_staffs_to_customers(api: Api) -> None:
    before = api.portal.dump()
    for method, path, need in api.routes():
        if not isinstance(need, Permission):
            continue
        wrong = "staff" if may(Role.CUSTOMER, need) else "owner"
        answer = api.send(wrong, method, path)
        assert answer.status_code == 403, f"{method} {path} as {wrong}: {answer.status_code}"
        assert not leaks(answer)
    assert api.portal.dump() == before


def test_a_cookie_sent_from_another_site_does_nothing(api: Api) -> None:
    before = api.portal.dump()
    cookie = {"Cookie": f"candor_session={api.headers['owner']['Authorization'].split()[1]}", "Authorization": ""}
    for method, path, _ in api.routes():
        if method != "GET":
            assert api.send("owner", method, path, headers={**cookie, **FOREIGN}).status_code == 403, f"{method} {path}"
    assert api.portal.dump() == before


GARBLED = (
    b"", b"{", b"[]", b"null", b'{"a": NaN}', b'{"a": 1e309}', b'{"a": 1, "a": 2}', b"[" * 20_000, b"\xff\xfe",
    b'{"offer_id": {"$ne": null}}', b'{"amount": 1e309, "product": "car"}', b'{"amount": "NaN", "product": ["car"]}',
    b'{"version": 1e300, "step": "\\u0000", "answers": [[[[]]]]}', b" " * 70_000,
)  # fmt: skip


def test_garbled_bodies_are_refused_in_words(api: Api) -> None:
    before = api.portal.dump()
    for method, path, need in api.routes():
        if method not in ("POST", "PUT") or path in (f"{V1}/logout", f"{V1}/login"):
            continue
        if not BODIES[method, path.removeprefix(V1)]:
            continue
        who = (
            "owner"
            if need is Open.SIGNED_IN or (isinstance(need, Permission) and may(Role.CUSTOMER, need))
            else "staff"
        )
        for raw in GARBLED:
            answer = api.send(who, method, path, content=raw, headers={"Content-Type": "application/json"})
            assert answer.status_code in (400, 403, 404, 409, 413, 415, 422), f"{method} {path} {raw[:30]!r}"
            assert answer.headers["content-type"] == "application/problem+json"
    after = api.portal.dump()
    assert {k: v for k, v in after.items() if k != "idempotency_keys"} == {
        k: v for k, v in before.items() if k != "idempotency_keys"
    }


@pytest.mark.parametrize("strange", ["x", "%00", "..%2f..", "a" * 3000, "' OR 1=1 --", "%F0%9F%92%A9", "{{7*7}}"])
def test_strange_parts_of_an_address_are_not_there(api: Api, strange: str) -> None:
    for method, path in of_customers(api):
        if "{" in path and method in ("GET", "DELETE"):
            address = re.sub(r"\{\w+\}", strange, path)
            answer = api.client.request(method, address, headers=api.headers["owner"])
            assert answer.status_code in (404, 405, 422), f"{method} {address[:60]}: {answer.status_code}"
