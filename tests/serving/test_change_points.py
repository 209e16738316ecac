"""Change points: the period in which the level changed is named; chance and slight shifts change no level."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from lending.settings import ROOT
from serving.change_points import Levels
from serving.monitor import rules_on
from tests.conftest import sized

LIMITS = rules_on(ROOT / "kb", date(2026, 1, 1)).limits
SHARES, OTHER = [0.4, 0.3, 0.2, 0.1], [0.1, 0.2, 0.3, 0.4]


def a_table(rng: np.random.Generator, *levels: tuple[int, list[float]], rows: int = 100) -> np.ndarray:
    return np.concatenate([rng.multinomial(rows, shares, periods) for periods, shares in levels])


def begins(table: np.ndarray) -> list[int]:
    return [level.begin for level in Levels(table, LIMITS, 20).found]


@pytest.mark.parametrize("place", [1, 6, 11])
def test_the_period_of_a_change_is_named(place: int) -> None:
    table = a_table(np.random.default_rng(3), (place, SHARES), (12 - place, OTHER))
    assert begins(table) == [0, place]
    assert [Levels(table, LIMITS, 20).at(p).begin for p in (0, place, 11)] == [0, place, place]


def test_a_level_that_comes_back_is_two_changes() -> None:
    assert begins(a_table(np.random.default_rng(4), (5, SHARES), (3, OTHER), (5, SHARES))) == [0, 5, 8]


def test_chance_changes_no_level() -> None:
    rng = np.random.default_rng(5)
    changed = sum(begins(a_table(rng, (36, SHARES))) != [0] for _ in range(sized(40, 400)))
    assert changed <= sized(1, 8)


def test_a_real_but_slight_change_is_no_new_level() -> None:
    slight = [0.42, 0.3, 0.19, 0.09]
    assert begins(a_table(np.random.default_rng(6), (6, SHARES), (6, slight), rows=50_000)) == [0]


def test_empty_periods_and_a_single_bin_have_one_level() -> None:
    assert begins(np.zeros((4, 3), dtype=np.int64)) == [0]
    assert begins(np.full((4, 1), 9)) == [0]
    assert begins(np.array([[5, 5]])) == [0]
