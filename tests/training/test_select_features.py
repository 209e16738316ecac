"""Dead features go, weak ones stay, and nothing that is missed is left out."""

from dataclasses import replace

import numpy as np
import pytest

from features.build import columns_from_frame
from features.feature_sets import FeatureSet, FeatureSpec
from tests.training.books import FEATURES, a_book
from training import select_features
from training.folds import FOLDS, Folded, assign
from training.select_features import information, only, select

DEAD = ("flat", "noise", "empty")


def _loans(*, signal: float = 1.0) -> Folded:
    book, draw = a_book(signal=signal), np.random.default_rng(1)
    frame = book.frame.assign(flat=1.0, noise=draw.standard_normal(1500).round(2), empty=np.nan)
    features = FeatureSet("more-1", (*FEATURES.features, *(FeatureSpec(name, "number") for name in DEAD)))
    label = book.label.to_numpy()
    return Folded(columns_from_frame(frame, features), label, features, assign(label, 3), 3)


@pytest.fixture(scope="module")
def found():
    return select(_loans(), 2)


def test_what_tells_something_is_kept_and_what_is_dead_is_left_out(found):
    assert {"credit_score", "dti_before", "open_accounts"} <= set(found.kept.names)
    assert not {"flat", "empty"} & set(found.kept.names)


def test_every_feature_is_listed_with_its_figures_and_the_strongest_matters_most(found):
    rows = {row["name"]: row for row in found.features}
    assert list(rows) == [*FEATURES.names, *DEAD]
    assert rows["credit_score"]["stability"] == 1.0
    assert max(rows, key=lambda name: rows[name]["mutual_information"]) == "credit_score"
    assert max(rows, key=lambda name: rows[name]["importance"]) == "credit_score"
    assert rows["flat"] == {
        "name": "flat", "kept": False, "stability": 0.0, "mutual_information": 0.0, "importance": 0.0,
    }  # fmt: skip


def test_a_folds_own_choice_does_not_know_the_loans_that_it_holds_out(found, monkeypatch):
    monkeypatch.setattr(select_features, "is_clear", lambda gain: False)  # whether anything was missed is asked later
    loans = _loans()
    told = loans.columns | {"noise": np.where(loans.fold == 2, loans.label, loans.columns["noise"])}
    again = select(replace(loans, columns=told), 2)
    assert again.by_fold[2] == found.by_fold[2]
    assert all("noise" in again.by_fold[number].names for number in range(FOLDS) if number != 2)


def test_where_nothing_tells_anything_everything_is_kept(monkeypatch):
    monkeypatch.setattr(select_features, "information", lambda *_: (0.0, False))
    monkeypatch.setattr(select_features, "gains", lambda matrix, *_: np.zeros(matrix.shape[1]))
    found = select(_loans(), 1)
    assert found.kept.names == (*FEATURES.names, *DEAD)
    assert "no feature told anything" in found.why


def test_features_that_quick_models_miss_are_kept_all_the_same(monkeypatch):
    monkeypatch.setattr(select_features, "information", lambda column, spec, _: (0.0, spec.name == "home_ownership"))
    monkeypatch.setattr(select_features, "gains", lambda matrix, *_: np.zeros(matrix.shape[1]))
    found = select(_loans(), 1)
    assert found.kept.names == (*FEATURES.names, *DEAD)
    assert "missed them" in found.why


def test_a_smaller_set_has_a_name_of_its_own():
    keep = np.array([True, True, False, True])
    assert only(FEATURES, keep).name != FEATURES.name
    assert only(FEATURES, keep).name != only(FEATURES, ~keep).name
    assert only(FEATURES, np.ones(4, dtype=bool)) is FEATURES


def test_information_is_that_of_the_outcome_itself_at_most():
    label = np.tile([0, 0, 0, 1], 500).astype(np.int8)
    known, more = information(label.astype(float), FeatureSpec("x", "number"), label)
    share = np.array([0.25, 0.75])
    assert known == pytest.approx(-(share * np.log(share)).sum())
    assert more


def test_chance_passes_for_information_about_once_in_twenty_times():
    draw = np.random.default_rng(2)
    label = (draw.random(800) < 0.2).astype(np.int8)
    spec = FeatureSpec("x", "number")
    hits = sum(information(draw.standard_normal(800), spec, label)[1] for _ in range(400))
    assert 8 <= hits <= 34


def test_that_a_value_is_missing_may_be_what_tells():
    label = np.tile([0, 0, 0, 1], 500).astype(np.int8)
    column = np.where(label == 1, np.nan, 3.0)
    assert information(column, FeatureSpec("x", "number"), label)[1]
