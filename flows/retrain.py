"""Flow: train anew, ask a person, and let the new version stand in the shadow; `advance-release` goes on from there.

The run is suspended while it waits, so that no process waits with it. When it goes on it starts from the top: what it
asked stands in the bank's own records, and is not asked twice. The answer may be given in the console, or typed into
the page of the run where policy lets it.
"""

from __future__ import annotations

import time
from itertools import count
from typing import Any

from prefect import flow, suspend_flow_run, task
from prefect.artifacts import create_link_artifact, create_markdown_artifact, create_progress_artifact
from prefect.input import RunInput
from prefect.runtime import flow_run
from pydantic import Field

from flows import retraining, rollouts, steps, summaries
from flows.errands import under_one_id
from flows.parameters import RetrainRequest, TrainRequest
from flows.train_model import fit
from flows.validate_data import check, worth_another_try
from lending.approval_ports import MOST_REASON, WAITING, ApprovalRow

_compare = task(name="beside the champion", retries=1, retry_condition_fn=worth_another_try)(retraining.compare)
_ask = task(name="ask", retries=2, retry_delay_seconds=2, retry_condition_fn=worth_another_try)(retraining.ask)
_begin = task(name="begin", retries=2, retry_delay_seconds=2, retry_condition_fn=worth_another_try)(rollouts.begin)


class ApprovalInput(RunInput):
    """A person's answer; four eyes are checked when it comes."""

    approve: bool = Field(description="yes lets the version stand beside the champion, no ends it here")
    approver: str = Field(min_length=1, max_length=64, description="your user name; never who asked or trained")
    reason: str = Field(min_length=1, max_length=MOST_REASON, description="why; kept with the model")


@flow(name="retrain")
@under_one_id
def retrain(request: RetrainRequest = RetrainRequest()) -> dict[str, Any]:  # noqa: B008 frozen
    """Train, compare, ask, wait for a person, and begin; a failed gate ends the run and is named."""
    run_id = str(flow_run.get_id())
    asked = retraining.asked_in(run_id)
    if asked is None and (other := retraining.waiting_for(request.data)):
        return {"asked": False, "approval": other.approval_id, "why": f"{other.subject} waits for a yes already"}
    answered = _answer(asked or _trained(request, run_id))
    done = _begin(answered)
    create_markdown_artifact(summaries.answer_summary(answered, done["why"]), key="approval-answer")
    return {"asked": True, "approval": answered.approval_id, "state": answered.state, **done}


def _trained(request: RetrainRequest, run_id: str) -> ApprovalRow:
    """Train, compare and ask. Raises RefusedError: a gate failed, or the champion is clearly better."""
    begun = time.monotonic()
    artifact: Any = create_progress_artifact(0.0, key="training-progress", description="checking the data")
    steps.stop_when_failed(request.data, check(request.data))
    wanted = TrainRequest(
        data=request.data, seed=request.seed, budget_seconds=request.budget_seconds, trained_by=request.asked_by
    )
    result = fit(wanted, request.data, artifact, begun)
    create_markdown_artifact(summaries.training_summary(result), key="training-summary")
    steps.stop_when_refused(result)
    beside = _compare(request.data, result["model_version"])
    row = _ask(result, beside, request.why, request.asked_by, run_id)
    create_markdown_artifact(summaries.approval_summary(row), key="approval-asked")
    for name, address in retraining.links_of(row).items():
        create_link_artifact(address, link_text=f"Open the {name}", key=f"{name}-link")
    return row


def _answer(row: ApprovalRow) -> ApprovalRow:
    """The approval once it is answered; the run is suspended until then. A wrong answer is said and asked again."""
    wrong = ""
    for number in count(1):
        row = retraining.state_of(row.approval_id)
        left = retraining.seconds_left(row)
        if row.state != WAITING or not left:
            break
        words = f"{wrong}\n\n{summaries.approval_summary(row)}" if wrong else summaries.approval_summary(row)
        shape = ApprovalInput.with_initial_data(description=words)
        said: Any = suspend_flow_run(wait_for_input=shape, key=f"answer-{number}", timeout=left)
        wrong = retraining.take_answer(row.approval_id, said.approver, said.reason, approve=said.approve)
    return row
