"""Flow: how often cases are decided against their record, and the alarms that follow."""

from __future__ import annotations

from typing import Any

from prefect import flow, task
from prefect.artifacts import create_markdown_artifact

from flows.errands import under_one_id
from flows.parameters import OverrideRequest
from flows.validate_data import worth_another_try


@task(name="overrides", retries=2, retry_delay_seconds=5, retry_condition_fn=worth_another_try)
def look() -> dict[str, Any]:
    """Measure the last weeks and raise what has to be looked at."""
    from serving.assembly import platform

    found, alarms = platform().override_watch.watch()
    return {**found, "alarms": [rung.row.alarm_id for rung in alarms]}


@flow(name="watch-overrides")
@under_one_id
def watch_overrides(request: OverrideRequest = OverrideRequest()) -> dict[str, Any]:  # noqa: B008 frozen
    """Watch decisions against the record."""
    found = look()
    if request.summary:
        create_markdown_artifact(_summary(found), key="override-summary")
    return found


def _summary(found: dict[str, Any]) -> str:
    """A table of the comparisons."""
    whole = found["whole"]
    rows = [
        f"| {one['what']} {one['name']} | {one['one']['overridden']} of {one['one']['cases']} | "
        f"{one['other']['overridden']} of {one['other']['cases']} | {one['verdict']} |"
        for one in found["looks"]
    ]
    head = f"{whole['overridden']} of {whole['cases']} cases in {found['weeks_read']} weeks went against the record."
    return "\n".join([head, "", "| What | Found | Beside it | Verdict |", "|---|---|---|---|", *rows])
