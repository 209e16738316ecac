"""Starting, asking and stopping supervisord, which keeps the parts of `candor up` alive."""

from __future__ import annotations

import http.client
import subprocess
import sys
import time
import xmlrpc.client
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import httpx

from flows.up_processes import alive, own_process_listens
from flows.up_services import Service
from lending.domain.errors import UnavailableError

STOP_SECONDS = 60.0
_RPC_ERRORS = (OSError, xmlrpc.client.Error, http.client.HTTPException)


class Supervisor:
    """One supervisord: started by `start`, ended by `stop`."""

    def __init__(
        self, config: Path, control: Path, environment: Mapping[str, str], token: str,
        starting: Callable[[str], None] = lambda _: None,
    ) -> None:  # fmt: skip
        """Name the files; `starting` is told of a part before `launch` or `restart` starts it."""
        self._starting = starting
        self._config = config
        self._home = config.parent.parent
        self._control = control
        self._environment = dict(environment)
        self._token = token
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start supervisord in a session of its own, so that Ctrl-C reaches us alone and we stop parts in order."""
        with (self._home / "logs" / "supervisord.log").open("ab") as out:
            self._process = subprocess.Popen(  # noqa: S603 our own interpreter and file
                [sys.executable, "-m", "supervisor.supervisord", "-n", "-c", str(self._config)],
                cwd=self._home, env=self._environment, start_new_session=True,
                stdin=subprocess.DEVNULL, stdout=out, stderr=out,
            )  # fmt: skip

    @property
    def ended(self) -> bool:
        """True when supervisord is no longer there."""
        return self._process is None or self._process.poll() is not None

    def launch(self, name: str) -> None:
        """Start a part that is not running."""
        if self.state(name).get("statename") not in ("RUNNING", "STARTING"):
            self._starting(name)
            self._rpc("startProcess", name, False)

    def restart(self, name: str) -> None:
        """Stop a part, if it runs, and start it."""
        if self.state(name).get("statename") in ("RUNNING", "STARTING", "BACKOFF"):
            self._rpc("stopProcess", name, True)
        self._starting(name)
        self._rpc("startProcess", name, False)

    def state(self, name: str) -> dict[str, Any]:
        """What supervisord knows of a part: `statename`, `pid`, `start`…; empty while it cannot be asked."""
        try:
            return self._rpc("getProcessInfo", name)
        except UnavailableError:
            return {}

    def is_well(self, part: Service) -> bool:
        """True when the part's own process runs and answers its health path."""
        if self.state(part.name).get("statename") != "RUNNING":
            return False
        if part.port is None:
            return True
        try:
            answer = httpx.get(part.address + part.health, timeout=2.0, trust_env=False)
        except httpx.HTTPError:
            return False
        return answer.status_code < 400 and own_process_listens(part.port, self._token)

    def wait_until_well(self, part: Service, seconds: float) -> bool:
        """Wait for a part; False when it gave up or the time ran out."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline and not self.ended:
            if self.is_well(part):
                return True
            if self.state(part.name).get("statename") == "FATAL":
                return False
            time.sleep(0.25)
        return False

    def stop(self) -> None:
        """Stop all parts in order and supervisord with them; what does not end in time is killed by the caller."""
        if self._process is None or self.ended:
            return
        self._process.terminate()
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _rpc(self, method: str, *arguments: Any) -> Any:
        try:
            return _call(self._control, method, *arguments)
        except _RPC_ERRORS as error:
            raise UnavailableError(f"supervisord did not do {method} {arguments}: {error}", code="supervisor") from None


def stop_left_over(control: Path, seconds: float = STOP_SECONDS) -> bool:
    """Stop a supervisord whose `candor up` was killed; True when there was one.

    Raises:
        UnavailableError: it does not end.
    """
    try:
        pid = int(_call(control, "getPID"))
        _call(control, "shutdown")
    except _RPC_ERRORS:
        control.unlink(missing_ok=True)
        return False
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if not alive(pid):
            return True
        time.sleep(0.2)
    raise UnavailableError(
        "an earlier start left its supervisor behind and it does not end", code="left_over",
        found=str(control), do=f"End the process named in {control.parent / 'supervisord.pid'}.",
    )  # fmt: skip


def _call(control: Path, method: str, *arguments: Any) -> Any:
    from supervisor.xmlrpc import SupervisorTransport

    transport = SupervisorTransport("", "", serverurl=f"unix://{control}")
    try:
        proxy = xmlrpc.client.ServerProxy("http://127.0.0.1", transport=transport)
        return getattr(proxy.supervisor, method)(*arguments)
    finally:
        transport.close()
