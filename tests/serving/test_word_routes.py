"""Texts and feedback over HTTP: one's own, as JSON or as a stream, and never twice."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lending.application_ports import ApplicationEvent, ApplicationRow
from lending.domain.workflow import Party, State
from serving.api.app import create_api
from serving.api.word_shapes import Advice, Explanation, FeedbackTaken
from serving.teller import new_id
from tests.rag.writers import Writer, faithful
from tests.serving.clients import TestClient
from tests.serving.word_bank import WordBank

SAID = {"about": "decision", "thumb": "down", "reason": "hard_to_understand", "comment": "Too long."}


@pytest.fixture
def bank(tmp_path: Path) -> Iterator[WordBank]:
    bank = WordBank(tmp_path, Writer(faithful))
    yield bank
    bank.records.database.engine.dispose()


@pytest.fixture
def client(bank: WordBank) -> Iterator[TestClient]:
    with TestClient(create_api(bank)) as found:  # type: ignore[arg-type]
        yield found


def signed_in(bank: WordBank, username: str = "user1", **more: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {bank.identity.open(username)[0]}", **more}


def explain(client: TestClient, bank: WordBank, decision_id: str, username: str = "user1", **more: str) -> Any:
    return client.get(f"/api/v1/decisions/{decision_id}/explanation", headers=signed_in(bank, username, **more))


def say(client: TestClient, bank: WordBank, said: dict[str, Any], key: str = "k-1", username: str = "user1") -> Any:
    headers = signed_in(bank, username, **({"Idempotency-Key": key} if key else {}))
    return client.post("/api/v1/feedback", json=said, headers=headers)


def test_an_explanation_is_answered_with_citations_that_can_be_opened(client: TestClient, bank: WordBank) -> None:
    quote = bank.quote()
    reply = explain(client, bank, quote["decision_id"])
    assert reply.status_code == 200
    text = Explanation.model_validate(reply.json())
    known = {c.passage for c in text.citations}
    assert known
    assert all(name in known for sentence in text.sentences for name in sentence.cites)
    assert all(c.text for c in text.citations)


def test_the_stream_shows_the_template_first_and_the_checked_text_after_it(client: TestClient, bank: WordBank) -> None:
    quote = bank.quote()
    reply = explain(client, bank, quote["decision_id"], Accept="text/event-stream")
    assert reply.headers["content-type"].startswith("text/event-stream")
    events = [block.split("\n", 1) for block in reply.text.strip().split("\n\n")]
    names = [name.removeprefix("event: ") for name, _ in events]
    data = [json.loads(line.removeprefix("data: ")) for _, line in events]
    assert names[0] == "sentence"
    assert [n for n in names if n != "sentence"] == ["citations", "status", "replace", "done"]
    assert data[-1]["generation_id"].startswith("g_")
    assert data[-2]["written_by"] == Writer.name


def test_an_explanation_is_for_whom_the_decision_is(client: TestClient, bank: WordBank) -> None:
    quote = bank.quote()
    theirs = explain(client, bank, quote["decision_id"], "user2")
    unknown = explain(client, bank, "d_" + "a" * 26, "user2")
    odd = explain(client, bank, "..%2f..", "user2")
    assert {theirs.status_code, unknown.status_code, odd.status_code} == {404}
    assert theirs.json()["detail"] == unknown.json()["detail"]
    assert explain(client, bank, quote["decision_id"], "officer").status_code == 403


def test_feedback_is_taken_once_for_a_key(client: TestClient, bank: WordBank) -> None:
    said = {**SAID, "id": bank.quote()["decision_id"]}
    first, again = say(client, bank, said), say(client, bank, said)
    FeedbackTaken.model_validate(first.json())
    assert again.content == first.content
    assert again.headers["idempotent-replayed"] == "true"
    assert len(bank.feedbacks.list()) == 1
    assert bank.feedbacks.list()[0].comment == "Too long."
    assert say(client, bank, {**said, "thumb": "up"}).status_code == 422
    assert say(client, bank, said, key="k-2").json() != first.json()


def test_a_key_is_needed_and_belongs_to_its_user(client: TestClient, bank: WordBank) -> None:
    said = {**SAID, "id": bank.quote()["decision_id"]}
    assert say(client, bank, said, key="").status_code == 400
    assert say(client, bank, said).status_code == 200
    assert (
        say(client, bank, {**said, "id": bank.quote(customer="C2")["decision_id"]}, username="user2").status_code == 200
    )


def test_a_key_whose_first_request_is_still_at_work_answers_409(
    client: TestClient, bank: WordBank, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("serving.once.WAIT_SECONDS", 0.1)
    said = {**SAID, "id": bank.quote()["decision_id"]}
    body = json.dumps(said, sort_keys=True, separators=(",", ":"))
    from lending.domain.record import sha256_hex

    bank.records.idempotency.claim("user1", "k-1", sha256_hex(f"POST /api/v1/feedback\n{body}".encode()))
    reply = say(client, bank, said)
    assert (reply.status_code, reply.json()["code"]) == (409, "running")


def test_a_refused_request_gives_its_key_back(client: TestClient, bank: WordBank) -> None:
    mine, theirs = bank.quote()["decision_id"], bank.quote(customer="C2")["decision_id"]
    assert say(client, bank, {**SAID, "id": theirs}).status_code == 404
    assert say(client, bank, {**SAID, "id": mine}).status_code == 200


def test_a_text_is_named_by_its_generation(client: TestClient, bank: WordBank) -> None:
    name = explain(client, bank, bank.quote()["decision_id"]).json()["generation_id"]
    said = {**SAID, "about": "generation", "id": name}
    assert say(client, bank, said).status_code == 200
    assert say(client, bank, said, username="user2").status_code == 404


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"thumb": "sideways"}, "thumb"),
        ({"reason": "because"}, "reason"),
        ({"comment": "x" * 1001}, "comment"),
        ({"comment": 7}, "comment"),
        ({"about": "bank"}, "about"),
        ({"id": "C2"}, "id"),
        ({"customer": "C2"}, "customer"),
    ],
)
def test_what_is_out_of_contract_is_named(
    client: TestClient, bank: WordBank, change: dict[str, Any], field: str
) -> None:
    reply = say(client, bank, {**SAID, "id": "d_" + "a" * 26, **change})
    assert reply.status_code == 422
    assert field in [error["field"] for error in reply.json()["errors"]]


def test_staff_review_feedback_and_the_act_is_on_the_audit_trail(client: TestClient, bank: WordBank) -> None:
    say(client, bank, {**SAID, "id": bank.quote()["decision_id"]})
    (row,) = bank.feedbacks.list("new")
    assert bank.feedbacks.review(row.feedback_id, "accepted", "risk").state == "accepted"
    assert bank.feedbacks.list("new") == []
    assert bank.records.audit.broken_at() is None


def advise(client: TestClient, bank: WordBank, **wanted: Any) -> Any:
    return client.post("/api/v1/loans/advise", json=wanted, headers=signed_in(bank))


def test_advice_puts_every_product_side_by_side_and_leaves_nothing_on_record(
    client: TestClient, bank: WordBank
) -> None:
    found = Advice.model_validate(advise(client, bank, amount="12000", need="car").json())
    assert {loan.product for loan in found.loans} == {"car", "home", "gold", "education"}
    assert "we recommend the car loan" in found.text.body
    assert list(bank.records.decisions.ids()) == []


@pytest.mark.parametrize(
    ("wanted", "field"),
    [
        ({"amount": "12000", "product": "car"}, "product"),
        ({"need": "car"}, "amount"),
        ({"amount": "1", "need": "yacht"}, "need"),
    ],
)
def test_advice_names_what_is_wrong_with_a_question(
    client: TestClient, bank: WordBank, wanted: dict[str, Any], field: str
) -> None:
    reply = advise(client, bank, **wanted)
    assert reply.status_code == 422
    assert [error["field"] for error in reply.json()["errors"]] == [field]


def test_applying_is_rated_from_one_to_five_by_whom_it_is(client: TestClient, bank: WordBank) -> None:
    about = an_application_of("C1", bank)
    rating = {"about": "application", "id": about, "rating": 4, "comment": "Quick."}
    assert say(client, bank, rating).status_code == 200
    (row,) = bank.feedbacks.list()
    assert (row.about, row.thumb, row.reason, row.comment) == ("application", "up", "rated_4", "Quick.")
    assert say(client, bank, rating, key="k-2", username="user2").status_code == 404
    for wrong in (0, 6, "4", True, 4.5, None):
        refused = say(client, bank, {**rating, "rating": wrong}, key="k-3")
        assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "rating")
    assert say(client, bank, {**rating, "thumb": "up"}, key="k-4").status_code == 422
    assert len(bank.feedbacks.list()) == 1


def an_application_of(customer: str, bank: WordBank) -> str:
    now, name = bank.clock.now(), new_id("a")
    row = ApplicationRow(name, customer, "car", State.DRAFT, 1, bank.quote()["decision_id"], None, b"{}", now, now)
    bank.records.applications.add(row, ApplicationEvent(now, "user1", Party.CUSTOMER, "start", None, State.DRAFT))
    return name
