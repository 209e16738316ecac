"""Flow: the gate between a mapped data set and its features."""

from __future__ import annotations

from typing import Any

from prefect import flow, task
from prefect.artifacts import create_markdown_artifact

from flows import steps, summaries
from flows.errands import under_one_id
from flows.parameters import DataRequest
from lending.domain.errors import CandorError


def worth_another_try(_task: Any, _run: Any, state: Any) -> bool:
    """A refusal or wrong input stays one however often it is tried; anything else may pass."""
    error = state.result(raise_on_failure=False)
    return not (isinstance(error, CandorError) and error.exit_code != 3)


check = task(name="check", retries=2, retry_delay_seconds=2, retry_condition_fn=worth_another_try)(steps.gate_report)


@flow(name="validate-data")
@under_one_id
def validate_data(request: DataRequest = DataRequest()) -> dict[str, Any]:  # noqa: B008 frozen
    """Run every expectation on a data set; the run fails when a critical one does, and its page says which."""
    report = check(request.data)
    create_markdown_artifact(summaries.gate_summary(request.data, report["results"]), key="gate-summary")
    steps.stop_when_failed(request.data, report)
    return {"data": request.data, "passed": True, "expectations": len(report["results"])}
