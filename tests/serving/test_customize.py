"""Everything around a decision over HTTP: offers side by side, letters, and whose they are."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from serving.api import shapes
from serving.api.app import create_api
from serving.formats import formats
from tests.serving.clients import TestClient
from tests.serving.standins import LinearModel, StandInPlatform

ASK = {"product": "car", "amount": "15000", "term_months": 48}


@pytest.fixture
def bank(tmp_path: Path) -> StandInPlatform:
    return StandInPlatform(tmp_path, LinearModel())


@pytest.fixture
def client(bank: StandInPlatform) -> Iterator[TestClient]:
    with TestClient(create_api(bank)) as found:  # type: ignore[arg-type]
        yield found


def signed_in(client: TestClient, bank: StandInPlatform, username: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {bank.identity.open(username)[0]}"}


def test_offers_are_answered_side_by_side_with_the_own_wish_first(client: TestClient, bank: StandInPlatform) -> None:
    who = signed_in(client, bank, "user1")
    answer = client.post("/api/v1/loans/customize", json=ASK, headers=who).json()
    shapes.Customized.model_validate(answer)
    assert answer["own"]["term_months"] == 48
    terms = next(row for row in answer["comparison"] if row["figure"] == "term_months")
    assert terms["values"][0] == 48
    assert set(terms["values"]) == {48, *(offer["term_months"] for offer in answer["recommended"])}
    assert terms["differs"]
    assert answer["text"]["written_by"] == "template"
    best = next(offer for offer in answer["recommended"] if offer["recommended"])
    assert formats("us").money(best["total_cost"]) in answer["text"]["body"]


def test_the_decision_is_the_one_that_predict_makes(client: TestClient, bank: StandInPlatform) -> None:
    who = signed_in(client, bank, "user1")
    one = client.post("/api/v1/loans/customize", json=ASK, headers=who).json()["decision"]
    other = client.post("/api/v1/loans/predict", json=ASK, headers=who).json()
    assert one["decision_id"] == other["decision_id"]
    assert other["offers"] == other["recourse"] == []


def test_without_a_term_every_path_takes_the_balanced_one(client: TestClient, bank: StandInPlatform) -> None:
    who = signed_in(client, bank, "user1")
    ask = {"product": "car", "amount": "15000"}
    answer = client.post("/api/v1/loans/customize", json=ask, headers=who).json()
    balanced = next(o for o in answer["recommended"] if o["recommended"])
    predicted = client.post("/api/v1/loans/predict", json=ask, headers=who).json()
    assert predicted["term_months"] == balanced["term_months"] == answer["decision"]["term_months"]


@pytest.mark.parametrize("form", ["", ".pdf"])
def test_a_sheet_is_for_whom_the_offer_was_made(client: TestClient, bank: StandInPlatform, form: str) -> None:
    pytest.importorskip("weasyprint", reason="no PDF without the extra letters and Pango")
    offer = client.post("/api/v1/loans/customize", json=ASK, headers=signed_in(client, bank, "user1")).json()["own"]
    place = f"/api/v1/offers/{offer['offer_id']}/disclosure{form}"
    mine = client.get(place, headers=signed_in(client, bank, "user1"))
    assert mine.status_code == 200
    assert mine.content.startswith(b"%PDF" if form else b"<!")
    theirs = client.get(place, headers=signed_in(client, bank, "user2"))
    unknown = client.get(f"/api/v1/offers/o_{'a' * 26}/disclosure{form}", headers=signed_in(client, bank, "user2"))
    assert (theirs.status_code, unknown.status_code) == (404, 404)
    assert theirs.json()["detail"] == unknown.json()["detail"]


def test_a_notice_is_for_refusals_and_an_approval_has_none(client: TestClient, bank: StandInPlatform) -> None:
    who = signed_in(client, bank, "user1")
    approved = client.post("/api/v1/loans/predict", json=ASK, headers=who).json()["decision_id"]
    assert client.get(f"/api/v1/decisions/{approved}/notice", headers=who).status_code == 409
    refused = client.post("/api/v1/loans/predict", json={**ASK, "amount": "99000"}, headers=who).json()
    assert refused["outcome"] == "decline"
    page = client.get(f"/api/v1/decisions/{refused['decision_id']}/notice", headers=who)
    assert page.status_code == 200
    assert "Equal Credit Opportunity Act" in page.text
    other = client.get(f"/api/v1/decisions/{refused['decision_id']}/notice", headers=signed_in(client, bank, "user2"))
    assert other.status_code == 404


def test_a_refusal_for_the_amount_comes_with_a_counter_offer(client: TestClient, bank: StandInPlatform) -> None:
    who = signed_in(client, bank, "user1")
    answer: dict[str, Any] = client.post("/api/v1/loans/customize", json={**ASK, "amount": "99000"}, headers=who).json()
    assert answer["own"] is None
    best = next(o for o in answer["recommended"] if o["recommended"])
    page = client.get(f"/api/v1/decisions/{answer['decision']['decision_id']}/notice", headers=who).text
    assert "different loan" in page
    assert f"{float(best['instalment']):,.2f}" in page
