"""The policy lab decides past applications once more, with the function that decides quotes."""

from __future__ import annotations

import json
from collections import Counter
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lending.domain.errors import InputError, PolicyError, RefusedError
from serving.assembly import Platform
from serving.decide import LoanAsk
from serving.evaluate import evaluate
from serving.lab import QUICK, Lab, Wanted
from serving.lab_answers import OUTCOMES, answers
from serving.lab_cases import RECORDED, Past, from_loans
from serving.lab_leaves import leaves, read_values
from serving.lab_statistics import mean, rate, ratio, share_change, total_change
from tests.conftest import HandClock, sized
from tests.serving.lab_bank import open_lab

DATA = "demo_bank"
STRICTER = {
    "shared.pd_12m_max": -1, "shared.foir_max": -1, "car.score_min": 1, "home.score_min": 1, "car.income_min": 1,
    "car.dti_max": -1, "gold.dti_max": -1, "car.rate_max": -1, "car.margin": 1, "shared.funding_spread": 1,
}  # fmt: skip
"""Which way a figure lets fewer people in."""


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Platform:
    return open_lab(tmp_path_factory.mktemp("lab"), clock=HandClock())


@pytest.fixture(scope="module")
def past(place: Platform) -> Past:
    model: Any = place.champion.current()
    return from_loans(place.datasets.past(DATA), model, place.policy.current, date(2026, 11, 2))


def values(place: Platform, **asked: str) -> dict[str, Decimal]:
    known = leaves(place.settings.kb, place.policy.current, date(2026, 11, 2))
    return read_values({name.replace("__", "."): value for name, value in asked.items()}, known)


def test_a_draft_that_changes_nothing_moves_nobody(place: Platform) -> None:
    found = place.lab.run(Wanted({}, DATA))
    swaps = found["swaps"]
    assert (swaps["moved"], swaps["in"]["count"], swaps["out"]["count"]) == (0, 0, 0)
    assert found["base_version"] == found["draft_version"] == place.policy.current.version
    assert found["figures"]["approval_rate"]["present"] == found["figures"]["approval_rate"]["draft"]


def test_the_lab_gives_the_answers_on_record(tmp_path: Path) -> None:
    place = open_lab(tmp_path, clock=HandClock())
    for number, customer in enumerate(("C00001", "C00002", "C00003", "C00004")):
        for amount in (2000, 15000, 60000):
            ask = LoanAsk("car", Decimal(amount + number), 36)  # type: ignore[arg-type]
            place.quotes.quote(customer, ask, channel="cli", actor="test")
    found = place.lab.run(Wanted({}, RECORDED))
    assert (found["applications"], found["differs_from_record"], found["swaps"]["moved"]) == (12, 0, 0)
    recorded = [json.loads(place.decisions.get(one).core)["outcome"] for one in place.decisions.ids()]
    matrix = np.array(found["swaps"]["matrix"])
    assert {o.value: int(n) for o, n in zip(OUTCOMES, matrix.sum(axis=1), strict=True) if n} == {
        name: recorded.count(name) for name in set(recorded)
    }
    refused = found["swaps"]["stay_out"]
    assert refused["never_lent"] == recorded.count("decline") + recorded.count("refer")
    assert (refused["known"], refused["bad_rate"]["value"]) == (0, None), "never imputed"


