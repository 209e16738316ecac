"""What experiments show: safe to look at every day, a planted gain found, a broken split said first."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lending.behaviour_ports import BehaviourRow
from lending.word_ports import FeedbackRow
from serving.assembly import Platform
from serving.behaviour import FunnelStep
from serving.experiment_results import Arm, compare, more_people
from serving.trial_catalogue import Measure
from serving.trial_counts import Look
from serving.trial_results import rail_line, result
from serving.trials import TrialAsk
from tests.bank import open_bank
from tests.conftest import HandClock, sized
from tests.serving.test_trials import ASK

HALVES = {"now": Decimal("0.5"), "new": Decimal("0.5")}
SOLD = Measure("sold", "share of people who accept a loan", "took a loan", None, "accepted")
ASKED = Measure("complaints", "Complaints do not rise.", "complaints", None, "asked", "more")
DAYS, A_DAY = 40, 200
START = date(2026, 12, 1)


def looks(rng: np.random.Generator, base: float, gain: float, days: int = DAYS, share: float = 0.5) -> list[Look]:
    """An experiment that is looked at every day; people come to a variant by that share."""
    people = np.cumsum(rng.binomial(A_DAY, share, days))
    others = np.arange(1, days + 1) * A_DAY - people
    made = []
    hits = [0, 0]
    before = [0, 0]
    for day in range(days):
        counts = (int(others[day]), int(people[day]))
        for arm, chance in enumerate((base, base + gain)):
            hits[arm] += int(rng.binomial(counts[arm] - before[arm], chance))
        before = list(counts)
        arms = [Arm(name, n, x) for name, n, x in zip(HALVES, counts, hits, strict=True)]
        made.append(Look(START + timedelta(days=day), arms, arms))
    return made


def shown(several: list[Look], *, rails: list[dict[str, Any]] | None = None, worth: str = "0.02") -> dict[str, Any]:
    return result(several, HALVES, SOLD, rails or [], worth)


def test_of_a_thousand_experiments_without_a_difference_one_in_twenty_at_most_is_ever_called_anything() -> None:
    rng, rounds = np.random.default_rng(11), sized(150, 1000)
    wrong = 0
    for _ in range(rounds):
        over_time = shown(looks(rng, 0.2, 0.0))["over_time"]
        wrong += any(one["low"] > 0 or one["high"] < 0 for one in over_time)
    assert wrong <= 0.05 * rounds


def test_a_gain_of_two_points_is_found_and_said_in_a_sentence() -> None:
    rng, rounds = np.random.default_rng(12), sized(10, 50)
    found = [shown(looks(rng, 0.2, 0.02, days=250)) for _ in range(rounds)]
    assert sum(one["compared"][0]["verdict"] == "better" for one in found) >= 0.9 * rounds
    told = next(one["sentence"] for one in found if one["compared"][0]["verdict"] == "better")
    assert told.startswith("Of those who saw “new”, ")
    assert "points more took a loan than of “now”" in told
    assert told.endswith("You may stop now.")


def test_a_loss_of_two_points_is_found_and_asks_to_stop() -> None:
    told = shown(looks(np.random.default_rng(13), 0.2, -0.03, days=250))
    assert told["compared"][0]["verdict"] == "worse"
    assert told["sentence"].endswith("Stop it.")


def test_a_split_that_is_not_as_planned_has_no_verdict_however_large_the_gain() -> None:
    told = shown(looks(np.random.default_rng(14), 0.2, 0.2, share=0.45))
    assert told["ratio"]["broken"]
    assert told["compared"][0]["verdict"] == "broken_ratio"
    assert "no verdict" in told["sentence"]


def test_a_split_by_the_plan_is_called_broken_no_more_than_once_in_a_thousand() -> None:
    rng, rounds = np.random.default_rng(15), sized(300, 3000)
    broken = sum(shown(looks(rng, 0.2, 0.0, days=1))["ratio"]["broken"] for _ in range(rounds))
    assert broken <= max(1, 0.004 * rounds)


def test_what_cannot_be_told_yet_says_how_many_more_it_takes_and_that_many_are_enough() -> None:
    rng = np.random.default_rng(16)
    told = shown(looks(rng, 0.2, 0.02, days=3))
    assert told["compared"][0]["verdict"] == "undecided"
    assert f"it needs about {told['more']:,} more people to see 2 points" in told["sentence"]
    enough = round((told["more"] + 3 * A_DAY) / A_DAY)
    rounds = sized(40, 200)
    seen = sum(shown(looks(rng, 0.2, 0.02, days=enough))["compared"][0]["verdict"] == "better" for _ in range(rounds))
    assert seen >= 0.65 * rounds  # 80 % of them, less what chance takes


def test_two_that_are_alike_are_said_to_be_alike() -> None:
    arms = [Arm("now", 400_000, 80_000), Arm("new", 400_000, 80_100)]
    told = shown([Look(START, arms, arms)])
    assert "differ by less than 2 points" in told["sentence"]
    assert told["more"] == 0


def test_more_people_are_needed_for_less() -> None:
    arms = [Arm("now", 100, 20), Arm("new", 100, 20)]
    assert more_people(arms, 0.01) > more_people(arms, 0.02) > more_people(arms, 0.1) > 0
    assert more_people([Arm("now", 0, 0), Arm("new", 0, 0)], 0.02) > 0


def test_a_guardrail_that_breaks_takes_the_verdict_away() -> None:
    arms = [Arm("now", 50_000, 10_000), Arm("new", 50_000, 11_500)]
    worse = [Arm("now", 50_000, 500), Arm("new", 50_000, 2_000)]
    rail = rail_line(ASKED, [Look(START, worse, worse)], HALVES)
    assert rail["verdict"] == "hurt"
    told = shown([Look(START, arms, arms)], rails=[rail])
    assert told["compared"][0]["verdict"] == "hurts"
    assert "“Complaints do not rise” does not hold" in told["sentence"]
    assert "You may stop now" not in told["sentence"]
    assert compare(arms, HALVES)[0].verdict == "better"


def test_fewer_of_what_must_not_rise_is_no_harm() -> None:
    fewer = [Arm("now", 50_000, 2_000), Arm("new", 50_000, 500)]
    assert rail_line(ASKED, [Look(START, fewer, fewer)], HALVES)["verdict"] == "kept"


def test_nobody_yet_is_nothing_to_tell() -> None:
    assert shown([])["sentence"] == "Nobody has seen a variant yet, so there is nothing to tell."
    assert "nobody counts" in result([], HALVES, None, [], "0.02")["sentence"]


@pytest.fixture
def clock() -> HandClock:
    return HandClock(datetime(2026, 12, 1, 9, tzinfo=UTC))


@pytest.fixture
def bank(tmp_path: Path, clock: HandClock) -> Iterator[Platform]:
    place = open_bank(tmp_path, clock=clock)
    yield place
    place.records.database.engine.dispose()


def visit(bank: Platform, number: int, *, on: bool) -> str:
    """A person comes to the start page and perhaps opens a loan; answers what they saw."""
    person = f"C{number:05}"
    saw = str(bank.variants.at(person, "tried.home_order"))
    pages = ("home", "loans") if on else ("home",)
    for page in pages:
        row = BehaviourRow(bank.clock.now(), f"v{number}-{bank.clock.now()}", "view", page,
                           variants=bank.variants.seen(person))  # fmt: skip
        bank.records.behaviour.add(row, 400)
    return saw


def begin(bank: Platform, **changes: Any) -> None:
    ask = TrialAsk(**{**{name: getattr(ASK, name) for name in ASK.__slots__}, **changes})
    bank.trial_desk.define(ask, "scientist")
    bank.trial_desk.start(ask.name, 1, "scientist")


def test_visits_are_counted_by_what_their_visitor_saw_and_days_that_are_over_once(
    bank: Platform, clock: HandClock
) -> None:
    begin(bank)
    saw = [visit(bank, number, on=number % 3 == 0) for number in range(1, 61)]
    clock.move(days=1)
    saw += [visit(bank, number, on=True) for number in range(61, 81)]
    told = bank.trial_results.of("loans_first")
    assert {arm["variant"]: arm["of"] for arm in told["arms"]} == {
        name: saw.count(name) for name in ("own_first", "loans_first")
    }
    assert sum(arm["did"] for arm in told["arms"]) == 40
    assert [one["day"] for one in told["over_time"]] == ["2026-12-01", "2026-12-02"]
    assert {count.day for count in bank.records.trial_counts.visits("loans_first", "looked")} == {START}
    bank.records.behaviour.sweep(clock.now() - timedelta(hours=1))
    assert bank.trial_results.of("loans_first")["arms"] == told["arms"]  # kept, though the events are gone


def test_many_visits_of_one_person_count_for_no_more_than_the_person(bank: Platform, clock: HandClock) -> None:
    begin(bank)
    for _ in range(5):
        clock.move(minutes=1)
        for number in range(1, 41):
            visit(bank, number, on=True)
    told = bank.trial_results.of("loans_first")
    assert sum(arm["of"] for arm in told["arms"]) == 40
    assert all(arm["share"]["value"] == 1 for arm in told["arms"])


def test_people_count_once_for_what_they_did_after_they_saw_it(bank: Platform, clock: HandClock) -> None:
    def said(number: int, thumb: Any) -> None:
        row = FeedbackRow(
            f"f_{number}_{clock.now()}", f"C{number:05}", "decision", "d_1", thumb, "clear", "", clock.now()
        )
        bank.records.feedback.add(row)

    begin(bank, measure="liked")
    said(1, "up")  # before they saw anything
    clock.move(minutes=1)
    for number in range(1, 31):
        visit(bank, number, on=False)
    clock.move(minutes=1)
    for number in (2, 3, 3):
        clock.move(minutes=1)
        said(number, "up")
    said(4, "down")
    said(200, "up")  # was never divided
    told = bank.trial_results.of("loans_first")
    assert sum(arm["did"] for arm in told["arms"]) == 2
    assert sum(arm["of"] for arm in told["arms"]) == 30


def test_the_banks_own_experiment_is_read_like_those_of_staff(bank: Platform) -> None:
    told = bank.trial_results.of("home_lead")
    assert (told["state"], told["author"]) == ("running", "kb/experiments.yaml")
    assert bank.trial_desk.catalogue.measure_in_words(told["measure"])
    assert len(bank.trial_desk.catalogue.guardrails_in_words(told["promises"])) == 2
    assert bank.trial_results.all()[0]["experiment"] == "home_lead"


def test_nobody_is_named_in_what_is_shown(bank: Platform) -> None:
    begin(bank)
    visit(bank, 7, on=True)
    told = repr(bank.trial_results.of("loans_first"))
    assert "C00007" not in told
    assert bank.variants.hidden("C00007") not in told


def test_a_step_is_shown_by_any_of_the_places_that_it_names() -> None:
    from lending.trial_ports import Seen
    from serving.trial_counts import visits_of

    step = (FunnelStep("arrived", "view", "home"), FunnelStep("sent", "step", "applications", ("sent", "offered")))
    from serving.experiments import Experiment

    one = Experiment("t", "", "", "running", START, "order", "tried.t", HALVES, "", (), "now")
    seen = [Seen("a", "view", "home", "", {}), Seen("a", "step", "applications", "offered", {"t": "new"}),
            Seen("b", "view", "home", "", {"t": "new"}), Seen("c", "view", "home", "", {})]  # fmt: skip
    counts = {c.variant: (c.visits, c.went_on) for c in visits_of(START, seen, one, Measure("m", "", "", step, None))}
    assert counts == {"now": (0, 0), "new": (2, 1)}
