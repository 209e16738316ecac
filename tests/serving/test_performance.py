"""Estimates before outcomes, figures after them, and how far the two were apart; on drawn loans with a known truth."""

from dataclasses import replace
from datetime import date
from itertools import pairwise

import numpy as np
import pytest

from features.ranks import auc
from lending.settings import ROOT
from serving.estimate import MEASURES, as_dicts, estimate
from serving.loans import LIVE, UNKNOWN, Loans
from serving.performance import Released, findings, own_error, performance, periods, rules_on
from serving.realised import cox, rates, realised, reliability
from serving.vintages import vintages
from tests.conftest import sized

TODAY = date(2026, 11, 21)
RULES = rules_on(ROOT / "kb", TODAY)


def _risks(count, seed, middle=-2.5, spread=1.0):
    return 1 / (1 + np.exp(-np.random.default_rng(seed).normal(middle, spread, count)))


def _loans(count, seed=1, first=date(2024, 1, 1), days=600, truth=None, dated=True):
    """Loans lent evenly over some days; outcomes by coins of their PD, or of another truth, known after a year."""
    pd = _risks(count, seed)
    draws = np.random.default_rng(seed + 1)
    bad = (draws.random(count) < (pd if truth is None else truth(pd))).astype(np.int8)
    day = np.datetime64(first) + np.sort(draws.integers(0, days, count)).astype("timedelta64[D]")
    after = np.where(bad == 1, draws.integers(100, 365, count), 365).astype("timedelta64[D]")
    product = np.full(count, "car", dtype=object)
    return Loans(
        LIVE, pd, bad, day, day + after, np.full(count, 12), product, dated, "those recorded with each decision"
    )


def _known_by(loans, day):
    """What was known on a day."""
    return replace(loans, bad=np.where(loans.known_on <= np.datetime64(day), loans.bad, UNKNOWN).astype(np.int8))


def test_for_calibrated_scores_the_estimate_is_what_comes_on_average():
    pd = _risks(2000, 3)
    guessed, draws = estimate(pd, 7), np.random.default_rng(5)
    came = [draws.random(len(pd)) < pd for _ in range(sized(60, 400))]
    found = {
        "auc": [auc(pd, bad) for bad in came],
        "brier": [float(((pd - bad) ** 2).mean()) for bad in came],
        "bad_rate": [float(bad.mean()) for bad in came],
    }
    for name, values in found.items():
        error = np.std(values) / np.sqrt(len(values))
        assert abs(np.mean(values) - guessed[name].value) < 4 * error, name


def test_the_interval_of_an_estimate_holds_what_comes_about_nineteen_times_in_twenty():
    pd = _risks(1500, 4)
    guessed, draws = estimate(pd, 7), np.random.default_rng(6)
    rounds = sized(150, 1000)
    came = [draws.random(len(pd)) < pd for _ in range(rounds)]
    for name, measure in (("auc", lambda bad: auc(pd, bad)), ("bad_rate", np.mean)):
        held = sum(guessed[name].holds(float(measure(bad))) for bad in came)
        assert 0.90 <= held / rounds <= 0.99, name


def test_an_estimate_is_the_same_for_the_same_seed_and_no_order_of_loans_matters():
    pd = _risks(500, 8)
    assert as_dicts(estimate(pd, 7)) == as_dicts(estimate(pd[::-1], 7))
    assert as_dicts(estimate(pd, 7)) != as_dicts(estimate(pd, 8))


def test_one_value_of_pd_ranks_nothing():
    assert estimate(np.full(300, 0.1), 7)["auc"].value == pytest.approx(0.5)


def test_the_auc_found_is_that_of_mann_and_whitney():
    pd = _risks(800, 2)
    bad = np.random.default_rng(9).random(800) < pd
    assert realised(pd, bad, 7)["auc"].value == pytest.approx(auc(pd, bad), abs=1e-9)


def test_where_promises_come_true_slope_is_one_and_intercept_is_nought():
    pd = _risks(sized(20_000, 100_000), 2)
    found = cox(pd, np.random.default_rng(9).random(len(pd)) < pd)
    assert found["slope"].holds(1.0)
    assert found["intercept"].holds(0.0)


def test_promises_too_far_apart_have_a_slope_below_one():
    odds = np.random.default_rng(1).normal(-2, 1, 20_000)
    bad = np.random.default_rng(2).random(20_000) < 1 / (1 + np.exp(-odds))
    assert cox(1 / (1 + np.exp(-2 * odds)), bad)["slope"].high < 0.6


def test_with_one_outcome_only_rates_are_told():
    found = rates(np.full(50, 0.1), np.zeros(50, dtype=bool))
    assert found["bad_rate"].value == 0.0
    assert found["bad_rate"].high == pytest.approx(0.0713, abs=1e-4)  # Wilson's upper bound for 0 of 50
    assert set(found) == {"bad_rate", "ratio"}


def test_a_reliability_curve_has_every_loan_once_and_rises_with_the_promise():
    pd = _risks(1003, 2)
    bins = reliability(pd, np.random.default_rng(9).random(1003) < pd)
    assert sum(one["loans"] for one in bins) == 1003
    assert all(a["promised"] < b["promised"] for a, b in pairwise(bins))
    assert all(one["low"] <= one["found"] <= one["high"] for one in bins)


def test_equal_promises_share_a_bin():
    assert [one["loans"] for one in reliability(np.full(40, 0.2), np.arange(40) < 9)] == [40]


