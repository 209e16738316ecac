"""Texts and experiments over HTTP: as promised, for those who watch, and wrong questions refused."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from serving.api import watch_shapes as shapes
from serving.api.app import create_api
from serving.parse_chat import ChatAsk
from tests.bank import PASSWORD, open_bank, with_knowledge
from tests.serving.test_trials import ASK


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    bank = with_knowledge(open_bank(Path(tmp_path_factory.mktemp("bank"))))
    list(bank.chat.say("C00001", ChatAsk("What fees are there?")))
    bank.trial_desk.define(ASK, "scientist")
    bank.trial_desk.start(ASK.name, 1, "scientist")
    for number in range(1, 20):
        bank.variants.at(f"C{number:05}", ASK.place)
    with TestClient(create_api(bank)) as opened:
        yield opened
    bank.records.database.engine.dispose()


def got(client: TestClient, name: str, path: str) -> tuple[int, dict[str, object]]:
    token = client.post("/api/v1/login", json={"username": name, "password": PASSWORD}).json()["token"]
    answer = client.get(f"/api/v1/staff/{path}", headers={"Authorization": f"Bearer {token}"})
    return answer.status_code, answer.json()


def test_answers_have_their_documented_shape(client: TestClient) -> None:
    for path, shape in (
        ("language?days=7&by=week", shapes.Language),
        ("experiments", shapes.ExperimentList),
        ("experiments/loans_first", shapes.ExperimentResult),
        ("experiments/home_lead", shapes.ExperimentResult),
    ):
        status, body = got(client, "risk", path)
        assert status == 200
        shape.model_validate(body)


@pytest.mark.parametrize(("path", "status"), [("language?days=5", 422), ("language?by=hour", 422),
                                              ("language?rate=1", 422), ("experiments/none", 404)])  # fmt: skip
def test_wrong_questions_are_refused(path: str, status: int, client: TestClient) -> None:
    assert got(client, "risk", path)[0] == status


@pytest.mark.parametrize("name", ["good", "officer", "admin"])
def test_who_does_not_watch_is_refused(name: str, client: TestClient) -> None:
    for path in ("language", "experiments", "experiments/loans_first"):
        assert got(client, name, path)[0] == 403
