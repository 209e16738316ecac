"""Flow: applications whose time is over end, and their customers are told."""

from __future__ import annotations

from prefect import flow, task

from flows.errands import under_one_id
from flows.parameters import ExpiryRequest
from flows.validate_data import worth_another_try


@task(name="expire", retries=2, retry_delay_seconds=5, retry_condition_fn=worth_another_try)
def expire(most: int) -> int:
    """End those whose offer stands no longer, and drafts that nobody touched."""
    from serving.assembly import platform

    return platform().applications.expire_due(most)


@flow(name="expire-applications")
@under_one_id
def expire_applications(request: ExpiryRequest = ExpiryRequest()) -> dict[str, int]:  # noqa: B008 frozen
    """End what is over; who looks meanwhile sees it ended too."""
    return {"expired": expire(request.most)}
