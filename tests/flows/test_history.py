"""The demo bank's generated past: real decisions of past days, the same every time, going on where it ended."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import text

from features.synthetic.personas import PERSONAS
from flows import history
from flows.history import ACTOR, HistoryKeeper, make_history
from lending.domain.errors import RefusedError, UnavailableError
from serving.assembly import Platform
from serving.batch import prepare_many
from tests.bank import open_bank
from tests.conftest import HandClock

DAYS = 20


@pytest.fixture
def bank(tmp_path: Path, clock: HandClock) -> Platform:
    return open_bank(tmp_path, clock=clock)


def made(bank: Platform, days: int = DAYS) -> dict[str, Any]:
    return make_history(bank, 7, days, lambda share, words: None)


def recorded(bank: Platform) -> list[tuple[str, str, str, str]]:
    wanted = "SELECT l.decision_id, l.recorded_at, d.customer_id, l.channel FROM ledger l JOIN decisions d USING (decision_id) WHERE l.actor = :actor ORDER BY seq"  # noqa: E501
    with bank.records.database.look() as connection:
        return [tuple(row) for row in connection.execute(text(wanted), {"actor": ACTOR})]


def test_requests_of_past_days_are_decided_as_of_their_day_and_counted_on_it(bank: Platform) -> None:
    done = made(bank)
    rows = recorded(bank)
    assert (done["first"], done["last"], done["decided"]) == ("2026-10-13", "2026-11-01", len(rows))
    assert {row[3] for row in rows} == {"batch"}
    for name, at, _, _ in rows:
        core = bank.records.decisions.get(name).core
        assert f'"as_of":"{datetime.fromisoformat(at).date()}"'.encode() in core
    days = bank.records.tallies.sums("outcome", date(2026, 1, 1), date(2026, 12, 31), by=("day",))
    assert sum(days.values()) == len(rows) > DAYS
    assert {day for (day,) in days} == {row[1][:10] for row in rows}


def test_every_decision_of_the_past_replays_and_the_chain_holds(bank: Platform) -> None:
    made(bank)
    report = bank.replay.run()
    assert (report.checked, report.equal, report.chain_ok) == (len(recorded(bank)), report.checked, True)


def test_the_same_seed_makes_the_same_past(bank: Platform, tmp_path: Path, clock: HandClock) -> None:
    other = open_bank(tmp_path / "other", clock=clock)
    made(bank)
    made(other)
    assert recorded(bank) == recorded(other)


def test_visits_of_the_last_weeks_fill_the_funnel_and_are_counted_on_their_day(bank: Platform) -> None:
    done = made(bank, 40)
    today = bank.clock.now().date()
    funnel = bank.kpis.funnel(date(2026, 1, 1), today)
    assert funnel["visits"] == done["visits"] > 100
    reached = [step["visits"] for step in funnel["groups"][0]["steps"]]
    assert reached == sorted(reached, reverse=True)
    assert reached[-1] > 0
    assert bank.behaviour.sweep() == 0


def test_a_second_run_adds_nothing_and_a_later_one_goes_on(bank: Platform, clock: HandClock) -> None:
    made(bank)
    before = recorded(bank)
    assert made(bank)["first"] is None
    assert recorded(bank) == before
    clock.move(days=7)
    assert (made(bank)["first"], recorded(bank)[: len(before)]) == ("2026-11-02", before)


def test_what_was_cut_off_is_made_whole_and_nothing_twice(bank: Platform, tmp_path: Path, clock: HandClock) -> None:
    whole = open_bank(tmp_path / "whole", clock=clock)
    made(whole)
    people = [name for name in bank.records.customers.ids() if name not in {one.customer_id for one in PERSONAS}]
    for day in range(13, 20):
        history.live_day(bank, people, date(2026, 10, day), 7)
    made(bank)
    assert recorded(bank) == recorded(whole)


def test_a_day_is_decided_before_the_transaction_that_holds_up_other_writers(
    bank: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    inside: list[bool] = []

    def watched(*given: Any) -> Any:
        inside.append(bank.records.database.is_joined)
        return prepare_many(*given)

    monkeypatch.setattr("serving.batch.prepare_many", watched)
    made(bank)
    assert inside
    assert not any(inside)


def test_the_fixed_people_have_no_past_that_they_did_not_make(bank: Platform) -> None:
    made(bank, 60)
    assert not {row[2] for row in recorded(bank)} & {one.customer_id for one in PERSONAS}


def test_there_is_no_past_without_a_model_nor_in_production(tmp_path: Path) -> None:
    with pytest.raises(RefusedError, match="no model decides yet"):
        made(open_bank(tmp_path, model=False))
    real = open_bank(tmp_path / "real")
    real.__dict__["settings"] = real.settings.model_copy(update={"profile": "production"})
    with pytest.raises(RefusedError, match="production"):
        made(real)


def test_the_keeper_starts_the_flow_once_a_model_decides(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[str] = []
    champion = ""
    monkeypatch.setattr("flows.up_watch.read_champion", lambda settings: champion)
    runs: Any = SimpleNamespace(start=lambda name, parameters: started.append(name))
    keeper = HistoryKeeper(open_bank(tmp_path).settings, runs, lambda words: None)
    keeper.look()
    assert not started
    champion = "there"
    keeper.look()
    keeper.look()
    assert started == ["seed-history"]


def test_trouble_of_the_keeper_is_told_and_ends_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    monkeypatch.setattr("flows.up_watch.read_champion", lambda settings: "there")

    def away(*_: Any) -> None:
        raise UnavailableError("Prefect is away", code="prefect")

    runs: Any = SimpleNamespace(start=away)
    HistoryKeeper(open_bank(tmp_path).settings, runs, said.append).look()
    assert "candor flow run seed-history" in said[0]
