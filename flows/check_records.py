"""Flow: the chains of hashes of audit trail and decisions are walked; a broken one is an alarm and fails the run."""

from __future__ import annotations

from typing import Any

from prefect import flow, task
from prefect.artifacts import create_markdown_artifact

from flows import upkeep
from flows.errands import under_one_id
from flows.parameters import RecordsRequest
from flows.validate_data import worth_another_try

_walk = task(name="chains", retries=2, retry_delay_seconds=5, retry_condition_fn=worth_another_try)(upkeep.walk_chains)


@flow(name="check-records")
@under_one_id
def check_records(request: RecordsRequest = RecordsRequest()) -> dict[str, Any]:  # noqa: B008 frozen
    """Walk what is new, or all, of both chains."""
    found = _walk(whole=request.whole)
    create_markdown_artifact(upkeep.chains_summary(found), key="records-summary")
    upkeep.stop_when_broken(found)
    return {"chains": found}
