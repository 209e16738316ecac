"""A kept model on other loans: the same gates, from loans it has or has not seen."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from lending.domain.errors import InputError, RefusedError
from tests.training.books import a_book
from training.reassess import reassess

TODAY = date(2026, 11, 2)


def gates_of(result):
    return {gate["name"]: gate for gate in result["gates"]}


def test_on_its_own_data_the_figures_of_training_come_out_again(trained):
    found = reassess(trained.folder, trained.book, TODAY)
    assert found["metrics"] == trained.result.metrics
    assert found["rows"] == trained.result.parameters["test_rows"]
    before = {gate.name: gate.passed for gate in trained.result.gates if gate.name not in ("quick", "fair")}
    assert {name: gates_of(found)[name]["passed"] for name in before} == before


def test_on_newer_loans_of_the_same_kind_it_holds(trained):
    found = reassess(trained.folder, a_book(3000, seed=11, name="newer"), TODAY)
    assert found["rows"] == 3000
    assert "another data set" in found["loans"]
    assert gates_of(found)["auc"]["passed"]
    assert gates_of(found)["calibration"]["passed"]
    assert {row["slice"] for row in found["slices"]} >= {"credit_score", "period"}


def test_loans_whose_outcomes_are_chance_fail_the_gate_on_ranking(trained):
    found = reassess(trained.folder, a_book(3000, seed=12, signal=0.0, name="chance"), TODAY)
    assert not gates_of(found)["auc"]["passed"]


def test_loans_that_turn_bad_more_often_than_promised_fail_calibration(trained):
    book = a_book(3000, seed=13, name="worse")
    worse = np.where(np.random.default_rng(0).random(3000) < 0.25, 1, book.label).astype(np.int8)
    found = reassess(trained.folder, replace(book, label=book.label * 0 + worse), TODAY)
    assert not gates_of(found)["calibration"]["passed"]


def test_a_data_set_without_a_feature_is_refused_with_its_name(trained):
    book = a_book(400, name="narrow")
    with pytest.raises(InputError, match="credit_score"):
        reassess(trained.folder, replace(book, frame=book.frame.drop(columns="credit_score")), TODAY)


def test_words_where_the_model_reads_numbers_are_refused_in_one_sentence(trained):
    book = a_book(400, name="words")
    with pytest.raises(InputError, match="other kinds of values"):
        reassess(trained.folder, replace(book, frame=book.frame.assign(credit_score="good")), TODAY)


def test_loans_that_all_turned_out_well_measure_nothing(trained):
    book = a_book(400, name="good")
    with pytest.raises(RefusedError, match="too small"):
        reassess(trained.folder, replace(book, label=book.label * 0), TODAY)
