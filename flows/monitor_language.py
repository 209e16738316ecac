"""Flow: how texts came about goes to MLflow, prompts beside it; how texts did, and the alarms that follow."""

from __future__ import annotations

from typing import Any

from prefect import flow, task
from prefect.artifacts import create_markdown_artifact

from flows import language, summaries
from flows.errands import under_one_id
from flows.parameters import LanguageRequest
from flows.validate_data import worth_another_try

_bring = task(name="traces", retries=2, retry_delay_seconds=5, retry_condition_fn=worth_another_try)(
    language.bring_traces
)
_mirror = task(name="prompts")(language.sync_prompts)
_score = task(name="scores")(language.text_scores)
_watch = task(name="alarms")(language.watch)


@flow(name="monitor-language")
@under_one_id
def monitor_language(request: LanguageRequest = LanguageRequest()) -> dict[str, Any]:  # noqa: B008 frozen
    """Watch how texts do, then bring what is new to MLflow and sum up."""
    watched = _watch()
    done = {"watched": watched, "traces": _bring(), "prompts": _mirror(), "scores": _score(request.days)}
    create_markdown_artifact(summaries.language_summary(done), key="language-summary")
    return done
