"""Flow: how the model does, estimated and found; measured, and alarms where both interval and size say so."""

from __future__ import annotations

from typing import Any

from prefect import flow, task
from prefect.artifacts import create_markdown_artifact

from flows import steps_performance, summaries
from flows.errands import under_one_id
from flows.parameters import WatchRequest
from flows.validate_data import worth_another_try

_measure = task(name="measure", retries=2, retry_delay_seconds=5, retry_condition_fn=worth_another_try)(
    steps_performance.measure_performance
)


@flow(name="monitor-performance")
@under_one_id
def monitor_performance(request: WatchRequest = WatchRequest()) -> dict[str, Any]:  # noqa: B008 frozen
    """Estimate how the model does, compare with what came, keep both."""
    done = _measure(request.data)
    create_markdown_artifact(summaries.performance_summary(done), key="performance-summary")
    return done
