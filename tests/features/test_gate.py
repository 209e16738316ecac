from pathlib import Path

import numpy as np
import pytest

from features.adapters.dataset_files import DataSetFiles
from features.expectations import Expectation
from features.gate_page import gate_page
from tests.features.books import a_frame, a_mapping


def test_an_honest_book_passes_the_gate_with_a_page(tmp_path: Path, datasets: DataSetFiles) -> None:
    report = datasets.gate(datasets.add(a_mapping(tmp_path)))
    assert report.passed
    assert all(row["passed"] for row in report.results)
    assert "passed: training may go on" in report.html


def test_a_bad_batch_stops_naming_column_observed_and_limit(tmp_path: Path, datasets: DataSetFiles) -> None:
    frame = a_frame()
    frame.loc[:200, "amount"] = 0
    report = datasets.gate(datasets.add(a_mapping(tmp_path, frame)))
    (row,) = [r for r in report.results if not r["passed"] and r["severity"] == "critical"]
    assert not report.passed
    assert (row["column"], row["expectation"]) == ("amount", "values lie in the plausible range")
    assert row["observed"].startswith("201 of 1500 (13.4 %)")
    assert row["limit"] == "1 to 1e+07 in 98% of loans"
    assert report.html.index("stops training") < report.html.index("held")


def test_a_failed_warning_does_not_stop(tmp_path: Path, datasets: DataSetFiles) -> None:
    frame = a_frame()
    frame.loc[np.arange(0, 1500, 20), "score"] = 2000
    report = datasets.gate(datasets.add(a_mapping(tmp_path, frame)))
    assert report.passed
    assert {r["column"] for r in report.results if not r["passed"]} == {"credit_score"}


def test_the_page_escapes_what_the_file_said() -> None:
    row = {"expectation": "x", "column": "<b>", "severity": "critical", "passed": False, "observed": "<script>",
           "limit": "", "detail": ""}  # fmt: skip
    assert "<script>" not in gate_page("a", [row], passed=False)


@pytest.mark.parametrize("kind", ["between", "row_count"])
def test_limits_read_like_sentences(kind: str) -> None:
    assert Expectation(kind, "a", "critical", {"min_value": 1, "max_value": 9}).limit == "1 to 9"  # type: ignore[arg-type]
