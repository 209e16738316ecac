"""What libraries read from the environment before they start: no telemetry, passive threads."""

from __future__ import annotations

import os

LIBRARY_DEFAULTS = {
    "OMP_WAIT_POLICY": "passive",  # spinning threads cost seconds on a busy two-core machine
    "OMP_NUM_THREADS": "2",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",  # an unused job runner of 300 MB
    "MLFLOW_LOGGING_LEVEL": "WARNING",
    "GX_ANALYTICS_ENABLED": "false",
    "DO_NOT_TRACK": "1",
    "AWS_DEFAULT_REGION": "us-east-1",
}
"""Used unless the variable is set already."""


def set_library_defaults() -> None:
    """Set what libraries read at import, for this process; values that are there win."""
    for name, value in LIBRARY_DEFAULTS.items():
        os.environ.setdefault(name, value)
