"""The registry on MLflow: who decides is an alias, and serving reads only exported, verified folders.

A package is sealed by training, kept by MLflow, and stamped with its registered version when it is exported;
the stamp is the same each time, so an export can be repeated.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lending.domain.errors import NotFoundError, RefusedError, UnavailableError
from training.adapters.mlflow_runs import PACKAGE, hushed, keep_run
from training.adapters.mlflow_versions import PREFIX, listed, not_writable, number_of, sqlite_file, still_decides
from training.ports import TrainResult
from training.servable.manifest import dumps, stamp, verify, write_whole

if TYPE_CHECKING:
    from mlflow import MlflowClient

CHAMPION, CHALLENGER = "champion", "challenger"
HISTORY = "champions"
"""Tag of the registered model: numbers of its champions, oldest first, the present one last."""


class MlflowRegistry:
    """Implements `training.ports.Registry`."""

    def __init__(self, tracking_uri: str, models_dir: Path, artifacts_dir: Path) -> None:
        """Remember where things are; MLflow is imported and the folders made when first needed."""
        self._uri, self._models, self._artifacts = tracking_uri, models_dir, artifacts_dir

    def register(self, result: TrainResult, package: Path) -> str:
        """Keep the run; register it as challenger when every gate passed. Answers the version or ""."""
        with self._client() as client:
            import mlflow

            uri = keep_run(self._experiment(client, result.data), result, package)
            if uri is None:
                return ""
            name = PREFIX + result.data
            with hushed():
                number = str(mlflow.register_model(uri, name).version)
            client.set_model_version_tag(name, number, "family", result.family)
            client.set_registered_model_alias(name, CHALLENGER, number)
            result.model_version = f"{name}/{number}"
            return result.model_version

    def champion(self, dataset: str) -> str | None:
        """The version that decides; None while there is none."""
        if not self._has_store():
            return None
        with self._client() as client:
            number = self._aliases(client, dataset).get(CHAMPION)
        return None if number is None else f"{PREFIX}{dataset}/{number}"

    def package(self, dataset: str, version: str) -> Path:
        """The exported folder of a version, verified; exported now if it is not there yet."""
        number = number_of(dataset, version)
        with self._client() as client:
            return self._export(client, dataset, number)

    def promote(
        self, dataset: str, version: str, approver: str, reason: str, *, expected: str | None,
        override: Mapping[str, str] | None = None,
    ) -> dict[str, Any]:  # fmt: skip
        """Export the package, move the alias and the pointer; who and why are kept with the version.

        Args:
            dataset: the portfolio for which it will decide.
            version: `candor-pd-<data>/<number>` or the number.
            approver: who answers for it.
            reason: why.
            expected: the champion that the caller saw, None for none; when another decides by now, nothing changes.
            override: `{gate, owner, until}`, kept with the version.

        Raises:
            NotFoundError: no such version.
            RefusedError: the champion has changed since, or the kept package was tampered with.
        """
        number = number_of(dataset, version)
        with self._locked(dataset), self._client() as client:
            present = self._aliases(client, dataset).get(CHAMPION)
            still_decides(dataset, expected, present)
            folder = self._export(client, dataset, number)
            self._note(client, dataset, number, approver, reason, override)
            history = self._history(client, dataset)
            self._move(client, dataset, number, present, folder, [n for n in history if n != number] + [number])
        return {"data": dataset, "champion": f"{PREFIX}{dataset}/{number}", "previous": expected,
                "approver": approver, "reason": reason, "promoted": True}  # fmt: skip

    def rollback(self, dataset: str) -> str:
        """Let the champion before the present one decide again. Raises RefusedError when there was none."""
        with self._locked(dataset), self._client() as client:
            history = self._history(client, dataset)
            if len(history) < 2:
                raise RefusedError(
                    f"{dataset} has had no champion before the present one", code="no_previous", field="data",
                    found=", ".join(history) or "none", expected="two champions so far", do="See: candor models",
                )  # fmt: skip
            folder = self._export(client, dataset, history[-2])
            self._move(client, dataset, history[-2], history[-1], folder, history[:-1])
            return f"{PREFIX}{dataset}/{history[-2]}"

    def list(self, dataset: str) -> Sequence[dict[str, Any]]:
        """Versions, newest first."""
        if not self._has_store():
            return []
        with self._client() as client:
            aliases = self._aliases(client, dataset)
            found = client.search_model_versions(f"name='{PREFIX}{dataset}'")
            rows = [listed(client, version, aliases) for version in found]
        return sorted(rows, key=lambda row: int(row["version"].rpartition("/")[2]), reverse=True)

    def _move(
        self, client: MlflowClient, dataset: str, number: str, present: str | None, folder: Path, history: list[str]
    ) -> None:
        """Alias, history, then the pointer that serving reads; the alias goes back when the pointer cannot follow."""
        name = PREFIX + dataset
        client.set_registered_model_alias(name, CHAMPION, number)
        _, digest = verify(folder)
        pointer = {"version": f"{name}/{number}", "folder": folder.name, "manifest_sha256": digest}
        try:
            write_whole(self._models / dataset / "champion.json", dumps(pointer))
        except OSError as error:
            _put_back(client, name, present)
            raise not_writable(self._models, error) from None
        client.set_registered_model_tag(name, HISTORY, ",".join(history))
        if self._aliases(client, dataset).get(CHALLENGER) == number:
            client.delete_registered_model_alias(name, CHALLENGER)

    def _export(self, client: MlflowClient, dataset: str, number: str) -> Path:
        from mlflow.artifacts import download_artifacts

        version = self._version(client, dataset, number)
        target = self._models / dataset / number
        sealed = client.get_run(str(version.run_id)).data.tags["package_sha256"]
        if _is_intact(target, version.tags.get("manifest_sha256")):
            return target
        self._make(target.parent)
        with hushed(), tempfile.TemporaryDirectory(dir=target.parent, prefix=".export-") as scratch:
            uri = f"runs:/{version.run_id}/{PACKAGE}"
            copy = Path(download_artifacts(uri, dst_path=scratch))
            verify(copy, sealed)
            digest = stamp(copy, f"{PREFIX}{dataset}/{number}")
            shutil.rmtree(target, ignore_errors=True)
            copy.replace(target)
        client.set_model_version_tag(PREFIX + dataset, number, "manifest_sha256", digest)
        return target

    def _note(
        self, client: MlflowClient, dataset: str, number: str, approver: str, reason: str,
        override: Mapping[str, str] | None,
    ) -> None:  # fmt: skip
        tags = {"approver": approver, "reason": reason, "approved_at": datetime.now(UTC).isoformat(timespec="seconds")}
        if override:
            tags["override"] = json.dumps(dict(override), sort_keys=True)
        for key, value in tags.items():
            client.set_model_version_tag(PREFIX + dataset, number, key, value)

    def _version(self, client: MlflowClient, dataset: str, number: str) -> Any:
        from mlflow.exceptions import MlflowException

        try:
            return client.get_model_version(PREFIX + dataset, number)
        except MlflowException:
            known = ", ".join(row["version"] for row in self.list(dataset)) or "none yet"
            raise NotFoundError(
                f"{dataset} has no version {number}; there are: {known}", code="version_unknown", field="version",
                found=number, expected=known, do=f"See: candor models --data {dataset}",
            ) from None  # fmt: skip

    def _aliases(self, client: MlflowClient, dataset: str) -> dict[str, str]:
        model = self._model(client, dataset)
        return {} if model is None else {alias: str(number) for alias, number in model.aliases.items()}

    def _history(self, client: MlflowClient, dataset: str) -> list[str]:
        model = self._model(client, dataset)
        return [n for n in ("" if model is None else model.tags.get(HISTORY, "")).split(",") if n]

    def _model(self, client: MlflowClient, dataset: str) -> Any:
        found = client.search_registered_models(f"name='{PREFIX}{dataset}'")
        return found[0] if found else None

    def _experiment(self, client: MlflowClient, dataset: str) -> str:
        name = f"candor-{dataset}"
        known = client.get_experiment_by_name(name)
        if known is not None:
            return known.experiment_id
        folder = self._artifacts.resolve() / dataset
        return client.create_experiment(name, artifact_location=folder.as_uri())

    def _has_store(self) -> bool:
        """False for a SQLite file that nobody wrote yet: asking would create it, which takes seconds."""
        file = sqlite_file(self._uri)
        return file is None or file.is_file()

    @contextlib.contextmanager
    def _client(self) -> Iterator[MlflowClient]:
        """A client of the store; its own failures become UnavailableError."""
        import mlflow
        from mlflow.exceptions import MlflowException

        self._make(self._artifacts)
        if (file := sqlite_file(self._uri)) is not None:
            self._make(file.parent)
        try:
            mlflow.set_tracking_uri(self._uri)
            yield mlflow.MlflowClient(self._uri)
        except MlflowException as error:
            raise UnavailableError(
                f"the model registry did not answer as expected: {str(error)[:200]}", code="registry", field="registry",
                found=str(error)[:200], expected="an MLflow store of this version", do="See: candor doctor",
            ) from None  # fmt: skip

    @contextlib.contextmanager
    def _locked(self, dataset: str) -> Iterator[None]:
        """One promotion of a data set at a time on this machine."""
        folder = self._models / dataset
        self._make(folder)
        with (folder / ".lock").open("w") as handle:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield

    def _make(self, folder: Path) -> None:
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise not_writable(folder, error) from None


def _put_back(client: MlflowClient, name: str, present: str | None) -> None:
    if present is None:
        client.delete_registered_model_alias(name, CHAMPION)
    else:
        client.set_registered_model_alias(name, CHAMPION, present)


def _is_intact(folder: Path, digest: str | None) -> bool:
    """True for an export as it was sealed; one that was changed is made again from what the registry keeps."""
    if digest is None:
        return False
    try:
        verify(folder, digest)
    except (NotFoundError, RefusedError):
        return False
    return True
