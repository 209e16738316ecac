"""Flow: models beside the champion score recorded decisions too, and are compared on them."""

from __future__ import annotations

from typing import Any

from prefect import flow, task
from prefect.artifacts import create_markdown_artifact

from flows import steps_route, summaries_models
from flows.errands import under_one_id
from flows.parameters import ShadowRequest
from flows.validate_data import worth_another_try

_score = task(name="score", retries=2, retry_delay_seconds=5, retry_condition_fn=worth_another_try)(
    steps_route.score_shadow
)
_compare = task(name="compare")(steps_route.compare_models)


@flow(name="score-shadow")
@under_one_id
def score_shadow(request: ShadowRequest = ShadowRequest()) -> dict[str, Any]:  # noqa: B008 frozen
    """Score what is new and compare; safe to repeat, and nothing that is answered waits for it."""
    scored = _score(request.days, request.most)
    found = _compare(request.days)
    create_markdown_artifact(summaries_models.comparison_summary(scored, found), key="comparison-summary")
    return {"scored": scored, "compared": found}
