"""The page about applications: every figure with its interval, filters in the address, a file of what is shown."""

from __future__ import annotations

import csv
import io
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from console.components.kpis import kpi_tiles
from console.pages.staff import applications
from lending.domain.money import money
from serving.assembly import Platform
from serving.decide import LoanAsk
from serving.formats import formats
from tests.bank import open_bank
from tests.conftest import HandClock
from tests.console.shown import text_of
from tests.console.staff import browser, visit

TODAY = "2026-11-02"


@pytest.fixture
def bank(tmp_path: Path, clock: HandClock) -> Platform:
    return open_bank(tmp_path, clock=clock)


def decided(bank: Platform, count: int = 30) -> Platform:
    for number in range(count):
        ask = LoanAsk("car" if number % 3 else "education", money(5000 + 100 * number), 60)
        bank.quotes.quote(f"C{11 + number:05}", ask, channel="portal" if number % 2 else "api", actor="test")
    bank.counting.run()
    return bank


def page(bank: Platform, **query: str) -> str:
    return text_of(applications.layout(visit(bank, "risk", **query)))


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_decisions_are_shown_with_shares_and_intervals(bank: Platform) -> None:
    shown = page(decided(bank))
    report = bank.kpis.report(visit(bank, "risk").ask.kpis.asked({}, visit(bank, "risk").ask.kpis.choices()).span)
    assert report["totals"]["decided"] == 30
    assert "of 30" in shown
    for part in ("Approved", "Refused", "Expected to default", "By loan type", "Why loans were refused", "By channel"):
        assert part in shown


def test_one_application_is_counted_in_words_of_one() -> None:
    share, hour = {"value": None, "of": 0}, {"about": 1.0, "low": 1.0}
    totals = {"decided": 1, "approval": share, "refusal": share, "expected_default": {"mean_pd": None, "of": 0}}
    for of, words in ((1, "of one application"), (2, "half of 2 applications")):
        report: Any = {"totals": totals, "waiting": {"median": hour, "p90": hour, "of": of}}
        shown = text_of(kpi_tiles(report, formats("us")))
        assert words in shown
        assert "1 applications" not in shown


def test_a_model_is_named_in_the_filter_as_in_the_table(bank: Platform) -> None:
    known = {"products": [], "channels": ["by_hand"], "models": ["candor-pd-demo_bank/1"], "variants": []}
    found = applications._choices(visit(bank, "risk"), known)  # type: ignore[reportPrivateUsage]
    words = {one.name: one.options[-1][1] for one in found if one.options}
    assert (words["model"], words["channel"]) == ("candor-pd-demo_bank/1", "by hand")


def test_before_the_first_decision_the_page_says_what_fills_it(bank: Platform) -> None:
    shown = page(bank)
    assert "Nothing was decided in this span" in shown
    assert "candor flow run seed-history" in shown
    assert "No visit in this span" in shown


@pytest.mark.parametrize(
    ("query", "said"),
    [({"product": "yacht"}, "yacht"), ({"by": "hour"}, "hour"), ({"from": "yesterday"}, "yesterday"),
     ({"to": "2099-01-01"}, "2099-01-01"), ({"from": "2026-11-02", "to": "2026-01-01"}, "2026-11-02"),
     ({"model": "<script>"}, "<script>"), ({"from": "0001-01-01"}, "0001-01-01")],
)  # fmt: skip
def test_a_wrong_address_falls_back_and_says_so(bank: Platform, query: dict[str, str], said: str) -> None:
    shown = page(decided(bank, 3), **query)
    assert said in shown
    assert "The usual one is shown" in shown


def test_filters_narrow_what_is_counted(bank: Platform) -> None:
    decided(bank)
    ask = visit(bank, "risk").ask.kpis
    for query, count in (({"product": "education"}, 10), ({"channel": "api"}, 15), ({"from": TODAY}, 30),
                         ({"to": "2026-11-01"}, 0)):  # fmt: skip
        assert ask.report(ask.asked(query, ask.choices()).span)["totals"]["decided"] == count


@pytest.mark.parametrize(("cut", "periods"), [("day", 62), ("week", 10), ("month", 3)])
def test_time_is_cut_into_days_weeks_or_months_without_gaps(bank: Platform, cut: str, periods: int) -> None:
    ask = visit(decided(bank, 5), "risk").ask.kpis
    found = ask.report(ask.asked({"by": cut, "from": "2026-09-02"}, ask.choices()).span)["periods"]
    assert len(found) == periods
    assert [one["decided"] for one in found] == [0] * (periods - 1) + [5]


def test_the_file_holds_what_the_page_shows(bank: Platform) -> None:
    client = browser(decided(bank), "risk")
    answer = client.get("/staff/applications.csv?product=car")
    found = {(one["part"], one["name"], one["measure"]): one for one in rows(answer.text)}
    assert answer.status_code == 200
    assert found["total", "", "decided"]["value"] == "20"
    ask = visit(bank, "risk").ask.kpis
    report = ask.report(ask.asked({"product": "car"}, ask.choices()).span)
    assert found["total", "", "approval"]["low"] == report["totals"]["approval"]["low"]
    assert {one["name"] for one in rows(answer.text) if one["part"] == "period"} == {
        one["period"] for one in report["periods"]
    }


@pytest.mark.parametrize(("name", "status"), [("risk", 200), ("scientist", 200), ("auditor", 200), ("officer", 403),
                                              ("admin", 403), ("good", 403)])  # fmt: skip
def test_the_file_is_for_those_who_watch(bank: Platform, name: str, status: int) -> None:
    assert browser(bank, name).get("/staff/applications.csv").status_code == status


def test_the_funnel_says_where_most_visits_stop(bank: Platform) -> None:
    for number in range(10):
        bank.behaviour.note(f"v{number}", "C00001", {"event": "view", "page": "home"})
        if number < 4:
            bank.behaviour.note(f"v{number}", "C00001", {"event": "view", "page": "loans", "product": "car"})
    shown = page(decided(bank))
    assert "10 visits began" in shown


def test_visits_of_yesterday_stay_counted_when_events_are_deleted(bank: Platform, clock: HandClock) -> None:
    bank.behaviour.note("v", "C00001", {"event": "view", "page": "home"})
    bank.counting.run()
    clock.move(days=bank.behaviour.lists.retention_days + 1)
    assert bank.behaviour.sweep() == 1
    bank.counting.run()
    first = clock.now().date() - timedelta(days=200)
    assert bank.kpis.funnel(first, clock.now().date())["visits"] == 1
