"""Flow: decide past applications once more by a draft of the policy."""

from __future__ import annotations

from typing import Any

from prefect import flow, task
from prefect.artifacts import create_markdown_artifact, create_progress_artifact, update_progress_artifact

from flows import lab, summaries
from flows.errands import under_one_id
from flows.parameters import LabRequest
from flows.validate_data import worth_another_try


@task(name="replay", retries=1, retry_delay_seconds=5, retry_condition_fn=worth_another_try)
def replay(request: LabRequest, artifact: Any) -> dict[str, Any]:
    """Decide, compare and keep, moving the progress artifact on."""

    def progress(share: float, text: str) -> None:
        update_progress_artifact(artifact, progress=round(100 * share, 1), description=text)

    return lab.run_draft(request.draft_id, request.data, request.product or None, request.most or None, progress)


@flow(name="run-lab")
@under_one_id
def run_lab(request: LabRequest) -> dict[str, Any]:
    """Replay a draft; the policy lab shows what was found."""
    artifact: Any = create_progress_artifact(0.0, key="lab-progress", description="beginning")
    found = replay(request, artifact)
    create_markdown_artifact(summaries.lab_summary(request.draft_id, found), key="lab-summary")
    return {name: found[name] for name in ("data", "applications", "base_version", "draft_version")}
