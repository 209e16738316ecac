"""A closed loop over HTTP: each client asks again as soon as it was answered. Clients share the machine's cores."""

from __future__ import annotations

import http.client
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from bench.machine import median, quantile

TIMEOUT = 10.0
WARM = 30
Ask = Callable[[http.client.HTTPConnection, int], object]
"""Asks the question of a number on a connection, and reads its answer."""


@dataclass
class Load:
    """What came back: milliseconds of each request, and over how many seconds they were asked."""

    times: list[float] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def rate(self) -> float:
        """Answers a second."""
        return len(self.times) / self.seconds

    def words(self) -> str:
        """Rate, middle and tail."""
        p50, p99 = median(self.times), quantile(self.times, 0.99)
        return f"{self.rate:.0f} requests/s, p50 {p50:.2f} ms, p99 {p99:.2f} ms"


def together(loads: Sequence[Load]) -> Load:
    """Several loops as one."""
    return Load([t for load in loads for t in load.times], sum(load.seconds for load in loads))


def closed_loop(port: int, bodies: Sequence[bytes], clients: int, seconds: float) -> Load:
    """POST bodies in turn to /invocations of a loopback port, warmed up first. Raises as `asked_in_loops`."""
    return asked_in_loops(port, lambda connection, n: post(connection, bodies[n % len(bodies)]), clients, seconds)


def asked_in_loops(port: int, ask: Ask, clients: int, seconds: float) -> Load:
    """Let each client ask one question after the other, warmed up first.

    Args:
        port: of a server on the loopback address.
        ask: asks the question of a number; clients begin at numbers that lie apart.
        clients: that ask at a time, each on a connection of its own.
        seconds: until no further question is asked.

    Raises:
        SystemExit: an answer was not 200, so the figures would mean nothing.
    """
    for n in range(WARM):
        ask(http.client.HTTPConnection("127.0.0.1", port, timeout=TIMEOUT), n)
    load, wrong = Load(), []
    started = time.perf_counter()

    def client(first: int) -> None:
        try:
            load.times.extend(_ask_until(port, ask, first, started + seconds))
        except (OSError, http.client.HTTPException, SystemExit) as error:
            wrong.append(repr(error))

    threads = [threading.Thread(target=client, args=(n * 17,)) for n in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    load.seconds = time.perf_counter() - started
    if wrong:
        raise SystemExit(f"{len(wrong)} of {clients} clients stopped: {wrong[0]}")
    return load


def _ask_until(port: int, ask: Ask, first: int, end: float) -> list[float]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=TIMEOUT)
    times: list[float] = []
    while (start := time.perf_counter()) < end:
        ask(connection, first + len(times))
        times.append((time.perf_counter() - start) * 1000)
    connection.close()
    return times


def post(connection: http.client.HTTPConnection, body: bytes) -> bytes:
    """One answer; SystemExit when it is not 200."""
    connection.request("POST", "/invocations", body, {"Content-Type": "application/json"})
    reply = connection.getresponse()
    content = reply.read()
    if reply.status != 200:
        raise SystemExit(f"/invocations answered {reply.status}: {content[:200]!r}")
    return content
