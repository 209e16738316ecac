"""The pages of performance and fairness, and the same over REST: states, wrong addresses, who may read what."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from types import SimpleNamespace

import dash
import pytest
from fastapi.testclient import TestClient
from flask.testing import FlaskClient

from console.app import create_app
from flows import steps_fairness, steps_outcomes, steps_performance
from serving.api.app import create_api
from serving.api.measured_shapes import Fairness, Performance
from serving.assembly import Platform
from tests.bank import PASSWORD, open_bank
from tests.conftest import HandClock
from tests.console.staff import browser, sent
from tests.lent import lend

Shown = Callable[..., str]
PAGES = ("/staff/performance", "/staff/fairness")


@pytest.fixture
def bank(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Platform]:
    place = open_bank(tmp_path, clock=HandClock(datetime(2026, 11, 21, 9, 0, tzinfo=UTC)))
    monkeypatch.setattr("serving.assembly.platform", lambda: place)
    place.__dict__["registry"] = SimpleNamespace(champion=lambda data: None)
    yield place
    place.records.database.engine.dispose()


@pytest.fixture
def measured(bank: Platform) -> Platform:
    """Loans of a year and a half, their outcomes, and a measurement of each kind."""
    lend(bank, 80, date(2025, 4, 7), a_day=14)
    steps_outcomes.add_generated(7, "test")
    steps_performance.measure_performance("live")
    steps_fairness.measure_fairness("live")
    return bank


@pytest.fixture
def app(bank: Platform) -> dash.Dash:
    return create_app(bank)


@pytest.fixture
def client_of(bank: Platform, app: dash.Dash) -> Callable[[str], FlaskClient]:
    return lambda name: browser(bank, name, app)


@pytest.fixture
def shown(app: dash.Dash, client_of: Callable[[str], FlaskClient]) -> Shown:
    """What a page draws, as JSON text."""

    def ask(path: str, search: str = "", name: str = "risk") -> str:
        return sent(app, client_of(name), path, search)

    return ask


@pytest.mark.parametrize("path", PAGES)
def test_before_anything_was_measured_a_page_names_its_flow_and_its_command(shown: Shown, path: str) -> None:
    text = shown(path)
    name = path.rpartition("/")[2]
    assert "Nothing was measured yet" in text
    assert f"candor flow run monitor-{name} --watch" in text
    assert f"candor monitor {name} --data demo_bank" in text


def test_performance_shows_estimate_outcomes_error_vintages_and_how_old_it_is(measured: Platform, shown: Shown) -> None:
    text = shown("/staff/performance")
    for words in ("Bad rate: estimated and found", "Ranking (AUC)", "The estimate's own error", "Promised and found in",
                  "Vintages", "Every period", "too young to be judged", "Measured just now",
                  "were generated for the demo bank"):  # fmt: skip
        assert words in text, words


def test_fairness_shows_ratios_the_line_crossed_groups_and_what_cannot_be_told(
    measured: Platform, shown: Shown
) -> None:
    text = shown("/staff/fairness")
    for words in ("0.8: take a look", "Crossed groups", "Over time: sex", "sex: female", "cannot tell",
                  "Promises by group", "Whoever asks often counts often"):  # fmt: skip
        assert words in text, words


def test_a_period_of_the_address_chooses_the_reliability_curve(measured: Platform, shown: Shown) -> None:
    assert "Promised and found in 2025 Q2" in shown("/staff/performance", "?at=2025Q2")
    assert "There is no period '1999' with known outcomes" in shown("/staff/performance", "?at=1999")


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize(
    "search", ["?data=nowhere", "?period=decade", "?product=yacht", "?data=%27%3Cscript%3E", "?by=shoes&at=x"]
)
def test_a_wrong_address_falls_back_and_says_so(measured: Platform, shown: Shown, path: str, search: str) -> None:
    text = shown(path, search)
    assert "There is no" in text
    assert "Measured" in text
    assert "<script>" not in text


def test_an_attribute_of_the_address_is_drawn_over_time(measured: Platform, shown: Shown) -> None:
    assert "Over time: age band" in shown("/staff/fairness", "?by=age_band")


@pytest.mark.parametrize("path", PAGES)
def test_customers_and_strangers_see_neither(bank: Platform, app: dash.Dash, client_of: Callable[[str], FlaskClient],
                                             path: str) -> None:  # fmt: skip
    assert app.server.test_client().get(path).status_code in (302, 303)
    assert client_of("good").get(path).status_code in (303, 403, 404)


def test_no_group_of_a_person_and_no_name_is_in_a_measurement(measured: Platform) -> None:
    for kind in ("performance", "fairness"):
        row = measured.records.measurements.latest(kind, "live")
        assert row is not None
        text = json.dumps(dict(row.content))
        assert [name for name in measured.customers.ids() if name in text] == []
        assert re.findall("d_[a-z2-7]{26}", text) == []


def test_small_groups_leave_no_count_in_a_measurement_and_the_page_says_so(bank: Platform, shown: Shown) -> None:
    lend(bank, 10, date(2025, 4, 7), a_day=10)
    steps_fairness.measure_fairness("live")
    row = bank.records.measurements.latest("fairness", "live")
    assert row is not None
    least, views = row.content["cell_least"], row.content["views"]
    told = [one for view in views for part in (view["whole"], *(r["groups"] for r in view["rows"])) for one in part]
    assert any(one["held_back"] for one in told)
    assert min(one["decided"] for one in told if one["decided"] is not None) >= least
    assert f"counts below {least} could name somebody" in shown("/staff/fairness")


def test_rest_answers_what_the_pages_show_in_the_documented_shape(measured: Platform) -> None:
    client = TestClient(create_api(measured))
    assert client.get("/api/v1/staff/performance").status_code == 401
    token = client.post("/api/v1/login", json={"username": "risk", "password": PASSWORD}).json()["token"]
    with_token = {"Authorization": f"Bearer {token}"}
    performance = client.get("/api/v1/staff/performance?period=month", headers=with_token).json()
    assert Performance.model_validate(performance).view.period == "month"
    fairness = client.get("/api/v1/staff/fairness?product=yacht", headers=with_token).json()
    assert "yacht" in Fairness.model_validate(fairness).trouble


def test_rest_says_what_to_run_before_anything_was_measured_and_customers_may_not_ask(bank: Platform) -> None:
    client = TestClient(create_api(bank))
    for name, status in (("risk", 404), ("good", 403)):
        token = client.post("/api/v1/login", json={"username": name, "password": PASSWORD}).json()["token"]
        answer = client.get("/api/v1/staff/fairness", headers={"Authorization": f"Bearer {token}"})
        assert answer.status_code == status
        assert status == 403 or "monitor-fairness" in answer.text
