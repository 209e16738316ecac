"""The way to MLflow for texts: imported when first used (it takes seconds), its failures said in a sentence."""

from __future__ import annotations

import contextlib
import logging
import sys
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from lending.domain.errors import UnavailableError

if TYPE_CHECKING:
    from mlflow import MlflowClient

EXPERIMENT = "candor-texts"


@dataclass(frozen=True, slots=True)
class Door:
    """An address of MLflow and the folder of its files; nothing is opened yet."""

    uri: str
    artifacts: Path

    @contextlib.contextmanager
    def client(self) -> Iterator[MlflowClient]:
        """A client that says nothing on its own.

        Raises:
            UnavailableError: MLflow is not installed, not there, or does not answer as expected.
        """
        try:
            import mlflow
            from mlflow.exceptions import MlflowException
        except ImportError:
            raise _unavailable("MLflow is not installed") from None
        if self.uri.startswith("sqlite:///"):
            Path(self.uri.removeprefix("sqlite:///")).parent.mkdir(parents=True, exist_ok=True)
        try:
            with _hushed():
                mlflow.set_tracking_uri(self.uri)
                yield mlflow.MlflowClient(self.uri)
        except (MlflowException, OSError) as error:
            raise _unavailable(str(error)[:200]) from None

    def experiment(self, client: MlflowClient) -> str:
        """The id of the experiment of texts, made when first asked for."""
        found = client.get_experiment_by_name(EXPERIMENT)
        if found is not None:
            return found.experiment_id
        place = None if self.uri.startswith("http") else (self.artifacts / EXPERIMENT).as_uri()
        return client.create_experiment(EXPERIMENT, artifact_location=place)


@contextlib.contextmanager
def _hushed() -> Iterator[None]:
    """No advice or links of the client: a command's output is its result."""
    logger = logging.getLogger("mlflow")
    before = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with contextlib.redirect_stdout(sys.stderr), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(before)


def _unavailable(found: str) -> UnavailableError:
    return UnavailableError(
        f"MLflow did not answer as expected: {found}", code="mlflow", field="mlflow", found=found,
        expected="an MLflow store of this version", do="See: candor doctor",
    )  # fmt: skip
