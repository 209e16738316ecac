"""Models beside each other: who moves in and out, intervals that own up, and splits that are not as planned."""

import random
from decimal import Decimal

import pytest

from lending.score_ports import ScoredPair
from serving.model_comparison import Sharing, in_the_split, share, side_by_side
from tests.conftest import sized

FIRST, SECOND = "candor-pd-x/1", "candor-pd-x/2"
SHARING = Sharing("s_1", SECOND, Decimal("0.5"))


def a_pair(person, first="approve", other="approve", by=FIRST, bad=None, split="s_1"):
    return ScoredPair(person, "car", split, by, first, 0.02, other, 0.05, bad)


def test_who_moves_in_and_out_is_counted_with_what_became_of_them():
    pairs = [
        *(a_pair(i, bad=i % 10 == 0) for i in range(100)),
        *(a_pair(i, other="decline", bad=True) for i in range(100, 120)),
        *(a_pair(i, first="refer") for i in range(120, 125)),
        *(a_pair(i, "decline", "decline") for i in range(125, 130)),
    ]
    told = side_by_side(pairs, FIRST, SECOND, "shadow")
    swaps = {one["move"]: (one["applicants"], one["lent_known"], one["bad"]) for one in told["swaps"]}
    assert swaps == {"both": (100, 100, 10), "out": (20, 20, 20), "in": (5, 0, 0), "neither": (5, 0, 0)}
    assert told["first"]["value"] == pytest.approx(120 / 130)
    assert told["other"]["value"] == pytest.approx(105 / 130)
    assert told["difference"]["value"] == pytest.approx(-15 / 130)
    assert told["verdict"] == "fewer"
    assert told["pd_difference"]["value"] == pytest.approx(0.03)


def test_few_who_move_both_ways_cannot_tell_and_the_smallest_gap_is_said():
    pairs = [a_pair(i) for i in range(200)] + [a_pair(900, other="decline"), a_pair(901, first="decline")]
    told = side_by_side(pairs, FIRST, SECOND, "shadow")
    assert told["verdict"] == "cannot_tell"
    assert told["difference"]["low"] < 0 < told["difference"]["high"]
    assert told["smallest_gap"] > told["difference"]["high"]


def test_nobody_yet_is_no_figure():
    told = side_by_side([], FIRST, SECOND, "shadow")
    assert (told["applicants"], told["first"], told["difference"], told["smallest_gap"]) == (0, None, None, None)
    assert told["verdict"] == "cannot_tell"
    arms = in_the_split([], FIRST, SHARING)
    assert (arms["difference"], arms["verdict"]) == (None, "cannot_tell")


def test_a_split_compares_what_each_side_decided_for_its_own():
    pairs = [a_pair(i, "approve", "decline", FIRST) for i in range(300)]
    pairs += [a_pair(i, "approve", "decline", SECOND) for i in range(300, 600)]
    told = in_the_split(pairs, FIRST, SHARING)
    champion, challenger = told["arms"]
    assert (champion["approved"]["value"], challenger["approved"]["value"]) == (1.0, 0.0)
    assert (champion["pd"]["value"], challenger["pd"]["value"]) == pytest.approx((0.02, 0.05))
    assert told["verdict"] == "fewer"


def test_a_split_that_is_not_as_planned_says_so_instead_of_a_verdict():
    pairs = [a_pair(i, by=FIRST) for i in range(900)] + [a_pair(i, other="decline", by=SECOND) for i in range(100)]
    assert in_the_split(pairs, FIRST, SHARING)["verdict"] == "uneven"


def test_decisions_of_another_split_do_not_count():
    pairs = [a_pair(i, by=FIRST, split="s_old") for i in range(50)]
    assert [arm["applicants"] for arm in in_the_split(pairs, FIRST, SHARING)["arms"]] == [0, 0]


def test_equal_models_are_seldom_told_apart():
    draw, rounds = random.Random(7), sized(300, 3000)
    wrong = 0
    for _ in range(rounds):
        moved = [draw.random() < 0.5 for _ in range(40)]
        pairs = [a_pair(i) for i in range(400)]
        pairs += [
            a_pair(i, *(("approve", "decline") if out else ("decline", "approve"))) for i, out in enumerate(moved)
        ]
        wrong += side_by_side(pairs, FIRST, SECOND, "shadow")["verdict"] != "cannot_tell"
    assert wrong / rounds < 0.08


@pytest.mark.parametrize(("hits", "count"), [(0, 5), (5, 5), (1, 2)])
def test_a_share_stays_within_zero_and_one(hits, count):
    found = share(hits, count)
    assert 0 <= found["low"] <= found["value"] <= found["high"] <= 1
