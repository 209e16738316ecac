"""Flow: what the outbox still holds is delivered, and what is due to be erased is erased."""

from __future__ import annotations

from prefect import flow, task
from prefect.artifacts import create_markdown_artifact

from flows import outbox_sweep, summaries
from flows.errands import under_one_id
from flows.parameters import DeliverRequest
from flows.validate_data import worth_another_try

_sweep = task(name="sweep", retries=2, retry_delay_seconds=5, retry_condition_fn=worth_another_try)(outbox_sweep.sweep)


@flow(name="deliver-messages")
@under_one_id
def deliver_messages(request: DeliverRequest = DeliverRequest()) -> dict[str, int]:  # noqa: B008 frozen
    """Sweep up what the web processes left; safe to repeat, and beside them."""
    done = _sweep(request.most)
    create_markdown_artifact(summaries.delivery_summary(done), key="delivery-summary")
    return done
