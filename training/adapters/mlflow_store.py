"""Where MLflow keeps runs and versions: a client whose failures are sentences, folders, and one promotion at a time."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from lending.domain.errors import NotFoundError, RefusedError, UnavailableError
from lending.hold import held
from training.servable.manifest import verify

if TYPE_CHECKING:
    from mlflow import MlflowClient


@dataclass(frozen=True, slots=True)
class Store:
    """An address of MLflow, the folder of exported packages, and that of the runs' files; nothing is opened yet."""

    uri: str
    models: Path
    artifacts: Path

    def is_there(self) -> bool:
        """False for a SQLite file that nobody wrote yet: asking would create it, which takes seconds."""
        file = sqlite_file(self.uri)
        return file is None or file.is_file()

    @contextlib.contextmanager
    def client(self) -> Iterator[MlflowClient]:
        """A client of the store; its own failures become UnavailableError."""
        import mlflow
        from mlflow.exceptions import MlflowException

        make(self.artifacts)
        if (file := sqlite_file(self.uri)) is not None:
            make(file.parent)
        try:
            mlflow.set_tracking_uri(self.uri)
            yield mlflow.MlflowClient(self.uri)
        except MlflowException as error:
            raise UnavailableError(
                f"the model registry did not answer as expected: {str(error)[:200]}", code="registry", field="registry",
                found=str(error)[:200], expected="an MLflow store of this version", do="See: candor doctor",
            ) from None  # fmt: skip

    @contextlib.contextmanager
    def locked(self, dataset: str) -> Iterator[None]:
        """One move of a data set's champion at a time, among all who share the folder of exported packages."""
        folder = self.models / dataset
        make(folder)
        with held(folder):
            yield

    def experiment(self, client: MlflowClient, dataset: str) -> str:
        """The id of a data set's experiment, made when first asked for."""
        name = f"candor-{dataset}"
        known = client.get_experiment_by_name(name)
        if known is not None:
            return known.experiment_id
        return client.create_experiment(name, artifact_location=(self.artifacts.resolve() / dataset).as_uri())


def make(folder: Path) -> None:
    """Make a folder. Raises UnavailableError."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise not_writable(folder, error) from None


def sqlite_file(uri: str) -> Path | None:
    """The file of a SQLite address; None for any other address."""
    return Path(uri.removeprefix("sqlite:///")) if uri.startswith("sqlite:///") else None


def not_writable(folder: Path, error: OSError) -> UnavailableError:
    """The sentence for a folder that refuses a write."""
    return UnavailableError(
        f"{folder} cannot be written: {error.strerror}", code="not_writable", field=str(folder),
        found=str(error.strerror), expected="a folder that can be written to", do="Set CANDOR_HOME to such a folder.",
    )  # fmt: skip


def is_intact(folder: Path, digest: str | None) -> bool:
    """True for an export as it was sealed; one that was changed is made again from what the registry keeps."""
    if digest is None:
        return False
    try:
        verify(folder, digest)
    except (NotFoundError, RefusedError):
        return False
    return True
