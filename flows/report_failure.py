"""Flow: a run that failed or crashed becomes an alarm; an automation starts it, see prefect.yaml."""

from __future__ import annotations

from typing import Any

from prefect import flow, task

from flows import upkeep
from flows.errands import under_one_id
from flows.parameters import FailureRequest
from flows.validate_data import worth_another_try

_ring = task(name="ring", retries=2, retry_delay_seconds=5, retry_condition_fn=worth_another_try)(upkeep.ring_failure)


@flow(name="report-failure")
@under_one_id
def report_failure(request: FailureRequest) -> dict[str, Any]:
    """One alarm for each flow, extended while it goes on failing."""
    return _ring(request.flow, request.run_id, request.state, request.message)
