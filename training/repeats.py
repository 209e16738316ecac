"""Doing a run again: what its record says was tried, and what is no longer the same."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lending.domain.errors import RefusedError
from training.budget import Repeat

SOURCES = {"data_sha256": "the data", "mapping_sha256": "the mapping file", "code_version": "the code"}
"""Tag of a run to what it is the hash of."""


def repeat_of(run_id: str, past: Mapping[str, Any]) -> Repeat:
    """What a run tried, from its kept result.

    Raises:
        RefusedError: the run was kept by a Candor that did not record it.
    """
    kept = past.get("repeat")
    if not kept:
        raise RefusedError(
            f"run {run_id} does not say what it tried, so it cannot be repeated", code="no_repeat", field="like",
            found="no record of trials", expected="a run of this version of Candor", do="Train again without --like.",
        )  # fmt: skip
    return Repeat(**kept)


def same_data(run_id: str, past: Mapping[str, Any], data: str | None) -> str:
    """The data set of a run. Raises RefusedError when another one is asked for."""
    if data not in (None, past["data"]):
        raise RefusedError(
            f"run {run_id} was trained on {past['data']}, not on {data}", code="other_data", field="data",
            found=str(data), expected=str(past["data"]), do="Leave --data out, or name the run's own data set.",
        )  # fmt: skip
    return str(past["data"])


def compared(run_id: str, past: Mapping[str, Any], now: Mapping[str, Any]) -> dict[str, Any]:
    """Whether the same model came out.

    Args:
        run_id: the run that was repeated.
        past: its result, with `tags` and `model_sha256`.
        now: the new result, with the same.

    Returns:
        `{run_id, same, model_sha256, differs}`: the earlier hash, and a sentence for everything that has changed.
    """
    before, after = past.get("tags", {}), now["tags"]
    differs = [
        f"{what} has changed: {before.get(tag)} then, {after[tag]} now"
        for tag, what in SOURCES.items()
        if before.get(tag) != after[tag]
    ]
    same = past["model_sha256"] == now["model_sha256"]
    if not same and not differs:
        differs = ["data, mapping and code are the same, the model is not: other libraries, or another machine"]
    return {"run_id": run_id, "same": same, "model_sha256": past["model_sha256"], "differs": differs}
