"""Values as people write them: numbers, days, labels, headers and separators of real files."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.adapters.dataset_files import DataSetFiles
from features.read_days import read_days
from features.read_numbers import numbers_of
from lending.domain.errors import InputError
from tests.features.books import a_frame, a_mapping, fields

NUMBERS = st.floats(0, 9e8, allow_nan=False).map(lambda v: round(v, 2))


def european(value: float) -> str:
    return f"{value:,.2f}".translate(str.maketrans(",.", ".,"))


@given(st.lists(NUMBERS, min_size=1))
def test_numbers_written_in_either_way_are_read_alike(values: list[float]) -> None:
    for write in (european, lambda v: f"{v:,.2f}", lambda v: f"$ {v:,.2f}", lambda v: f"{european(v)} €"):
        found, _, guessed = numbers_of([write(v) for v in values])
        assert found.tolist() == pytest.approx(values)
        assert not guessed


@pytest.mark.parametrize(
    ("text", "value"),
    [("(1,250.50)", -1250.5), ("12.5 %", 12.5), ("250-", -250), ("25k", 25_000), ("1 234,5", 1234.5),
     ("1'234.5", 1234.5), ("USD 1,000.25", 1000.25), ("7.5 EUR", 7.5), ("1,00,000.0", 100_000), ("many", np.nan)],
)  # fmt: skip
def test_a_number_is_read_as_it_is_meant(text: str, value: float) -> None:
    assert numbers_of([text])[0].tolist() == pytest.approx([value], nan_ok=True)


def test_a_comma_that_may_mean_either_is_said_so() -> None:
    found, _, guessed = numbers_of(["1,234", "5,678"])
    assert (found.tolist(), guessed) == ([1234, 5678], True)


@pytest.mark.parametrize(
    "form",
    ["%Y-%m-%d", "%d.%m.%Y", "%b-%Y", "%Y%m%d", "%d %b %Y", "%B %d, %Y", "%Y-%m-%dT%H:%M:%S", "%d-%b-%y", "%Y/%m/%d"],
)
def test_a_usual_format_of_days_is_found(form: str) -> None:
    days = pd.Series(pd.date_range("2011-01-01", "2014-12-01", freq="MS"))
    assert read_days(days.dt.strftime(form), None, "date x").days.tolist() == days.tolist()


def test_days_counted_by_numbers_are_found_and_said() -> None:
    days = pd.Series(pd.date_range("2011-01-01", "2014-12-01", freq="MS")).astype("datetime64[s]")
    seconds = days.astype("int64")
    counted = {"epoch": seconds, "epoch_ms": seconds * 1000, "excel": (days - pd.Timestamp("1899-12-30")).dt.days}
    for name, numbers in counted.items():
        read = read_days(numbers, None, "date x")
        assert read.days.tolist() == days.tolist()
        assert name in read.findings[0].found


def test_two_formats_in_one_column_are_read_and_said() -> None:
    words = pd.Series(["2020-01-31"] * 50 + ["17.02.2021"] * 50)
    read = read_days(words, None, "date.column day")
    assert read.days.notna().all()
    assert (read.findings[0].kind, read.findings[0].column) == ("date", "day")
    assert "%Y-%m-%d and %d.%m.%Y" in read.findings[0].found


def test_days_that_may_be_months_are_said_to_be_ambiguous() -> None:
    read = read_days(pd.Series(["03/04/2020", "11/12/2020"]), None, "date.column day")
    assert "%d/%m/%Y" in read.findings[0].detail
    assert read_days(pd.Series(["03/04/2020", "25/12/2020"]), None, "date day").days.dt.month.tolist() == [4, 12]


def test_a_few_wrong_days_are_missing_and_many_are_refused() -> None:
    words = pd.Series(["2020-01-31"] * 99 + ["soon"])
    assert read_days(words, None, "date day").findings[0].found == "1 values that are no day, such as 'soon'"
    with pytest.raises(InputError, match="do not fit the format"):
        read_days(words.replace("2020-01-31", "later"), None, "date day")


@pytest.mark.parametrize("separator", [";", "\t", "|"])
def test_separators_and_quoted_lines_are_found(tmp_path: Path, datasets: DataSetFiles, separator: str) -> None:
    mapping = a_mapping(tmp_path)
    frame = a_frame().assign(note='said "yes, and\nno"')
    frame.to_csv(tmp_path / "small.csv", index=False, sep=separator, encoding="utf-8-sig")
    assert len(datasets.load(datasets.add(mapping)).frame) == 1500


def test_a_file_with_decimal_commas_gives_the_same_numbers(tmp_path: Path, datasets: DataSetFiles) -> None:
    plain = datasets.load(datasets.add(a_mapping(tmp_path))).frame
    a_frame().to_csv(tmp_path / "small.csv", index=False, sep=";", decimal=",")
    pd.testing.assert_frame_equal(datasets.load("small").frame, plain)


def test_a_separator_at_the_end_of_each_line_is_no_column(tmp_path: Path, datasets: DataSetFiles) -> None:
    mapping = a_mapping(tmp_path)
    plain = datasets.load(datasets.add(mapping)).frame
    lines = (tmp_path / "small.csv").read_text().splitlines()
    for head in (lines[0], lines[0] + ","):
        (tmp_path / "small.csv").write_text("\n".join([head, *(line + "," for line in lines[1:])]))
        pd.testing.assert_frame_equal(datasets.load("small").frame, plain)


def told_of_lines(datasets: DataSetFiles, mapping: Path) -> list[str]:
    return [f"{f.severity}: {f.found}" for f in datasets.check(datasets.add(mapping)).findings if f.kind == "lines"]


@pytest.mark.parametrize("before", ["", "sep=,\n"])
def test_lines_with_too_few_values_are_counted_and_the_first_is_named(
    tmp_path: Path, datasets: DataSetFiles, before: str
) -> None:
    mapping = a_mapping(tmp_path, a_frame().assign(note='said "yes,\nand no"', last=1))
    file = tmp_path / "small.csv"
    records = file.read_text().split(",1\n")
    assert told_of_lines(datasets, mapping) == []
    file.write_text(before + ",1\n".join(records[:100]) + "\n" + ",1\n".join(records[100:]) + "N9,2022-01-05\n\n")
    (told,) = told_of_lines(datasets, mapping)
    line = 2 + 2 * 99 + len(before.splitlines())
    assert told == f"warning: 2 lines of small.csv with too few values, the first is line {line}"


def test_values_that_are_missing_at_the_end_of_whole_lines_are_no_short_lines(
    tmp_path: Path, datasets: DataSetFiles
) -> None:
    mapping = a_mapping(tmp_path, a_frame().assign(last=lambda d: d["visits"].where(d.index % 7 > 0)))
    assert told_of_lines(datasets, mapping) == []
    lines = (tmp_path / "small.csv").read_text().splitlines()
    (tmp_path / "small.csv").write_text("\n".join([lines[0] + ",", *lines[1:]]))
    assert told_of_lines(datasets, mapping) == []


def test_a_doubled_header_is_told_and_refused_only_where_it_is_used(tmp_path: Path, datasets: DataSetFiles) -> None:
    mapping = a_mapping(tmp_path)
    text = a_frame().assign(extra=lambda d: d["visits"] + 1).to_csv(index=False)
    (tmp_path / "small.csv").write_text(text.replace("visits,extra", "visits,visits", 1))
    found = datasets.load(datasets.add(mapping)).findings
    assert [(f.column, f.severity) for f in found if f.kind == "header"] == [("visits.2", "warning")]
    (tmp_path / "small.csv").write_text(text.replace("visits,extra", "visits,score", 1))
    with pytest.raises(InputError, match="the column score twice"):
        datasets.check("small")


@pytest.mark.parametrize(
    ("values", "bad"),
    [(["late", "paid"], ["late"]), ([1, 0], [1]), ([1.0, 0.0], [1]), ([True, False], [True]), (["Y", "N"], ["Y"])],
)
def test_labels_may_be_words_numbers_or_truths(
    tmp_path: Path, datasets: DataSetFiles, values: list[Any], bad: list[Any]
) -> None:
    late = a_frame()["outcome"] == "late"
    frame = a_frame().assign(outcome=np.where(late, *values))
    data = datasets.load(datasets.add(a_mapping(tmp_path, frame, label={"column": "outcome", "bad": bad})))
    assert data.label.tolist() == late.astype(int).tolist()


def test_a_label_may_be_a_number_from_which_on_a_loan_is_bad(tmp_path: Path, datasets: DataSetFiles) -> None:
    late = a_frame()["outcome"] == "late"
    frame = a_frame().assign(outcome=np.where(late, 95, np.arange(1500) % 90))
    data = datasets.load(datasets.add(a_mapping(tmp_path, frame, label={"column": "outcome", "bad_from": 90})))
    assert data.label.sum() == late.sum()


def test_codes_for_not_known_may_hold_for_one_column(tmp_path: Path, datasets: DataSetFiles) -> None:
    frame = a_frame().assign(visits=lambda d: d["visits"].where(d.index % 9 > 0, -999))
    found = [f for f in datasets.check(datasets.add(a_mapping(tmp_path, frame))).findings if not f.passed]
    assert [(f.kind, f.column) for f in found] == [("missing", "visits")]
    assert found[0].detail.endswith("write missing: {visits: [-999]}")
    data = datasets.load(datasets.add(a_mapping(tmp_path, frame, missing={"visits": [-999]})))
    assert data.frame["visits"].isna().sum() == 167


def test_days_to_come_stop_and_a_range_of_days_leaves_them_out(tmp_path: Path, datasets: DataSetFiles) -> None:
    frame = a_frame().assign(day=lambda d: d["day"].where(d.index < 1490, "2199-01-01"))
    found = [f for f in datasets.check(datasets.add(a_mapping(tmp_path, frame))).findings if not f.passed]
    assert ("date", "day", "critical") in {(f.kind, f.column, f.severity) for f in found}
    data = datasets.load(datasets.add(a_mapping(tmp_path, frame, date={"column": "day", "to": "2024-12-31"})))
    assert len(data.frame) == 1490


def test_a_protected_group_among_the_features_is_said_with_the_line_to_write(
    tmp_path: Path, datasets: DataSetFiles
) -> None:
    frame = a_frame().assign(Gender=np.tile(["f", "m"], 750))
    found = [f for f in datasets.check(datasets.add(a_mapping(tmp_path, frame))).findings if not f.passed]
    assert [(f.kind, f.column) for f in found] == [("protected", "Gender")]
    assert "protected: {gender: Gender}" in found[0].detail


@pytest.mark.parametrize(
    "write", [lambda v: f"{v / 7:.1f} %", lambda v: f"$1,{v:03d}.50", lambda v: f"{v},5", lambda v: f"{v}.25 EUR",
              lambda v: "unknown" if v % 200 == 0 else f"{v}e2", lambda v: f"{v}k" if v % 2 else f"{v}.5"],
    ids=["percent", "dollars", "decimal comma", "euros", "one in 200 unknown", "thousands"],
)  # fmt: skip
def test_a_column_that_nobody_mapped_is_read_as_numbers_too(
    tmp_path: Path, datasets: DataSetFiles, write: Callable[[int], str]
) -> None:
    said = [write(n) for n in np.random.default_rng(1).integers(1, 700, 1500)]
    data = datasets.load(datasets.add(a_mapping(tmp_path, a_frame().assign(used=said))))
    assert pd.api.types.is_float_dtype(data.frame["used"])
    assert data.frame["used"].tolist() == pytest.approx(numbers_of(said)[0].tolist(), nan_ok=True)
    assert [f for f in data.findings if not f.passed] == []


def test_a_comma_that_may_mean_either_is_said_so_of_a_column_that_nobody_mapped(
    tmp_path: Path, datasets: DataSetFiles
) -> None:
    frame = a_frame().assign(used=[f"{1 + n % 9},{n % 50:03d}" for n in range(1500)])
    data = datasets.load(datasets.add(a_mapping(tmp_path, frame)))
    (told,) = [f for f in data.findings if not f.passed]
    assert (told.kind, told.column) == ("type", "used")
    assert "comma may mark thousands or decimals" in told.found


def test_codes_that_end_in_a_number_stay_words(tmp_path: Path, datasets: DataSetFiles) -> None:
    frame = a_frame().assign(code=np.tile(["AB1", "CD1", "EF2"], 500))
    data = datasets.load(datasets.add(a_mapping(tmp_path, frame)))
    assert set(data.frame["code"]) == {"AB1", "CD1", "EF2"}


@pytest.mark.parametrize("wild", [1.7976931348623157e308, -1e39, np.inf])
@pytest.mark.parametrize(("column", "name"), [("visits", "visits"), ("income", "gross_monthly_income")])
def test_numbers_that_no_model_can_hold_are_missing_and_counted(
    tmp_path: Path, datasets: DataSetFiles, wild: float, column: str, name: str
) -> None:
    frame = a_frame()
    frame[column] = frame[column].astype(float).where(frame.index % 300 > 0, wild)
    data = datasets.load(datasets.add(a_mapping(tmp_path, frame)))
    (told,) = [f for f in data.findings if not f.passed]
    assert (told.kind, told.column, told.severity) == ("range", name, "warning")
    assert told.found == f"5 values such as {wild:g}"
    assert data.frame[name].isna().sum() == 5


def test_a_column_without_any_value_is_left_out_and_said(tmp_path: Path, datasets: DataSetFiles) -> None:
    data = datasets.load(datasets.add(a_mapping(tmp_path, a_frame().assign(Empty=np.nan))))
    assert "Empty" not in data.feature_set.names
    assert [(f.kind, f.column, f.found) for f in data.findings if not f.passed] == [
        ("constant", "Empty", "no value at all")
    ]


def test_copies_of_loans_with_other_ids_are_counted(tmp_path: Path, datasets: DataSetFiles) -> None:
    frame = a_frame()
    again = frame.head(60).assign(loan=[f"C{n}" for n in range(60)])
    found = datasets.check(datasets.add(a_mapping(tmp_path, pd.concat([frame, again])))).findings
    assert [f.found[:33] for f in found if f.kind == "duplicate" and not f.passed] == [
        "60 loans equal another one in eve"
    ]


def test_losses_that_rise_are_told_as_drift(tmp_path: Path, datasets: DataSetFiles) -> None:
    frame = a_frame(3000)
    frame.loc[2300:, "outcome"] = np.where(np.arange(700) % 2 == 0, "late", "paid")
    found = datasets.check(datasets.add(a_mapping(tmp_path, frame))).findings
    assert [f.column for f in found if f.kind == "drift" and not f.passed] == ["label"]


def test_a_feature_that_moves_is_told_as_drift(tmp_path: Path, datasets: DataSetFiles) -> None:
    frame = a_frame(3000)
    frame.loc[2250:, "visits"] += 3
    found = datasets.check(datasets.add(a_mapping(tmp_path, frame))).findings
    assert [f.column for f in found if f.kind == "drift" and not f.passed] == ["visits"]


def test_a_quarter_with_one_class_is_told(tmp_path: Path, datasets: DataSetFiles) -> None:
    frame = a_frame()
    frame.loc[frame["day"].between("2022-07-01", "2022-09-30"), "outcome"] = "paid"
    found = datasets.check(datasets.add(a_mapping(tmp_path, frame))).findings
    assert any("2022Q3" in f.found for f in found if f.kind == "label" and not f.passed)


def test_a_set_without_candor_s_fields_can_be_used_and_says_what_serving_needs(
    tmp_path: Path, datasets: DataSetFiles
) -> None:
    data = datasets.load(datasets.add(a_mapping(tmp_path, fields=None)))
    assert {"income", "score", "visits"} <= set(data.feature_set.names)
    (serve,) = [f for f in data.findings if f.kind == "serve"]
    assert "gross_monthly_income" in serve.found
    assert "visits" in serve.detail


def test_cents_and_thousands_are_seen(tmp_path: Path, datasets: DataSetFiles) -> None:
    for factor, line in ((100, "divide: 100"), (0.001, "multiply: 1000")):
        frame = a_frame().assign(amount=lambda d, by=factor: d["amount"] * by * 5)
        found = datasets.check(datasets.add(a_mapping(tmp_path, frame, fields=fields()))).findings
        assert any(line in f.detail for f in found if f.kind == "unit" and f.column == "amount")
