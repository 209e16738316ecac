from pathlib import Path

import pytest

from features.adapters.dataset_files import DataSetFiles
from features.mapping import read_mapping
from lending.domain.errors import InputError
from tests.features.books import a_frame, a_mapping, fields


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"sauce": {"path": "x"}}, "sauce is not a known key; did you mean source"),
        ({"fields": fields(credit_scor="score")}, "fields.credit_scor is not a known key; did you mean credit_score"),
        ({"fields": fields(amount={"column": "amount", "divid": 12})}, "fields.amount.divid .* did you mean divide"),
        ({"fields": fields(amount={"column": "amount", "divide": 0})}, "fields.amount.divide is '0'"),
        ({"label": {"column": "outcome"}}, "label.bad is 'missing'"),
        ({"horizon_months": True}, "horizon_months is 'True'"),
        ({"monotone": {"amount": 2}}, "monotone.amount is '2'"),
        ({"date": {"column": "day", "test_from": "soon"}}, "date.test_from is 'soon'"),
        ({"name": "Not A Name"}, "name is 'Not A Name'"),
        ({"protected": {"age": {"column": "visits", "bands": [9, 1]}}}, "protected.age.bands"),
        (
            {"date": {"column": "day", "from": "2024-01-01", "to": "2023-01-01"}},
            "date.from is '2024-01-01'; expected a day up to date.to, which is 2023-01-01",
        ),
        (
            {"label": {"column": "outcome", "bad": ["late", 1], "good": ["paid", "1.0"]}},
            "label.good is '1'; expected values that label.bad does not name",
        ),
    ],
)
def test_a_wrong_key_or_value_is_named_with_its_place(tmp_path: Path, changes: dict[str, object], said: str) -> None:
    with pytest.raises(InputError, match=said):
        read_mapping(a_mapping(tmp_path, **changes))


@pytest.mark.parametrize(
    "form", ["%Q", "%", "%s", "%d/%m/%y %Z%Z", "%Y %Y", "%-d.%m.%Y", "%Y-%U", "%d.%m.%Y %z", "%Y-%m-%d %Z", "mixed"]
)
def test_a_format_by_which_no_day_can_be_read_is_refused(tmp_path: Path, form: str) -> None:
    day = {"column": "day", "format": form}
    window = {"path": "x.csv", "on": "loan", "date": day, "months": 3, "features": {"often": "count"}}
    with pytest.raises(InputError, match=r"small.yaml: date.format is .*; expected a format of strptime .* epoch"):
        read_mapping(a_mapping(tmp_path, date=day))
    with pytest.raises(InputError, match=r"source.windows\[0\].date.format is .*; expected a format of strptime"):
        read_mapping(a_mapping(tmp_path, source={"path": "small.csv", "windows": [window]}))


