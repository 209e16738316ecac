"""Flow: fill the bank with generated people and past loans."""

from __future__ import annotations

from typing import Any

from prefect import flow, task
from prefect.artifacts import create_markdown_artifact

from flows import steps, summaries
from flows.errands import under_one_id
from flows.parameters import SeedRequest

_seed = task(name="seed", retries=2, retry_delay_seconds=2)(steps.seed_bank)


@flow(name="seed-bank")
@under_one_id
def seed_bank(request: SeedRequest = SeedRequest()) -> dict[str, Any]:  # noqa: B008 frozen, so sharing it is safe
    """Fill the bank with generated people, accounts and a book of past loans; safe to repeat."""
    done = _seed(request.seed, request.customers)
    create_markdown_artifact(summaries.seed_summary(done), key="seed-summary")
    return done
