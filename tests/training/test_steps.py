"""Families that add up steps: exact by their edges, in the promised direction, read strictly, whatever the data."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.build import columns_from_frame
from features.feature_sets import FeatureSet, FeatureSpec
from lending.domain.errors import RefusedError
from tests.training.books import a_book
from tests.training.families import SERVING, a_package, fitted
from training.fit import take
from training.models.signed_regression import fit_signed
from training.servable import load
from training.servable.manifest import seal
from training.servable.readers import base_points, points, read_logistic, read_scorecard
from training.servable.steps import Stair, Steps

STEPPED = ("scorecard", "logistic")
READERS = {"scorecard": read_scorecard, "logistic": read_logistic}
BOOK = a_book()
cell = st.floats(-20, 20, width=32) | st.just(float("nan"))


@pytest.fixture(scope="module")
def natives():
    return {name: fitted(SERVING[name], BOOK).native for name in STEPPED}


def by_hand(base, stairs, row):
    """Log-odds of one row, step by step."""
    total = 0.0
    for stair, value in zip(stairs, row, strict=True):
        step = sum(value >= edge for edge in stair.edges)
        total += stair.missing if np.isnan(value) else stair.worth[step]
    return np.float32(total + base)


def some_stairs():
    draw = np.random.default_rng(5)
    for count in (0, 1, 4, 30):
        edges = np.unique(draw.normal(0, 8, count).astype(np.float32))
        yield Stair(edges, draw.normal(size=len(edges) + 1), float(draw.normal()))


STAIRS = tuple(some_stairs())


@given(st.lists(st.lists(cell, min_size=4, max_size=4), min_size=1, max_size=40))
def test_log_odds_are_the_base_and_one_step_of_each_feature(rows):
    matrix = np.array(rows, np.float32)
    found = Steps(-1.5, STAIRS).margin(matrix)
    assert found.tolist() == [by_hand(-1.5, STAIRS, row) for row in matrix]


def test_a_number_on_an_edge_stands_on_the_step_to_its_right():
    engine = Steps(0.0, [Stair(np.array([1.5], np.float32), np.array([0.0, 1.0]), 9.0)])
    just_below = np.nextafter(np.float32(1.5), np.float32(0))
    assert engine.margin(np.array([[just_below], [1.5], [np.inf], [-np.inf], [np.nan]], np.float32)).tolist() == [
        0.0, 1.0, 1.0, 0.0, 9.0,
    ]  # fmt: skip
    (cut,) = engine.breakpoints(0)
    assert np.float32(cut) >= np.float32(1.5) > np.float32(np.nextafter(cut, -np.inf))


def test_an_edge_between_two_equal_steps_is_no_breakpoint():
    engine = Steps(0.0, [Stair(np.array([1.0, 2.0], np.float32), np.array([0.5, 0.5, 1.0]), 0.0)])
    assert len(engine.breakpoints(0)) == 1


@pytest.mark.parametrize("name", STEPPED)
def test_contributions_average_to_nothing_over_the_training_loans(name):
    made = fitted(SERVING[name], BOOK)
    matrix = made.encoding.matrix(columns_from_frame(BOOK.frame, BOOK.feature_set))
    assert made.native is not None
    parts = READERS[name](made.native).contributions(matrix).astype(float)
    assert np.abs(parts.mean(axis=0)).max() < 1e-3
    assert np.ptp(parts, axis=0).max() > 0.5


@pytest.mark.parametrize("name", STEPPED)
def test_the_same_loans_give_the_same_bytes(name, natives):
    assert fitted(SERVING[name], BOOK, seed=8).native == natives[name]


def test_points_are_of_the_usual_scale():
    """600 points at odds of 50 to 1; 20 more double them."""
    assert base_points(-np.log(50)) == 600.0
    assert base_points(-np.log(100)) == 620.0
    assert points(np.array([0.0, np.log(2), -np.log(2)])) == [0.0, -20.0, 20.0]


SPOILT = {
    "edges that fall": lambda f: f["edges"].reverse(),
    "two edges alike": lambda f: f["edges"].__setitem__(1, f["edges"][0]),
    "an edge that is no float32": lambda f: f["edges"].__setitem__(0, f["edges"][0] - 1e-9),
    "an edge that is text": lambda f: f["edges"].__setitem__(0, "1"),
    "an edge too few": lambda f: f["edges"].pop(),
    "a huge number": lambda f: f.__setitem__("missing", 10**400),
    "a claim for a number": lambda f: f.__setitem__("missing", True),
    "an unknown key": lambda f: f.__setitem__("note", 1),
    "no missing": lambda f: f.pop("missing"),
}


@pytest.mark.parametrize("name", STEPPED)
@pytest.mark.parametrize("spoil", SPOILT)
def test_a_file_that_makes_no_sense_is_refused(natives, name, spoil):
    raw = json.loads(natives[name])
    SPOILT[spoil](raw["features"][0])
    with pytest.raises(RefusedError, match=r"features\[0\]"):
        READERS[name](json.dumps(raw).encode())


@pytest.mark.parametrize("name", STEPPED)
@pytest.mark.parametrize("text", [b"", b"[]", b"{}", b"null", b"\xff\xfe", b"[" * 100_000, b'{"schema": 1}'])
def test_what_is_not_such_a_file_is_refused(name, text):
    with pytest.raises(RefusedError):
        READERS[name](text)


@pytest.mark.parametrize("name", STEPPED)
@pytest.mark.parametrize("word", [b"NaN", b"Infinity", b"1e999"])
def test_a_base_that_is_not_finite_is_refused(natives, name, word):
    base = json.dumps(json.loads(natives[name])["base"]).encode()
    with pytest.raises(RefusedError):
        READERS[name](natives[name].replace(b'"base": ' + base, b'"base": ' + word))


def test_points_that_do_not_follow_from_the_log_odds_are_refused(natives):
    raw = json.loads(natives["scorecard"])
    raw["features"][0]["points"][0] += 1
    with pytest.raises(RefusedError, match="points"):
        read_scorecard(json.dumps(raw).encode())


@pytest.mark.parametrize("name", STEPPED)
def test_a_file_resealed_for_another_family_is_refused(tmp_path, name):
    a_package(tmp_path / "own", name, BOOK)
    other = STEPPED[1 - STEPPED.index(name)]
    copy = shutil.copytree(tmp_path / "own", tmp_path / "copy")
    seal(copy, {"version": "v", "family": other, "horizon_months": 12})
    with pytest.raises(RefusedError, match="schema"):
        load(copy)


def hard_book():
    """Thousands of categories, a constant, nothing at all with and without a promise, and infinitely rich people."""
    book, draw = a_book(3000), np.random.default_rng(2)
    rows = len(book.frame)
    town = pd.Series([f"T{n}" for n in draw.integers(0, 2500, rows)], book.frame.index, dtype=object)
    frame = book.frame.assign(town=town, same=3.0, nothing=np.nan, never=np.nan, wealth=draw.pareto(0.3, rows))
    frame.loc[frame.index[:3], "wealth"] = np.inf
    more = (
        FeatureSpec("town", "category", categories=tuple(sorted(set(town)))),
        FeatureSpec("same", "number", 1, worst=3.0),
        FeatureSpec("nothing", "number"),
        FeatureSpec("never", "number", -1),
        FeatureSpec("wealth", "number", -1, worst=0.0),
    )
    return replace(book, frame=frame, feature_set=FeatureSet("hard-1", (*book.feature_set.features, *more)))


@pytest.mark.parametrize("name", STEPPED)
def test_hard_columns_break_nothing(tmp_path, name):
    book = hard_book()
    model = a_package(tmp_path / name, name, book)
    pds = model.predict(columns_from_frame(book.frame, book.feature_set))
    assert np.isfinite(pds).all()
    assert len(model.breakpoints("same")) == len(model.breakpoints("nothing")) == len(model.breakpoints("never")) == 0


@pytest.mark.parametrize("name", STEPPED)
def test_a_refit_on_loans_drawn_anew_keeps_the_directions(name):
    made, family = fitted(SERVING[name], BOOK), SERVING[name]
    columns, label = columns_from_frame(BOOK.frame, BOOK.feature_set), BOOK.label.to_numpy()
    matrix = made.encoding.matrix(columns)
    assert family.refit is not None
    for seed in range(5):
        rows = np.random.default_rng(seed).integers(0, len(label), len(label))
        directions = [spec.monotone for spec in BOOK.feature_set.features]
        engine = READERS[name](family.refit(matrix[rows], label[rows], directions, seed, 1))
        person = np.repeat(made.encoding.matrix(take(columns, np.array([5]))), 300, axis=0)
        person[:, 0] = np.linspace(300, 900, 300)
        assert (np.diff(engine.margin(person)) <= 0).all()


@pytest.mark.parametrize("sign", [1, -1])
def test_a_coefficient_never_takes_the_side_that_was_not_promised(sign):
    draw = np.random.default_rng(1)
    design = draw.normal(size=(2000, 2))
    label = (draw.random(2000) < 1 / (1 + np.exp(1 + sign * design[:, 0] - design[:, 1]))).astype(np.int8)
    held, _ = fit_signed(design, label, [sign, 1])
    free, _ = fit_signed(design, label, [0, 0])
    assert held[0] == 0.0
    assert free[0] == pytest.approx(-sign, abs=0.2)
    assert held[1] > 0.7