@pytest.mark.parametrize("form", ["epoch", "epoch_ms", "excel", "%d.%m.%Y", "%d %b %Y %H:%M", "%Y%%%m", "by hand"])
def test_any_other_format_is_taken_and_tried_on_the_file_later(tmp_path: Path, form: str) -> None:
    assert read_mapping(a_mapping(tmp_path, date={"column": "day", "format": form})).date_format == form


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("name: a\nname: b\n", "name stands twice"),
        ("name: [a\n", "not YAML at line"),
        ("just words", "holds no keys"),
    ],
)
def test_a_file_that_is_no_mapping_is_refused(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "m.yaml"
    file.write_text(text)
    with pytest.raises(InputError, match=said):
        read_mapping(file)


def test_a_mapping_that_is_not_there_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        read_mapping(tmp_path / "none.yaml")


def test_the_words_on_and_no_are_plain_words(tmp_path: Path) -> None:
    file = tmp_path / "m.yaml"
    file.write_text(
        "source: {path: a.csv, join: [{path: b.csv, on: id}]}\nlabel: {column: bad, bad: [yes], good: [no]}\n"
    )
    mapping = read_mapping(file)
    assert (mapping.source.joins[0].on, mapping.bad, mapping.good) == ("id", ("yes",), ("no",))


def test_the_hash_does_not_depend_on_the_folder(tmp_path: Path, datasets: DataSetFiles) -> None:
    file = a_mapping(tmp_path)
    name = datasets.add(file)
    assert read_mapping(file).sha256 == read_mapping(tmp_path / "data" / name / "mapping.yaml").sha256


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (
            {"label": {"column": "outcom", "bad": ["late"]}},
            "label.column names the column outcom, .* nearest is outcome",
        ),
        ({"fields": fields(amount="amont")}, "fields.amount names the column amont, .* nearest is amount"),
        ({"drop": ["brunch"]}, "drop names the column brunch, .* nearest is branch"),
        ({"date": {"column": "day", "format": "%b-%Y"}}, "do not fit the format %b-%Y, .*%Y-%m-%d fits all"),
        ({"monotone": {"amout": 1}}, "monotone.amout .* nearest is amount"),
        ({"source": {"path": "none.csv"}}, "found no such file"),
        ({"source": {"path": "small.xlsx"}}, "found the ending .xlsx"),
        ({"source": {"path": "${CANDOR_SAMPLE_DATA}/x.csv"}}, "CANDOR_SAMPLE_DATA, which is not set"),
    ],
)
def test_adding_a_mapping_that_does_not_fit_its_file_is_refused(
    tmp_path: Path, datasets: DataSetFiles, changes: dict[str, object], said: str
) -> None:
    with pytest.raises(InputError, match=said):
        datasets.add(a_mapping(tmp_path, **changes))
    assert list(datasets.names()) == []


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("small.csv", b"", "found an empty file"),
        ("small.csv", b"loan,day\n", "found no rows"),
        ("small.csv", "loan,name\n1,caf\u00e9\n".encode("latin-1"), "that is not UTF-8"),
        ("small.csv", b"loan,loan\n1,2\n3,3\n", "the column loan twice"),
        ("small.csv", b"loan,day\n1,2\n1,2,3,4\n", "Expected 2 fields"),
        ("small.csv.gz", b"plain text", "no gzip file"),
        ("small.csv.gz", b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\xcb", "cut off or damaged"),
        ("small.parquet", b"plain text", "no parquet file"),
    ],
)
def test_a_file_that_cannot_be_read_gets_one_clear_sentence(
    tmp_path: Path, datasets: DataSetFiles, name: str, content: bytes, said: str
) -> None:
    mapping = a_mapping(tmp_path, source={"path": name})
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError, match=said) as caught:
        datasets.add(mapping)
    assert caught.value.exit_code == 2
    assert caught.value.do


def test_one_class_alone_is_refused_with_what_was_found(tmp_path: Path, datasets: DataSetFiles) -> None:
    datasets.add(a_mapping(tmp_path, label={"column": "outcome", "bad": ["Late"]}))
    with pytest.raises(InputError, match=r"no loan of 1500 is bad: outcome holds paid \(\d+\), late"):
        datasets.load("small")


@pytest.mark.parametrize(
    ("asked", "said"),
    [({"from": "2030-01-01"}, "date.from 2030-01-01"), ({"to": "2001-12-31"}, "date.to 2001-12-31"),
     ({"from": "2001-01-01", "to": "2001-12-31"}, "date.from 2001-01-01 and date.to 2001-12-31")],
)  # fmt: skip
def test_a_range_of_days_that_leaves_no_loan_is_said_with_the_days_of_the_file(
    tmp_path: Path, datasets: DataSetFiles, asked: dict[str, str], said: str
) -> None:
    datasets.add(a_mapping(tmp_path, date={"column": "day", **asked}))
    with pytest.raises(
        InputError, match=f"no loan is left by {said}: day holds days from 2022-01-01 to 2024-01-20"
    ) as caught:
        datasets.check("small")
    assert "Correct date.from and date.to" in caught.value.do


def test_a_semicolon_separates_as_well(tmp_path: Path, datasets: DataSetFiles) -> None:
    mapping = a_mapping(tmp_path)
    a_frame().to_csv(tmp_path / "small.csv", index=False, sep=";")
    assert datasets.add(mapping) == "small"
