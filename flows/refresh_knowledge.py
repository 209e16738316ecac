"""Flow: a new index of the knowledge base, released only when the golden questions pass."""

from __future__ import annotations

from typing import Any

from prefect import flow, task
from prefect.artifacts import create_markdown_artifact, create_progress_artifact, update_progress_artifact

from flows import summaries
from flows.errands import under_one_id
from flows.knowledge_index import refresh_index
from flows.parameters import KnowledgeRequest
from flows.validate_data import worth_another_try
from lending.domain.errors import RefusedError


@task(name="refresh", retries=1, retry_delay_seconds=5, retry_condition_fn=worth_another_try)
def refresh(request: KnowledgeRequest, artifact: Any) -> dict[str, Any]:
    """Read, embed, index and ask, moving the progress artifact on."""

    def progress(share: float, text: str) -> None:
        update_progress_artifact(artifact, progress=round(100 * share, 1), description=text)

    return refresh_index(progress, publish=request.publish)


@flow(name="refresh-knowledge")
@under_one_id
def refresh_knowledge(request: KnowledgeRequest = KnowledgeRequest()) -> dict[str, Any]:  # noqa: B008 frozen
    """Build an index beside the one that answers and switch to it; the run fails when it finds too little."""
    artifact: Any = create_progress_artifact(0.0, key="knowledge-progress", description="reading documents")
    release = refresh(request, artifact)
    create_markdown_artifact(summaries.knowledge_summary(release), key="knowledge-summary")
    if not release["switched"]:
        raise RefusedError(
            f"{release['version']} {release['why']}", code="knowledge_gate", field="recall_at_5",
            found=str(release["report"]["recall_at_5"]), expected="what rag/retrieval.yaml asks",
            do="Look at the missed questions: candor kb evaluate.",
        )  # fmt: skip
    return release
