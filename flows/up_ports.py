"""Which ports the parts of `candor up` listen on."""

from __future__ import annotations

import socket
from collections.abc import Callable, Mapping

from lending.domain.errors import UnavailableError

LOOPBACK = "127.0.0.1"
DEFAULT_PORTS: Mapping[str, int] = {"console": 8050, "api": 8051, "endpoint": 8052, "prefect": 4200, "mlflow": 5000}
LOOK_AHEAD = 200


def is_free(port: int, host: str = LOOPBACK) -> bool:
    """True when a server could listen there now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def claim(name: str, host: str, port: int) -> int:
    """The port asked for by a person.

    Raises:
        UnavailableError: it is taken; a port that was asked for never moves on.
    """
    if is_free(port, host):
        return port
    raise UnavailableError(
        f"port {port}, asked for the {name}, is taken by another program", code="port_busy", field="port",
        found=f"port {port} in use", expected="a free port", do="Stop that program or ask for another port.",
    )  # fmt: skip


def choose_ports(
    console_port: int | None, say: Callable[[str], None], defaults: Mapping[str, int] = DEFAULT_PORTS
) -> dict[str, int]:
    """A free port for each part; a busy default moves on to the next free one and says so.

    Args:
        console_port: asked for by a person; None means the default.
        say: told about each part that moved.
        defaults: port by part; other parts never take a port of this table.

    Raises:
        UnavailableError: the console's port was asked for and is taken.
    """
    chosen: dict[str, int] = {}
    if console_port is not None:
        chosen["console"] = claim("console", LOOPBACK, console_port)
    for name, wanted in defaults.items():
        if name in chosen:
            continue
        chosen[name] = _next_free(wanted, {*chosen.values(), *defaults.values()} - {wanted}, set(chosen.values()))
        if chosen[name] != wanted:
            say(f"port {wanted} is taken; the {name} moves to {chosen[name]}")
    return chosen


def _next_free(wanted: int, avoid: set[int], taken: set[int]) -> int:
    if wanted not in taken and is_free(wanted):
        return wanted
    for port in range(wanted + 1, min(wanted + LOOK_AHEAD, 65536)):
        if port not in avoid and is_free(port):
            return port
    raise UnavailableError(
        f"no free port from {wanted} to {wanted + LOOK_AHEAD}", code="port_busy", field="port",
        expected="a free port", do="Stop some of the programs that listen there.",
    )  # fmt: skip


class HeldPorts:
    """Keeps chosen ports from other programs until the parts that listen there are started."""

    def __init__(self, ports: Mapping[str, int]) -> None:
        """Hold what can be held; a port that a connection of before still lingers on is not."""
        self._held: dict[str, socket.socket] = {}
        for name, port in ports.items():
            holder = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
            try:
                holder.bind((LOOPBACK, port))
            except OSError:
                holder.close()
            else:
                self._held[name] = holder

    def release(self, *names: str) -> None:
        """Let the parts of these names have their ports; one that is not held is left alone."""
        for name in names:
            if holder := self._held.pop(name, None):
                holder.close()
