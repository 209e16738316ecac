import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss, roc_auc_score

from training.less_discriminatory import AS_TRAINED, search
from training.paired import Paired

BOUND = {"auc_loss_max": 0.005, "log_loss_excess_max": 0.005}


def a_fit(columns, label, names):
    """Plain logistic regression on numbers."""

    def matrix(some):
        return np.column_stack([some[name] for name in names])

    model = LogisticRegression().fit(matrix(columns), label)
    return lambda others: model.predict_proba(matrix(others))[:, 1]


def a_book(rows=6000, *, seed=4, price=0.0):
    """`debt` drives the risk. `zip` follows the group; it hints at the risk as much as `price` says."""
    draw = np.random.default_rng(seed)
    group = draw.integers(0, 2, rows)
    debt = draw.normal(0, 1, rows)
    place = draw.normal(0, 1, rows) + 1.5 * group
    noise = draw.normal(0, 1, rows)
    odds = -1.2 + 1.2 * debt + price * (place - 0.75)
    label = (draw.random(rows) < 1 / (1 + np.exp(-odds))).astype(np.int8)
    groups = pd.DataFrame({"sex": np.where(group == 1, "female", "male")})
    return {"debt": debt, "zip": place, "noise": noise}, label, groups


def a_careless_fit(columns, label, names):
    """Reads `zip` as risk, though it is none where `price` is 0."""
    plain = a_fit(columns, label, names)
    if "zip" not in names:
        return plain
    return lambda others: 1 / (1 + np.exp(-(np.log(plain(others) / (1 - plain(others))) + 0.3 * others["zip"])))


def rows_of(found):
    return {row["name"]: row for row in found["tried"]}


def test_a_needless_stand_in_for_the_group_is_found_and_confirmed():
    columns, label, groups = a_book()
    found = search(columns, label, groups, a_careless_fit, 1, 60.0)
    assert "zip" in found["chosen"]
    assert found["confirmed"]["less_discriminatory"]
    assert found["confirmed"]["equal_quality"]
    assert rows_of(found)["without zip"]["impact_change"]["low"] > 0


def test_a_feature_that_earns_its_place_stays_though_leaving_it_out_would_be_fairer():
    columns, label, groups = a_book(price=0.8)
    found = search(columns, label, groups, a_fit, 1, 60.0)
    row = rows_of(found)["without zip"]
    assert row["less_discriminatory"]
    assert not row["equal_quality"]
    assert found["chosen"] == AS_TRAINED
    assert "lower quality" in found["why"]


def test_where_groups_fare_alike_nothing_is_changed():
    columns, label, _ = a_book()
    draw = np.random.default_rng(0)
    alike = pd.DataFrame({"control": draw.choice(["blue", "green"], len(label))})
    found = search(columns, label, alike, a_fit, 1, 60.0)
    assert found["chosen"] == AS_TRAINED
    assert found["confirmed"] is None


def test_the_record_names_every_change_that_was_tried_with_its_figures():
    columns, label, groups = a_book()
    found = search(columns, label, groups, a_fit, 1, 60.0, others={"less freedom": a_fit})
    assert {row["kind"] for row in found["tried"]} == {"none", "reweighting", "left out", "capped", "settings"}
    assert all(row["auc"]["low"] <= row["auc"]["value"] <= row["auc"]["high"] for row in found["tried"])
    assert rows_of(found)["less freedom"]["auc_change"]["value"] == 0
    assert found["left_out"] == []


def test_changes_that_the_time_does_not_allow_are_named():
    columns, label, groups = a_book()
    found = search(columns, label, groups, a_fit, 1, 0.0)
    assert [row["name"] for row in found["tried"]] == [AS_TRAINED]
    assert "without zip" in found["left_out"]


def test_without_protected_columns_it_says_so():
    columns, label, groups = a_book()
    found = search(columns, label, groups.drop(columns="sex"), a_fit, 1, 60.0)
    assert found["tried"] == []
    assert "no protected groups" in found["why"]


def test_the_same_seed_gives_the_same_record():
    book = a_book(3000)
    assert search(*book, a_fit, 1, 60.0) == search(*book, a_fit, 1, 60.0)


def test_paired_figures_agree_with_another_library_and_with_drawing_loans_one_by_one():
    columns, label, groups = a_book(3000)
    draw = np.random.default_rng(5)
    one = 1 / (1 + np.exp(-(columns["debt"] - 1.2)))
    other = 1 / (1 + np.exp(-(columns["debt"] + 0.4 * columns["noise"] - 1.2)))
    codes = {"sex": (groups["sex"] == "female").to_numpy().astype(int)}
    pair = Paired(label, codes, 1, BOUND).compare(one, other)
    assert pair.auc["value"] == pytest.approx(roc_auc_score(label, other), abs=1e-5)
    assert pair.log_loss["value"] == pytest.approx(log_loss(label, other), abs=1e-4)
    drawn = [draw.integers(0, len(label), len(label)) for _ in range(300)]
    slow = [roc_auc_score(label[r], other[r]) - roc_auc_score(label[r], one[r]) for r in drawn]
    width = pair.auc_change["high"] - pair.auc_change["low"]
    assert (pair.auc_change["low"], pair.auc_change["high"]) == pytest.approx(
        tuple(np.quantile(slow, [0.025, 0.975])), abs=0.15 * width
    )
