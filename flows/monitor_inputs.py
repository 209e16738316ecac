"""Flow: whether inputs and scores moved; alarms, events for automations, and a deep report."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from prefect import State, flow, task
from prefect.artifacts import create_markdown_artifact, create_progress_artifact, update_progress_artifact
from prefect.events import emit_event
from prefect.states import Completed

from flows import inputs, summaries
from flows.errands import under_one_id
from flows.parameters import InputsRequest
from flows.validate_data import worth_another_try

EVENT = "candor.drift.alarm"


@task(name="inputs", retries=1, retry_delay_seconds=5, retry_condition_fn=worth_another_try)
def watch_data(request: InputsRequest, artifact: Any) -> dict[str, Any]:
    """Look at the data set, moving the progress artifact on."""

    def say(share: float, text: str) -> None:
        update_progress_artifact(artifact, progress=round(100 * share, 1), description=text)

    return inputs.watch_data(request, say)


watch_live = task(name="live", retries=2, retry_delay_seconds=5, retry_condition_fn=worth_another_try)(
    inputs.watch_live
)


@flow(name="monitor-inputs")
@under_one_id
def monitor_inputs(request: InputsRequest = InputsRequest()) -> State[dict[str, Any]]:  # noqa: B008 frozen
    """Compare every period with the reference; an alarm for each cause, an event for each alarm that is new."""
    artifact: Any = create_progress_artifact(0.0, key="inputs-progress", description="beginning")
    looks = [watch_data(request, artifact)]
    if request.live and (live := watch_live(request)):
        looks.append(live)
    for told in looks:
        announce(told, request.data)
    create_markdown_artifact(summaries.inputs_summary(looks), key="inputs-summary")
    return Completed(message="; ".join(map(inputs.in_words, looks))[:900], data={"looks": looks})


def announce(told: Mapping[str, Any], data: str) -> None:
    """Tell automations of each alarm that opened or opened again; `data` is what a retraining would read."""
    for alarm in told["alarms"]:
        if alarm["alarm_id"] in told["rang"]:
            facts = {
                "alarm_id": alarm["alarm_id"], "data": data, "source": told["data"], "verdict": alarm["verdict"],
                "feature": ", ".join(alarm["features"]), "period": alarm["since"], "cause": alarm["cause"],
            }  # fmt: skip
            resource = {"prefect.resource.id": f"candor.alarm.{alarm['alarm_id']}", "candor.data": data}
            emit_event(EVENT, resource, payload=facts)
