"""Flow: check a data set, train on it, register a challenger."""

from __future__ import annotations

import time
from typing import Any

from prefect import flow, task
from prefect.artifacts import create_markdown_artifact, create_progress_artifact, update_progress_artifact

from flows import jobs, steps, summaries
from flows.errands import under_one_id
from flows.parameters import TrainRequest
from flows.repeats import data_of
from flows.validate_data import check, worth_another_try


@task(name="fit", retries=1, retry_delay_seconds=5, retry_condition_fn=worth_another_try)
def fit(request: TrainRequest, data: str, artifact: Any, begun: float) -> dict[str, Any]:
    """Read, train, measure and register, moving the progress artifact on; `begun` is when the run's time began."""

    def progress(share: float, text: str) -> None:
        update_progress_artifact(artifact, progress=round(100 * share, 1), description=text)

    if request.where == "sagemaker":
        return jobs.train(request, data, progress)
    progress(0.05, "reading the data")
    loans = steps.load_data(data)
    left = request.budget_seconds - (time.monotonic() - begun)
    asked = (request.trained_by, request.like, request.cluster)
    return steps.fit_and_register(loans, request.seed, left, progress, *asked)


promote_first = task(name="promote first", retries=2, retry_delay_seconds=2, retry_condition_fn=worth_another_try)(
    steps.promote_first
)


@flow(name="train-model")
@under_one_id
def train_model(request: TrainRequest = TrainRequest()) -> dict[str, Any]:  # noqa: B008 frozen
    """Train a challenger; promotes only when asked to on a first start, and only if there is no champion yet."""
    begun = time.monotonic()
    artifact: Any = create_progress_artifact(0.0, key="training-progress", description="checking the data")
    data = data_of(None if request.like else request.data, request.like)
    steps.stop_when_failed(data, check(data))
    result = fit(request, data, artifact, begun)
    if request.promote_first and result["model_version"]:
        result["promoted"] = promote_first(data, result["model_version"])["promoted"]
    create_markdown_artifact(summaries.training_summary(result), key="training-summary")
    steps.stop_when_refused(result)
    return result
