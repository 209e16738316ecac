"""Flow: let a registered version decide, through the gates."""

from __future__ import annotations

from typing import Any

from prefect import flow, task
from prefect.artifacts import create_markdown_artifact

from flows import steps, summaries
from flows.errands import under_one_id
from flows.parameters import PromoteRequest
from flows.validate_data import worth_another_try

_promote = task(name="promote", retries=2, retry_delay_seconds=2, retry_condition_fn=worth_another_try)(
    steps.promote_model
)


@flow(name="promote-model")
@under_one_id
def promote_model(request: PromoteRequest) -> dict[str, Any]:
    """Promote a version with a named approver and a reason; a failed gate fails the run and changes nothing."""
    override = request.override.model_dump(mode="json") if request.override else None
    asked = request.data, request.version, request.approver, request.reason
    done = _promote(*asked, override, request.requested_by)
    text = summaries.promotion_summary(*asked)
    create_markdown_artifact(text, key="promotion-summary")
    return done
