from __future__ import annotations

import logging
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from lending.adapters.tables_portal import behaviour
from serving.assembly import Platform
from serving.behaviour import read_lists
from serving.fields import InvalidBody
from serving.funnel import By
from tests.bank import open_bank
from tests.conftest import HandClock

VIEW = {"event": "view", "page": "home"}


@pytest.fixture
def bank(tmp_path: Path, clock: HandClock) -> Platform:
    opened = open_bank(tmp_path)
    opened.clock = clock
    return opened


def rows(bank: Platform) -> list[Any]:
    with bank.records.database.look() as connection:
        return list(connection.execute(select(behaviour).order_by(behaviour.c.at)).all())


def a_visit(bank: Platform, session: str, *events: dict[str, str], customer: str = "C00001") -> None:
    for event in events:
        bank.behaviour.note(session, customer, event)


def loans(product: str, event: str = "view", step: str = "") -> dict[str, str]:
    return {"event": event, "page": "loans", "product": product} | ({"step": step} if step else {})


def counted(bank: Platform, by: By = "") -> list[dict[str, Any]]:
    bank.counting.run()
    today = bank.clock.now().date()
    return bank.kpis.funnel(today - timedelta(days=1), today, by)["groups"]


def test_events_of_one_visit_belong_together_and_visits_of_one_person_do_not(bank: Platform) -> None:
    a_visit(bank, "monday", VIEW, loans("car"))
    a_visit(bank, "tuesday", VIEW)
    one, two, three = (row.visitor for row in rows(bank))
    assert one == two != three


def test_what_is_noted_names_nobody(bank: Platform, caplog: pytest.LogCaptureFixture) -> None:
    """Neither the table nor the log holds the customer, their name or the session, by whatever way they came."""
    token = "canary-session-token"
    with caplog.at_level(logging.DEBUG):
        a_visit(bank, token, VIEW, loans("car", "step", "confirmed"))
        for canary in ("C00001", "Canary Name", "4111111111111111", "good@example.com"):
            for field in ("event", "page", "step", "product"):
                with pytest.raises(InvalidBody):
                    bank.behaviour.note(token, "C00001", {**VIEW, field: canary})
            with pytest.raises(InvalidBody):
                bank.behaviour.note(token, "C00001", {**VIEW, "comment": canary})
    kept = " ".join(str(tuple(row)) for row in rows(bank)) + caplog.text
    assert len(rows(bank)) == 2
    for canary in ("C00001", "Canary", "4111", "@", token):
        assert canary not in kept


@pytest.mark.parametrize(
    "data",
    [{}, {"event": "view"}, {"page": "home"}, {"event": "click", "page": "home"}, {**VIEW, "page": "/apply/a_1/income"},
     {**VIEW, "step": "confirmed"}, {**VIEW, "product": "yacht"}, {**VIEW, "product": 7}, {**VIEW, "page": ["home"]},
     {**VIEW, "variants": {"home_lead": "asks"}}, {**VIEW, "visitor": "me"}],
)  # fmt: skip
def test_only_what_is_on_the_lists_is_noted(bank: Platform, data: dict[str, Any]) -> None:
    with pytest.raises(InvalidBody):
        bank.behaviour.note("token", "C00001", data)
    assert not rows(bank)


def test_a_visit_is_noted_up_to_its_number(bank: Platform) -> None:
    most = bank.behaviour.lists.events_a_visit
    assert all(bank.behaviour.note("token", "C00001", VIEW) for _ in range(most))
    assert not bank.behaviour.note("token", "C00001", VIEW)
    assert bank.behaviour.note("another", "C00001", VIEW)
    assert len(rows(bank)) == most + 1


def test_the_variants_come_from_the_server_once_they_were_seen(bank: Platform) -> None:
    a_visit(bank, "token", VIEW)
    shown = bank.variants.of("C00001", "home_lead")
    a_visit(bank, "token", VIEW)
    before, after = (row.variants for row in rows(bank))
    assert before == "{}"
    assert after == f'{{"home_lead": "{shown}"}}'


def test_events_are_deleted_when_their_time_is_over(bank: Platform, clock: HandClock) -> None:
    a_visit(bank, "old", VIEW)
    clock.move(days=bank.behaviour.lists.retention_days - 1)
    a_visit(bank, "new", VIEW)
    assert bank.behaviour.sweep() == 0
    clock.move(days=2)
    assert bank.behaviour.sweep() == 1
    assert len(rows(bank)) == 1


def test_the_funnel_says_where_visits_stop(bank: Platform) -> None:
    a_visit(bank, "looks", VIEW)
    a_visit(bank, "asks", VIEW, loans("car"))
    decided = loans("car", "step", "confirmed")
    a_visit(bank, "decides", VIEW, loans("car"), decided, decided)
    a_visit(bank, "elsewhere", loans("car"))
    steps = counted(bank)[0]["steps"][:3]
    assert [(one["visits"], one["stopped"], one["went_on"]) for one in steps][:2] == [
        (3, 1, "0.6667"),
        (2, 1, "0.5000"),
    ]
    assert steps[2]["visits"] == 1


def test_the_funnel_is_drawn_by_product(bank: Platform) -> None:
    a_visit(bank, "both", VIEW, loans("car"), loans("gold"), loans("gold", "step", "confirmed"))
    a_visit(bank, "car", VIEW, loans("car"))
    drawn = counted(bank, "product")
    found = {group["group"]: [one["visits"] for one in group["steps"][:3]] for group in drawn}
    assert found == {"car": [2, 2, 0], "gold": [1, 1, 1]}


def test_the_funnel_is_drawn_by_variant(bank: Platform) -> None:
    for number in range(1, 11):
        bank.variants.of(f"C{number:05}", "home_lead")
        a_visit(bank, str(number), VIEW, customer=f"C{number:05}")
    drawn = counted(bank, "variant")
    assert {group["group"] for group in drawn} == {"home_lead: asks", "home_lead: shows"}
    assert sum(group["steps"][0]["visits"] for group in drawn) == 10


def test_a_funnel_of_nothing_is_empty(bank: Platform) -> None:
    assert counted(bank)[0]["steps"][0] == {
        "step": "arrived", "visits": 0, "stopped": 0, "went_on": None,
    }  # fmt: skip
    assert counted(bank, "product") == []


def test_the_steps_of_applying_are_those_of_the_application() -> None:
    from lending.settings import ROOT
    from lending.yaml_text import read_tree

    lists = read_lists((ROOT / "kb" / "behaviour.yaml").read_text(encoding="utf-8"))
    asked: Any = read_tree("applications.yaml", (ROOT / "kb" / "applications.yaml").read_text(encoding="utf-8"))[
        "steps"
    ]
    assert set(lists.pages["apply"]) == {step["step"] for step in asked}
