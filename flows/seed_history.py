"""Flow: a past for the demo bank, decided by the model that decides today."""

from __future__ import annotations

from typing import Any

from prefect import flow, task
from prefect.artifacts import create_markdown_artifact, create_progress_artifact, update_progress_artifact

from flows import history, steps, steps_outcomes, summaries
from flows.errands import under_one_id
from flows.parameters import HistoryRequest
from flows.validate_data import worth_another_try


@task(name="decide", retries=2, retry_delay_seconds=5, retry_condition_fn=worth_another_try)
def decide(request: HistoryRequest, artifact: Any) -> dict[str, Any]:
    """Decide day by day, moving the progress artifact on."""

    def progress(share: float, text: str) -> None:
        update_progress_artifact(artifact, progress=round(100 * share, 1), description=text)

    return history.seed_history(request.seed, request.days, progress)


_look = task(name="first-look")(steps_outcomes.first_look)


@flow(name="seed-history")
@under_one_id
def seed_history(request: HistoryRequest = HistoryRequest()) -> dict[str, Any]:  # noqa: B008 frozen
    """Decide generated requests of past days; goes on where an earlier run ended."""
    artifact: Any = create_progress_artifact(0.0, key="history-progress", description="looking where it ended")
    done = decide(request, artifact)
    create_markdown_artifact(summaries.history_summary(done), key="history-summary")
    _look(request.seed, steps.account())
    return done
