"""Pages of drift and alarms: their states, wrong addresses, who may act, a report that reaches nothing."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from flask.testing import FlaskClient

from console.app import create_app
from console.components.drift_charts import psi_chart
from console.pages.staff import alarm as alarm_page
from console.pages.staff import alarms as alarms_page
from console.pages.staff import drift as drift_page
from console.queries import Queries
from console.visit import Visit
from features.synthetic import DRIFT_FEATURE
from features.watched import Watched
from lending.domain.errors import NotFoundError
from serving.api.app import create_api
from serving.assembly import Platform
from serving.deep_report import DeepReport
from serving.drift_score import calibration, with_score
from serving.formats import formats
from serving.input_watch import Found, Kept
from serving.monitor import monitor, period_names, rules_on
from tests.bank import PASSWORD, open_bank
from tests.console.shown import parts_of, text_of
from tests.console.staff import browser
from tests.serving.clients import TestClient

ROWS, MONTHS, MOVED_FROM = 200, 12, 9


@pytest.fixture
def bank(tmp_path: Path) -> Iterator[Platform]:
    place = open_bank(tmp_path)
    yield place
    place.records.database.engine.dispose()


@pytest.fixture
def kept(bank: Platform) -> Kept:
    """A look at a year in which one feature moves in October."""
    rng, months = np.random.default_rng(2), np.repeat(np.arange(MONTHS), ROWS)
    rules = rules_on(bank.settings.kb, date(2026, 9, 1))
    late = months >= MOVED_FROM
    columns = {
        DRIFT_FEATURE: ("number", rng.normal(size=len(months)) + 2 * late),
        "dti_before": ("number", np.where(rng.random(len(months)) < 0.1, np.nan, rng.normal(size=len(months)))),
    }
    days = pd.Series(np.datetime64("2025-01") + months.astype("timedelta64[M]")).astype("datetime64[s]")
    watched: Any = Watched("demo_bank", columns, {}, frozenset(), days, "sha")  # type: ignore[arg-type]
    pds, bad = np.full(len(months), 0.1), (rng.random(len(months)) < 0.1).astype(np.int8)
    watched = with_score(watched, rng.normal(0.1, 0.01, len(months)))
    names = period_names(days.to_numpy(dtype="datetime64[D]"), "month")
    found = monitor(watched, "2025Q1", "month", rules)
    done = bank.input_watch.keep(Found(found, "candor-pd-demo_bank/1", calibration(pds, bad, names, rules.limits)))
    bank.report_shelf.keep(done.measurement.measurement_id, DeepReport(b"<html><script>1</script></html>", b"{}"))
    return done


@dataclass(frozen=True)
class Asking:
    bank: Platform
    username: str = "risk"
    query: dict[str, str] = field(default_factory=dict[str, str])

    @property
    def visit(self) -> Visit:
        account = next(one for one in self.bank.accounts.list() if one.username == self.username)
        return Visit(account, Queries(self.bank), formats("us"), query=self.query)


def _text(page: Any, bank: Platform, *parts: str, username: str = "risk", **query: str) -> str:
    return text_of(page.layout(Asking(bank, username, query).visit, *parts))


@pytest.fixture
def client_of(bank: Platform) -> Callable[[str], FlaskClient]:
    app = create_app(bank)
    return lambda name: browser(bank, name, app)


def test_before_anybody_looked_the_pages_say_what_fills_them(bank: Platform) -> None:
    assert "candor flow run monitor-inputs --watch" in _text(drift_page, bank)
    assert "monitor-inputs" in _text(alarms_page, bank)


def test_the_map_names_what_moved_since_when_and_says_that_it_is_planted(bank: Platform, kept: Kept) -> None:
    text = _text(drift_page, bank)
    assert "Revolving utilisation" in text
    assert "from October 2025 to December 2025" in text
    assert "planted" in text
    assert "Score (PD)" in text
    assert f"Alarm ({kept.rung[0].row.state})" in text


def test_cells_hold_numbers_and_signs_and_alarms_are_marked(bank: Platform, kept: Kept) -> None:
    parts = parts_of(drift_page.layout(Asking(bank).visit))
    cells = [p for p in parts if "is-moved" in str(getattr(p, "className", "")) and type(p).__name__ == "Td"]
    assert len(cells) == MONTHS - MOVED_FROM
    assert all("▲" in text_of(cell) and "moved" in text_of(cell) and "." in text_of(cell) for cell in cells)


def test_a_feature_has_its_own_view_with_the_change_in_words(bank: Platform, kept: Kept) -> None:
    text = _text(drift_page, bank, feature=DRIFT_FEATURE, at="2025-11")
    assert "Its level left the reference in October 2025" in text
    assert "reference and November 2025" in text
    assert "missing values" in _text(drift_page, bank, feature="dti_before")


def a_row(period: str, verdict: str, psi: float, most: float) -> dict[str, Any]:
    return {"feature": "dti_before", "period": period, "verdict": verdict, "psi": f"{psi}", "expected": "0.01",
            "most": f"{most}", "rows": 2 if verdict == "too_few" else 300}  # fmt: skip


def test_a_period_with_too_few_loans_stretches_no_axis_and_stands_in_the_table() -> None:
    rows = [a_row("2025-05", "too_few", 5.2, 14.6), a_row("2025-06", "steady", 0.02, 0.05)]
    card = psi_chart(rows, [], formats("us"))
    figure: Any = next(part.figure for part in parts_of(card) if hasattr(part, "figure"))
    assert all(list(trace["x"]) == ["2025-06"] for trace in figure["data"])
    assert "14.600" in text_of(card)
    assert "Its level never left the reference" in text_of(card)


def test_a_feature_that_rang_is_not_said_to_have_never_left_the_reference() -> None:
    rows = [a_row("2025-05", "moved", 0.4, 0.1), a_row("2025-06", "steady", 0.02, 0.05)]
    text = text_of(psi_chart(rows, [], formats("us")))
    assert "It rang in 1 of 2 periods, without a lasting change of its level." in text
    assert "never left" not in text


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ({"feature": "nothing"}, "has no feature 'nothing'"),
        ({"data": "elsewhere"}, "Nobody has looked at data 'elsewhere'"),
        ({"reference": "1999"}, "Nobody has looked at reference '1999'"),
        ({"feature": DRIFT_FEATURE, "at": "2099-01"}, "moved"),
        ({"period": "<b>" * 300}, "Nobody has looked"),
    ],
)
def test_a_wrong_address_falls_back_and_says_so(bank: Platform, kept: Kept, query: dict[str, str], said: str) -> None:
    assert said in _text(drift_page, bank, **query)


def test_alarms_are_listed_open_ones_first_and_filtered_by_the_address(bank: Platform, kept: Kept) -> None:
    assert "Revolving utilisation" in _text(alarms_page, bank)
    assert "No alarm fits" in _text(alarms_page, bank, kind="fairness", state="nonsense")
    assert "No alarm fits" in _text(alarms_page, bank, owner="scientist")


def test_an_alarm_shows_cause_report_and_history_and_only_handlers_see_the_forms(bank: Platform, kept: Kept) -> None:
    alarm_id = kept.rung[0].row.alarm_id
    page = alarm_page.layout(Asking(bank).visit, alarm_id)
    links = {getattr(part, "href", None) for part in parts_of(page)}
    assert f"/staff/reports/{kept.measurement.measurement_id}" in links
    assert "Look after it" in text_of(page)
    assert "Opened" in text_of(page)
    assert "Look after it" not in _text(alarm_page, bank, alarm_id, username="auditor")
    with pytest.raises(NotFoundError):
        alarm_page.layout(Asking(bank).visit, "w_nothing")


def test_alarms_of_other_kinds_have_a_page_too(bank: Platform) -> None:
    from serving.alarms import Raised

    raised = Raised("gap", "gap", "approval of women fell below 80 %", "2026-11-01", "2026-11-01")
    row = bank.alarm_desk.raise_("fairness", "live", raised).row
    text = _text(alarm_page, bank, row.alarm_id)
    assert "Approval of women fell below 80 %." in text
    assert "Live decisions" in text


def test_a_handler_acts_by_form_and_a_slower_one_is_told(
    bank: Platform, kept: Kept, client_of: Callable[[str], FlaskClient]
) -> None:
    alarm_id, risk = kept.rung[0].row.alarm_id, client_of("risk")
    place = f"/staff/alarms/{alarm_id}"
    assert risk.post(f"{place}/acknowledge", data={"version": "1"}).status_code == 303
    assert bank.alarm_desk.alarms.get(alarm_id).owner == "risk"
    late = client_of("scientist").post(f"{place}/close", data={"version": "1", "comment": "late"})
    assert late.status_code == 409
    assert bank.alarm_desk.alarms.get(alarm_id).state == "acknowledged"
    for wrong in ({"version": "x"}, {}, {"version": "2", "comment": ""}):
        assert risk.post(f"{place}/close", data=wrong).status_code == 422
    assert risk.post(f"{place}/explode", data={"version": "2"}).status_code == 422
    assert risk.post(f"{place}/close", data={"version": "2", "comment": "a campaign"}).status_code == 303
    assert bank.alarm_desk.alarms.get(alarm_id).state == "closed"


@pytest.mark.parametrize("name", ["auditor", "officer", "admin", "good"])
def test_whoever_may_not_handle_alarms_changes_nothing(
    bank: Platform, kept: Kept, client_of: Callable[[str], FlaskClient], name: str
) -> None:
    alarm_id = kept.rung[0].row.alarm_id
    assert client_of(name).post(f"/staff/alarms/{alarm_id}/acknowledge", data={"version": "1"}).status_code in (
        403,
        404,
    )
    assert bank.alarm_desk.alarms.get(alarm_id).version == 1


def test_a_report_opens_for_those_who_watch_shut_off_from_the_console(
    kept: Kept, client_of: Callable[[str], FlaskClient]
) -> None:
    address = f"/staff/reports/{kept.measurement.measurement_id}"
    answer = client_of("auditor").get(address)
    policy = answer.headers["Content-Security-Policy"]
    assert answer.data == b"<html><script>1</script></html>"
    assert policy.startswith("sandbox allow-scripts; default-src 'none'")
    assert "allow-same-origin" not in policy
    packed = client_of("risk").get(address, headers={"Accept-Encoding": "gzip"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert client_of("officer").get(address).status_code in (403, 404)
    assert client_of("risk").get("/staff/reports/m_nothing").status_code == 404
    assert client_of("risk").get("/staff/reports/..%2f..%2fetc").status_code == 404


def test_programs_get_what_the_pages_show(bank: Platform, kept: Kept) -> None:
    with TestClient(create_api(bank)) as client:
        token = client.post("/api/v1/login", json={"username": "risk", "password": PASSWORD}).json()["token"]
        head = {"Authorization": f"Bearer {token}"}
        drift = client.get("/api/v1/staff/drift", params={"feature": DRIFT_FEATURE}, headers=head).json()
        assert {row["feature"] for row in drift["rows"]} == {DRIFT_FEATURE}
        assert drift["alarms"][0]["features"] == [DRIFT_FEATURE]
        alarms = client.get("/api/v1/staff/alarms", headers=head).json()["alarms"]
        assert [one["alarm_id"] for one in alarms] == [kept.rung[0].row.alarm_id]
        assert json.dumps(client.get("/api/v1/staff/alarms", params={"state": "closed"}, headers=head).json()) == (
            '{"alarms": []}'
        )


def test_without_a_look_programs_are_told_what_to_run(bank: Platform) -> None:
    with TestClient(create_api(bank)) as client:
        token = client.post("/api/v1/login", json={"username": "auditor", "password": PASSWORD}).json()["token"]
        answer = client.get("/api/v1/staff/drift", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 404
    assert "monitor-inputs" in answer.json()["do"]
