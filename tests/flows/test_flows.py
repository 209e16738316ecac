"""The flows, run for real on a small data set: gate, training, registration, summaries, progress."""

import warnings
from contextlib import closing

import pytest

from lending.domain.errors import RefusedError
from serving.adapters.prefect_api import PrefectFlowRuns
from tests.flows.books import add_small_book


@pytest.fixture
def small_book(home):
    """Loans whose risk falls with the score and rises with the debt."""
    return add_small_book(home)


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
