"""Flow: check a data set, train on it, register a challenger."""

from __future__ import annotations

from typing import Any

from prefect import flow, task
from prefect.artifacts import create_markdown_artifact, create_progress_artifact, update_progress_artifact

from flows import steps, summaries
from flows.parameters import TrainRequest
from flows.validate_data import check, worth_another_try


@task(name="fit", retries=1, retry_delay_seconds=5, retry_condition_fn=worth_another_try)
def fit(request: TrainRequest, artifact: Any) -> dict[str, Any]:
    """Read, train, measure and register, moving the progress artifact on."""

    def progress(share: float, text: str) -> None:
        update_progress_artifact(artifact, progress=round(100 * share, 1), description=text)

    progress(0.05, "reading the data")
    data = steps.load_data(request.data)
    return steps.fit_and_register(data, request.seed, request.budget_seconds, progress, request.trained_by)


promote_first = task(name="promote first", retries=2, retry_delay_seconds=2, retry_condition_fn=worth_another_try)(
    steps.promote_first
)


@flow(name="train-model")
def train_model(request: TrainRequest = TrainRequest()) -> dict[str, Any]:  # noqa: B008 frozen
    """Train a challenger; promotes only when asked to on a first start, and only if there is no champion yet."""
    artifact: Any = create_progress_artifact(0.0, key="training-progress", description="checking the data")
    steps.stop_when_failed(request.data, check(request.data))
    result = fit(request, artifact)
    if request.promote_first and result["model_version"]:
        result["promoted"] = promote_first(request.data, result["model_version"])["promoted"]
    create_markdown_artifact(summaries.training_summary(result), key="training-summary")
    steps.stop_when_refused(result)
    return result
