"""A Prefect server of the bench's own, as `candor up` starts it, and Candor's flows on it."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from serving.assembly import Platform

WAIT = 90.0  # seconds that it may take to answer
FIRST_PORT = 4300


@contextmanager
def orchestrator(home: str) -> Iterator[dict[str, str]]:
    """A server on a free port of loopback that keeps its runs under `home`; answers the environment of its users."""
    from flows.environment import child_environment
    from flows.up_ports import choose_ports
    from lending.settings import load_settings

    port = choose_ports(None, lambda _: None, {"prefect": FIRST_PORT})["prefect"]
    env = child_environment(load_settings(home=home), port, "bench")
    command = [sys.executable, "-m", "prefect", "server", "start", "--host", "127.0.0.1", "--port", str(port)]
    server = subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _wait(f"{env['PREFECT_API_URL']}/health", server)
        yield env
    finally:
        server.send_signal(signal.SIGINT)
        server.wait(timeout=30)


def deploy_with_runs(place: Platform, env: Mapping[str, str], runs: int) -> None:
    """Deploy every flow, and plan `runs` runs of each that can be started without being told anything."""
    from flows.up_flows import Orchestrator, deploy
    from flows.up_services import POOL, log_file
    from lending.domain.errors import InputError
    from serving.adapters.prefect_api import PrefectFlowRuns

    pool = [sys.executable, "-m", "prefect", "work-pool", "create", POOL, "--type", "process"]
    subprocess.run(pool, env=dict(env), check=True, capture_output=True)
    log_file(place.settings, "deploy").parent.mkdir(exist_ok=True)
    url = env["CANDOR_PREFECT_URL"]
    with closing(Orchestrator(url)) as server, closing(PrefectFlowRuns(url)) as client:
        deploy(place.settings, env, server)
        for one in client.deployed():
            with suppress(InputError):
                for _ in range(runs):
                    client.start(one.name, {})


def _wait(address: str, server: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + WAIT
    while time.monotonic() < until and server.poll() is None:
        try:
            with urllib.request.urlopen(address, timeout=2):  # noqa: S310 - our own loopback address
                return
        except (OSError, urllib.error.URLError):
            time.sleep(0.2)
    raise SystemExit(f"the orchestrator does not answer after {WAIT:.0f} s")
