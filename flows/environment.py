"""The environment of the parts that `candor up` starts."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from flows.library_defaults import LIBRARY_DEFAULTS
from lending.settings import ROOT, Settings


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
        "PREFECT_SERVER_DATABASE_CONNECTION_URL": prefect_database(settings),
        "MLFLOW_BACKEND_STORE_URI": settings.tracking_uri,  # may hold a password: not for a command line
        "PREFECT_CLI_COLORS": "false",
        "PYTHONPATH": os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH", "")])),
        "PYTHONUNBUFFERED": "1",
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")]),
    }


def prefect_database(settings: Settings) -> str:
    """Where Prefect's server keeps its runs: the database that is set, or SQLite in the home folder."""
    return settings.prefect_database_url or f"sqlite+aiosqlite:///{settings.var / 'prefect' / 'prefect.db'}"
