"""One training run as MLflow keeps it: parameters, figures, tags, the package, and a typed model."""

from __future__ import annotations

import contextlib
import logging
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from training.adapters.mlflow_reports import keep_reports
from training.ports import TrainResult
from training.servable import load
from training.servable.manifest import dumps, verify

PACKAGE, RESULT = "package", "result.json"
CODE = Path(__file__).with_name("pd_model.py")
_PINNED = ("xgboost-cpu", "numpy", "pandas", "mlflow")


def keep_run(experiment_id: str, result: TrainResult, package: Path) -> str | None:
    """Log a run, and its model when every gate passed.

    Sets `result.run_id`. The tracking address is the one that MLflow has been told.

    Returns:
        The address of the logged model; None when a gate failed.
    """
    import mlflow

    with hushed(), mlflow.start_run(experiment_id=experiment_id) as run:
        result.run_id = str(run.info.run_id)
        mlflow.log_params(result.parameters)
        mlflow.log_metrics(_flat(result))
        mlflow.set_tags(_tags(result, package))
        mlflow.log_artifacts(str(package), PACKAGE)
        mlflow.log_text(dumps({**result.as_dict(), "tags": result.tags}), RESULT)
        keep_reports(result, package)
        return _log_model(package) if result.passed else None


@contextlib.contextmanager
def hushed() -> Iterator[None]:
    """No progress bars, advice or links of the client: a command's output is its result."""
    from mlflow.environment_variables import MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR

    MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR.set(False)
    logger = logging.getLogger("mlflow")
    before = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with contextlib.redirect_stdout(sys.stderr), warnings.catch_warnings():
            warnings.filterwarnings("ignore", module="mlflow")
            yield
    finally:
        logger.setLevel(before)


def _log_model(package: Path) -> str:
    import mlflow

    info = mlflow.pyfunc.log_model(
        name="pd", python_model=str(CODE), artifacts={PACKAGE: str(package)}, signature=_signature(package),
        pip_requirements=_requirements(),
    )  # fmt: skip
    return info.model_uri


def _signature(package: Path) -> Any:
    from mlflow.models import ModelSignature
    from mlflow.types import ColSpec, Schema

    specs = load(package).feature_set.features
    inputs = [ColSpec("double" if s.kind == "number" else "string", s.name, required=False) for s in specs]
    return ModelSignature(inputs=Schema(inputs), outputs=Schema([ColSpec("double", "pd")]))  # pyright: ignore[reportArgumentType]


def _requirements() -> list[str]:
    from importlib.metadata import version

    return [f"{name}=={version(name)}" for name in _PINNED]


def _flat(result: TrainResult) -> dict[str, float]:
    flat = {name: figure["value"] for name, figure in result.metrics.items()}
    for end in ("low", "high"):
        flat |= {f"{name}_{end}": figure[end] for name, figure in result.metrics.items()}
    return {**flat, "seconds": result.seconds}


def _tags(result: TrainResult, package: Path) -> dict[str, str]:
    failed = [gate.name for gate in result.gates if not gate.passed]
    _, digest = verify(package)
    return {**result.tags, "family": result.family, "package_sha256": digest, "gates_failed": ", ".join(failed)}
