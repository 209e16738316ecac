"""The assistant's routes in the portal: events, one's own conversations alone, and room for pages beside answers."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from console import assistant
from console.app import create_app
from serving.assembly import Platform
from tests.bank import PASSWORD, open_bank, with_knowledge

NOT_MINE = "t_" + "a" * 26
As = Callable[[str], FlaskClient]


@pytest.fixture(scope="module")
def bank(tmp_path_factory: pytest.TempPathFactory) -> Platform:
    return with_knowledge(open_bank(Path(tmp_path_factory.mktemp("bank"))))


@pytest.fixture(scope="module")
def signed_in(bank: Platform) -> As:
    server = create_app(bank).server

    def client(name: str) -> FlaskClient:
        one = server.test_client()
        one.post("/sign-in", data={"username": name, "password": PASSWORD})
        return one

    return client


def events_of(text: str) -> list[tuple[str, Any]]:
    blocks = [block.split("\n", 1) for block in text.strip().split("\n\n")]
    return [(name.removeprefix("event: "), json.loads(data.removeprefix("data: "))) for name, data in blocks]


def ask(client: FlaskClient, message: str = "Does asking hurt my credit score?", **more: str) -> list[tuple[str, Any]]:
    return events_of(client.post("/portal/chat", json={"message": message, **more}).text)


def test_an_answer_comes_as_events_with_what_it_cites(signed_in: As) -> None:
    told = ask(signed_in("good"))
    assert (told[0][0], told[-1][0]) == ("status", "done")
    (cited,) = [data["citations"] for name, data in told if name == "citations"]
    assert cited[0]["doc_id"] == "credit-check"


def test_a_talk_goes_on_and_is_read_again_by_its_owner_alone(signed_in: As) -> None:
    mine = signed_in("good")
    talk = ask(mine)[-1][1]["conversation_id"]
    assert ask(mine, "Which documents do I need?", conversation_id=talk)[-1][1]["conversation_id"] == talk
    kept = mine.get(f"/portal/conversations/{talk}").json
    assert kept is not None
    assert [turn["speaker"] for turn in kept["turns"]] == ["customer", "assistant"] * 2
    other = signed_in("refused")
    assert other.get(f"/portal/conversations/{talk}").status_code == 404
    assert other.post("/portal/chat", json={"message": "And now?", "conversation_id": talk}).status_code == 404


@pytest.mark.parametrize("name", [NOT_MINE, "x", "t_..", "t_" + "A" * 26])
def test_a_talk_that_is_not_there_is_not_found(signed_in: As, name: str) -> None:
    assert signed_in("good").get(f"/portal/conversations/{name}").status_code == 404


@pytest.mark.parametrize(
    "body",
    [{}, {"message": ""}, {"message": "..."}, {"message": 7}, {"message": "Hi", "more": 1}, {"message": "x" * 3000}],
)
def test_what_is_no_message_is_refused_with_its_field(signed_in: As, body: dict[str, Any]) -> None:
    answer = signed_in("good").post("/portal/chat", json=body)
    assert answer.status_code == 422
    assert answer.json is not None
    assert answer.json["errors"]


def test_staff_and_nobody_cannot_ask(signed_in: As) -> None:
    assert signed_in("officer").post("/portal/chat", json={"message": "Hello"}).status_code == 403
    assert signed_in("nobody").post("/portal/chat", json={"message": "Hello"}).status_code == 401


def test_answers_leave_room_for_pages_and_their_place_is_given_back(signed_in: As) -> None:
    client = signed_in("good")
    taken = 0
    while assistant._room.acquire(blocking=False):  # type: ignore[reportPrivateUsage] - as if answers were being told
        taken += 1
    try:
        assert taken == assistant._AT_ONCE  # type: ignore[reportPrivateUsage] - every answer before gave its place back
        refused = client.post("/portal/chat", json={"message": "Hello"})
        assert refused.status_code == 503
        assert refused.json is not None
        assert refused.json["code"] == "busy"
    finally:
        for _ in range(taken):
            assistant._room.release()  # type: ignore[reportPrivateUsage]
    assert ask(client)[-1][0] == "done"
