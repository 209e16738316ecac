"""Starting a flow on the orchestrator and following it."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lending.settings import Settings, load_settings
from serving.ports import FlowRun, FlowRuns

ENDED = frozenset({"completed", "failed", "crashed", "cancelled"})
WAITS = "paused"
"""A person must answer first, on /staff/approvals; nobody follows a run for days."""
ASK_EVERY = 1.0  # seconds


def addresses_file(var: Path) -> Path:
    """Where `candor up` writes the addresses of its parts."""
    return var / "run" / "addresses.json"


def running_settings() -> Settings:
    """Settings that know the ports of the running `candor up`, which may have moved on from the defaults."""
    settings = load_settings()
    try:
        addresses = json.loads(addresses_file(settings.var).read_text(encoding="utf-8"))
        return load_settings(prefect_url=addresses["prefect"])
    except (OSError, ValueError, KeyError):
        return settings


def orchestrator() -> FlowRuns:
    """The flows of the running orchestrator."""
    from serving.assembly import Platform

    return Platform(running_settings()).flow_runs


def start(name: str, parameters: Mapping[str, Any]) -> FlowRun:
    """Start a deployment by its name; parameters as the flow's `request`."""
    return orchestrator().start(name, {"request": dict(parameters)} if parameters else {})


def follow(run_id: str) -> FlowRun:
    """Show a run's progress on stderr until it has ended or waits for a person."""
    from rich.console import Console
    from rich.progress import Progress

    runs = orchestrator()
    with Progress(console=Console(stderr=True), transient=True) as bar:
        line = bar.add_task("waiting for the worker", total=100.0)
        while (run := runs.get(run_id)).state not in ENDED | {WAITS}:
            bar.update(line, completed=run.percent or 0.0, description=run.message or run.state)
            time.sleep(ASK_EVERY)
    return run


def running_parts(var: Path) -> dict[str, bool]:
    """Parts of the running `candor up` and whether each listens; empty when none runs."""
    try:
        addresses = json.loads(addresses_file(var).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return {name: _listens(address) for name, address in addresses.items()}


def _listens(address: str) -> bool:
    host, port = address.removeprefix("http://").split(":")
    try:
        with socket.create_connection((host, int(port)), timeout=1.0):
            return True
    except OSError:
        return False
