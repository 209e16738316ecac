"""Names and numbers of registered versions, and the sentences when one is not as expected."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lending.domain.errors import NotFoundError, RefusedError, UnavailableError

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


def listed(client: MlflowClient, version: Any, aliases: Mapping[str, str]) -> dict[str, Any]:
    """A version as `candor models` lists it; `aliases` is alias to number."""
    run = client.get_run(version.run_id).data.metrics
    figures = {n: {"value": run[n], "low": run[f"{n}_low"], "high": run[f"{n}_high"]} for n in SHOWN if n in run}
    at = datetime.fromtimestamp(version.creation_timestamp / 1000, UTC)
    return {
        "version": f"{version.name}/{version.version}",
        "aliases": ", ".join(sorted(a for a, number in aliases.items() if number == str(version.version))),
        "family": version.tags.get("family", ""),
        "run_id": version.run_id,
        "registered_at": at.isoformat(timespec="seconds"),
        "metrics": figures,
    }


def sqlite_file(uri: str) -> Path | None:
    """The file of a SQLite address; None for any other address."""
    return Path(uri.removeprefix("sqlite:///")) if uri.startswith("sqlite:///") else None


def not_writable(folder: Path, error: OSError) -> UnavailableError:
    """The sentence for a folder that refuses a write."""
    return UnavailableError(
        f"{folder} cannot be written: {error.strerror}", code="not_writable", field=str(folder),
        found=str(error.strerror), expected="a folder that can be written to", do="Set CANDOR_HOME to such a folder.",
    )  # fmt: skip
