"""Flow: whether groups are treated alike; counts of groups are measured, nobody's group leaves it."""

from __future__ import annotations

from typing import Any

from prefect import flow, task
from prefect.artifacts import create_markdown_artifact

from flows import steps_fairness, summaries
from flows.errands import under_one_id
from flows.parameters import WatchRequest
from flows.validate_data import worth_another_try

_measure = task(name="measure", retries=2, retry_delay_seconds=5, retry_condition_fn=worth_another_try)(
    steps_fairness.measure_fairness
)


@flow(name="monitor-fairness")
@under_one_id
def monitor_fairness(request: WatchRequest = WatchRequest()) -> dict[str, Any]:  # noqa: B008 frozen
    """Compare how often groups are approved, and whether promises come true alike."""
    done = _measure(request.data)
    create_markdown_artifact(summaries.fairness_summary(done), key="fairness-summary")
    return done
