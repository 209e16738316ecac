from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from features.adapters.dataset_files import DataSetFiles
from features.ports import DataSets
from lending.domain.errors import NotFoundError
from tests.features.books import a_frame, a_mapping, fields


def load(datasets: DataSetFiles, mapping: Path):
    return datasets.load(datasets.add(mapping))


def test_a_book_becomes_features_label_and_dates(tmp_path: Path, datasets: DataSets) -> None:
    data = load(datasets, a_mapping(tmp_path))
    assert data.feature_set.names == (
        "gross_monthly_income", "monthly_obligations", "dti_before", "credit_score", "amount", "term_months",
        "loan_to_income", "home_ownership", "branch", "visits",
    )  # fmt: skip
    frame = a_frame()
    assert data.label.tolist() == (frame["outcome"] == "late").astype(int).tolist()
    assert set(data.frame["term_months"]) == {24.0, 36.0, 60.0}
    assert set(data.frame["home_ownership"]) == {"rent", "own"}
    assert np.allclose(data.frame["dti_before"], frame["owed"] / frame["income"])
    assert data.frame.index.equals(data.label.index)
    assert data.frame.index[0] == "N00000"
    assert len(data.data_sha256) == len(data.mapping_sha256) == 64


def test_csv_gz_and_parquet_give_the_same_as_csv(tmp_path: Path, datasets: DataSets) -> None:
    plain = load(datasets, a_mapping(tmp_path))
    for name in ("small.csv.gz", "small.parquet"):
        mapping = a_mapping(tmp_path, source={"path": name})
        a_frame().to_parquet(tmp_path / name) if name.endswith("t") else a_frame().to_csv(tmp_path / name, index=False)
        pd.testing.assert_frame_equal(load(datasets, mapping).frame, plain.frame)


def test_steps_of_a_field_apply_in_their_order(tmp_path: Path, datasets: DataSets) -> None:
    frame = a_frame().assign(score=lambda f: f["score"].astype(int).astype(str) + " pts")
    frame.loc[0, "score"] = "n.k. pts"
    frame.loc[1, "score"] = None
    rule = {"column": "score", "strip": " pts", "map": {"n.k.": 4000}, "divide": 10, "empty": 111}
    mapping = a_mapping(tmp_path, frame, fields=fields(revolving_balance=rule, credit_score=None) | {})
    told = mapping.read_text().replace("  credit_score: null\n", "")
    mapping.write_text(told)
    data = load(datasets, mapping)
    assert data.frame["revolving_balance"].iloc[0] == 400
    assert data.frame["revolving_balance"].iloc[1] == 111


def test_months_before_the_decision_count_whole_months(tmp_path: Path, datasets: DataSets) -> None:
    frame = a_frame().assign(opened="2020-01-02")
    frame.loc[::2, "opened"] = "2019-12-01"
    rule = {"column": "opened", "months_before": "date"}
    data = load(datasets, a_mapping(tmp_path, frame, fields=fields(oldest_account_months=rule)))
    assert data.frame["oldest_account_months"].iloc[:2].tolist() == [25.0, 23.0]


def test_markers_of_not_known_become_missing(tmp_path: Path, datasets: DataSets) -> None:
    frame = a_frame()
    frame.loc[:9, "score"] = -9
    data = load(datasets, a_mapping(tmp_path, frame, missing=[-9]))
    assert data.frame["credit_score"].isna().sum() == 10


def test_protected_columns_are_groups_and_never_features(tmp_path: Path, datasets: DataSets) -> None:
    frame = a_frame().assign(age=np.tile([20, 40, 70], 500), sex=np.tile(["f", "m"], 750))
    told = {"sex": "sex", "age": {"column": "age", "bands": [0, 25, 62, 200]}}
    data = load(datasets, a_mapping(tmp_path, frame, protected=told))
    assert data.protected["age"].iloc[:3].tolist() == ["0-25", "25-62", "62-200"]
    assert not {"age", "sex"} & set(data.feature_set.names)


def test_ids_free_text_days_and_constants_are_left_out_with_a_finding(tmp_path: Path, datasets: DataSets) -> None:
    frame = a_frame()
    day = np.where(frame["visits"] > 3, "2021-05-01", "2021-06-01")
    note = [f"told us {n}" for n in range(len(frame))]
    frame = frame.assign(number=range(len(frame)), note=note, same="x", seen=day)
    data = load(datasets, a_mapping(tmp_path, frame))
    left_out = {f.column: f.kind for f in data.findings if not f.passed}
    assert left_out == {"number": "type", "note": "type", "same": "constant", "seen": "type"}
    assert not set(left_out) & set(data.feature_set.names)


def test_promises_come_from_the_contract_unless_the_mapping_says_so(tmp_path: Path, datasets: DataSets) -> None:
    specs = {
        s.name: s for s in load(datasets, a_mapping(tmp_path, monotone={"visits": 1, "amount": 0})).feature_set.features
    }
    assert (specs["credit_score"].monotone, specs["amount"].monotone, specs["visits"].monotone) == (-1, 0, 1)
    assert specs["credit_score"].worst == a_frame()["score"].min()
    assert specs["home_ownership"].categories == ("own", "rent")


def test_the_worst_value_is_one_seen_before_the_test_begins(tmp_path: Path, datasets: DataSets) -> None:
    frame = a_frame()
    frame.loc[1499, "score"] = 301
    data = load(datasets, a_mapping(tmp_path, frame, date={"column": "day", "test_from": "2023-06-01"}))
    worst = {s.name: s.worst for s in data.feature_set.features}["credit_score"]
    assert worst == frame["score"].iloc[:900].min() > 301


def test_a_horizon_of_the_term_is_the_most_common_term(tmp_path: Path, datasets: DataSets) -> None:
    frame = a_frame().assign(term=[" 60 months"] * 1000 + [" 36 months"] * 500)
    assert load(datasets, a_mapping(tmp_path, frame, horizon_months="term")).horizon_months == 60


def test_a_joined_file_brings_its_columns(tmp_path: Path, datasets: DataSets) -> None:
    other = a_frame()[["loan"]].assign(rooms=np.tile([1, 2, 3], 500)).sample(frac=1, random_state=1)
    other.to_csv(tmp_path / "more.csv", index=False)
    told = {"path": "small.csv", "join": [{"path": "more.csv", "on": "loan"}]}
    data = load(datasets, a_mapping(tmp_path, source=told))
    assert data.frame["rooms"].iloc[:3].tolist() == [1.0, 2.0, 3.0]


def test_an_unknown_data_set_is_said_so_with_those_there_are(tmp_path: Path, datasets: DataSets) -> None:
    datasets.add(a_mapping(tmp_path))
    with pytest.raises(NotFoundError, match="no data set big; there are: small"):
        datasets.check("big")
