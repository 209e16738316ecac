"""Flow: the new version beside a champion takes its next step, if the rules say so."""

from __future__ import annotations

from typing import Any

from prefect import flow, task
from prefect.artifacts import create_markdown_artifact

from flows import rollouts, summaries
from flows.errands import under_one_id
from flows.parameters import RolloutRequest
from flows.validate_data import worth_another_try

_sweep = task(name="approvals", retries=2, retry_delay_seconds=2, retry_condition_fn=worth_another_try)(rollouts.sweep)
_advance = task(name="advance", retries=2, retry_delay_seconds=2, retry_condition_fn=worth_another_try)(
    rollouts.advance
)


@flow(name="advance-release")
@under_one_id
def advance_release(request: RolloutRequest = RolloutRequest()) -> dict[str, Any]:  # noqa: B008 frozen
    """Look at shadow or split, and wait, go on, or take the version out again; a person approved it before."""
    swept = _sweep()
    done = _advance(request.data)
    create_markdown_artifact(summaries.rollout_summary(done), key="rollout-summary")
    return {**done, **swept}
