"""The registry on MLflow: who decides is an alias, and serving reads only exported, verified folders.

A package is sealed by training, kept by MLflow, and stamped with its registered version when it is exported;
the stamp is the same each time, so an export can be repeated.
"""

from __future__ import annotations

import contextlib
import json
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lending.domain.errors import UnavailableError
from training.adapters.mlflow_move import (
    CHALLENGER,
    CHAMPION,
    Plan,
    aliases,
    find,
    history,
    is_whole,
    mend,
    move,
)
from training.adapters.mlflow_results import read_result
from training.adapters.mlflow_runs import PACKAGE, hushed, keep_run
from training.adapters.mlflow_store import Store, is_intact, make, not_writable
from training.adapters.mlflow_versions import (
    PREFIX,
    adoptable,
    listed,
    no_previous,
    number_of,
    override_holds,
    override_of,
    still_decides,
    unknown,
)
from training.ports import TrainResult
from training.servable.manifest import dumps, stamp, verify, write_whole

if TYPE_CHECKING:
    from mlflow import MlflowClient


class MlflowRegistry:
    """Implements `training.ports.Registry`."""

    def __init__(self, tracking_uri: str, models_dir: Path, artifacts_dir: Path) -> None:
        """Remember where things are; MLflow is imported and the folders made when first needed."""
        self._store = Store(tracking_uri, models_dir, artifacts_dir)

    def register(self, result: TrainResult, package: Path, trained_by: str = "") -> str:
        """Keep the run; register it as challenger when every gate passed. Answers the version or ""."""
        with self._store.client() as client:
            import mlflow

            uri = keep_run(self._store.experiment(client, result.data), result, package)
            client.set_tag(str(result.run_id), "trained_by", trained_by)
            if uri is None:
                return ""
            name = PREFIX + result.data
            with hushed():
                number = str(mlflow.register_model(uri, name).version)
            client.set_model_version_tag(name, number, "family", result.family)
            client.set_registered_model_alias(name, CHALLENGER, number)
            result.model_version = f"{name}/{number}"
            return result.model_version

    def adopt(self, dataset: str, run_id: str, gate: str) -> str:
        """Register a run that one failed gate kept out, so that an override of that gate may let it decide.

        Raises:
            NotFoundError: no such run of this data set.
            RefusedError: it failed other gates too.
        """
        with self._store.client() as client:
            name, run = PREFIX + dataset, adoptable(client, dataset, run_id, gate)
            known = client.search_model_versions(f"name='{name}' and run_id='{run_id}'")
            if known:
                return f"{name}/{known[0].version}"
            if find(client, name) is None:
                client.create_registered_model(name)
            source = f"{run.info.artifact_uri}/{PACKAGE}"
            with hushed():
                number = str(client.create_model_version(name, source, run_id).version)
            client.set_model_version_tag(name, number, "family", run.data.tags.get("family", ""))
            return f"{name}/{number}"

    def result(self, run_id: str) -> dict[str, Any]:
        """What a run found, and its `tags`. Raises NotFoundError."""
        with self._store.client():
            return read_result(run_id)

    def champion(self, dataset: str) -> str | None:
        """The version that decides; None while there is none. Finishes a promotion that was cut off."""
        if not self._store.is_there():
            return None
        with self._store.client() as client:
            model = find(client, PREFIX + dataset)
            if model is not None and not is_whole(model, self._pointed(dataset)):
                with contextlib.suppress(UnavailableError), self._store.locked(dataset):
                    self._mend(client, dataset)
                model = find(client, PREFIX + dataset)
        number = aliases(model).get(CHAMPION)
        return None if number is None else f"{PREFIX}{dataset}/{number}"

    def package(self, dataset: str, version: str) -> Path:
        """The exported folder of a version, verified; exported now if it is not there yet."""
        number = number_of(dataset, version)
        with self._store.client() as client:
            return self._export(client, dataset, number)

    def trained_by(self, dataset: str, version: str) -> str:
        """Who trained a version, as its run says; "" when that was not kept. Raises NotFoundError."""
        with self._store.client() as client:
            found = self._version(client, dataset, number_of(dataset, version))
            return client.get_run(str(found.run_id)).data.tags.get("trained_by", "")

    def promote(
        self, dataset: str, version: str, approver: str, reason: str, *, expected: str | None,
        requested_by: str = "", override: Mapping[str, str] | None = None,
    ) -> dict[str, Any]:  # fmt: skip
        """Export the package and move the champion; who and why are kept with the version.

        Args:
            dataset: the portfolio for which it will decide.
            version: `candor-pd-<data>/<number>` or the number.
            approver: who answers for it.
            reason: why.
            expected: the champion that the caller saw, None for none; when another decides by now, nothing changes.
            requested_by: who asked for it.
            override: `{gate, owner, until}`, kept with the version.

        Raises:
            NotFoundError: no such version.
            RefusedError: the champion has changed since, or the kept package was tampered with.
        """
        number = number_of(dataset, version)
        with self._store.locked(dataset), self._store.client() as client:
            self._mend(client, dataset)
            model = find(client, PREFIX + dataset)
            still_decides(dataset, expected, aliases(model).get(CHAMPION))
            self._export(client, dataset, number)
            said = {
                "approver": approver, "reason": reason, "requested_by": requested_by, "approved_at": _now(),
                "override": json.dumps(dict(override), sort_keys=True) if override else "",
            }  # fmt: skip
            line = [n for n in history(model) if n != number] + [number]
            self._move(client, dataset, Plan(number, line, [(number, key, value) for key, value in said.items()]))
        return {"data": dataset, "champion": f"{PREFIX}{dataset}/{number}", "previous": expected, "approver": approver,
                "requested_by": requested_by, "reason": reason, "promoted": True}  # fmt: skip

    def rollback(self, dataset: str, by: str, reason: str, today: date) -> dict[str, Any]:
        """Let the champion before the present one decide again.

        Args:
            dataset: the portfolio.
            by: who does it; kept with the version that is left.
            reason: why.
            today: the day on which an override of the earlier champion must still hold.

        Raises:
            RefusedError: there was none before, or an override of it has ended.
        """
        with self._store.locked(dataset), self._store.client() as client:
            self._mend(client, dataset)
            line = history(find(client, PREFIX + dataset))
            if len(line) < 2:
                raise no_previous(dataset, line)
            left, back = line[-1], line[-2]
            override_holds(f"{PREFIX}{dataset}/{back}", override_of(self._version(client, dataset, back)), today)
            note = json.dumps({"by": by, "reason": reason, "at": _now()}, sort_keys=True)
            self._move(client, dataset, Plan(back, line[:-1], [(left, "rolled_back", note)]))
        return {"data": dataset, "champion": f"{PREFIX}{dataset}/{back}", "previous": f"{PREFIX}{dataset}/{left}",
                "by": by, "reason": reason}  # fmt: skip

    def list(self, dataset: str) -> Sequence[dict[str, Any]]:
        """Versions, newest first."""
        if not self._store.is_there():
            return []
        with self._store.client() as client:
            known = aliases(find(client, PREFIX + dataset))
            found = client.search_model_versions(f"name='{PREFIX}{dataset}'")
            rows = [listed(client, version, known, datetime.now(UTC).date()) for version in found]
        return sorted(rows, key=lambda row: int(row["version"].rpartition("/")[2]), reverse=True)

    def _move(self, client: MlflowClient, dataset: str, plan: Plan) -> None:
        try:
            move(client, PREFIX + dataset, plan, lambda number: self._point(client, dataset, number, plan.notes))
        except OSError as error:
            raise not_writable(self._store.models, error) from None

    def _mend(self, client: MlflowClient, dataset: str) -> None:
        mend(client, PREFIX + dataset, self._pointed(dataset), lambda number: self._point(client, dataset, number))

    def _point(
        self, client: MlflowClient, dataset: str, number: str, notes: Sequence[tuple[str, str, str]] = ()
    ) -> None:
        """Export a version, and write the pointer that serving reads."""
        folder = self._export(client, dataset, number)
        noted = {key: value for at, key, value in notes if at == number}
        kept = noted.get("override") if noted else override_of(self._version(client, dataset, number))
        pointer = {"version": f"{PREFIX}{dataset}/{number}", "folder": folder.name,
                   "manifest_sha256": verify(folder)[1],
                   "override": json.loads(kept) if isinstance(kept, str) and kept else kept or None}  # fmt: skip
        write_whole(self._store.models / dataset / "champion.json", dumps(pointer))

    def _pointed(self, dataset: str) -> str | None:
        try:
            pointer = json.loads((self._store.models / dataset / "champion.json").read_text(encoding="utf-8"))
            return str(pointer["version"]).rpartition("/")[2]
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def _export(self, client: MlflowClient, dataset: str, number: str) -> Path:
        from mlflow.artifacts import download_artifacts

        version = self._version(client, dataset, number)
        target = self._store.models / dataset / number
        sealed = client.get_run(str(version.run_id)).data.tags["package_sha256"]
        if is_intact(target, version.tags.get("manifest_sha256")):
            return target
        make(target.parent)
        with hushed(), tempfile.TemporaryDirectory(dir=target.parent, prefix=".export-") as scratch:
            uri = f"runs:/{version.run_id}/{PACKAGE}"
            copy = Path(download_artifacts(uri, dst_path=scratch))
            verify(copy, sealed)
            digest = stamp(copy, f"{PREFIX}{dataset}/{number}")
            shutil.rmtree(target, ignore_errors=True)
            copy.replace(target)
        client.set_model_version_tag(PREFIX + dataset, number, "manifest_sha256", digest)
        return target

    def _version(self, client: MlflowClient, dataset: str, number: str) -> Any:
        from mlflow.exceptions import MlflowException

        try:
            return client.get_model_version(PREFIX + dataset, number)
        except MlflowException:
            raise unknown(dataset, number, [row["version"] for row in self.list(dataset)]) from None


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
