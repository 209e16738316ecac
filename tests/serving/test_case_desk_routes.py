"""The desk over HTTP: an officer overrides, a second person confirms, and the trail shows both."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from lending.adapters.tables import audit_events
from serving.api.app import create_api
from serving.api.desk_shapes import DeskCase, DeskOverride, DeskQueue, OverridesWatched
from serving.assembly import Platform
from tests.applying import referred, with_papers
from tests.bank import open_bank
from tests.serving.clients import TestClient
from tests.serving.test_application_routes import As

SAID = {"act": "offer", "reason": "flag_cleared", "ground": "explained", "comment": "Compliance cleared it."}


@pytest.fixture
def bank(tmp_path: Path) -> Platform:
    opened = open_bank(tmp_path)
    with_papers(opened)
    return opened


@pytest.fixture
def client(bank: Platform) -> Iterator[TestClient]:
    with TestClient(create_api(bank)) as opened:
        yield opened


def state(who: As, case: str) -> str:
    return who("GET", f"/applications/{case}").json()["state"]


def test_an_officer_overrides_a_second_person_confirms_and_the_trail_shows_both(
    bank: Platform, client: TestClient
) -> None:
    case, at = (found := referred(bank)["application_id"]), f"/staff/cases/{found}"
    senior, deputy, customer = As(client, "senior"), As(client, "deputy"), As(client, "review")
    queue = DeskQueue.model_validate(senior("GET", "/staff/cases?tab=free").json())
    assert [one["application_id"] for one in queue.cases] == [case]
    version = DeskCase.model_validate(senior("POST", f"{at}/take").json()).version
    made = DeskOverride.model_validate(senior("POST", f"{at}/override", {**SAID, "version": version}).json())
    assert (made.state, state(customer, case)) == ("proposed", "in_review")
    second = f"/staff/overrides/{made.override_id}/confirm"
    assert senior("POST", second, {"version": 1}).json()["code"] == "second_person"
    assert deputy("POST", second, {"version": 2}).json()["code"] == "changed"
    assert DeskCase.model_validate(deputy("GET", at).json()).may["confirm"]
    done = DeskOverride.model_validate(deputy("POST", second, {"version": 1, "answer": "Seen."}).json())
    assert (done.state, done.proposed_by, done.confirmed_by) == ("confirmed", "senior", "deputy")
    assert state(customer, case) == "offered"
    with bank.records.database.read() as connection:
        rows = connection.execute(select(audit_events).where(audit_events.c.subject == case)).all()
    trail = [(row.actor, row.act) for row in rows]
    assert {("senior", "override.proposed"), ("deputy", "override.confirmed"), ("deputy", "case.open")} <= set(trail)


def test_an_old_version_is_a_conflict_in_words(bank: Platform, client: TestClient) -> None:
    at, officer = f"/staff/cases/{referred(bank)['application_id']}", As(client, "officer")
    version = officer("GET", at).json()["version"]
    officer("POST", f"{at}/take")
    answer = officer("POST", f"{at}/decide", {"act": "refuse", "ground": "terms_not_met", "version": version})
    assert (answer.status_code, answer.json()["code"]) == (409, "changed")
    taken = As(client, "senior")("POST", f"{at}/take")
    assert (taken.status_code, taken.json()["code"]) == (409, "taken")


def test_which_rule_is_confidential_is_told_to_few(bank: Platform, client: TestClient) -> None:
    at = f"/staff/cases/{referred(bank)['application_id']}"
    for name, knows in (("officer", False), ("senior", True), ("auditor", True)):
        shown = As(client, name)("GET", at)
        assert ("flag_count" in shown.text) is knows
        assert ('"screening"' in shown.text) is knows
        assert shown.json()["decision"]["hidden"] is not knows


CELLS: list[tuple[str, str, dict[str, Any] | None, str]] = [
    ("GET", "/staff/cases", None, "officer senior auditor"),
    ("GET", "/staff/cases/{case}", None, "officer senior auditor"),
    ("POST", "/staff/cases/{case}/take", {}, "officer senior"),
    ("POST", "/staff/cases/{case}/release", {}, "officer senior"),
    ("POST", "/staff/cases/{case}/ask", {}, "officer senior"),
    ("POST", "/staff/cases/{case}/decide", {}, "officer senior"),
    ("POST", "/staff/cases/{case}/override", {}, "senior"),
    ("GET", "/staff/overrides", None, "risk scientist auditor"),
    ("POST", "/staff/overrides/{override}/confirm", {}, "senior"),
    ("POST", "/staff/overrides/{override}/reject", {}, "senior"),
    ("POST", "/staff/overrides/{override}/withdraw", {}, "senior"),
]
PEOPLE = ("good", "officer", "senior", "risk", "scientist", "admin", "auditor")


def test_each_role_may_do_what_the_table_says(bank: Platform, client: TestClient) -> None:
    ids = {"case": "a_" + "a" * 26, "override": "v_" + "a" * 26}
    for name in PEOPLE:
        who = As(client, name)
        for method, path, body, allowed in CELLS:
            answer = who(method, path.format(**ids), body)
            assert (answer.status_code != 403) is (name in allowed.split()), f"{name} {method} {path}"


@pytest.mark.parametrize("query", ["tab=all&tab2=x", "tab=other", "page=0", "late=no", "why=because", "product=A%20B"])
def test_a_wrong_filter_is_named(client: TestClient, query: str) -> None:
    assert As(client, "officer")("GET", f"/staff/cases?{query}").status_code == 422


def test_the_watch_over_overrides_is_read(client: TestClient) -> None:
    found = As(client, "risk")("GET", "/staff/overrides")
    assert OverridesWatched.model_validate(found.json()).whole["cases"] == 0
