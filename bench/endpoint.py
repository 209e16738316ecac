"""Our `/invocations` against `mlflow models serve`: the same package, one worker each, in turns.

Short loops alternate, so that whatever else the machine does falls on both.
"""

from __future__ import annotations

import http.client
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.bank import trained_bank
from bench.closed_loop import Load, closed_loop, post, together
from bench.machine import quantile
from tests.fakes.loopback import free_port

if TYPE_CHECKING:
    from serving.assembly import Platform

BAR = 5.0  # times the peer's requests a second
CLIENTS = (1, 8)
BATCHES = (1, 100)  # rows of a request
ROUNDS, SECONDS = 3, 2.0  # loops of each kind, and the length of one
ROWS = 200
PEER, OURS, PARTS = "mlflow models serve", "ours, PD", "ours, PD and contributions"
LONGEST = 120.0  # seconds until a server must be up


def run() -> dict[str, Any]:
    """Serve one promoted model by both, check that they answer the same, then load each; ends what it started."""
    with trained_bank() as place:
        rows = rows_of(place)
        peer_store = {"MLFLOW_TRACKING_URI": place.settings.tracking_uri}
        with served(_our_command(place)) as our_port, served(peer_command(), **peer_store) as peer_port:
            found: dict[tuple[int, int], dict[str, list[Load]]] = {}
            for batch in BATCHES:
                kinds = _asked(_batches(rows, batch), our_port, peer_port)
                _check_same(kinds)
                found |= {(batch, clients): _in_turns(kinds, clients) for clients in CLIENTS}
            return _report(found)


def _batches(rows: Sequence[Mapping[str, Any]], batch: int) -> list[list[Mapping[str, Any]]]:
    """Requests of so many rows each; those of several rows begin at different ones and go around."""
    step = 1 if batch == 1 else max(len(rows) // 20, 1)
    around = [*rows, *rows]
    return [around[first : first + batch] for first in range(0, len(rows), step)]


def _asked(batches: Sequence[Any], our_port: int, peer_port: int) -> dict[str, tuple[int, list[bytes]]]:
    """Port and bodies of each kind."""
    return {
        PEER: (peer_port, [_body({"dataframe_records": some}) for some in batches]),
        OURS: (our_port, [_body({"instances": some, "contributions": False}) for some in batches]),
        PARTS: (our_port, [_body({"instances": some}) for some in batches]),
    }


def _check_same(kinds: Mapping[str, tuple[int, list[bytes]]]) -> None:
    said = {
        name: [round(float(row["pd"]), 6) for answer in _answers(*kinds[name]) for row in answer["predictions"]]
        for name in (PEER, OURS)
    }
    if said[PEER] != said[OURS]:
        raise SystemExit("the two servers answer differently, so a comparison would mean nothing")


def _in_turns(kinds: Mapping[str, tuple[int, Sequence[bytes]]], clients: int) -> dict[str, list[Load]]:
    """The loads of each kind, one a round."""
    loads: dict[str, list[Load]] = {name: [] for name in kinds}
    for _ in range(ROUNDS):
        for name, (port, bodies) in kinds.items():
            loads[name].append(closed_loop(port, bodies, clients, SECONDS))
    return loads


def _report(found: Mapping[tuple[int, int], Mapping[str, Sequence[Load]]]) -> dict[str, Any]:
    figures: dict[str, Any] = {
        "what": f"endpoint /invocations against {PEER}, one worker each, {ROUNDS} loops of {SECONDS:g} s in turns"
    }
    for (batch, clients), loads in found.items():
        at = f"{batch} row{'s' if batch > 1 else ''} a request, {clients} client{'s' if clients > 1 else ''}"
        figures[f"{at}, {PEER}, PD"] = together(loads[PEER]).words()
        for name in (OURS, PARTS):
            figures[f"{at}, {name}"] = (
                f"{together(loads[name]).words()}: {_verdict(loads[name], loads[PEER], same=name == OURS)}"
            )
    return figures


def _verdict(ours: Sequence[Load], peer: Sequence[Load], *, same: bool) -> str:
    """The ratio over all rounds, with its lowest and highest round, beside the bar where the work is the same."""
    mine, their = together(ours), together(peer)
    ratio, rounds = mine.rate / their.rate, [m.rate / t.rate for m, t in zip(ours, peer, strict=True)]
    lower = quantile(mine.times, 0.99) < quantile(their.times, 0.99)
    spread = f"rounds {min(rounds):.1f} to {max(rounds):.1f}"
    within = (
        f"{'within' if ratio >= BAR else 'MISSES'} the bar of {BAR:g} x"
        if same
        else "more work than the peer's, no bar"
    )
    return f"{ratio:.1f} x ({spread}; {within}), p99 {'lower' if lower else 'NOT LOWER, which misses the bar'}"


def rows_of(place: Platform) -> list[dict[str, Any]]:
    """Distinct past loans of the bank's book, as JSON can say them."""
    frame = place.datasets.load("demo_bank").frame.drop_duplicates().head(ROWS)
    names = _model(place).feature_set.names
    return json.loads(frame[list(names)].to_json(orient="records", double_precision=15))


def _model(place: Platform) -> Any:
    model = place.champion.current()
    if model is None:
        raise SystemExit("the bench trained a model that no gate let through")
    return model


def _our_command(place: Platform) -> list[str]:
    package = place.settings.var / "models" / "demo_bank" / _model(place).version.rpartition("/")[2]
    return [sys.executable, "-m", "flows.cli", "endpoint", "serve", "--model-dir", str(package), "--port"]


def peer_command() -> list[str]:
    """What starts the peer on the champion; its port comes last."""
    model = ["--model-uri", "models:/candor-pd-demo_bank@champion", "--env-manager", "local", "--workers", "1"]
    return [sys.executable, "-m", "mlflow", "models", "serve", *model, "--port"]


@contextmanager
def served(command: Sequence[str], ping: str = "/ping", **more: str) -> Iterator[int]:
    """A server on a free port in a process group of its own, which is ended whole."""
    port = free_port()
    # MLflow starts uvicorn by its bare name, so the interpreter's own folder must be on the path.
    path = os.pathsep.join((str(Path(sys.executable).parent), os.environ.get("PATH", "")))
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(
            [*command, str(port)], env={**os.environ, **more, "PATH": path}, stdout=said, stderr=said,
            start_new_session=True,
        )  # fmt: skip
        try:
            if not _is_up(process, port, ping):
                said.seek(0)
                raise SystemExit(f"{command[2]} does not answer {ping}: {said.read()[-400:].decode(errors='replace')}")
            yield port
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)
            process.wait(timeout=30)


def _is_up(process: subprocess.Popen[bytes], port: int, ping: str) -> bool:
    end = time.monotonic() + LONGEST
    while process.poll() is None and time.monotonic() < end:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
        try:
            connection.request("GET", ping)
            if connection.getresponse().status == 200:
                return True
        except OSError:
            time.sleep(0.2)
        finally:
            connection.close()
    return False


def _answers(port: int, bodies: Sequence[bytes]) -> list[Any]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        return [json.loads(post(connection, body)) for body in bodies]
    finally:
        connection.close()


def _body(value: Any) -> bytes:
    return json.dumps(value).encode()
