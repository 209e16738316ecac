"""The watch over overrides: shares with intervals, and alarms that chance rarely makes."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest

from lending.case_ports import EndedCase
from serving.assembly import Platform
from serving.override_watch import OverrideWatch, Tally, gap
from tests.conftest import HandClock, sized

OFFICERS, PRODUCTS = ("officer", "colleague", "senior"), ("car", "home")
ROUNDS = sized(60, 1000)


class Book:
    """Ended cases as a test lays them down."""

    def __init__(self, cases: Sequence[EndedCase]) -> None:
        self.cases = cases

    def ended(self, since: datetime, most: int) -> Sequence[EndedCase]:
        return [one for one in self.cases if one.at >= since][:most]


def cases(clock: HandClock, chance: Any, seed: int = 7, count: int = 600) -> list[EndedCase]:
    """Half a year of decided cases; `chance(officer, week)` is how likely each went against its record."""
    draw = random.Random(seed)
    made = []
    for number in range(count):
        week, officer = draw.randrange(25), draw.choice(OFFICERS)
        at = clock.now() - timedelta(weeks=week, hours=1)
        against = "flag_cleared" if draw.random() < chance(officer, week) else None
        made.append(
            EndedCase(f"a_{number}", "C1", draw.choice(PRODUCTS), "offer", "explained", officer, None, against, at)
        )
    return made


def watched(bank: Platform, made: Sequence[EndedCase]) -> OverrideWatch:
    return OverrideWatch(Book(made), bank.case_desk.rules, bank.alarm_desk)  # type: ignore[arg-type]


def loud(found: dict[str, Any]) -> set[tuple[str, str]]:
    return {(look["what"], look["name"]) for look in found["looks"] if look["verdict"] == "alarm"}


def test_shares_come_with_their_cases_and_intervals(bank: Platform, clock: HandClock) -> None:
    found = watched(bank, cases(clock, lambda officer, week: 0.1)).found()
    whole = found["whole"]
    assert whole["cases"] == 600 == sum(one["cases"] for one in found["weeks"])
    assert whole["low"] < whole["share"] < whole["high"]
    assert {one["officer"] for one in found["officers"]} == set(OFFICERS)
    assert [one["reason"] for one in found["reasons"]] == ["flag_cleared"]


def test_one_officer_who_overrides_far_more_is_named(bank: Platform, clock: HandClock) -> None:
    made = cases(clock, lambda officer, week: 0.5 if officer == "senior" else 0.05)
    found, alarms = watched(bank, made).watch()
    assert ("officer", "senior") in loud(found)
    cause = next(rung.row for rung in alarms if rung.row.content["features"] == ["senior"])
    assert (cause.kind, cause.content["verdict"]) == ("overrides", "more")
    assert "senior" in str(cause.content["cause"])
    assert bank.alarm_desk.measurements.latest("overrides") is not None


def test_a_rise_of_the_last_weeks_is_an_alarm_once(bank: Platform, clock: HandClock) -> None:
    watch = watched(bank, cases(clock, lambda officer, week: 0.5 if week < 4 else 0.05))
    found, first = watch.watch()
    assert ("weeks", "") in loud(found)
    assert {rung.act for rung in first} == {"opened"}
    assert {rung.act for rung in watch.watch()[1]} == {"known"}


def test_unchanged_overrides_raise_few_alarms(bank: Platform, clock: HandClock) -> None:
    rounds = [watched(bank, cases(clock, lambda o, w: 0.15, seed=seed)).found() for seed in range(ROUNDS)]
    assert sum(bool(loud(found)) for found in rounds) <= 0.05 * ROUNDS


def test_few_cases_tell_nothing(bank: Platform, clock: HandClock) -> None:
    found = watched(bank, cases(clock, lambda officer, week: 1.0, count=15)).found()
    assert {look["verdict"] for look in found["looks"]} == {"too_few"}


def test_a_bank_without_decided_cases_is_watched_too(bank: Platform) -> None:
    found, alarms = watched(bank, []).watch()
    assert (found["whole"]["cases"], found["weeks"], alarms) == (0, [], [])


@pytest.mark.parametrize(("one", "other"), [((56, 70), (48, 80))])
def test_the_interval_of_a_difference_is_newcombes(one: tuple[int, int], other: tuple[int, int]) -> None:
    """Newcombe (1998), table II, example (a), method 10."""
    low, high = gap(Tally(one[1], one[0]), Tally(other[1], other[0]), 1.959964)
    assert (round(low, 4), round(high, 4)) == (0.0524, 0.3339)
