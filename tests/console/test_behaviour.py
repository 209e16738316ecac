from __future__ import annotations

import json
import re
from collections.abc import Callable
from html import unescape
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from console.app import PAGES, create_app
from console.components.application import marks
from console.pages.page import page_of
from console.words import Say
from lending.adapters.tables_portal import behaviour
from lending.domain.roles import Role
from lending.domain.workflow import State
from lending.settings import ROOT
from serving.assembly import Platform
from tests.bank import PASSWORD, open_bank

VIEW = {"event": "view", "page": "home"}
ADDRESS = "/portal/events"
HOME = {
    "output": "page.children", "outputs": {"id": "page", "property": "children"}, "changedPropIds": [],
    "inputs": [{"id": "location", "property": "pathname", "value": "/"}],
    "state": [{"id": "location", "property": "search", "value": ""}],
}  # fmt: skip


@pytest.fixture
def bank(tmp_path: Path) -> Platform:
    return open_bank(tmp_path)


@pytest.fixture
def client(bank: Platform) -> Callable[[str], FlaskClient]:
    app = create_app(bank)

    def signed_in(name: str) -> FlaskClient:
        made = app.server.test_client()
        if name:
            made.post("/sign-in", data={"username": name, "password": PASSWORD})
        return made

    return signed_in


def noted(bank: Platform) -> int:
    with bank.records.database.look() as connection:
        return connection.execute(select(func.count()).select_from(behaviour)).scalar_one()


def test_a_customers_page_tells_what_happens_on_it(bank: Platform, client: Callable[[str], FlaskClient]) -> None:
    answer = client("good").post(ADDRESS, json=VIEW)
    assert (answer.status_code, answer.data) == (204, b"")
    assert noted(bank) == 1


@pytest.mark.parametrize("header", ["DNT", "Sec-GPC"])
def test_nothing_is_noted_of_whoever_minds(bank: Platform, client: Callable[[str], FlaskClient], header: str) -> None:
    assert client("good").post(ADDRESS, json=VIEW, headers={header: "1"}).status_code == 204
    assert noted(bank) == 0


@pytest.mark.parametrize(("name", "status"), [("", 401), ("officer", 403)])
def test_nobody_else_has_events_to_tell(
    bank: Platform, client: Callable[[str], FlaskClient], name: str, status: int
) -> None:
    assert client(name).post(ADDRESS, json=VIEW).status_code == status
    assert noted(bank) == 0


@pytest.mark.parametrize(
    ("body", "status"), [(b"", 400), (b"[]", 422), (b"{" * 300, 400), (b'{"event": NaN}', 400), (b"x" * 600, 413),
                         (b'{"event": "view", "page": "home", "name": "Ann"}', 422)]
)  # fmt: skip
def test_anything_else_is_refused(
    bank: Platform, client: Callable[[str], FlaskClient], body: bytes, status: int
) -> None:
    answer = client("good").post(ADDRESS, data=body, content_type="application/json")
    assert answer.status_code in (status, 400)
    assert noted(bank) == 0


def test_the_home_page_says_its_lead_in_the_customers_own_wording_and_notes_it_once(
    bank: Platform, client: Callable[[str], FlaskClient]
) -> None:
    person = client("good")
    drawn = [person.post("/_dash-update-component", json=HOME).get_json() for _ in range(2)]
    shown = bank.variants.seen("C00001")["home_lead"]
    assert Say()(f"tried.home_lead.{shown}") in str(drawn[0])
    assert sum(bank.records.exposures.counts("home_lead").values()) == 1


def test_every_page_of_a_customer_is_one_that_is_noted(bank: Platform) -> None:
    pages = [page for page in map(page_of, PAGES) if page.open_to(Role.CUSTOMER)]
    first = {page.path.strip("/").split("/")[0] or "home" for page in pages}
    assert first == set(bank.behaviour.lists.pages) - {"assistant"}


def test_every_step_that_an_application_shows_is_one_that_is_noted(bank: Platform) -> None:
    known = bank.behaviour.known()
    shown = [marks({"state": state, "product": "car"}) for state in State]
    steps = {one["step"] for one in shown if one}
    assert steps == set(known["pages"]["applications"])


def test_every_step_that_a_script_tells_is_one_that_is_noted(bank: Platform) -> None:
    source = (ROOT / "console" / "assets" / "what_if.js").read_text(encoding="utf-8")
    told = set(re.findall(r'(?:"data-step"|step): "([a-z]+)"', source))
    assert told == set(bank.behaviour.known()["pages"]["loans"])


def test_a_customers_document_says_what_is_noted_and_nobody_elses_does(
    bank: Platform, client: Callable[[str], FlaskClient]
) -> None:
    said = re.search(r'data-noted="([^"]*)"', client("good").get("/compare").text)
    assert said is not None
    assert json.loads(unescape(said[1])) == bank.behaviour.known()
    assert "data-noted" not in client("officer").get("/staff").text
