"""Flow: how loans turned out is written down, from files laid for it; those of the demo bank are generated."""

from __future__ import annotations

from typing import Any

from prefect import flow, task
from prefect.artifacts import create_markdown_artifact

from flows import steps, steps_outcomes, summaries
from flows.errands import under_one_id
from flows.parameters import OutcomesRequest

_laid = task(name="files", retries=2, retry_delay_seconds=5)(steps_outcomes.add_laid)
_generated = task(name="generated", retries=2, retry_delay_seconds=5)(steps_outcomes.add_generated)


@flow(name="record-outcomes")
@under_one_id
def record_outcomes(request: OutcomesRequest = OutcomesRequest()) -> list[dict[str, Any]]:  # noqa: B008 frozen
    """Write down what became of loans; the same again changes nothing, what contradicts is named and not taken."""
    actor = steps.account()
    generated = _generated(request.seed, actor)
    done = [*_laid(actor), *([generated] if generated else [])]
    create_markdown_artifact(summaries.outcomes_summary(done), key="outcomes-summary")
    return done
