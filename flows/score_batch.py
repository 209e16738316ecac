"""Flow: decide a file of requests, or score a data set with a registered version."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from prefect import flow, task
from prefect.artifacts import create_markdown_artifact, create_progress_artifact, update_progress_artifact

from flows import jobs, scoring, summaries
from flows.errands import under_one_id
from flows.parameters import ScoreRequest
from flows.validate_data import worth_another_try
from lending.domain.errors import InputError


@task(name="score", retries=1, retry_delay_seconds=5, retry_condition_fn=worth_another_try)
def score(request: ScoreRequest, artifact: Any) -> dict[str, Any]:
    """Score a data set, moving the progress artifact on."""

    def progress(share: float, text: str) -> None:
        update_progress_artifact(artifact, progress=round(100 * share, 1), description=text)

    if request.where == "sagemaker":
        return jobs.score(request.data, request.version, Path(request.out), progress)
    return scoring.score_data(request.data, request.version, Path(request.out), request.cluster, progress)


@task(name="decide")
def decide(request: ScoreRequest) -> dict[str, Any]:
    """Decide a file; not tried again by itself, as what was decided before a failure is on record."""
    return scoring.decide_requests(Path(request.requests), Path(request.out))


@flow(name="score-batch")
@under_one_id
def score_batch(request: ScoreRequest) -> dict[str, Any]:
    """Decide every line of a file with a record, or give each row of a data set its PD without one."""
    _check(request)
    artifact: Any = create_progress_artifact(0.0, key="batch-progress", description="beginning")
    done = score(request, artifact) if request.data else decide(request)
    update_progress_artifact(artifact, progress=100.0, description="written")
    create_markdown_artifact(summaries.score_summary(done), key="batch-summary")
    return done


def _check(request: ScoreRequest) -> None:
    """Raise InputError unless the request is one of the two, with what belongs to it."""
    if bool(request.requests) == bool(request.data):
        raise InputError(
            "name a file of requests or a data set, one of the two", field="requests",
            expected="requests or data", do="Empty one of the two.",
        )  # fmt: skip
    if request.requests and (request.cluster or request.version or request.where != "here"):
        raise InputError(
            "requests are decided on this machine by the champion; cluster, SageMaker and version are for data sets",
            field="cluster" if request.cluster else "version",
            found=request.cluster or request.version or request.where,
            expected="empty", do="Leave it empty, or name a data set.",
        )  # fmt: skip
