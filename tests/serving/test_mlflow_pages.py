"""Where a trace opens in MLflow: asked once, and never a reason for a page to fail."""

from __future__ import annotations

import httpx

from rag.adapters.mlflow_door import EXPERIMENT as KEPT_IN
from serving.adapters.mlflow_pages import EXPERIMENT, MlflowPages


def pages(*answers: httpx.Response) -> tuple[MlflowPages, list[str]]:
    asked: list[str] = []
    left = list(answers)

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(str(request.url))
        return left.pop(0)

    return MlflowPages("http://mlflow:5000/", httpx.MockTransport(answer)), asked


def test_a_trace_opens_in_the_experiment_of_texts_which_is_asked_for_once() -> None:
    found, asked = pages(httpx.Response(200, json={"experiment": {"experiment_id": "3"}}))
    assert found.trace("tr-1") == "http://mlflow:5000/#/experiments/3/traces/tr-1"
    assert found.trace("tr-2") == "http://mlflow:5000/#/experiments/3/traces/tr-2"
    assert asked == [f"http://mlflow:5000/api/2.0/mlflow/experiments/get-by-name?experiment_name={KEPT_IN}"]
    assert EXPERIMENT == KEPT_IN


def test_where_mlflow_does_not_know_it_its_start_page_opens_and_it_is_asked_again() -> None:
    known = httpx.Response(200, json={"experiment": {"experiment_id": "3"}})
    found, asked = pages(httpx.Response(404, json={}), httpx.Response(502, text="<html>"), known)
    assert [found.trace("tr-1") for _ in range(2)] == ["http://mlflow:5000/#/experiments"] * 2
    assert found.trace("tr-1").endswith("/3/traces/tr-1")
    assert len(asked) == 3


def test_without_a_server_there_is_no_page() -> None:
    assert MlflowPages("").trace("tr-1") == ""
    assert MlflowPages("sqlite:///mlflow.db").trace("tr-1") == ""
