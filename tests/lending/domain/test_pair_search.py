"""The search for the cheapest pair of steps and for the least level: what looking at every one would find."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from itertools import product as all_pairs
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from lending.domain.application import Application
from lending.domain.lever import Lever, weight
from lending.domain.pairs import Pair, cheapest_pairs
from lending.domain.search import in_lockstep, least
from tests.builders import an_application
from tests.conftest import sized


def _grids(size: int) -> st.SearchStrategy[Any]:
    """Two levers with rising costs, and stairs: from which level of the second on each level of the first passes."""
    rises = st.lists(st.integers(1, 9), min_size=1, max_size=size)
    return st.tuples(rises, rises).flatmap(
        lambda two: st.tuples(
            st.just(two), st.lists(st.integers(1, len(two[1]) + 3), min_size=len(two[0]), max_size=len(two[0]))
        )
    )


def _a_lever(action: str, rises: Sequence[int]) -> Lever:
    costs = [sum(rises[: n + 1]) for n in range(len(rises))]
    return Lever(
        action, action, frozenset(), Decimal(0), Decimal(1), Decimal(1), len(rises), (len(rises),),
        lambda value: Decimal(costs[int(value) - 1]),
    )  # fmt: skip


@settings(max_examples=sized(300, 20_000))
@given(st.lists(_grids(9), min_size=1, max_size=4), st.integers(1, 3), st.integers(1, 200))
def test_the_cheapest_pairs_are_those_that_looking_at_every_pair_of_levels_finds(
    grids: list[Any], most: int, below: int
) -> None:
    application, pairs, stairs = an_application(), list[Pair](), list[list[int]]()
    for n, ((one, other), levels) in enumerate(grids):
        sides = _a_lever(f"repay_debt {n}", one), _a_lever(f"longer_term {n}", other)
        pairs.append(Pair(*sides, (len(one), len(other)), Decimal(below)))
        stairs.append(sorted(levels, reverse=True))
    tried: dict[Application, tuple[int, int, int]] = {}
    looks = _looks(pairs, tried)

    def passes(asked: Sequence[Application]) -> list[bool]:
        return [tried[one][2] >= stairs[tried[one][0]][tried[one][1] - 1] for one in asked]

    found = cheapest_pairs(application, looks, passes, most)
    best = [_brute_pair(pair, steps) for pair, steps in zip(pairs, stairs, strict=True)]
    assert [weight(chosen) for chosen in found] == sorted(w for w in best if w is not None and w < below)[:most]


def _looks(pairs: Sequence[Pair], tried: dict[Application, tuple[int, int, int]]) -> list[Any]:
    """The same pairs, whose applications are remembered by the levels that they stand for."""

    class Look(Pair):
        def at(self, application: Application, levels: tuple[int, int]) -> Application:
            number = next(n for n, pair in enumerate(pairs) if pair.first is self.first)
            made = replace(application, request=replace(application.request, refinances=(f"{number} {levels}",)))
            tried[made] = (number, *levels)
            return made

    return [Look(pair.first, pair.second, pair.tops, pair.below) for pair in pairs]


def _brute_pair(pair: Pair, stairs: Sequence[int]) -> Decimal | None:
    levels = all_pairs(range(1, pair.tops[0] + 1), range(1, pair.tops[1] + 1))
    return min((pair.weight(a, b) for a, b in levels if b >= stairs[a - 1]), default=None)


@given(st.integers(1, 400), st.integers(0, 400), st.integers(1, 6), st.integers(2, 9))
def test_the_least_level_is_found_whatever_the_probes_and_the_parts(
    top: int, first: int, gaps: int, parts: int
) -> None:
    probes = sorted({max(1, top * part // gaps) for part in range(1, gaps + 1)})
    application = an_application()

    def at(level: int) -> Application:
        return replace(application, request=replace(application.request, term_months=level))

    (found,) = in_lockstep(
        [least(at, probes, parts)], lambda asked: [one.request.term_months >= first for one in asked]
    )
    assert found == (max(1, first) if first <= top else None)
