"""The leak gate finds each kind of planted leak by name, and stays silent on clean sets of many shapes."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.leaks import leak_findings
from tests.conftest import sized
from tests.features.leak_study import BASES, PLANTS, alarms, clean, planted

BASES_TRIED = (0.15,) if sized(0, 1) == 0 else (0.1, 0.2, 0.3)


@pytest.mark.parametrize("kind", PLANTS)
def test_a_planted_leak_is_found_by_name(kind: str) -> None:
    for seed, base in enumerate(BASES_TRIED):
        study, columns = planted(kind, seed, 6_000, base)
        found = alarms(study)
        assert {f.column for f in found} & set(columns)
        assert all(f.severity == "critical" and f.kind == "leak" for f in found)


@given(st.integers(1000, 2**31), st.sampled_from([1000, 3000]), st.sampled_from(BASES))
@settings(max_examples=sized(6, 60), deadline=None)
def test_a_clean_set_raises_no_alarm(seed: int, rows: int, base: float) -> None:
    assert alarms(clean(seed, rows, base)) == []


def test_ids_in_order_of_the_outcome_are_said_and_do_not_stop() -> None:
    study = clean(5, 2000, 0.2)
    ids = pd.Series(np.argsort(np.argsort(-study.label + np.random.default_rng(1).random(2000) * 0.9)), name="loan")
    found = leak_findings(study.columns, study.label, study.dates, study.amount, {}, ids)
    assert [(f.column, f.severity) for f in found if not f.passed] == [("loan", "warning")]


def test_a_file_sorted_by_outcome_is_said_so() -> None:
    study = clean(5, 2000, 0.2)
    order = np.argsort(study.label.to_numpy(), kind="stable")
    columns = study.columns.iloc[order].drop(columns="opened").reset_index(drop=True)
    found = leak_findings(columns, study.label.iloc[order].reset_index(drop=True), None, study.amount[order], {})
    assert [(f.kind, f.severity) for f in found if not f.passed] == [("order", "warning")]


def test_copies_of_loans_do_not_make_honest_columns_suspicious() -> None:
    study = clean(7, 3000, 0.2)
    twice = np.concatenate([np.arange(3000), np.arange(600)])
    found = leak_findings(
        study.columns.iloc[twice].reset_index(drop=True), study.label.iloc[twice].reset_index(drop=True), None,
        study.amount[twice], {},
    )  # fmt: skip
    assert [f.column for f in found if not f.passed] == []


@pytest.mark.parametrize("known", [[], [2], [0, 2, 4, 6], [1, 3, 5]], ids=["none", "one", "even rows", "odd rows"])
def test_a_column_with_hardly_any_value_is_looked_at_in_peace(known: list[int]) -> None:
    study = clean(5, 2000, 0.2)
    empty = np.full(2000, np.nan)
    empty[known] = 1.0
    for columns in (study.columns.assign(empty=empty), study.columns[[]].assign(empty=empty)):
        found = leak_findings(columns, study.label, study.dates, study.amount, {})
        assert [f.column for f in found if not f.passed] == []
