"""Watching inputs: a look is kept, a cause rings once however often it is met, live decisions by counts alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from features.watched import Watched
from lending.domain.errors import NotFoundError
from lending.settings import ROOT
from lending.tally_ports import FixedBins, Key
from serving.assembly import Platform
from serving.counts import bins_of
from serving.deep_report import DeepReport, sample_of
from serving.drift_score import calibration, with_score
from serving.input_watch import Found, live_inputs
from serving.monitor import monitor, rules_on
from serving.monitored import Monitored, begins
from tests.bank import open_bank

RULES = rules_on(ROOT / "kb", date(2026, 9, 1))
ROWS = 300


@pytest.fixture
def bank(tmp_path: Path) -> Iterator[Platform]:
    place = open_bank(tmp_path)
    yield place
    place.records.database.engine.dispose()


def a_year(*, months: int = 12, moved_from: int = 8, moved_until: int = 12, seed: int = 1) -> Watched:
    """Loans of 2025 whose `debt` is higher in some months; `name` is another one for each."""
    rng, month = np.random.default_rng(seed), np.repeat(np.arange(months), ROWS)
    late = (month >= moved_from) & (month < moved_until)
    columns: Mapping[str, Any] = {
        "debt": ("number", rng.normal(size=len(month)) + 2 * late),
        "age": ("number", rng.normal(size=len(month))),
        "name": ("text", np.array([f"p{n}" for n in range(len(month))], dtype=object)),
        "empty": ("number", np.full(len(month), np.nan)),
    }
    days = pd.Series(np.datetime64("2025-01") + month.astype("timedelta64[M]")).astype("datetime64[s]")
    return Watched("book", columns, {}, frozenset(), days, "sha")


def a_look(**shape: Any) -> Monitored:
    return monitor(a_year(**shape), "2025Q1", "month", RULES)


def test_a_cause_rings_once_and_goes_on_while_it_lasts(bank: Platform) -> None:
    watch = bank.input_watch
    first = watch.keep(Found(a_look(months=10)))
    again = watch.keep(Found(a_look(months=10)))
    longer = watch.keep(Found(a_look(months=12)))
    assert [[r.act for r in kept.rung] for kept in (first, again, longer)] == [["opened"], ["known"], ["extended"]]
    (row,) = bank.alarm_desk.alarms.list(["open"])
    assert (row.content["first"], row.content["last"], row.content["since"]) == ("2025-09", "2025-12", "2025-09")


def test_a_change_that_is_found_a_month_later_is_the_same_cause(bank: Platform) -> None:
    found = a_look()
    bank.input_watch.keep(Found(found))
    later = replace(found, rows=[replace(r, since="2025-10" if r.since else None) for r in found.rows])
    assert [rung.act for rung in bank.input_watch.keep(Found(later)).rung] == ["known"]


def test_a_look_without_ringing_is_kept_all_the_same(bank: Platform) -> None:
    kept = bank.input_watch.keep(Found(a_look()), ring=False)
    assert kept.rung == []
    assert kept.measurement.content["alarms"]
    assert bank.alarm_desk.alarms.list(["open"]) == []


def test_what_ended_before_the_reference_is_history_and_rings_nothing(bank: Platform) -> None:
    found = monitor(a_year(moved_from=0, moved_until=2), "2025Q4", "month", RULES)
    assert [alarm.last for alarm in found.alarms] == ["2025-02"]
    assert bank.input_watch.keep(Found(found)).rung == []


def test_periods_are_put_in_order_whatever_they_are() -> None:
    assert [begins(p) for p in ("2009", "2009Q3", "2009-08")] == [(2009, 1), (2009, 7), (2009, 8)]


def test_nothing_of_a_person_is_kept_or_reported(bank: Platform) -> None:
    watched = a_year()
    found = monitor(watched, "2025Q1", "month", RULES)
    kept = bank.input_watch.keep(Found(found))
    cells = bank.alarm_desk.measurements.get(kept.measurement.content["cells"])
    assert "p17" not in str((kept.measurement.content, cells.content))
    sample = sample_of(watched, found, "2025-09", "2025-12", RULES, 7)
    assert set(sample.kinds) == {"debt", "age"}
    assert len(sample.reference["debt"]) == 3 * ROWS
    few = sample_of(watched, found, "2025-09", "2025-12", replace(RULES, report_rows=50), 7)
    assert [len(rows["age"]) for rows in (few.reference, few.window)] == [50, 50]


def test_a_report_is_found_by_its_measurement_only(bank: Platform) -> None:
    kept = bank.input_watch.keep(Found(a_look())).measurement
    with pytest.raises(NotFoundError):
        bank.report_shelf.page(kept.measurement_id)
    bank.report_shelf.keep(kept.measurement_id, DeepReport(b"page", b"{}"))
    assert bank.report_shelf.page(kept.measurement_id)[:2] == b"\x1f\x8b"
    with pytest.raises(NotFoundError):
        bank.report_shelf.keep("m_nothing", DeepReport(b"page", b"{}"))


def test_the_score_is_watched_beside_its_inputs() -> None:
    rng, watched = np.random.default_rng(3), a_year()
    month = np.repeat(np.arange(12), ROWS)
    found = monitor(
        with_score(watched, rng.normal(0.1, 0.02, len(month)) + 0.1 * (month >= 8)), "2025Q1", "month", RULES
    )
    assert found.features[0] == "pd"
    (alarm,) = found.alarms
    assert alarm.features == ("pd", "debt")
    assert alarm.since == "2025-09"


def test_calibration_tells_more_fewer_and_too_few_from_what_fits() -> None:
    rng = np.random.default_rng(4)
    names = np.repeat(["2025-01", "2025-02", "2025-03", "2025-04"], [2000, 2000, 2000, 20])
    shares = {"2025-01": 0.10, "2025-02": 0.20, "2025-03": 0.04, "2025-04": 1.0}
    bad = np.array([rng.random() < shares[name] for name in names]).astype(np.int8)
    found = calibration(np.full(len(names), 0.1), bad, names, RULES.limits)
    assert [one.fit for one in found] == ["fits", "more", "fewer", "too_few"]
    assert all(one.low <= one.came <= one.high for one in found)


class Counted:
    """Counts of two months of decisions, and the bins they are in."""

    def __init__(self, moved: float) -> None:
        rng = np.random.default_rng(5)
        before = rng.normal(size=2000)
        cut = bins_of(before, number=True, bins=10, few_values=12, rare_share=0.01)
        reference = {"source": "candor-pd-demo_bank/1", "rows": 2000, "counts": cut.count(before).tolist()}
        self.fixed = {"debt": FixedBins("debt", cut.as_dict(), reference)}
        days = [("2026-10-03", 0.0), ("2026-10-20", 0.0), ("2026-11-05", moved)]
        self.counts = {Key(day=day, kind="feature", name="debt", outcome=outcome):
                       cut.count(rng.normal(size=200) + shift).tolist()
                       for day, shift in days for outcome in ("approve", "decline")}  # fmt: skip

    def bins(self) -> Mapping[str, FixedBins]:
        return self.fixed

    def rows(self, kinds: Any, first: date, last: date) -> Mapping[Key, Any]:
        return self.counts


def test_live_decisions_are_watched_by_counts_alone(bank: Platform) -> None:
    tallies: Any = Counted(2.0)
    found = live_inputs(tallies, "month", RULES, date(2026, 11, 21))
    assert found is not None
    assert [(r.period, r.told.rows, r.told.verdict) for r in found.monitored.rows] == [
        ("2026-10", 800, "steady"), ("2026-11", 400, "moved"),
    ]  # fmt: skip
    (rung,) = bank.input_watch.keep(found).rung
    assert (rung.row.data, rung.row.content["features"]) == ("live", ["debt"])


def test_a_period_with_too_few_decisions_is_never_since_when_something_moved() -> None:
    tallies: Any = Counted(2.0)
    moved = {key: counts for key, counts in tallies.counts.items() if key.day == "2026-11-05"}
    some = next(iter(moved))
    two = [0] * len(moved[some])
    two[int(np.argmax(moved[some]))] = 2
    tallies.counts = {some._replace(day="2026-09-15"): two, **moved}
    found = live_inputs(tallies, "month", RULES, date(2026, 11, 21))
    assert found is not None
    assert [(r.period, r.told.verdict) for r in found.monitored.rows] == [("2026-09", "too_few"), ("2026-11", "moved")]
    assert found.monitored.changes == {"debt": ["2026-11"]}
    assert [alarm.since for alarm in found.monitored.alarms] == ["2026-11"]


def test_without_decisions_there_is_no_look() -> None:
    tallies: Any = Counted(0.0)
    tallies.counts = {}
    assert live_inputs(tallies, "month", RULES, date(2026, 11, 21)) is None
