"""What libraries read from the environment before they start: no telemetry, passive threads."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from lending.settings import ROOT, Settings

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


def child_environment(settings: Settings, prefect_port: int, token: str) -> dict[str, str]:
    """The environment of every part that `candor up` starts, and of the flows that run there.

    Args:
        settings: of the parent; the children get its home as an absolute folder.
        prefect_port: where this start's Prefect server listens.
        token: marks all processes of this start, so that none is left behind.
    """
    var = settings.var
    address = f"http://127.0.0.1:{prefect_port}"
    return {
        **LIBRARY_DEFAULTS,
        **os.environ,
        "CANDOR_HOME": str(var),
        "CANDOR_ROOT": str(ROOT),  # the pull step of prefect.yaml goes there
        "CANDOR_PREFECT_URL": address,
        "CANDOR_UP": token,
        "PREFECT_HOME": str(var / "prefect"),
        "PREFECT_API_URL": f"{address}/api",
        "PREFECT_SERVER_DATABASE_CONNECTION_URL": f"sqlite+aiosqlite:///{var / 'prefect' / 'prefect.db'}",
        "PREFECT_CLI_COLORS": "false",
        "PYTHONPATH": os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH", "")])),
        "PYTHONUNBUFFERED": "1",
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")]),
    }
