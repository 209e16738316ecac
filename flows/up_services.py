"""The parts of `candor up` and the configuration that makes supervisord keep them alive."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from flows.up_ports import LOOPBACK
from flows.up_state import figures_folder
from lending.settings import ROOT, Settings

POOL = "candor"
_LONGEST_SOCKET_PATH = 100  # bytes; the system's limit is 104 to 108


@dataclass(frozen=True)
class Service:
    """One process: how it is started and how it shows that it is well.

    Attributes:
        health: path that answers below 400 when it is well; "" when it listens nowhere.
        priority: parts stop in falling order, so a worker goes before its server.
        at_once: started by supervisord itself; the others follow when there is something for them to do.
        environment: what it alone gets, as supervisord writes it.
    """

    name: str
    command: tuple[str, ...]
    port: int | None
    health: str
    priority: int
    at_once: bool = False
    stop_seconds: int = 8
    environment: str = ""

    @property
    def address(self) -> str:
        """Where a browser or client finds it; "" when it listens nowhere."""
        return f"http://{LOOPBACK}:{self.port}" if self.port else ""


def services(settings: Settings, ports: Mapping[str, int]) -> tuple[Service, ...]:
    """All parts, in the order in which they start; every one listens on the loopback address alone."""
    return (
        _console(settings, ports["console"], settings.mlflow_pages or f"http://{LOOPBACK}:{ports['mlflow']}"),
        _api(ports["api"]),
        _mlflow(settings, ports["mlflow"]),
        _prefect(ports["prefect"]),
        _worker(),
        _endpoint(ports["endpoint"]),
    )


def supervisor_config(settings: Settings, parts: Sequence[Service]) -> str:
    """The text of supervisord.conf: restarts what dies, stops whole process groups, logs under var/logs.

    Paths are relative to the home folder, where supervisord is started: it expands percent signs of some twice.
    """
    head = f"""\
; Written by `candor up` at each start; changes here are lost.
[supervisord]
nodaemon=true
silent=true
logfile=logs/supervisord.log
logfile_maxbytes=2MB
logfile_backups=1
pidfile=run/supervisord.pid
childlogdir=logs
identifier=candor

[unix_http_server]
file={_text(control_socket(settings))}
chmod=0600

[rpcinterface:supervisor]
supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface
"""
    return head + "".join(_program(part) for part in parts)


def control_socket(settings: Settings) -> Path:
    """Where supervisord takes orders; in the temporary folder when the home's path is too long for a socket."""
    path = settings.var / "run" / "supervisor.sock"
    if len(str(path).encode()) <= _LONGEST_SOCKET_PATH:
        return path
    import hashlib
    import tempfile

    return Path(tempfile.gettempdir()) / f"candor-{hashlib.sha256(str(path).encode()).hexdigest()[:16]}.sock"


def log_file(settings: Settings, name: str) -> Path:
    """Where a part writes."""
    return settings.var / "logs" / f"{name}.log"


def _program(part: Service) -> str:
    own = f"environment={_text(part.environment)}\n" if part.environment else ""
    return f"""
[program:{part.name}]
command={_text(shlex.join(part.command))}
directory={_text(ROOT)}
{own}priority={part.priority}
autostart={str(part.at_once).lower()}
autorestart=true
startsecs=2
startretries=5
stopsignal=TERM
stopasgroup=true
killasgroup=true
stopwaitsecs={part.stop_seconds}
redirect_stderr=true
stdout_logfile=logs/{part.name}.log
stdout_logfile_maxbytes=5MB
stdout_logfile_backups=1
"""


def _text(value: object) -> str:
    return str(value).replace("%", "%%")  # supervisord expands %(name)s


def _python(*arguments: str) -> tuple[str, ...]:
    return (sys.executable, "-m", *arguments)


def _console(settings: Settings, port: int, mlflow: str) -> Service:
    how = ("--config", "python:console.worker", "--bind", f"{LOOPBACK}:{port}")
    command = _python("gunicorn", "console.wsgi:application()", *how)
    # For links to its pages; and the folder in which its workers count together.
    own = f'CANDOR_MLFLOW_URL="{mlflow}",PROMETHEUS_MULTIPROC_DIR="{figures_folder(settings.var)}"'
    return Service("console", command, port, "/sign-in", 10, at_once=True, environment=own)


def _api(port: int) -> Service:
    where = ("--host", LOOPBACK, "--port", str(port))
    command = _python("uvicorn", "--factory", "serving.api.main:app", *where, "--no-access-log")
    return Service("api", command, port, "/healthz", 20, at_once=True)


def _mlflow(settings: Settings, port: int) -> Service:
    folder = settings.var / "mlflow"
    store = ("--artifacts-destination", str(folder / "artifacts"))  # its database: MLFLOW_BACKEND_STORE_URI
    where = ("--host", LOOPBACK, "--port", str(port), "--workers", "1")
    return Service("mlflow", _python("mlflow", "server", *store, *where), port, "/health", 30)


def _prefect(port: int) -> Service:
    command = _python("prefect", "server", "start", "--host", LOOPBACK, "--port", str(port))
    return Service("prefect", command, port, "/api/health", 40, stop_seconds=10)


def _worker() -> Service:
    command = _python("prefect", "worker", "start", "--pool", POOL, "--type", "process", "--name", POOL)
    return Service("worker", command, None, "", 50, stop_seconds=12)


def _endpoint(port: int) -> Service:
    command = _python("flows.cli", "endpoint", "serve", "--host", LOOPBACK, "--port", str(port))
    return Service("endpoint", command, port, "/ping", 60)