def test_without_rules_left_out_it_is_the_function_that_decides(place: Platform, past: Past) -> None:
    policy, model = place.policy.current, place.champion.current()
    some = past.cases[:: max(1, len(past.cases) // 25)]
    again = [evaluate(case.application, model, policy, case.day)[1].outcome for case in some]
    assert [OUTCOMES[code] for code in answers(some, policy, frozenset()).outcome] == again


@settings(max_examples=sized(12, 120), deadline=None)
@given(path=st.sampled_from(sorted(STRICTER)), share=st.floats(0.02, 1.0))
def test_a_stricter_figure_never_approves_more(place: Platform, past: Past, path: str, share: float) -> None:
    leaf = next(one for one in place.draft_desk.leaves() if one.path == path)
    end = leaf.high if STRICTER[path] > 0 else leaf.low
    value = (leaf.value + (end - leaf.value) * Decimal(str(round(share, 3)))).quantize(Decimal("0.0001"))
    cases = past.cases[::2]
    before = answers(cases, place.policy.current, past.unseen).approved
    try:
        policy = place.policy.tried({path: value})
    except PolicyError:  # such as a floor above its top: refused, so nobody decides by it
        return
    after = answers(cases, policy, past.unseen).approved
    assert not (after & ~before).any()


def test_those_who_move_add_up(place: Platform) -> None:
    found = place.lab.run(
        Wanted(values(place, car__score_min="700", shared__foir_max="0.7", car__rate_max="0.13"), DATA)
    )
    swaps, count = found["swaps"], found["applications"]
    sets = [swaps[name] for name in ("in", "out", "stay_in", "stay_out")]
    assert sum(one["count"] for one in sets) == np.sum(swaps["matrix"]) == count
    assert swaps["in"]["count"]
    assert swaps["out"]["count"]
    for one in sets:
        assert one["known"] + one["never_lent"] + one["not_yet"] == one["count"]
        assert one["bad_rate"]["count"] == one["known"]
    rates = found["figures"]["approval_rate"]
    moved = (swaps["in"]["count"] - swaps["out"]["count"]) / count
    assert rates["change"]["value"] == pytest.approx(moved, abs=1e-6)
    assert rates["draft"]["value"] - rates["present"]["value"] == pytest.approx(moved, abs=2e-6)
    for kind in ("product", "amount", "work"):
        rows = [row for row in found["parts"] if row["kind"] == kind]
        assert sum(row["count"] for row in rows) == count
        assert sum(row["into"] for row in rows) == swaps["in"]["count"]
        assert sum(row["out"] for row in rows) == swaps["out"]["count"]


def test_the_cut_off_in_force_stands_where_the_policy_approves(place: Platform) -> None:
    found = place.lab.run(Wanted(values(place, shared__pd_12m_max="0.03"), DATA))
    for side in ("present", "draft"):
        assert found["cut_off"][side]["approval_rate"] == found["figures"]["approval_rate"][side]
        shares = [point["approval_rate"]["value"] for point in found["cut_off"]["points"][side]]
        assert shares == sorted(shares)
    assert (found["cut_off"]["present"]["limit"], found["cut_off"]["draft"]["limit"]) == (0.25, 0.03)


def test_loans_whose_horizon_is_not_over_count_as_not_yet_known(past: Past) -> None:
    young = [case for case in past.cases if case.day > date(2025, 11, 2)]
    assert young
    assert all(case.bad is None for case in young)
    assert all(case.bad is not None for case in past.cases if case.day < date(2025, 11, 2))


def test_what_the_data_does_not_tell_is_said_and_left_out_of_both(place: Platform, past: Past) -> None:
    found = place.lab.run(Wanted({}, DATA, most=50))
    assert {"ltv", "documents", "age_years"} <= set(found["not_looked_at"]) == set(past.unseen)
    assert (found["applications"], found["of"]) == (50, len(past.cases))


def test_groups_are_compared_with_their_intervals(place: Platform) -> None:
    found = place.lab.run(Wanted({}, DATA))["groups"]
    women = next(row for row in found["draft"] if row["group"] == "female")
    assert women["adverse_impact_interval"]["low"] <= women["adverse_impact_ratio"]
    assert found["loans"] < place.lab.run(Wanted({}, DATA))["applications"]
    assert place.lab.sources()[-1] == RECORDED


def test_nothing_about_a_person_is_in_a_result(place: Platform) -> None:
    text = json.dumps(place.lab.run(Wanted({}, DATA)))
    assert "L000001" not in text
    assert "customer" not in text


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"car__nothing": "1"}, "lab_leaf"),
        ({"car__score_min": "many"}, "lab_bounds"),
        ({"car__score_min": "1000"}, "lab_bounds"),
        ({"car__lgd": "NaN"}, "lab_bounds"),
    ],
)
def test_a_figure_outside_its_bounds_is_refused(place: Platform, asked: dict[str, str], code: str) -> None:
    with pytest.raises(InputError) as refused:
        values(place, **asked)
    assert refused.value.code == code


def test_the_same_figure_again_is_no_change(place: Platform) -> None:
    assert values(place, car__score_min="650.0", car__lgd="") == {}


def test_without_a_model_there_is_nothing_to_replay(tmp_path: Path) -> None:
    place = open_lab(tmp_path, model=False)
    with pytest.raises(RefusedError) as refused:
        place.lab.run(Wanted({}, DATA, most=QUICK))
    assert refused.value.code == "no_model"


def test_without_decisions_there_is_nothing_on_record(tmp_path: Path) -> None:
    lab: Lab = open_lab(tmp_path).lab
    with pytest.raises(InputError) as refused:
        lab.run(Wanted({}, RECORDED))
    assert refused.value.code == "no_decisions"


def test_intervals_cover_what_is_true() -> None:
    """Simulated portfolios of 300 loans with known rates; each interval holds the truth in about 95 of 100."""
    draw, times, loans = np.random.default_rng(3), sized(400, 2000), 300
    hits: Counter[str] = Counter()
    for _ in range(times):
        amount = draw.lognormal(0, 0.6, loans)
        bad = draw.random(loans) < 0.06
        before, after = draw.random((2, loans)) < [[0.5], [0.42]]
        moved = draw.normal(0.3, 2, loans)
        truths = {
            "rate": (rate(int(bad.sum()), loans), 0.06),
            "mean": (mean(amount), float(np.exp(0.18))),
            "ratio": (ratio(0.45 * amount * bad, amount), 0.45 * 0.06),
            "change": (total_change(amount, amount + moved), 0.3 * loans),
            "share": (share_change(before, after), -0.08),
        }
        for name, (found, truth) in truths.items():
            assert found["low"] is not None
            assert found["high"] is not None
            hits[name] += found["low"] <= truth <= found["high"]
    assert all(0.9 <= count / times <= 0.985 for count in hits.values()), hits


def test_where_nobody_moves_the_interval_stays_open() -> None:
    none = np.zeros(100, dtype=bool)
    found = share_change(none, none)
    assert found["value"] == 0
    assert found["low"] is not None
    assert found["low"] < 0
