"""Groups compared by counts: worked cases, what is clear, what cannot be told, and what is held back."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from lending.settings import ROOT
from lending.tally_ports import Key
from serving.fairness_watch import (
    Group,
    Limits,
    Told,
    by_period,
    compare,
    groups_of,
    impact_ratio,
    limits_on,
    of_product,
    single,
    told,
)
from tests.conftest import sized

LIMITS = limits_on(ROOT / "kb", date(2026, 11, 21))


def a_group(name: str, decided: int, approved: int, attribute: str = "sex") -> Group:
    return Group(attribute, name, False, decided, approved)


def verdicts(groups: list[Group], limits: Limits = LIMITS) -> dict[str, Told]:
    return {one.group.group: one for one in compare(groups, limits)}


def counts(day: str, grouping: str, approved: int, declined: int, product: str = "car") -> dict[Key, list[int]]:
    return {
        Key(day=day, kind="group", product=product, outcome="approve", grouping=grouping): [approved],
        Key(day=day, kind="group", product=product, outcome="decline", grouping=grouping): [declined],
    }


def test_ratios_of_the_question_and_answer_that_explains_four_fifths() -> None:
    """44 FR 11996 (1979), question 24: rates of 60, 45, 48 and 51 % give ratios of 75, 80 and 85 %."""
    white = a_group("White", 1000, 600, "race")
    others = {"American Indian": 450, "Hispanic": 480, "Black": 510}
    found = {name: impact_ratio(a_group(name, 1000, hired, "race"), white).value for name, hired in others.items()}
    assert found == pytest.approx({"American Indian": 0.75, "Hispanic": 0.80, "Black": 0.85})


def test_the_interval_of_a_ratio_of_rates_is_that_of_the_logarithm() -> None:
    """Aspirin against placebo, Physicians' Health Study (Agresti 2013, section 3.1): 189/11034 and 104/11037."""
    found = impact_ratio(a_group("placebo", 11034, 189), a_group("aspirin", 11037, 104))
    assert (found.value, found.low, found.high) == pytest.approx((1.82, 1.43, 2.31), abs=0.005)


def test_an_approval_rate_has_wilsons_interval() -> None:
    """Newcombe (1998), table I: 81 of 263 lies between 0.2553 and 0.3662."""
    told = verdicts([a_group("female", 263, 81), a_group("male", 300, 250)])["female"]
    assert told.rate is not None
    assert (told.rate.low, told.rate.high) == pytest.approx((0.2553, 0.3662), abs=5e-5)


def test_a_clear_gap_is_looked_at_and_a_fair_one_is_not() -> None:
    told = verdicts([a_group("male", 2000, 1400), a_group("female", 2000, 1000), a_group("other", 2000, 1370)])
    assert {name: one.verdict for name, one in told.items()} == {"male": "fair", "female": "look", "other": "fair"}
    assert told["female"].reference == "male"


def test_few_decisions_cannot_tell_and_say_what_gap_they_would_show() -> None:
    told = verdicts([a_group("male", 120, 80), a_group("female", 120, 72)])["female"]
    assert told.verdict == "cannot tell"
    assert told.smallest_gap == pytest.approx(0.174, abs=0.001)
    assert "crosses 0.8" in told.why


def test_the_interval_that_is_told_is_the_one_that_is_judged_and_so_is_the_gap() -> None:
    one, best = a_group("g0", 100, 40), a_group("best", 400, 280)
    alone = verdicts([best, one])["g0"]
    among = verdicts([best, one, *(a_group(f"g{n}", 400, 275) for n in range(1, 20))])["g0"]
    assert alone.ratio is not None
    assert among.ratio is not None
    assert (alone.verdict, among.verdict) == ("look", "cannot tell")
    assert alone.ratio.high < 0.8 < among.ratio.high
    assert (alone.smallest_gap or 0) < (among.smallest_gap or 0)


def test_a_group_below_the_least_is_no_reference() -> None:
    told = verdicts([a_group("a", 60, 60), a_group("b", 500, 300), a_group("c", 500, 290)])
    assert told["a"].why == "fewer than 100 decisions"
    assert told["c"].reference == "b"


def test_groups_alone_or_refused_altogether_cannot_be_compared() -> None:
    assert verdicts([a_group("a", 500, 300)])["a"].verdict == "cannot tell"
    told = verdicts([a_group("a", 500, 0), a_group("b", 500, 0)])
    assert {(one.verdict, one.why) for one in told.values()} == {("cannot tell", "nobody was approved")}


def test_a_group_nobody_of_which_is_approved_is_clear() -> None:
    assert verdicts([a_group("a", 500, 0), a_group("b", 500, 400)])["a"].verdict == "look"


def test_the_interval_of_a_group_nobody_of_which_is_approved_begins_at_its_value() -> None:
    ratio = impact_ratio(a_group("a", 500, 0), a_group("b", 500, 20))
    assert (ratio.value, ratio.low) == (0, 0)
    assert ratio.high == pytest.approx(0.41, abs=0.01)


def test_a_small_group_leaves_no_count_behind_and_cannot_be_worked_out() -> None:
    groups = [a_group("a", 500, 300), a_group("b", 400, 300), a_group("c", 4, 1)]
    shown = {one.group.group: one.as_dict() for one in compare(groups, LIMITS)}
    assert shown["c"]["held_back"]
    assert shown["c"]["decided"] is None
    assert shown["b"]["held_back"]  # else the total of another attribute less the others would tell the small one
    assert shown["a"]["decided"] == 500
    several = compare([*groups, a_group("d", 6, 3)], LIMITS)
    assert [one.group.group for one in several if one.held_back] == ["c", "d"]


def test_counts_become_groups_single_and_crossed() -> None:
    day = counts("2026-01-05", "sex=female", 30, 10) | counts("2026-01-06", "sex=female", 5, 5)
    crossed = counts("2026-01-05", "age_band=25-39 & sex=female", 20, 5)
    assert groups_of(day | crossed) == [
        Group("age_band x sex", "25-39, female", True, 25, 20), Group("sex", "female", False, 50, 35),
    ]  # fmt: skip
    assert set(single(day | crossed)) == set(day)


def test_periods_and_products_are_told_apart() -> None:
    cars = counts("2026-01-05", "sex=female", 150, 50) | counts("2026-01-05", "sex=male", 160, 40)
    later = counts("2026-04-01", "sex=male", 90, 10, "gold")
    rows = by_period(cars | later, "quarter", LIMITS)
    assert [row["period"] for row in rows] == ["2026Q1", "2026Q2"]
    assert {one["group"]: one["decided"] for one in rows[0]["groups"]} == {"female": 200, "male": 200}
    assert told(of_product(cars | later, "gold"), LIMITS)[0]["decided"] == 100
    assert by_period({}, "quarter", LIMITS) == []


def test_alike_groups_are_looked_at_no_more_often_than_stated() -> None:
    draws, rounds = np.random.default_rng(3), sized(200, 2000)
    flagged = 0
    for _ in range(rounds):
        groups = [a_group(name, 800, int(draws.binomial(800, 0.6))) for name in "abcd"]
        flagged += any(one.verdict == "look" for one in compare(groups, LIMITS))
    assert flagged <= LIMITS.false_alarm_share * rounds


def test_a_planted_gap_is_found() -> None:
    draws, rounds = np.random.default_rng(4), sized(50, 500)
    found = 0
    for _ in range(rounds):
        groups = [a_group("a", 800, int(draws.binomial(800, 0.6))), a_group("b", 800, int(draws.binomial(800, 0.4)))]
        found += verdicts(groups)["b"].verdict == "look"
    assert found >= 0.9 * rounds
