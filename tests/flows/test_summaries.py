"""Summaries: a table survives what data puts into it, and failures come first."""

from features.findings import warning
from flows.cli_data import grouped
from flows.summaries import gate_summary, training_summary


def test_failed_expectations_come_first_and_no_cell_breaks_the_table():
    rows = [
        {
            "expectation": "between",
            "column": "income",
            "severity": "critical",
            "passed": True,
            "observed": "a|b",
            "limit": 1,
        },
        {
            "expectation": "unique",
            "column": "loan",
            "severity": "warning",
            "passed": False,
            "observed": "x\ny",
            "limit": 0,
        },
    ]
    lines = gate_summary("book", rows).splitlines()
    assert lines[4].startswith("| unique | loan | warning | **no** | x y |")
    assert "a\\|b" in lines[5]


def test_a_refused_model_is_said_to_be_not_registered():
    result = {"data": "book", "run_id": "r1", "model_version": None, "seconds": 3, "promoted": False,
              "metrics": {"auc": {"value": 0.5, "low": 0.4, "high": 0.6}},
              "gates": [{"name": "auc", "passed": False, "found": "0.5", "limit": "0.6", "detail": "low"}],
              "choice": {"why": "the only one"},
              "candidates": [{"family": "card", "folds": {"auc": {"value": 0.7}, "log_loss": {"value": 0.4}},
                              "auc": {"value": 0.6}, "log_loss": {"value": 0.5}, "left_out": None},
                             {"family": "forest", "folds": None, "auc": None, "log_loss": None, "left_out": "late"}],
              }  # fmt: skip
    text = training_summary(result)
    assert "not registered" in text
    assert "| auc | 0.5000 | 0.4000 | 0.6000 |" in text
    assert "| auc | **no** | 0.5 | 0.6 | low |" in text
    assert "| card | 0.7000 | 0.6000 | 0.4000 | 0.5000 |  |" in text
    assert "| forest |  |  |  |  | late |" in text


def test_columns_of_which_the_same_is_said_are_named_in_one_sentence():
    same = [warning("constant", f"c{n}", "only 0", "two values", "Left out.") for n in range(10)]
    other = warning("constant", "d", "only 1", "two values", "Left out.")
    assert [columns for columns, _ in grouped([*same, other])] == ["c0, c1, c2, c3, c4, c5, c6, c7 and 2 more", "d"]
