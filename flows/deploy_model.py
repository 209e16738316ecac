"""Flow: put an approved version behind an endpoint, watch it there, and take it back when an alarm rings."""

from __future__ import annotations

from typing import Any

from prefect import flow, task
from prefect.artifacts import create_markdown_artifact, create_progress_artifact, update_progress_artifact

from flows import deployments, summaries_models
from flows.errands import under_one_id
from flows.parameters import DeployRequest
from flows.validate_data import worth_another_try


@task(name="deploy", retries=2, retry_delay_seconds=5, retry_condition_fn=worth_another_try)
def deploy(request: DeployRequest, artifact: Any) -> dict[str, Any]:
    """Deploy, moving the progress artifact on; tried again, it goes on where the endpoint stands."""

    def progress(share: float, text: str) -> None:
        update_progress_artifact(artifact, progress=round(100 * share, 1), description=text)

    return deployments.deploy(request, progress)


@flow(name="deploy-model")
@under_one_id
def deploy_model(request: DeployRequest) -> dict[str, Any]:
    """Deploy a version by the rules of kb/endpoint.yaml; a failed gate or a ringing alarm fails the run."""
    artifact: Any = create_progress_artifact(0.0, key="deployment-progress", description="checking the version")
    done = deploy(request, artifact)
    update_progress_artifact(artifact, progress=100.0, description="in service")
    create_markdown_artifact(summaries_models.deployment_summary(done), key="deployment-summary")
    return done
