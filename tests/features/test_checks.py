from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from features.adapters.dataset_files import DataSetFiles
from features.leaks import leak_findings
from features.ranks import auc, wilson
from lending.domain.errors import RefusedError
from tests.conftest import sized
from tests.features.books import a_frame, a_mapping, fields


def failed(datasets: DataSetFiles, mapping: Path) -> dict[str, Any]:
    return {f.column: f for f in reversed(datasets.check(datasets.add(mapping)).findings) if not f.passed}


def test_an_honest_book_raises_nothing(tmp_path: Path, datasets: DataSetFiles) -> None:
    assert failed(datasets, a_mapping(tmp_path)) == {}


@pytest.mark.parametrize(
    ("column", "field", "factor", "line"),
    [
        ("income", "gross_monthly_income", 12, "gross_monthly_income: {column: income, divide: 12}"),
        ("util", "revolving_utilisation", 100, "revolving_utilisation: {column: util, divide: 100}"),
    ],
)
def test_a_wrong_unit_stops_with_the_line_to_write(
    tmp_path: Path, datasets: DataSetFiles, column: str, field: str, factor: float, line: str
) -> None:
    frame = a_frame().assign(util=np.linspace(0.01, 0.9, 1500))
    frame[column] = frame[column] * factor
    found = failed(datasets, a_mapping(tmp_path, frame, fields=fields(**{field: column})))
    assert found[field].kind == "unit"
    assert found[field].severity == "critical"
    assert line in found[field].detail
    with pytest.raises(RefusedError, match="unit in"):
        datasets.load("small")


def test_a_term_in_years_is_seen(tmp_path: Path, datasets: DataSetFiles) -> None:
    frame = a_frame().assign(term=np.tile([2, 3, 5], 500))
    found = failed(datasets, a_mapping(tmp_path, frame, fields=fields(term_months="term")))
    assert "multiply: 12" in found["term_months"].detail


def test_a_yearly_income_is_seen_by_its_name_even_when_it_is_low(tmp_path: Path, datasets: DataSetFiles) -> None:
    frame = a_frame().rename(columns={"income": "annual_income"})
    found = failed(datasets, a_mapping(tmp_path, frame, fields=fields(gross_monthly_income="annual_income")))
    assert "divide: 12" in found["gross_monthly_income"].detail


def leaky(frame: pd.DataFrame) -> dict[str, Any]:
    bad = (frame["outcome"] == "late").to_numpy()
    rng = np.random.default_rng(5)
    day = pd.to_datetime(frame["day"])
    seen = np.where(bad, 100, 700) + rng.integers(0, 90, len(frame))
    return {
        "collected": np.where(bad, rng.uniform(1, 900, len(frame)), 0.0),
        "paid_back": frame["amount"] * np.where(bad, rng.uniform(0.1, 0.8, len(frame)), 1.1),
        "plan_flag": np.where(bad & (rng.random(len(frame)) < 0.4), "Y", "N"),
        "closed_reason": np.where(bad & (rng.random(len(frame)) < 0.5), "sold", None),
        "last_seen": (day + pd.to_timedelta(seen, "D")).dt.strftime("%Y-%m-%d"),
    }


@pytest.mark.parametrize("column", ["collected", "paid_back", "plan_flag", "closed_reason", "last_seen"])
def test_a_column_that_knows_the_outcome_is_refused_by_name(
    tmp_path: Path, datasets: DataSetFiles, column: str
) -> None:
    frame = a_frame()
    frame[column] = leaky(frame)[column]
    found = failed(datasets, a_mapping(tmp_path, frame))
    assert found[column].kind == "leak"
    assert found[column].severity == "critical"
    with pytest.raises(RefusedError, match=f"leak in {column}") as caught:
        datasets.load("small")
    assert caught.value.exit_code == 1


def test_a_declared_leak_is_left_out_and_training_goes_on(tmp_path: Path, datasets: DataSetFiles) -> None:
    frame = a_frame()
    frame = frame.assign(**leaky(frame))
    names = list(leaky(frame))
    data = datasets.load(datasets.add(a_mapping(tmp_path, frame, after_decision=names)))
    assert not set(names) & set(data.feature_set.names)
    assert data.declared_leaks == tuple(names)
    assert {f.column for f in data.findings if f.kind == "leak" and f.passed} >= set(names)


@given(st.integers(0, 2**32 - 1), st.floats(0.05, 0.5))
@settings(max_examples=sized(8, 100), deadline=None)
def test_the_leak_gate_is_silent_on_chance(seed: int, base: float) -> None:
    rng = np.random.default_rng(seed)
    rows = 1200
    label = pd.Series((rng.random(rows) < base).astype(int))
    columns = pd.DataFrame({
        "plain": rng.normal(size=rows),
        "sparse": np.where(rng.random(rows) < 0.05, rng.normal(size=rows), 0),
        "gaps": np.where(rng.random(rows) < 0.3, np.nan, rng.normal(size=rows)),
        "towns": rng.choice([f"t{n}" for n in range(150)], rows),
        "good_score": rng.normal(size=rows) - 0.9 * label,
    })  # fmt: skip
    found = leak_findings(columns, label, None, np.exp(rng.normal(9, 1, rows)), {})
    assert [f.column for f in found if not f.passed] == []


