"""Tables answer what the library answers, to the last bit, for any row."""

import numpy as np
import pytest
import xgboost
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import sized
from training.servable.tables import tables_of
from training.servable.trees import Trees

WIDTH = 5


def a_forest(seed=0, *, trees=40, missing=0.1, **settings):
    """Native bytes of boosted trees on drawn rows, some of whose numbers are missing."""
    draw = np.random.default_rng(seed)
    rows = draw.normal(size=(800, WIDTH)).astype(np.float32)
    rows[:, 1] = np.round(rows[:, 1])
    label = (rows[:, 0] + np.abs(rows[:, 1]) + rows[:, 2] * rows[:, 3] + draw.normal(size=800) > 1).astype(int)
    rows[draw.random(rows.shape) < missing] = np.nan
    usual = {"max_depth": 3, "eta": 0.2, "objective": "binary:logistic", "nthread": 1, "seed": seed}
    booster = xgboost.train(usual | settings, xgboost.DMatrix(rows, label), trees)
    return bytes(booster.save_raw(raw_format="ubj"))


def library(native, rows):
    """Log-odds and contributions as XGBoost gives them."""
    booster, matrix = xgboost.Booster(model_file=bytearray(native)), xgboost.DMatrix(rows)
    return booster.predict(matrix, output_margin=True), booster.predict(matrix, pred_contribs=True)[:, :-1]


@pytest.fixture(scope="module")
def native():
    return a_forest()


@pytest.fixture(scope="module")
def model(native):
    assert tables_of(native) is not None
    return Trees(native)


cell = st.floats(-4, 4, width=32) | st.just(float("nan"))


@given(st.lists(st.lists(cell, min_size=WIDTH, max_size=WIDTH), min_size=1, max_size=70))
def test_any_row_gets_the_bits_of_the_library(native, model, rows):
    matrix = np.array(rows, np.float32)
    margin, parts = library(native, matrix)
    found = model.score(matrix)
    assert (found[0] == margin).all()
    assert (found[1] == parts).all()


@pytest.mark.parametrize("seed", sorted({*range(sized(4, 60)), 11, 23}))
def test_rows_on_the_thresholds_themselves_get_the_bits_of_the_library(seed):
    """The values at which a tree splits, those just below them, and missing ones, mixed at random."""
    native = a_forest(seed, trees=25, missing=0.2 * (seed % 2))
    model, draw = Trees(native), np.random.default_rng(seed)
    matrix = np.empty((300, WIDTH), np.float32)
    for column in range(WIDTH):
        cuts = model.breakpoints(column).astype(np.float32)
        edges = np.concatenate([cuts, np.nextafter(cuts, np.float32(-np.inf)), [np.float32(np.nan)]])
        matrix[:, column] = draw.choice(edges, 300)
    margin, parts = library(native, matrix)
    found = model.score(matrix)
    assert (found[0] == margin).all()
    assert (found[1] == parts).all()


@pytest.mark.parametrize("changes", [{"max_depth": 6}, {"max_depth": 4, "trees": 3}])
def test_a_model_of_bigger_trees_asks_the_library(changes):
    native = a_forest(**changes)
    assert tables_of(native) is None
    matrix = np.zeros((20, WIDTH), np.float32)
    margin, parts = library(native, matrix)
    found = Trees(native).score(matrix)
    assert (found[0] == margin).all()
    assert (found[1] == parts).all()


def test_a_tree_that_asks_nothing_answers_its_leaf():
    native = a_forest(gamma=1e9, trees=3)
    matrix = np.zeros((2, WIDTH), np.float32)
    margin, parts = Trees(native).score(matrix)
    assert (margin == library(native, matrix)[0]).all()
    assert not parts.any()


@pytest.mark.parametrize("rows", [1, 8, 9, 64, 65, 300, 5000])
def test_margin_is_the_same_with_and_without_tables_for_any_number_of_rows(native, rows):
    matrix = np.random.default_rng(1).normal(size=(rows, WIDTH)).astype(np.float32)
    fresh, asked = Trees(native), Trees(native)
    asked.contributions(matrix[:1])
    assert (fresh.margin(matrix) == asked.margin(matrix)).all()
    assert (asked.score(matrix)[0] == asked.margin(matrix)).all()
