"""The flows, run for real on a small data set: gate, training, registration, summaries, progress."""

import random
import warnings
from contextlib import closing

import pytest

from lending.domain.errors import RefusedError
from serving.adapters.prefect_api import PrefectFlowRuns

ROWS = 1200


@pytest.fixture
def small_book(home):
    """A data set of loans whose risk falls with the score and rises with the debt."""
    from serving.assembly import platform

    draw = random.Random(5)
    lines = ["loan,day,income,score,debt,amount,months,bad"]
    for number in range(ROWS):
        score, debt = draw.randint(450, 820), round(draw.uniform(0.05, 0.6), 3)
        risk = min(0.9, max(0.02, 0.25 + (600 - score) / 500 + (debt - 0.3)))
        income, amount = draw.randint(1800, 9000), draw.randrange(2000, 40000, 50)
        day = f"2025-{1 + number * 12 // ROWS:02d}-{draw.randint(1, 28):02d}"
        lines.append(f"L{number},{day},{income},{score},{debt},{amount},36,{int(draw.random() < risk)}")
    (home / "book.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    mapping = home / "small.yaml"
    mapping.write_text(
        "name: small_book\nsource: {path: book.csv}\nid: loan\ndate: {column: day, format: '%Y-%m-%d'}\n"
        "label: {column: bad, bad: [1], good: [0]}\nfields:\n  gross_monthly_income: income\n  credit_score: score\n"
        "  dti_before: debt\n  amount: amount\n  term_months: months\n",
        encoding="utf-8",
    )
    return platform().datasets.add(mapping)


def _artifacts(server: str, flow: str) -> dict[str, str]:
    import httpx

    with closing(PrefectFlowRuns(server)) as api:
        run = api.latest(flow)
    wanted = {"artifacts": {"flow_run_id": {"any_": [run.run_id]}}}
    rows = httpx.post(f"{server}/api/artifacts/filter", json=wanted).json()
    return {row["key"]: row["data"] for row in rows if row["key"]}


def _quietly(flow, *arguments):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the training libraries; their own tests keep warnings as errors
        return flow(*arguments)


def test_a_clean_data_set_passes_the_gate_and_leaves_a_summary(prefect_server, small_book):
    from flows.parameters import DataRequest
    from flows.validate_data import validate_data

    done = _quietly(validate_data, DataRequest(data=small_book))
    assert done["passed"] is True
    assert done["expectations"] > 0
    assert "Data gate of small_book" in _artifacts(prefect_server, "validate-data")["gate-summary"]


def test_a_bad_batch_fails_the_run_and_the_summary_says_where(prefect_server, home, small_book):
    from flows.parameters import DataRequest
    from flows.validate_data import validate_data

    book = home / "book.csv"
    head, *rows = book.read_text(encoding="utf-8").splitlines()
    spoiled = [",".join([*row.split(",")[:2], "-5", *row.split(",")[3:]]) for row in rows]  # an income below zero
    book.write_text("\n".join([head, *spoiled]) + "\n", encoding="utf-8")
    with pytest.raises(RefusedError, match="data gate stopped small_book"):
        _quietly(validate_data, DataRequest(data=small_book))
    assert "gross_monthly_income" in _artifacts(prefect_server, "validate-data")["gate-summary"]


def test_training_registers_a_challenger_shows_progress_and_promotes_nothing(prefect_server, small_book):
    from flows.parameters import TrainRequest
    from flows.train_model import train_model
    from serving.assembly import platform

    result = _quietly(train_model, TrainRequest(data=small_book, budget_seconds=60))
    assert result["data"] == small_book
    assert result["promoted"] is False
    assert result["model_version"]
    assert platform().registry.champion(small_book) is None
    artifacts = _artifacts(prefect_server, "train-model")
    assert float(artifacts["training-progress"]) == 100.0
    assert "## Metrics" in artifacts["training-summary"]
    assert "Nothing was promoted" in artifacts["training-summary"]
