"""The matrix of roles, cell by cell, on pages, routes and callbacks of the console and on the API.

What each page and route declares is compared with a table written by hand; what happens is compared with the matrix.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import pytest
from httpx import Response

from console.access import allowed
from console.app import PAGES, own_routes
from console.gate import CALLBACK_ROUTE
from console.pages.page import page_of
from console.staff_menu import MENU
from lending.domain.roles import Permission, Role, may
from serving.api.access import Open, access_of
from serving.api.app import create_api
from tests.attacks.attacked_portal import Portal
from tests.bank import PASSWORD
from tests.console.conftest import body_for
from tests.serving.clients import TestClient

pytestmark = pytest.mark.usefixtures("quiet")
PEOPLE: Mapping[Role, str] = {
    Role.CUSTOMER: "good", Role.OFFICER: "officer", Role.SENIOR_OFFICER: "senior", Role.RISK_MANAGER: "risk",
    Role.DATA_SCIENTIST: "scientist", Role.ADMIN: "admin", Role.AUDITOR: "auditor",
}  # fmt: skip
OPENED: Mapping[str, str] = {
    "/staff": "officer senior risk scientist admin auditor",
    "/staff/applications": "risk scientist auditor",
    "/staff/drift": "risk scientist auditor",
    "/staff/performance": "risk scientist auditor",
    "/staff/fairness": "risk scientist auditor",
    "/staff/language": "risk scientist auditor",
    "/staff/alarms": "risk scientist auditor",
    "/staff/cases": "officer senior auditor",
    "/staff/approvals": "risk scientist auditor",
    "/staff/models": "risk scientist auditor",
    "/staff/lab": "senior risk auditor",
    "/staff/experiments": "risk scientist auditor",
    "/staff/flows": "risk scientist admin auditor",
    "/staff/register": "risk scientist auditor",
    "/staff/audit": "auditor",
}
"""Who may open each page of staff."""
ROLES = tuple(Role)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Portal:
    """A console of this file's own: those who may act here do act."""
    made = Portal(tmp_path_factory.mktemp("matrix"))
    for name in PEOPLE.values():
        made.client(name)
    assert made.things
    return made


@pytest.fixture(scope="module")
def api(place: Portal) -> tuple[TestClient, Mapping[Role, Mapping[str, str]]]:
    tokens = {role: place.bank.identity.sign_in(name, PASSWORD, "here")[0] for role, name in PEOPLE.items()}
    headers = {role: {"Authorization": f"Bearer {token}"} for role, token in tokens.items()}
    return TestClient(create_api(place.bank)), headers


def filled(rule: str, things: Mapping[str, str]) -> str:
    """An address with the owner's ids, or with an id that is nobody's."""
    return re.sub(
        r"<(?:\w+:)?(\w+)>|\{(\w+)\}", lambda part: things.get(part[1] or part[2], "x1"), rule
    )  # fmt: skip


def test_the_table_names_every_page_of_the_menu() -> None:
    assert {entry.path for _, entries in MENU for entry in entries} == set(OPENED)


@pytest.mark.parametrize("path", OPENED)
def test_a_page_of_staff_opens_for_those_of_the_table_and_for_nobody_else(place: Portal, path: str) -> None:
    found = {name for name in PEOPLE.values() if place.client(name).get(path).status_code == 200}
    assert found == set(OPENED[path].split())


@pytest.mark.parametrize("role", ROLES)
def test_every_page_answers_as_the_matrix_says(place: Portal, role: Role) -> None:
    for page in map(page_of, PAGES):
        if page.path == "/":
            continue
        answer = place.client(PEOPLE[role]).get(filled(page.path, place.things))
        assert (answer.status_code == 200) == page.open_to(role), f"{role} {page.path}: {answer.status_code}"


@pytest.mark.parametrize("role", [role for role in ROLES if role is not Role.CUSTOMER])
def test_every_own_route_answers_as_the_matrix_says(place: Portal, role: Role) -> None:
    for one in own_routes(tuple(map(page_of, PAGES))):
        if "/sessions/" in one.path:
            continue  # it would end the session that asks
        for method in one.methods:
            before = place.dump() if not allowed(role, one.permission) else None
            answer = place.client(PEOPLE[role]).open(filled(one.path, place.things), method=method, buffered=True)
            assert answer.status_code < 500, f"{role} {method} {one.path}: {answer.status_code}"
            assert (answer.status_code == 403) == (not allowed(role, one.permission)), f"{role} {method} {one.path}"
            assert before is None or place.dump() == before


@pytest.mark.parametrize("role", ROLES)
def test_every_callback_answers_as_the_matrix_says(place: Portal, role: Role) -> None:
    registry: Any = place.app._registry  # type: ignore[attr-defined]
    for output, entry in place.app.callback_map.items():
        if "callback" not in entry:
            continue
        answer = place.client(PEOPLE[role]).post(CALLBACK_ROUTE, json=body_for(place.app, output, {}))
        assert (answer.status_code == 403) == (not allowed(role, registry.need(output))), f"{role} {output}"


@pytest.mark.parametrize("role", ROLES)
def test_every_route_of_the_api_answers_as_the_matrix_says(
    place: Portal, api: tuple[TestClient, Mapping[Role, Mapping[str, str]]], role: Role
) -> None:
    client, headers = api
    for route in client.app.routes:  # type: ignore[attr-defined]
        need = access_of(route.endpoint)
        if need in (Open.PUBLIC, Open.SIGNED_IN) or not isinstance(need, Permission):
            continue
        for method in route.methods - {"HEAD"}:
            answer: Response = client.request(method, filled(route.path, place.things), headers=headers[role])
            refused = answer.status_code == 403 and answer.json()["code"] == "role"
            assert answer.status_code < 500 or answer.status_code == 503, f"{role} {method} {route.path}"
            assert refused == (not may(role, need)), f"{role} {method} {route.path}: {answer.status_code}"
