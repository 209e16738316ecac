import numpy as np
import pandas as pd
import pytest

from training.fairness import fairness


def a_portfolio(rows=4000, *, handicap=0.0, seed=5):
    """PDs, outcomes and a group in two halves; `handicap` is added to the PDs of group b."""
    draw = np.random.default_rng(seed)
    group = np.where(np.arange(rows) % 2 == 0, "a", "b")
    risk = draw.uniform(0.05, 0.5, rows)
    label = (draw.random(rows) < risk).astype(np.int8)
    return pd.DataFrame({"group": group}), np.clip(risk + handicap * (group == "b"), 0.001, 0.999), label


def rows_of(portfolio):
    return {row["group"]: row for row in fairness(*portfolio, seed=1)}


def test_equal_groups_are_within_four_fifths():
    found = rows_of(a_portfolio())
    assert {row["verdict"] for row in found.values()} == {"within four fifths"}
    assert all(row["auc"]["low"] <= row["auc"]["value"] <= row["auc"]["high"] for row in found.values())


def test_a_group_that_is_marked_down_is_looked_into_and_only_that_one():
    found = rows_of(a_portfolio(handicap=0.2))
    assert found["a"]["verdict"] == "within four fifths"
    assert found["b"]["verdict"] == "look into it"
    share = found["b"]["selection_rate"]["value"] / found["a"]["selection_rate"]["value"]
    assert found["b"]["adverse_impact_ratio"] == pytest.approx(share, abs=1e-5)


def test_marking_a_group_down_evenly_leaves_the_ranking_within_it_alone():
    plain, marked = rows_of(a_portfolio()), rows_of(a_portfolio(handicap=0.2))
    assert plain["b"]["auc"] == marked["b"]["auc"]


def test_a_group_of_few_loans_gets_no_figures():
    groups, values, label = a_portfolio()
    groups.loc[:98, "group"] = "few"
    few = rows_of((groups, values, label))["few"]
    assert (few["count"], few["selection_rate"], few["auc"], few["verdict"]) == (99, None, None, "cannot tell")


def test_loans_of_unknown_group_are_in_no_group():
    groups, values, label = a_portfolio()
    groups = groups.astype(object)
    groups.loc[:499, "group"] = None
    assert sum(row["count"] for row in rows_of((groups, values, label)).values()) == 3500
