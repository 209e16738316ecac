"""Reasons are measured on the model's own PDs, so that reasons which are not the model's are found out."""

import json
from dataclasses import dataclass

import numpy as np
import pytest

from tests.training.books import FEATURES, a_book
from training.explain import measure_reasons
from training.reference import usual
from training.servable import ServableModel, load


@pytest.fixture(scope="module")
def model(trained):
    return load(trained.folder)


@dataclass
class Misread:
    """The PDs of a model with other reasons than its own."""

    model: ServableModel
    reasons: object
    feature_set = FEATURES

    def predict(self, columns):
        return self.model.predict(columns)

    def contributions(self, columns):
        return self.reasons(self.model.contributions(columns))


def measured(model, trained, seed=7):
    columns = trained.columns
    return measure_reasons(model, columns, model.predict(columns), usual(columns, FEATURES), seed)


def test_the_models_own_reasons_lower_the_risk_more_than_random_facts(model, trained):
    found = measured(model, trained)
    assert found.rows >= 150
    assert found.factors == 2
    assert found.named_lift["low"] > found.random_lift["high"] > 0
    assert found.faithful["value"] > 0.95
    assert found.stable["value"] > 0.9


def test_reasons_that_are_turned_round_are_found_out(model, trained):
    found = measured(Misread(model, lambda parts: -parts), trained)
    assert found.faithful["high"] < 0.5
    assert found.named_lift["value"] < found.random_lift["value"]


def test_reasons_of_chance_are_neither_faithful_nor_stable(model, trained):
    draw = np.random.default_rng(0)
    found = measured(Misread(model, lambda parts: draw.permuted(parts, axis=1)), trained)
    assert found.faithful["high"] < 0.9
    assert found.stable["high"] < 0.8


def test_the_same_seed_measures_the_same(model, trained):
    assert measured(model, trained) == measured(model, trained)
    assert measured(model, trained) != measured(model, trained, seed=8)


def test_result_and_card_say_what_the_reasons_are_worth(trained):
    reasons = trained.result.as_dict()["reasons"]
    card = json.loads((trained.folder / "card.json").read_text())
    assert card["reasons"] == reasons
    assert {"reasons_faithful", "reasons_stable"} <= {gate["name"] for gate in card["gates"]}
    text = (trained.folder / "card.md").read_text()
    assert f"{reasons['faithful']['value']:.3f}" in text
    assert "average over the training loans" in text
    assert "20 models of the same kind" in text


def test_usual_is_the_median_and_the_most_common_category(trained):
    kept = json.loads((trained.folder / "reference.json").read_text())["usual"]
    assert set(kept) == set(FEATURES.names)
    columns = {
        "credit_score": np.array([500.0, np.nan, 700.0, 600.0]), "dti_before": np.full(4, np.nan),
        "open_accounts": np.array([1.0, 2.0, 3.0, 4.0]),
        "home_ownership": np.array(["rent", None, "own", None], dtype=object),
    }  # fmt: skip
    assert usual(columns, FEATURES) == {
        "credit_score": 600.0, "dti_before": None, "open_accounts": 2.5, "home_ownership": "own",
    }  # fmt: skip


def test_a_feature_that_nobody_knows_stays_unknown(model, trained):
    columns = {**trained.columns, "open_accounts": np.full(len(a_book().frame), np.nan)}
    found = measure_reasons(model, columns, model.predict(columns), usual(columns, FEATURES), 7)
    assert found.faithful["value"] > 0.9
