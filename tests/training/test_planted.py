"""Bad models, planted one way at a time: each is refused by the gate that is for it, and the good one by none."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from features.feature_sets import FeatureSet, FeatureSpec
from tests.conftest import sized
from tests.training.books import FEATURES
from tests.training.plants import ROWS, Loans, apart, fitted, loans, refused, verdicts
from training.regate import servable, up_to_date

SUPPLIED = frozenset(FEATURES.names)
SIGNALS = (0.4, 0.7, 1.0)
"""How much the facts tell of the outcome: AUC from about 0.65 to 0.82."""


@pytest.fixture(scope="module")
def book():
    return loans()


@pytest.fixture(scope="module")
def good(book):
    """The good model with the loans that made it and those that measure it."""
    train, test = apart(book)
    return fitted(train), train, test


def test_the_good_model_passes(good):
    model, train, test = good
    assert refused(model, train, test, model) == set()


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("calibration", {"odds": lambda odds: odds + 1.0}),
        ("monotone", {"bent": 0.6}),
        ("quick", {"detour": 1000}),
        ("reasons_stable", {"shaky": 3.0}),
    ],
)
def test_a_good_model_spoilt_in_one_way_is_refused_by_the_gate_for_it(good, name, change):
    model, train, test = good
    assert name in refused(replace(model, **change), train, test, model)


@pytest.mark.full
def test_what_is_refused_for_one_thing_is_not_accused_of_others(good):
    model, train, test = good
    assert refused(replace(model, detour=1000), train, test, model) == {"quick"}
    assert refused(replace(model, odds=lambda odds: odds + 1.0), train, test, model) == {"calibration"}


def test_a_leak_is_refused_as_too_good_to_be_true(book):
    known = np.where(book.label == 1, 0.58, 0.06) + np.linspace(0, 0.02, ROWS)
    train, test = apart(replace(book, columns={**book.columns, "dti_before": known}))
    assert "leak" in refused(fitted(train), train, test)


def test_flipped_outcomes_are_refused_by_the_direction_of_the_loans(book):
    train, test = apart(replace(book, label=1 - book.label))
    found = verdicts(fitted(train), train, test)
    assert not found["direction"].passed
    assert not found["monotone"].passed
    assert "credit_score, dti_before" in found["direction"].detail


def test_outcomes_of_other_loans_are_refused_as_chance(book):
    shuffled = np.random.default_rng(1).permutation(book.label)
    train, test = apart(replace(book, label=shuffled))
    assert {"auc", "chance"} & refused(fitted(train), train, test)


def test_a_model_that_rates_a_group_by_itself_is_refused_as_unfair(good, book):
    model, train, _ = good
    women = (book.protected["sex"] == "female").to_numpy()
    moved = np.where(women, book.columns["dti_before"] + 0.3, book.columns["dti_before"])
    stands_in = Loans({**book.columns, "dti_before": moved}, book.label, book.protected)
    _, tested = apart(stands_in)
    gate = verdicts(model, train, tested)["fair"]
    assert not gate.passed
    assert "sex female" in gate.detail


def test_a_constant_is_refused(good):
    model, train, test = good
    assert {"varies", "auc"} <= refused(replace(model, odds=lambda odds: 0 * odds - 1.5), train, test, model)


def test_a_model_that_falls_behind_the_plain_yardstick_is_refused(good):
    model, train, test = good
    weak = replace(model, weights={**model.weights, "credit_score": 0.0})
    assert "gain" in refused(weak, train, test, model)


@pytest.mark.parametrize("gone", ["dti_before", "home_ownership"])
def test_features_that_nobody_supplies_any_more_are_refused_and_named(gone):
    model = SimpleNamespace(feature_set=FEATURES)
    assert servable(model, SUPPLIED).passed
    gate = servable(model, SUPPLIED - {gone})
    assert (gate.name, gate.passed) == ("servable", False)
    assert gone in gate.detail


def test_purposes_that_are_no_product_of_the_bank_are_refused():
    purpose = FeatureSpec("purpose", "category", categories=("boat", "car"))
    model = SimpleNamespace(feature_set=FeatureSet("t", (purpose,)))
    assert servable(model, frozenset({"purpose"}), frozenset({"car", "home"})).passed
    gate = servable(model, frozenset({"purpose"}), frozenset({"gold", "home"}))
    assert not gate.passed
    assert "knows none of the products gold, home" in gate.detail


def test_features_of_another_version_of_the_contract_are_refused():
    from features.contract import contract

    assert up_to_date(str(contract().version)).passed
    gate = up_to_date("0")
    assert (gate.name, gate.passed, gate.found) == ("features", False, "0")


def test_at_most_one_good_model_in_fifty_is_refused():
    """The false-alarm rate: none of 20; of the 200 of the full run at most 4 (measured: 2, both by `calibration`)."""
    count, wrong = sized(20, 200), {}
    for seed in range(100, 100 + count):
        train, test = apart(loans(seed, signal=SIGNALS[seed % len(SIGNALS)]))
        model = fitted(train)
        if names := refused(model, train, test, model):
            wrong[seed] = names
    assert len(wrong) <= count // 50, wrong
