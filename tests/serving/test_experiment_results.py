"""Experiments: safe to look at every day, a real gain is found, and a broken split is never called a win."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pytest

from lending.domain.errors import InputError
from serving.experiment_results import Arm, chi_square_tail, compare, ratio_chance
from tests.conftest import sized

HALVES = {"a": Decimal("0.5"), "b": Decimal("0.5")}
DAYS, A_DAY = 40, 100


def _looks(rng: np.random.Generator, base: float, gain: float, days: int = DAYS) -> list[str]:
    """The verdict of every day of an experiment that is looked at every day."""
    people = np.arange(1, days + 1) * A_DAY
    hits = [np.cumsum(rng.binomial(A_DAY, share, days)) for share in (base, base + gain)]
    return [
        compare([Arm("a", int(n), int(x)), Arm("b", int(n), int(y))], HALVES)[0].verdict
        for n, x, y in zip(people, *hits, strict=True)
    ]


def test_among_experiments_without_a_difference_at_most_one_in_twenty_is_ever_called_a_win() -> None:
    rng, rounds = np.random.default_rng(5), sized(200, 1000)
    wins = sum(any(v in ("better", "worse") for v in _looks(rng, 0.2, 0.0)) for _ in range(rounds))
    assert wins <= 0.05 * rounds


def test_a_gain_of_two_points_is_found() -> None:
    rng, rounds = np.random.default_rng(6), sized(20, 100)
    found = [_looks(rng, 0.2, 0.02, days=400)[-1] for _ in range(rounds)]
    assert found.count("better") >= 0.9 * rounds
    assert "worse" not in found


def test_an_uneven_split_is_said_before_any_win() -> None:
    arms = [Arm("a", 5000, 500), Arm("b", 5600, 1100)]
    assert compare(arms, HALVES)[0].verdict == "broken_ratio"


def test_a_split_by_the_plan_is_no_surprise() -> None:
    assert ratio_chance([Arm("a", 4970, 0), Arm("b", 5030, 0)], HALVES) > 0.5
    assert ratio_chance([], HALVES) == 1.0


@pytest.mark.parametrize(
    ("value", "freedom", "chance"), [(3.841, 1, 0.05), (5.991, 2, 0.05), (7.815, 3, 0.05), (10.828, 1, 0.001)]
)
def test_tails_of_chi_square_equal_the_printed_tables(value: float, freedom: int, chance: float) -> None:
    """Source: NIST/SEMATECH e-Handbook of Statistical Methods, table 1.3.6.7.4."""
    assert chi_square_tail(value, freedom) == pytest.approx(chance, rel=2e-3)


def test_nobody_yet_is_undecided() -> None:
    (found,) = compare([Arm("a", 0, 0), Arm("b", 0, 0)], HALVES)
    assert (found.verdict, found.low, found.high) == ("undecided", -1.0, 1.0)


def test_more_successes_than_people_are_refused() -> None:
    with pytest.raises(InputError, match="b has 3 successes of 2"):
        compare([Arm("a", 2, 1), Arm("b", 2, 3)], HALVES)
