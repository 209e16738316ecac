"""What staff see first: answers about the model, what waits for them, their tools."""

from __future__ import annotations

from pathlib import Path

import pytest
from dash import html

from console.pages.staff import home
from console.queries import Queries
from console.visit import Visit
from lending.domain.roles import GRANTS, Permission, Role, may
from lending.ports import Account
from serving.alarms import Raised
from serving.assembly import Platform
from serving.formats import formats
from serving.input_watch import CELLS
from serving.today import Today
from tests.applying import referred
from tests.bank import open_bank
from tests.console.test_pages import text_of, walk

LOOK = {
    "data": "demo_bank",
    "reference": "2023",
    "period": "month",
    "periods": ["2026-03"],
    "changes": {},
    "alarms": [],
}
STAFF = [role for role in Role if role is not Role.CUSTOMER]
MOVED = Raised("moved-x", "moved", "People use more of their lines.", "2026-03", "2026-04", ["revolving_utilisation"])


@pytest.fixture
def bank(tmp_path: Path) -> Platform:
    return open_bank(tmp_path, mlflow_url="http://127.0.0.1:5000")


def a_visit(bank: Platform, role: Role, name: str = "ann") -> Visit:
    return Visit(Account(name, role, None, "Ann Grey"), Queries(bank), formats("us"))


def names(bank: Platform, role: Role, name: str = "ann") -> dict[str, int]:
    today: Today = bank.today
    return {task.what: task.count for task in today.tasks(Account(name, role, None, "Ann Grey"))}


@pytest.mark.parametrize("role", STAFF)
def test_staff_see_their_role_and_only_the_tools_that_belong_to_it(bank: Platform, role: Role) -> None:
    page = home.layout(a_visit(bank, role))
    assert role.value.replace("_", " ") in text_of(page)
    links = [part.href for part in walk(page) if isinstance(part, html.A)]
    assert ("http://127.0.0.1:4200" in links) == ("model.train" in GRANTS[role])
    assert ("http://127.0.0.1:5000" in links) == ("model.read" in GRANTS[role])


@pytest.mark.parametrize("role", STAFF)
def test_how_the_model_is_tells_those_alone_who_watch_it(bank: Platform, role: Role) -> None:
    shown = text_of(home.layout(a_visit(bank, role)))
    assert ("Is the model well?" in shown) == may(role, Permission.MONITOR_READ)


def test_where_nobody_looked_nothing_is_called_well(bank: Platform) -> None:
    assert {one.health for one in bank.today.answers()} == {"unknown"}


@pytest.mark.parametrize(
    ("verdict", "health"), [("waiting", "early"), ("learned from", "early"), ("as expected", "well")]
)
def test_outcomes_are_called_well_only_once_some_could_be_judged(bank: Platform, verdict: str, health: str) -> None:
    bank.alarm_desk.measure("performance", "live", {"views": [{"rows": [{"verdict": verdict}]}]})
    assert {one.question: one.health for one in bank.today.answers()}["outcomes"] == health
    assert ("loans need time" in text_of(home.layout(a_visit(bank, Role.RISK_MANAGER)))) == (health == "early")


def test_outcomes_that_are_well_name_the_judged_data_and_lead_to_it_and_say_for_which_it_is_early(
    bank: Platform,
) -> None:
    for data, verdict in (("live", "waiting"), ("demo_bank", "as expected")):
        bank.alarm_desk.measure("performance", data, {"views": [{"rows": [{"verdict": verdict}]}]})
    page = home.layout(a_visit(bank, Role.RISK_MANAGER))
    assert "Judged: demo_bank. Too early to judge: Live decisions." in text_of(page)
    assert "/staff/performance?data=demo_bank" in [getattr(part, "href", None) for part in walk(page)]


def test_an_alarm_of_an_input_is_the_answer_about_inputs_alone(bank: Platform) -> None:
    cells = bank.alarm_desk.measure(CELLS, "demo_bank", {"rows": [], "calibration": [], "counts": {}})
    kept = bank.alarm_desk.measure("drift", "demo_bank", {**LOOK, "cells": cells.measurement_id})
    bank.alarm_desk.raise_("drift", "demo_bank", MOVED, kept)
    assert {one.question: one.health for one in bank.today.answers()} == {
        "inputs": "alarm", "score": "well", "outcomes": "unknown",
    }  # fmt: skip
    shown = text_of(home.layout(a_visit(bank, Role.RISK_MANAGER)))
    assert "Revolving utilisation" in shown
    assert "since March 2026" in shown
    assert "demo_bank, against 2023." in shown


def test_an_alarm_waits_for_anybody_until_somebody_looks_after_it(bank: Platform) -> None:
    alarm = bank.alarm_desk.raise_("drift", "demo_bank", MOVED).row
    assert names(bank, Role.RISK_MANAGER) == {"Alarms that nobody looks after": 1}
    bank.alarm_desk.acknowledge(alarm.alarm_id, "risk", alarm.version)
    assert names(bank, Role.RISK_MANAGER, "risk") == {"Alarms of yours": 1}
    assert names(bank, Role.RISK_MANAGER, "ann") == {}
    assert names(bank, Role.AUDITOR) == {}


def test_a_referred_case_waits_for_officers(bank: Platform) -> None:
    referred(bank)
    assert names(bank, Role.OFFICER)["Cases that nobody has taken"] == 1
    assert names(bank, Role.RISK_MANAGER) == {}
