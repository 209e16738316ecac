"""Search, the language model and the sign-in provider fail in every way: texts fall back to the template and say so,
who is signed in goes on, nobody sees a 5xx or a word of the broken service, and all comes back by itself."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from flask.testing import FlaskClient

from console.app import create_app
from rag.adapters.opensearch_bodies import row
from rag.chunk import passages
from serving.api.app import create_api
from tests.bank import PASSWORD, open_bank
from tests.conftest import HandClock
from tests.fakes.http import SECRET, TRIED, Answer, Asked, Fault, Service, as_json
from tests.fakes.oidc import CLIENT, OidcService
from tests.rag.conftest import the_documents
from tests.serving.clients import TestClient

LOAN = {"product": "car", "amount": "12000", "term_months": 36}
API = "/api/v1"
PIECES = [piece for document in the_documents() for piece in passages(document)]


def search_server(asked: Asked) -> Answer:
    """An OpenSearch that holds the knowledge base: enough of it for what is asked."""
    if asked.path.startswith("/_alias/"):
        return as_json({"us-kb-v0001": {}})
    body = asked.json
    if "sort" in body and "search_after" not in body:
        rows = [(place, row(place, piece, np.zeros(1, np.float32))) for place, piece in enumerate(PIECES)]
        return as_json(
            {"hits": {"hits": [{"_id": str(n), "_source": {"body": r["body"]}, "sort": [n]} for n, r in rows]}}
        )
    return as_json({"hits": {"hits": []}})


@dataclass
class World:
    """A bank with everything elsewhere that can be, and a customer who is signed in."""

    place: Any
    clock: HandClock
    search: Service
    model: Service
    provider: OidcService
    api: TestClient
    pages: FlaskClient
    decision: str = ""

    def explained(self) -> dict[str, Any]:
        return self.kept(self.api.get(f"{API}/decisions/{self.decision}/explanation")).json()

    def chatted(self, message: str) -> str:
        return self.kept(self.api.post(f"{API}/chat", json={"message": message})).text

    def kept(self, answer: Any) -> Any:
        """An answer that a customer may see: no 5xx, and nothing of a broken service in it."""
        assert answer.status_code < 500, answer.text
        text = answer.text
        assert SECRET not in text
        assert "Traceback" not in text
        return answer


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    clock, search, model, provider = HandClock(), Service(search_server), Service(), OidcService()
    place = open_bank(
        Path(tmp_path_factory.mktemp("bank")), clock=clock, search_url=search.url, search_seconds=3.0,
        search_failures=2, search_rest_seconds=10.0, llm_kind="openai", llm_url=f"{model.url}/v1", llm_model="m",
        llm_price_in=0, llm_price_out=0, llm_seconds=1.0, llm_tries=1, llm_failures=2, llm_rest_seconds=30.0,
        oidc_issuer=provider.url, oidc_client_id=CLIENT, oidc_return_url=provider.return_url, oidc_seconds=1.0,
        oidc_password_accounts=("good",), cookie_secure=False,
    )  # fmt: skip
    pages = create_app(place).server.test_client()
    assert pages.post("/sign-in", data={"username": "good", "password": PASSWORD}).status_code == 303
    with TestClient(create_api(place)) as api:
        token = api.post(f"{API}/login", json={"username": "good", "password": PASSWORD}).json()["token"]
        api.headers["Authorization"] = f"Bearer {token}"
        made = World(place, clock, search, model, provider, api, pages)
        made.decision = api.post(f"{API}/loans/predict", json=LOAN).json()["decision_id"]
        yield made
    for service in (search, model, provider):
        service.stop()
    place.records.database.engine.dispose()


@pytest.fixture(autouse=True)
def well(world: World) -> None:
    """Before each test everything is well again and no breaker remembers anything."""
    for service in (world.search, world.model, world.provider):
        service.fault = None
        service.asked.clear()
    world.model.status, world.model.blocks = 200, []
    world.place.sources.index._server._breaker.passed()
    world.place.language_model._breaker.passed()
    world.clock.move(minutes=2)


def test_with_search_the_template_cites_its_sources(world: World) -> None:
    text = world.explained()
    assert text["written_by"] == "template"
    assert text["citations"]


@pytest.mark.parametrize("fault", TRIED)
def test_without_search_the_text_is_told_without_sources(world: World, fault: Fault) -> None:
    world.search.fault = fault
    world.place.sources._held.clear()  # as a process that has just started
    text = world.explained()
    assert (text["written_by"], text["citations"]) == ("template", [])
    assert text["body"]


def test_without_search_the_assistant_says_that_it_cannot_look_it_up_and_still_decides(world: World) -> None:
    world.search.fault = "503"
    assert "cannot look that up at the moment" in world.chatted("is there a late fee")
    priced = world.chatted("what would 12,000 over 36 months cost me for a car")
    assert "12,000" in priced, priced


def test_a_search_server_that_fails_is_left_alone_and_found_again(world: World) -> None:
    world.search.fault = "503"
    for _ in range(4):
        world.chatted("is there a late fee")
    assert len(world.search.asked) == 2
    world.search.fault = None
    world.place.sources._held.clear()
    assert not world.explained()["citations"]
    world.clock.move(seconds=11)
    assert world.explained()["citations"]


@pytest.mark.parametrize("fault", TRIED)
def test_without_the_model_the_template_stands_and_is_named_as_what_it_is(world: World, fault: Fault) -> None:
    world.model.fault = fault
    text = world.explained()
    assert (text["written_by"], bool(text["body"])) == ("template", True)
    with world.kept(world.pages.get(f"/portal/decisions/{world.decision}/explanation")) as shown:
        assert '"written_by": "template"' in shown.get_data(as_text=True)


def test_a_model_that_fails_is_left_alone_and_tried_again_later(world: World) -> None:
    world.model.fault = "503"
    for _ in range(4):
        world.explained()
    assert len(world.model.asked) == 2
    world.clock.move(seconds=31)
    world.explained()
    assert len(world.model.asked) == 3
    failures = [row.failures for row in world.place.records.generations.since(world.clock.now().replace(hour=0))]
    assert (("unavailable", "llm_resting"),) in failures


def test_with_everything_down_who_is_signed_in_goes_on(world: World) -> None:
    for service in (world.search, world.model, world.provider):
        service.fault = "refused"
    world.place.sources._held.clear()
    for path in ("/", "/loans/car", "/applications", "/messages", "/account"):
        assert world.kept(world.pages.get(path)).status_code == 200
    quote = world.kept(world.api.post(f"{API}/loans/predict", json={**LOAN, "amount": "13000"})).json()
    assert quote["outcome"] == "approve"
    assert world.explained()["written_by"] == "template"
    assert "event: done" in world.chatted("why was I approved")
    assert json.loads(world.kept(world.api.get(f"{API}/me")).text)["username"] == "good"


def test_nobody_new_comes_in_meanwhile_and_the_page_says_why(world: World) -> None:
    world.provider.fault = "hang"
    stranger = world.pages.application.test_client()
    answer = world.kept(stranger.get("/sign-in/provider", follow_redirects=True))
    assert "does not answer at the moment" in answer.get_data(as_text=True)
