"""What is done about texts after they were told: traces to MLflow, prompts mirrored, how they did."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from lending.word_ports import State


def bring_traces() -> int:
    """Write every generation that has no trace yet; answers how many. Raises UnavailableError."""
    from serving.assembly import platform

    return platform().traces.run()


def sync_prompts() -> list[str]:
    """Mirror the prompts into MLflow; answers those that are new there. Raises RefusedError, UnavailableError."""
    from rag.prompt import read_prompts
    from serving.assembly import platform

    return platform().prompt_mirror.sync(read_prompts())


def text_scores(days: int) -> list[dict[str, Any]]:
    """How texts of the last days did, one entry for each kind and prompt; see `serving.text_scores`."""
    from serving.assembly import platform
    from serving.text_scores import text_scores

    place = platform()
    since = place.clock.now() - timedelta(days=days)
    return text_scores(place.records.generations.since(since), place.feedbacks.list("accepted"))


def watch() -> dict[str, Any]:
    """Measure how texts do and raise the alarms that are due; see `serving.language_alarms`."""
    from serving.assembly import platform
    from serving.language_alarms import watch_texts

    place = platform()
    return watch_texts(place.language_quality, place.alarm_desk)


def review_feedback(feedback_id: str, state: State, by: str) -> dict[str, Any]:
    """Accept or reject feedback; what is accepted joins the evaluation and, where MLflow answers, its trace.

    Raises:
        NotFoundError: no such feedback; RefusedError: it was reviewed before.
    """
    from lending.domain.errors import UnavailableError
    from serving.assembly import platform

    place = platform()
    row = place.feedbacks.review(feedback_id, state, by)
    try:
        traced = place.traces.say(row)
    except UnavailableError:  # the next run of monitor-language brings a new trace; the evaluation has it already
        traced = False
    return {"feedback_id": feedback_id, "state": row.state, "reviewed_by": by, "traced": traced}
