"""Windows before the day of a loan see nothing of that day or later."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from features.adapters.dataset_files import DataSetFiles
from features.mapping_source import TAKES, WindowFeature
from features.point_in_time import months_earlier, window_columns
from lending.domain.errors import InputError
from tests.features.books import MAPPING, a_frame, a_mapping

START = pd.Timestamp("2020-01-01")
EVENTS = st.lists(st.tuples(st.sampled_from("ab"), st.integers(0, 700), st.integers(-50, 50)), min_size=1, max_size=40)
LOANS = st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 700)), min_size=1, max_size=10)


def taken(events: list[tuple[str, int, int]], loans: list[tuple[str, int]], take: str, months: int = 3) -> np.ndarray:
    frame = pd.DataFrame(events, columns=["key", "day", "value"])
    feature = WindowFeature("x", take, "value", (), months)
    days = pd.Series([START + pd.Timedelta(days=d) for _, d in loans])
    seen = START + pd.to_timedelta(frame["day"], "D")
    return window_columns(pd.Series([k for k, _ in loans], dtype=object), days, frame, frame["key"], seen, [feature])[
        "x"
    ]


def by_hand(events: list[tuple[str, int, int]], key: str, day: int, take: str) -> float:
    """The same for one loan, written plainly."""
    at = START + pd.Timedelta(days=day)
    first = min(d for _, d, _ in events), max(d for _, d, _ in events)
    if at <= START + pd.Timedelta(days=first[0]) or at - pd.DateOffset(months=3) > START + pd.Timedelta(days=first[1]):
        return np.nan
    inside = [
        (d, v) for k, d, v in events
        if k == key and at - pd.DateOffset(months=3) <= START + pd.Timedelta(days=d) < at
    ]  # fmt: skip
    values = [v for _, v in inside]
    if take in ("count", "sum"):
        return float(len(values) if take == "count" else sum(values))
    if not values:
        return np.nan
    return float({"mean": np.mean, "min": min, "max": max}[take](values))


@given(EVENTS, LOANS, st.sampled_from(["count", "sum", "mean", "min", "max"]))
def test_a_window_is_what_one_would_count_by_hand(
    events: list[tuple[str, int, int]], loans: list[tuple[str, int]], take: str
) -> None:
    expected = [by_hand(events, key, day, take) for key, day in loans]
    assert taken(events, loans, take) == pytest.approx(expected, nan_ok=True)


@given(EVENTS, LOANS, st.sampled_from(TAKES), st.integers(-1000, 1000))
def test_what_happens_on_the_day_or_later_changes_nothing(
    events: list[tuple[str, int, int]], loans: list[tuple[str, int]], take: str, value: int
) -> None:
    """Events on and after the latest loan's day may hold anything, as long as the file reaches as far."""
    latest = max(day for _, day in loans)
    past = [*((k, d, v) for k, d, v in events if d < latest), ("z", 0, 0), ("z", 701, 0)]
    future = [(k, max(d, latest), value) for k, d, _ in events if d < 701]
    np.testing.assert_array_equal(taken(past + future, loans, take), taken(past, loans, take))


def test_last_and_trend_follow_the_days() -> None:
    events = [("a", 10, 5), ("a", 40, 8), ("a", 70, 11), ("b", 0, 1)]
    assert taken(events, [("a", 71)], "last").tolist() == [11]
    assert taken(events, [("a", 71)], "trend").tolist() == pytest.approx([3 / 30 * 30.4375])
    assert taken(events, [("a", 71)], "days_since").tolist() == [1]
    assert np.isnan(taken(events, [("a", 11)], "trend")).all()


@given(st.dates(min_value=pd.Timestamp("1990-01-01").date()), st.integers(1, 60))
def test_months_earlier_is_the_calendar_s(day: Any, months: int) -> None:
    found = months_earlier(np.array([day], dtype="datetime64[D]"), months)[0]
    assert found.astype(object) == (pd.Timestamp(day) - pd.DateOffset(months=months)).date()


def with_events(folder: Path, **window: Any) -> Path:
    rng = np.random.default_rng(4)
    frame = a_frame()
    events = pd.DataFrame({
        "loan": rng.choice(frame["loan"], 6000),
        "when": (pd.Timestamp("2021-06-01") + pd.to_timedelta(rng.integers(0, 1000, 6000), "D")).strftime("%d/%m/%Y"),
        "kind": rng.choice(["in", "out"], 6000),
        "sum": rng.integers(1, 900, 6000),
    })  # fmt: skip
    events.to_csv(folder / "events.csv", index=False)
    told = {"path": "events.csv", "on": "loan", "date": "when", "months": 12, "features": {"moves": "count"}, **window}
    return a_mapping(folder, source={**MAPPING["source"], "windows": [told]})


def test_a_mapping_brings_windows_as_features(tmp_path: Path, datasets: DataSetFiles) -> None:
    features = {"moves": "count", "spent": {"take": "sum", "column": "sum", "where": {"kind": "out"}}}
    data = datasets.load(datasets.add(with_events(tmp_path, features=features)))
    assert {"moves", "spent"} <= set(data.feature_set.names)
    assert data.frame["moves"].sum() > 1000
    assert data.frame.loc[data.frame["moves"] == 0, "spent"].eq(0).all()


@pytest.mark.parametrize(
    ("window", "said"),
    [
        ({"features": {"x": "median"}}, "take is 'median'; expected one of count"),
        ({"features": {"x": {"take": "sum"}}}, "column is 'missing'"),
        ({"features": {}}, "features is 'missing'"),
        ({"months": 0}, "months is '0'"),
        ({"on": "customer"}, "names the column customer"),
        ({"features": {"x": {"take": "sum", "column": "total"}}}, "names the column total"),
        ({"features": {"score": "count"}}, "which is a column already"),
        ({"date": "moment"}, "names the column moment"),
    ],
)
def test_a_wrong_window_is_named(tmp_path: Path, datasets: DataSetFiles, window: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError, match=said):
        datasets.add(with_events(tmp_path, **window))


BERKA = Path(__file__).parents[2] / "kb" / "mappings" / "berka.yaml"


@pytest.mark.sample_data
def test_the_loans_of_berka_come_with_their_accounts_and_small_sample_warnings(
    tmp_path: Path, sample_data: Path
) -> None:
    datasets = DataSetFiles(tmp_path, sample_data)
    data = datasets.load(datasets.add(BERKA))
    assert (len(data.frame), int(data.label.sum())) == (328, 46)
    assert {"transactions", "overdrafts"} <= set(data.frame)
    (size,) = [f for f in data.findings if f.kind == "size" and not f.passed and "loans, 46 bad" in f.found]
    assert "is known to ±" in size.detail
    assert [f.column for f in data.findings if f.kind == "leak" and not f.passed] == []
    assert yaml.safe_load(BERKA.read_text())["currency"] == "CZK"
