"""A model endpoint on this machine for tests: the real one on a port, and one that answers wrongly in every way."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any, Literal

import uvicorn

from serving.container import Scorer
from tests.fakes.http import Answer, Asked, Fault, Service

Lie = Literal["nan", "other version", "out of range", "missing", "other parts", "a row too many", "wrong kind"]
LIES: tuple[Lie, ...] = (
    "nan",
    "other version",
    "out of range",
    "missing",
    "other parts",
    "a row too many",
    "wrong kind",
)
BREAKS: tuple[Fault, ...] = ("500", "503", "hang", "drip", "garbage", "other", "cut", "refused")
"""Ways in which nothing usable arrives at all."""
ALL_TRAFFIC = "AllTraffic"


@contextmanager
def on_a_port(app: Any) -> Generator[str]:
    """Serve an ASGI application on the loopback address; gives its address and stops it at the end."""
    server = uvicorn.Server(uvicorn.Config(app, "127.0.0.1", 0, log_level="critical", access_log=False))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive(), "the server ended before it began"
        time.sleep(0.005)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(20)


class FakeEndpoint(Service):
    """Answers like the Runtime API over one model; `lie` spoils what it says, `fault` how it says it."""

    def __init__(self, model: Any) -> None:
        self.model, self.lie = model, None
        super().__init__(self._scored)

    lie: Lie | None

    def _scored(self, asked: Asked) -> Answer:
        headers = {name.lower(): value for name, value in asked.headers.items()}
        body = json.loads(Scorer(self.model).reply(headers, asked.body).body)
        if self.lie:
            body["predictions"] = _spoilt(self.lie, body["predictions"])
        return Answer(200, "application/json", (json.dumps(body).encode(),), headers=_INVOKED)


_INVOKED = {"x-amzn-invoked-production-variant": ALL_TRAFFIC}


def _spoilt(lie: Lie, rows: list[dict[str, Any]]) -> list[Any]:
    first = rows[0]
    parts = dict(first["contributions"])
    parts.pop(next(iter(parts)))
    changed: dict[Lie, list[Any]] = {
        "nan": [{**first, "pd": "NaN"}],
        "other version": [{**first, "model_version": "candor-pd-test/99"}],
        "out of range": [{**first, "pd": "1.000001"}],
        "missing": [{k: v for k, v in first.items() if k != "pd"}],
        "other parts": [{**first, "contributions": parts}],
        "a row too many": [first, first],
        "wrong kind": [{**first, "pd": 0.5}],
    }
    return changed[lie] + rows[1:]
