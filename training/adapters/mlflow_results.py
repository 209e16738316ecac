"""The result of a run as MLflow keeps it."""

from __future__ import annotations

import json
from typing import Any

from lending.domain.errors import NotFoundError
from training.adapters.mlflow_runs import RESULT, hushed


def read_result(run_id: str) -> dict[str, Any]:
    """The train result that a run kept. Raises NotFoundError for an unknown run, or one that kept none."""
    from mlflow.artifacts import load_text
    from mlflow.exceptions import MlflowException

    try:
        with hushed():
            return json.loads(load_text(f"runs:/{run_id}/{RESULT}"))
    except (MlflowException, OSError, ValueError):
        raise NotFoundError(
            f"there is no training run {run_id}", code="no_run", field="like", found=run_id,
            expected="the id of a run, as a train result says it", do="See: candor models",
        ) from None  # fmt: skip
