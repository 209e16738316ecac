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
from bench.closed_loop import Load, closed_loop, free_port, post, together
from bench.machine import quantile

if TYPE_CHECKING:
    from serving.assembly import Platform

BAR = 5.0  # times the peer's requests a second
CLIENTS = (1, 8)
ROUNDS, SECONDS = 3, 2.0  # loops of each kind, and the length of one
ROWS = 200
PEER, OURS, PARTS = "mlflow models serve", "ours, PD", "ours, PD and contributions"
LONGEST = 120.0  # seconds until a server must be up


def run() -> dict[str, Any]:
    """Serve one promoted model by both, check that they answer the same, then load each; ends what it started."""
    with trained_bank() as place:
        rows = _rows(place)
        plain = [_body({"instances": [row], "contributions": False}) for row in rows]
        full = [_body({"instances": [row]}) for row in rows]
        theirs = [_body({"dataframe_records": [row]}) for row in rows]
        peer_store = {"MLFLOW_TRACKING_URI": place.settings.tracking_uri}
        with _serving(_our_command(place)) as our_port, _serving(_peer_command(), **peer_store) as peer_port:
            said = [float(answer["predictions"][0]["pd"]) for answer in _answers(our_port, plain)]
            if said != [round(answer["predictions"][0]["pd"], 6) for answer in _answers(peer_port, theirs)]:
                raise SystemExit("the two servers answer differently, so a comparison would mean nothing")
            kinds = {PEER: (peer_port, theirs), OURS: (our_port, plain), PARTS: (our_port, full)}
            return _report({clients: _in_turns(kinds, clients) for clients in CLIENTS})


def _in_turns(kinds: Mapping[str, tuple[int, Sequence[bytes]]], clients: int) -> dict[str, list[Load]]:
    """The loads of each kind, one a round."""
    loads: dict[str, list[Load]] = {name: [] for name in kinds}
    for _ in range(ROUNDS):
        for name, (port, bodies) in kinds.items():
            loads[name].append(closed_loop(port, bodies, clients, SECONDS))
    return loads


def _report(found: Mapping[int, Mapping[str, Sequence[Load]]]) -> dict[str, Any]:
    figures: dict[str, Any] = {
        "what": f"endpoint /invocations against {PEER}, one row a request, {ROUNDS} loops of {SECONDS:g} s in turns"
    }
    for clients, loads in found.items():
        at = f"{clients} client{'s' if clients > 1 else ''}"
        figures[f"{at}, {PEER}, PD"] = together(loads[PEER]).words()
        for name in (OURS, PARTS):
            figures[f"{at}, {name}"] = f"{together(loads[name]).words()}: {_verdict(loads[name], loads[PEER])}"
    return figures


def _verdict(ours: Sequence[Load], peer: Sequence[Load]) -> str:
    """The ratio over all rounds, with its lowest and highest round, beside the bar."""
    mine, their = together(ours), together(peer)
    ratio, rounds = mine.rate / their.rate, [m.rate / t.rate for m, t in zip(ours, peer, strict=True)]
    lower = quantile(mine.times, 0.99) < quantile(their.times, 0.99)
    spread = f"rounds {min(rounds):.1f} to {max(rounds):.1f}"
    within = f"{'within' if ratio >= BAR else 'MISSES'} the bar of {BAR:g} x"
    return f"{ratio:.1f} x ({spread}; {within}), p99 {'lower' if lower else 'NOT LOWER, which misses the bar'}"


def _rows(place: Platform) -> list[dict[str, Any]]:
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


def _peer_command() -> list[str]:
    model = ["--model-uri", "models:/candor-pd-demo_bank@champion", "--env-manager", "local", "--workers", "1"]
    return [sys.executable, "-m", "mlflow", "models", "serve", *model, "--port"]


@contextmanager
def _serving(command: Sequence[str], **more: str) -> Iterator[int]:
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
            if not _is_up(process, port):
                said.seek(0)
                raise SystemExit(f"{command[2]} does not answer /ping: {said.read()[-400:].decode(errors='replace')}")
            yield port
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)
            process.wait(timeout=30)


def _is_up(process: subprocess.Popen[bytes], port: int) -> bool:
    end = time.monotonic() + LONGEST
    while process.poll() is None and time.monotonic() < end:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
        try:
            connection.request("GET", "/ping")
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
