"""Names and numbers of registered versions, overrides kept with them, and the sentences when one is not as expected."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from lending.domain.errors import NotFoundError, RefusedError
from training.override import has_ended

if TYPE_CHECKING:
    from mlflow import MlflowClient

PREFIX = "candor-pd-"
SHOWN = ("auc", "ks", "brier", "ece")


def number_of(dataset: str, version: str) -> str:
    """The number in `candor-pd-<data>/<number>`, or of a number alone. Raises NotFoundError."""
    name, _, number = version.rpartition("/")
    if name not in ("", PREFIX + dataset) or not number.isdecimal():
        raise NotFoundError(
            f"{version} is not a version of {dataset}", code="version_unknown", field="version", found=version,
            expected=f"{PREFIX}{dataset}/NUMBER or NUMBER", do=f"See: candor models --data {dataset}",
        )  # fmt: skip
    return number


def still_decides(dataset: str, expected: str | None, present: str | None) -> None:
    """Raise RefusedError when another version decides by now than the caller saw; None stands for none."""
    found = None if present is None else f"{PREFIX}{dataset}/{present}"
    if expected == found:
        return
    now, then = found or "none", expected or "none"
    raise RefusedError(
        f"the champion of {dataset} has changed since: {now} decides by now, {then} was expected",
        code="champion_moved", field="version", found=now, expected=then,
        do="Compare again, then promote.",
    )  # fmt: skip


def unknown(dataset: str, number: str, known: Sequence[str]) -> NotFoundError:
    """The sentence for a version that is not there."""
    there = ", ".join(known) or "none yet"
    return NotFoundError(
        f"{dataset} has no version {number}; there are: {there}", code="version_unknown", field="version",
        found=number, expected=there, do=f"See: candor models --data {dataset}",
    )  # fmt: skip


def no_previous(dataset: str, history: Sequence[str]) -> RefusedError:
    """The sentence when there is nobody to go back to."""
    return RefusedError(
        f"{dataset} has had no champion before the present one", code="no_previous", field="data",
        found=", ".join(history) or "none", expected="two champions so far", do="See: candor models",
    )  # fmt: skip


def override_of(version: Any) -> dict[str, str] | None:
    """`{gate, owner, until}` with which a version was promoted; None without one."""
    text = version.tags.get("override")
    return json.loads(text) if text else None


def override_holds(version: str, override: Mapping[str, str] | None, today: date) -> None:
    """Raise RefusedError when a version decided by an override whose last day has passed."""
    if override is None or not has_ended(override, today):
        return
    raise RefusedError(
        f"{version} decided by an override of gate {override['gate']} owned by {override['owner']}, which ended on "
        f"{override['until']}", code="override_ended", field="override", found=override["until"],
        expected=f"{today} or later", do="Promote a version that passes, or this one with a new override.",
    )  # fmt: skip


def adoptable(client: MlflowClient, dataset: str, run_id: str, gate: str) -> Any:
    """A kept run of a data set whose only failed gate is the named one. Raises NotFoundError, RefusedError."""
    from mlflow.exceptions import MlflowException

    try:
        run = client.get_run(run_id)
        home = client.get_experiment(run.info.experiment_id).name
    except MlflowException:
        home, run = "", None
    if run is None or home != f"candor-{dataset}":
        raise NotFoundError(
            f"{dataset} has no training run {run_id}", code="run_unknown", field="version", found=run_id,
            expected=f"a run of {dataset}, as candor train printed it", do=f"Train one: candor train --data {dataset}",
        )  # fmt: skip
    others = [name for name in (run.data.tags.get("gates_failed") or "").split(", ") if name not in ("", gate)]
    if others:
        raise RefusedError(
            f"run {run_id} was not registered: it failed {', '.join(others)}", code="model_gate", field="gates",
            found=", ".join(others), expected=f"{gate or 'no gate'} alone failed",
            do="Train a model that passes; an override sets one gate aside.",
        )  # fmt: skip
    return run


def listed(client: MlflowClient, version: Any, aliases: Mapping[str, str], today: date) -> dict[str, Any]:
    """A version as `candor models` lists it; `aliases` is alias to number, `today` judges its override."""
    run, override = client.get_run(version.run_id).data, override_of(version)
    figures = {
        n: {"value": run.metrics[n], "low": run.metrics[f"{n}_low"], "high": run.metrics[f"{n}_high"]}
        for n in SHOWN
        if n in run.metrics
    }
    at = datetime.fromtimestamp(version.creation_timestamp / 1000, UTC)
    back = version.tags.get("rolled_back")
    return {
        "version": f"{version.name}/{version.version}",
        "aliases": ", ".join(sorted(a for a, number in aliases.items() if number == str(version.version))),
        "family": version.tags.get("family", ""),
        "run_id": version.run_id,
        "registered_at": at.isoformat(timespec="seconds"),
        "metrics": figures,
        "gates_failed": [name for name in run.tags.get("gates_failed", "").split(", ") if name],
        "trained_by": run.tags.get("trained_by") or None,
        **{name: version.tags.get(name) or None for name in ("requested_by", "approver", "reason", "approved_at")},
        "override": {**override, "ended": has_ended(override, today)} if override else None,
        "rolled_back": json.loads(back) if back else None,
    }