def test_a_period_is_judged_only_once_its_loans_had_the_time_to_go_bad():
    loans = _known_by(_loans(3000), date(2025, 6, 30))
    rows = {row.period: row for row in periods(loans, "quarter", RULES, date(2025, 6, 30), None, 7)}
    assert rows["2024Q1"].verdict == "as expected"
    assert rows["2024Q4"].verdict == "waiting"
    assert rows["2024Q4"].found == {}  # its early news is bad news: the bad ones are known first
    assert rows["2024Q4"].estimated["bad_rate"].value > 0


def test_outcomes_that_never_came_leave_a_period_untold():
    loans = _loans(3000)
    lost = np.random.default_rng(1).random(3000) < 0.3
    rows = periods(replace(loans, bad=np.where(lost, UNKNOWN, loans.bad)), "quarter", RULES, TODAY, None, 7)
    assert {row.verdict for row in rows} == {"cannot tell"}
    assert "are known" in rows[0].why


def test_few_loans_and_few_bads_are_not_judged():
    few = periods(_loans(30), "year", RULES, TODAY, None, 7)
    assert {(row.verdict, bool(row.estimated)) for row in few} == {("cannot tell", False)}
    rows = periods(_loans(60, days=80), "year", RULES, TODAY, None, 7)
    assert rows[0].verdict == "cannot tell"
    assert "of each are needed" in rows[0].why


def test_late_outcomes_reconcile_with_the_estimate_made_before_them():
    loans = _loans(sized(6000, 30_000))
    early, late = (performance(_known_by(loans, day), "quarter", RULES, day, None, 7)
                   for day in (date(2025, 3, 1), TODAY))  # fmt: skip
    before = {row["period"]: row for row in early["rows"]}
    for row in late["rows"]:
        assert row["estimated"] == before[row["period"]]["estimated"]  # an estimate is not touched up afterwards
        assert row["difference"]["bad_rate"]["value"] == pytest.approx(
            row["found"]["bad_rate"]["value"] - row["estimated"]["bad_rate"]["value"], abs=2e-6
        )
    assert late["error"]["bad_rate"]["periods"] == len(late["rows"])
    assert late["error"]["bad_rate"]["inside"] >= len(late["rows"]) - 2
    assert early["error"]["bad_rate"]["mean"] is None  # one settled period says nothing of an estimator


def test_a_bank_that_promises_half_of_what_comes_is_told_so_and_the_estimator_owns_up():
    loans = _loans(6000, truth=lambda pd: np.minimum(2 * pd, 0.95))
    rows = periods(loans, "quarter", RULES, TODAY, None, 7)
    assert {row.verdict for row in rows} == {"promises too little"}
    (found,) = findings(rows)
    assert (found.kind, found.first, found.last) == ("calibration", rows[0].period, rows[-1].period)
    error = own_error(rows, RULES)["bad_rate"]
    assert error["inside"] == 0
    assert error["mean"] > 0.03


def test_a_model_that_ranks_by_chance_is_an_alarm_of_its_own():
    loans = _loans(6000, truth=lambda pd: np.full(len(pd), pd.mean()))
    rows = periods(loans, "year", RULES, TODAY, Released(0.75, 0.01), 7)
    assert {row.verdict for row in rows} == {"ranks worse"}
    assert findings(rows)[0].kind == "performance"


def test_calibrated_loans_raise_no_more_alarms_than_stated():
    rounds = sized(20, 100)
    alarmed = sum(bool(findings(periods(_loans(2400, seed), "quarter", RULES, TODAY, None, 7)))
                  for seed in range(100, 100 + rounds))  # fmt: skip
    assert alarmed <= max(1, round(2 * RULES.false_alarm_share * rounds))


def test_a_small_shift_that_is_certain_is_no_alarm():
    loans = _loans(60_000, truth=lambda pd: np.minimum(1.1 * pd, 0.95))
    assert findings(periods(loans, "year", RULES, TODAY, None, 7)) == []


def test_loans_that_the_model_learned_from_test_nothing():
    loans = replace(_loans(3000), seen_until=date(2024, 12, 31))
    rows = {row.period: row for row in periods(loans, "year", RULES, TODAY, None, 7)}
    assert rows["2024"].verdict == "learned from"
    assert rows["2025"].verdict == "as expected"
    assert own_error(list(rows.values()), RULES)["auc"]["periods"] == 1


def test_a_vintage_is_told_only_as_far_as_all_its_loans_are_old():
    on = date(2025, 3, 31)
    told = {one["vintage"]: one for one in vintages(_known_by(_loans(4000), on), "quarter", on)}
    assert [p["months"] for p in told["2024Q1"]["points"]] == [3, 6, 9, 12]
    assert [p["months"] for p in told["2024Q3"]["points"]] == [3, 6]
    assert told["2025Q1"]["points"] == []
    shares = [p["share"] for p in told["2024Q1"]["points"]]
    assert shares == sorted(shares)


def test_without_days_of_outcomes_a_vintage_has_its_end_alone():
    told = vintages(_loans(500, dated=False), "year", TODAY)
    assert {tuple(p["months"] for p in one["points"]) for one in told} == {(12,)}


def test_what_is_measured_is_plain_json_with_every_measure():
    import json

    told = json.loads(json.dumps(performance(_loans(2000), "quarter", RULES, TODAY, Released(0.7, 0.02), 7)))
    assert set(told["rows"][0]["estimated"]) == set(MEASURES)
    assert {"auc", "ratio", "slope"} <= set(told["rows"][0]["found"])
