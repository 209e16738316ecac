"""Flow: who stands beside the champion, and who does no longer."""

from __future__ import annotations

from typing import Any

from prefect import flow, task
from prefect.artifacts import create_markdown_artifact

from flows import steps_route, summaries_models
from flows.errands import under_one_id
from flows.parameters import RouteRequest
from flows.validate_data import worth_another_try

_act = task(name="route", retries=2, retry_delay_seconds=2, retry_condition_fn=worth_another_try)(steps_route.act_on)


@flow(name="route-model")
@under_one_id
def route_model(request: RouteRequest) -> dict[str, Any]:
    """Set or end a challenger or a shadow, or go back a champion; a failed gate fails the run and changes nothing."""
    one = request
    done = _act(one.data, one.act, one.version, one.share, one.approver, one.reason, one.requested_by)
    create_markdown_artifact(summaries_models.route_summary(done), key="route-summary")
    return done