def test_a_feature_that_stops_arriving_is_found_and_left_out(tmp_path: Path, datasets: DataSetFiles) -> None:
    frame = a_frame()
    frame.loc[1000:, "score"] = np.nan
    data = datasets.load(datasets.add(a_mapping(tmp_path, frame)))
    dead = [f for f in data.findings if f.kind == "dead"]
    assert [(f.column, f.severity, f.passed) for f in dead] == [("credit_score", "warning", False)]
    assert "Last value in column score: 2023-05-15" in dead[0].detail
    assert "credit_score" not in data.feature_set.names


def test_a_feature_missing_now_and_then_is_not_dead(tmp_path: Path, datasets: DataSetFiles) -> None:
    frame = a_frame()
    frame.loc[np.random.default_rng(1).random(1500) < 0.4, "score"] = np.nan
    data = datasets.load(datasets.add(a_mapping(tmp_path, frame)))
    assert "credit_score" in data.feature_set.names


@pytest.mark.parametrize("first", ["2010-01-01", "2022-01-01", "2030-01-01"])
def test_a_test_that_begins_outside_of_the_days_of_the_loans_stops(
    tmp_path: Path, datasets: DataSetFiles, first: str
) -> None:
    found = failed(datasets, a_mapping(tmp_path, date={"column": "day", "test_from": first}))["day"]
    assert (found.kind, found.severity, found.found) == ("date", "critical", "days from 2022-01-01 to 2024-01-20")
    assert found.limit == f"loans before and from {first} on"
    assert "date.test_from" in found.detail


def test_too_few_loans_and_double_ids_stop(tmp_path: Path, datasets: DataSetFiles) -> None:
    assert failed(datasets, a_mapping(tmp_path, a_frame(200)))[""].kind == "size"
    frame = a_frame()
    frame.loc[1, "loan"] = frame.loc[0, "loan"]
    assert failed(datasets, a_mapping(tmp_path, frame))["loan"].kind == "duplicate"


@given(st.lists(st.tuples(st.integers(0, 5), st.booleans()), min_size=2, max_size=30))
def test_auc_is_the_chance_that_a_bad_loan_ranks_higher(pairs: list[tuple[int, bool]]) -> None:
    values, bad = np.array([float(v) for v, _ in pairs]), np.array([b for _, b in pairs])
    wins = [(v > w) + 0.5 * (v == w) for v in values[bad] for w in values[~bad]]
    found = auc(values, bad)
    assert (np.isnan(found) and not wins) or found == pytest.approx(np.mean(wins))


@given(st.integers(0, 200), st.integers(1, 200))
def test_an_interval_holds_its_share(hits: int, total: int) -> None:
    hits = min(hits, total)
    low, high = wilson(hits, total)
    assert 0 <= low <= hits / total + 1e-12
    assert hits / total - 1e-12 <= high <= 1


LENDING_CLUB = Path(__file__).parents[2] / "kb" / "mappings" / "lendingclub.yaml"
OUTCOMES = "${CANDOR_SAMPLE_DATA}/lendingclub_2007_2010/outcomes_leakage.csv.gz"


@pytest.mark.sample_data
def test_lending_club_has_no_leak_and_its_fico_is_found_dead(tmp_path: Path, sample_data: Path) -> None:
    datasets = DataSetFiles(tmp_path, sample_data)
    data = datasets.load(datasets.add(LENDING_CLUB))
    kinds = {(f.kind, f.column) for f in data.findings if not f.passed}
    assert kinds == {("missing", "credit_score"), ("dead", "credit_score")}
    assert (len(data.frame), data.test_from, data.horizon_months) == (20814, "2010-01-01", 36)


@pytest.mark.sample_data
def test_lending_club_with_its_outcomes_is_refused_naming_every_one(tmp_path: Path, sample_data: Path) -> None:
    told = yaml.safe_load(LENDING_CLUB.read_text())
    told["source"]["join"] = [{"path": OUTCOMES, "on": "loan_id"}]
    mapping = tmp_path / "joined.yaml"
    mapping.write_text(yaml.safe_dump(told))
    datasets = DataSetFiles(tmp_path / "data", sample_data)
    with pytest.raises(RefusedError) as caught:
        datasets.load(datasets.add(mapping))
    for column in pd.read_csv(sample_data / OUTCOMES.split("/", 1)[1], nrows=1).columns[1:]:
        assert column in caught.value.field
