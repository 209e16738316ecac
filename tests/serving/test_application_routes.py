"""Applying for a loan over HTTP, from the offer to its acceptance."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from serving.api.app import create_api
from serving.api.application_shapes import (
    Application,
    Applications,
    CaseList,
    CaseShown,
    Declined,
    InvitationAnswered,
    Invitations,
    Invited,
    Offers,
)
from serving.assembly import Platform
from tests.applying import ABOUT_ME, ANSWERS, Papers, an_offer, with_papers
from tests.bank import PASSWORD, open_bank
from tests.serving.clients import TestClient

OFFER, DECISION = "o_" + "a" * 26, "d_" + "a" * 26


@pytest.fixture
def bank(tmp_path: Path) -> Platform:
    return open_bank(tmp_path)


@pytest.fixture
def papers(bank: Platform) -> Papers:
    return with_papers(bank)


@pytest.fixture
def client(bank: Platform, papers: Papers) -> Iterator[TestClient]:
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


@pytest.fixture
def good(client: TestClient) -> As:
    return As(client, "good")


def test_one_call_applies(bank: Platform, good: As) -> None:
    body = {"offer_id": an_offer(bank)["offer_id"], "answers": ANSWERS}
    reply = good("POST", "/loans/apply", body, "k1")
    made = Application.model_validate(reply.json())
    assert (reply.status_code, made.state) == (200, "submitted")
    assert good("POST", "/loans/apply", body, "k1").content == reply.content
    assert good("POST", "/loans/apply", body, "k2").status_code == 409
    assert good("POST", "/loans/apply", body).status_code == 400
    listed = Applications.model_validate(good("GET", "/applications").json())
    assert [one.application_id for one in listed.applications] == [made.application_id]


def test_what_is_missing_is_named_and_nothing_is_left_behind(bank: Platform, good: As) -> None:
    answers = {name: said for name, said in ANSWERS.items() if name not in ("phone", "may_check")}
    reply = good("POST", "/loans/apply", {"offer_id": an_offer(bank)["offer_id"], "answers": answers}, "k1")
    assert reply.status_code == 422
    assert {e["field"] for e in reply.json()["errors"]} == {"answers.phone", "answers.may_check"}
    assert good("GET", "/applications").json() == {"applications": []}


def test_a_draft_is_filled_in_step_by_step_and_sent(bank: Platform, papers: Papers, good: As) -> None:
    offer_id = an_offer(bank)["offer_id"]
    draft = Application.model_validate(good("POST", "/applications/drafts", {"offer_id": offer_id}).json())
    at = f"/applications/drafts/{draft.application_id}"
    for step in ("loan", "you", "check"):
        names = [f.name for s in draft.steps if s.step == step for f in s.fields] + ["car_dealer"] * (step == "loan")
        answers = {name: ANSWERS[name] for name in names if name in ANSWERS}
        saved = good("PUT", at, {"step": step, "answers": answers, "version": draft.version})
        draft = Application.model_validate(saved.json())
    one = f"/applications/{draft.application_id}"
    assert good("POST", f"{one}/submit").status_code == 400
    assert good("POST", f"{one}/submit", key="k1").json()["state"] == "submitted"
    papers.all("accepted")
    bank.applications.advance(draft.application_id)
    accept = f"/offers/{offer_id}/accept"
    assert good("POST", accept, {"agreed": []}, "k2").status_code == 422
    accepted = good("POST", accept, {"agreed": ["read_disclosure"]}, "k3")
    assert Application.model_validate(accepted.json()).state == "accepted"
    assert good("GET", one).json()["timeline"][-1]["act"] == "accept"


def test_a_stale_version_is_a_conflict(bank: Platform, good: As) -> None:
    draft = good("POST", "/applications/drafts", {"offer_id": an_offer(bank)["offer_id"]}).json()
    at = f"/applications/drafts/{draft['application_id']}"
    first = {"step": "you", "answers": {"phone": "555 010 2030"}, "version": 1}
    assert good("PUT", at, first).json()["version"] == 2
    stale = good("PUT", at, {**first, "answers": {"phone": "555 010 9999"}})
    assert (stale.status_code, stale.json()["code"]) == (409, "changed")


def test_offers_are_listed_set_aside_and_turned_down(bank: Platform, good: As) -> None:
    offer_id = an_offer(bank)["offer_id"]
    listed = Offers.model_validate(good("GET", "/offers").json()).offers
    assert offer_id in {offer.offer_id for offer in listed}
    assert Offers.model_validate(good("PUT", f"/offers/{offer_id}/saved").json()).offers[0].saved
    assert good("GET", "/offers/saved").json() == good("PUT", f"/offers/{offer_id}/saved").json()
    assert good("DELETE", f"/offers/{offer_id}/saved").json() == {"offers": []}
    gone = Declined.model_validate(good("POST", f"/offers/{offer_id}/decline", key="k1").json())
    assert (gone.state, gone.application) == ("declined", None)
    assert offer_id not in {offer["offer_id"] for offer in good("GET", "/offers").json()["offers"]}


def test_an_invitation_goes_from_one_to_the_other(client: TestClient, good: As) -> None:
    made = Invited.model_validate(good("POST", "/invitations").json())
    thin = As(client, "thin")
    said = thin("POST", "/invitations/answer", {"code": made.code, "agree": True})
    assert InvitationAnswered.model_validate(said.json()).state == "agreed"
    assert Invitations.model_validate(good("GET", "/invitations").json()).invitations[0].name is not None
    assert thin("POST", "/invitations/answer", {"code": made.code, "agree": True}).status_code == 404
    assert good("POST", "/invitations/answer", {"code": "x", "agree": "yes"}).status_code == 422


def test_a_referred_case_is_ended_by_an_officer(bank: Platform, client: TestClient) -> None:
    applicant, officer = As(client, "thin"), As(client, "officer")
    asked = {"product": "car", "amount": "10000"}
    decision = applicant("POST", "/loans/predict", asked).json()["decision_id"]
    body = {"decision_id": decision, "answers": {**ANSWERS, **ABOUT_ME}}
    made = applicant("POST", "/loans/apply", body, "k1").json()
    assert made["state"] == "in_review"
    waiting = CaseList.model_validate(officer("GET", "/staff/applications").json()).applications
    assert [(one.application_id, one.why) for one in waiting] == [(made["application_id"], "referred")]
    at = f"/staff/applications/{made['application_id']}"
    assert CaseShown.model_validate(officer("GET", at).json()).customer_id == "C00004"
    assert officer("POST", f"{at}/decide", {"act": "offer", "reason": "no such"}).status_code == 422
    done = officer("POST", f"{at}/decide", {"act": "refuse", "reason": "terms_not_met", "note": "Seen."})
    assert CaseShown.model_validate(done.json()).state == "refused"
    assert officer("POST", f"{at}/decide", {"act": "refuse", "reason": "papers_missing"}).status_code == 409
    shown = applicant("GET", f"/applications/{made['application_id']}").json()
    assert "Seen." not in str(shown)
    assert "officer" not in str(shown["timeline"])


def test_a_refused_applicant_fetches_the_notice_with_the_ground(client: TestClient) -> None:
    applicant, officer = As(client, "review"), As(client, "officer")
    asked = {"product": "car", "amount": "10000"}
    decision = applicant("POST", "/loans/predict", asked).json()["decision_id"]
    body = {"decision_id": decision, "answers": {**ANSWERS, **ABOUT_ME}}
    made = applicant("POST", "/loans/apply", body, "k1").json()
    at = f"/staff/applications/{made['application_id']}/decide"
    assert officer("POST", at, {"act": "refuse", "reason": "employment_not_shown"}).status_code == 200
    assert "Unable to verify employment." in applicant("GET", f"/decisions/{decision}/notice").text
    assert As(client, "good")("GET", f"/decisions/{decision}/notice").status_code == 404


OWN = [
    ("POST", "/loans/apply", {"offer_id": OFFER}),
    ("POST", "/applications/drafts", {"offer_id": OFFER}),
    ("POST", "/applications/drafts", {"decision_id": DECISION}),
    ("PUT", "/applications/drafts/{a}", {"step": "you", "answers": {"phone": "1"}, "version": 1}),
    ("GET", "/applications/{a}", None),
    ("POST", "/applications/{a}/submit", None),
    ("POST", "/applications/{a}/withdraw", None),
    ("POST", "/offers/{o}/accept", {"agreed": ["read_disclosure"]}),
    ("POST", "/offers/{o}/decline", None),
    ("PUT", "/offers/{o}/saved", None),
    ("DELETE", "/offers/{o}/saved", None),
]


@pytest.mark.parametrize(("method", "path", "body"), OWN, ids=[f"{m} {p}" for m, p, _ in OWN])
def test_what_is_not_yours_is_not_there(
    bank: Platform, client: TestClient, good: As, method: str, path: str, body: Any
) -> None:
    offer_id = an_offer(bank)["offer_id"]
    mine = good("POST", "/applications/drafts", {"offer_id": offer_id}).json()
    other, real = As(client, "thin"), {"a": mine["application_id"], "o": offer_id}
    nobodys = {"a": "a_" + "a" * 26, "o": OFFER}
    at_mine = {"offer_id": offer_id} if "offer_id" in (body or {}) else body
    theirs, unknown = (other(method, path.format(**ids), b, "k") for ids, b in ((real, at_mine), (nobodys, body)))
    assert (theirs.status_code, unknown.status_code) == (404, 404)
    assert theirs.json()["detail"] == unknown.json()["detail"]
    assert client.request(method, f"/api/v1{path.format(**real)}", json=body).status_code == 401
    assert As(client, "officer")(method, path.format(**real), at_mine, "k").status_code == 403
    assert good("GET", f"/applications/{mine['application_id']}").json() == mine


@pytest.mark.parametrize("path", ["/staff/applications", f"/staff/applications/a_{'a' * 26}"])
def test_cases_are_for_staff(good: As, path: str) -> None:
    assert good("GET", path).status_code == 403


def test_an_auditor_reads_cases_and_decides_none(client: TestClient) -> None:
    auditor = As(client, "auditor")
    assert auditor("GET", "/staff/applications").status_code == 200
    body = {"act": "refuse", "reason": "papers_missing"}
    assert auditor("POST", f"/staff/applications/a_{'a' * 26}/decide", body).status_code == 403


BAD: list[Any] = [
    {}, {"offer_id": OFFER, "decision_id": DECISION}, {"offer_id": 1}, {"offer_id": "o_1"}, {"offer_id": None},
    {"offer_id": OFFER, "answers": []}, {"offer_id": OFFER, "answers": {"phone": 5}},
    {"offer_id": OFFER, "answers": {"phone": "1" * 501}}, {"offer_id": OFFER, "amount": "1.00"},
]  # fmt: skip


@pytest.mark.parametrize("body", BAD)
def test_a_body_out_of_contract_names_its_fields(good: As, body: Any) -> None:
    reply = good("POST", "/loans/apply", body, "k1")
    assert reply.status_code == 422
    assert reply.json()["errors"]
