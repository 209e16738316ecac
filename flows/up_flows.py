"""What `candor up` asks of the orchestrator: deployments, the first training, and the truth about runs that died."""

from __future__ import annotations

import hashlib
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx

from flows.up_processes import alive
from flows.up_services import POOL, log_file
from lending.domain.errors import UnavailableError
from lending.settings import ROOT, Settings

DEPLOYMENTS = (
    "seed-bank", "seed-history", "validate-data", "train-model", "promote-model", "deploy-model", "retrain",
    "advance-release", "route-model", "score-shadow", "refresh-knowledge", "monitor-inputs", "monitor-language",
    "record-outcomes", "monitor-performance", "monitor-fairness", "watch-overrides", "run-lab", "score-batch",
    "expire-applications", "deliver-messages", "check-records", "report-failure",
)  # fmt: skip
UNFINISHED = ["RUNNING", "PENDING", "CANCELLING"]
_JUST_STARTED = 30.0  # seconds in which a run may not have told its process id yet
_DEPLOY_SECONDS = 400.0  # every deployment loads its flow; a machine that does other work too takes its time


class Orchestrator:
    """A Prefect server of our own, through REST; every call takes at most a few seconds."""

    def __init__(self, address: str, transport: httpx.BaseTransport | None = None) -> None:
        """Make the client; nothing is sent.

        Args:
            address: the server without `/api`.
            transport: for tests.
        """
        self._client = httpx.Client(base_url=f"{address}/api", timeout=5.0, trust_env=False, transport=transport)

    def close(self) -> None:
        """Let go of the connections."""
        self._client.close()

    def has(self, path: str) -> bool:
        """True when the server answers 200 for a path under /api."""
        try:
            return self._client.get(path).status_code == 200
        except httpx.HTTPError:
            return False

    def wait_for_pool(self, seconds: float) -> bool:
        """Wait until the worker has made its work pool."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if self.has(f"/work_pools/{POOL}"):
                return True
            time.sleep(0.5)
        return False

    def is_deployed(self) -> bool:
        """True when every deployment is there."""
        return all(self.has(f"/deployments/name/{name}/{name}") for name in DEPLOYMENTS)

    def crash_lost_runs(self, is_lost: Callable[[Mapping[str, Any]], bool]) -> list[str]:
        """Mark unfinished runs whose process is gone as crashed, so that no page shows them running for ever.

        Args:
            is_lost: tells from a flow run, as the REST API gives it, whether nobody runs it any more.

        Returns:
            Names of the runs; empty too when the server does not answer.
        """
        wanted = {"flow_runs": {"state": {"type": {"any_": UNFINISHED}}, "deployment_id": {"is_null_": False}}}
        try:
            runs = self._client.post("/flow_runs/filter", json=wanted).raise_for_status().json()
            return [self._crash(run) for run in runs if is_lost(run)]
        except httpx.HTTPError:
            return []

    def _crash(self, run: Mapping[str, Any]) -> str:
        message = "The process that ran it ended before the run did. Start it again."
        body = {"state": {"type": "CRASHED", "name": "Crashed", "message": message}, "force": True}
        self._client.post(f"/flow_runs/{run['id']}/set_state", json=body).raise_for_status()
        return str(run["name"])


def process_is_gone(run: Mapping[str, Any]) -> bool:
    """True when the run's process on this machine has ended; a run that has not told its process id gets some time."""
    pid = str(run.get("infrastructure_pid") or "").rsplit(":", 1)[-1]
    if pid.isdigit():
        return not alive(int(pid))
    since = datetime.fromisoformat(str((run.get("state") or {}).get("timestamp") or run["updated"]))
    return (datetime.now(UTC) - since).total_seconds() > _JUST_STARTED


def deploy(settings: Settings, environment: Mapping[str, str], orchestrator: Orchestrator) -> bool:
    """Apply prefect.yaml, unless this text of it is applied already; True when there was something to do.

    Raises:
        UnavailableError: the orchestrator did not take it; the message names the log.
    """
    source = ROOT / "prefect.yaml"
    digest = hashlib.sha256(source.read_bytes()).hexdigest()
    applied = settings.var / "prefect" / "deployed.sha256"
    if applied.is_file() and applied.read_text(encoding="ascii") == digest and orchestrator.is_deployed():
        return False
    _run_deploy(source, log_file(settings, "deploy"), environment)
    if not orchestrator.is_deployed():
        raise _not_deployed(log_file(settings, "deploy"))
    applied.write_text(digest, encoding="ascii")
    return True


def _run_deploy(source: Path, log: Path, environment: Mapping[str, str]) -> None:
    command = [sys.executable, "-m", "prefect", "--no-prompt", "deploy", "--all", "--prefect-file", str(source)]
    with log.open("wb") as out:
        try:
            done = subprocess.run(  # noqa: S603 our own interpreter and file
                command, cwd=ROOT, env=dict(environment), stdout=out, stderr=out, stdin=subprocess.DEVNULL,
                timeout=_DEPLOY_SECONDS, check=False,
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            raise _not_deployed(log) from None
    if done.returncode:
        raise _not_deployed(log)


def _not_deployed(log: Path) -> UnavailableError:
    return UnavailableError(
        "the flows could not be deployed", code="deploy", expected="deployments of prefect.yaml", do=f"Read {log}"
    )
