"""An HTTP service on this machine that answers what a test tells it, remembers what it was asked, and has faults.

Faults are those that real services have: a status, silence, an answer that drips, another shape, not a number, cut off
in the middle, nobody there, sent elsewhere.
"""

from __future__ import annotations

import json
import ssl
import threading
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal, NamedTuple
from urllib.parse import parse_qsl

from tests.conftest import FULL

Fault = Literal["500", "503", "hang", "drip", "garbage", "other", "nan", "cut", "refused", "redirect"]
FAULTS: tuple[Fault, ...] = ("500", "503", "hang", "drip", "garbage", "other", "nan", "cut", "refused", "redirect")
TRIED: tuple[Fault, ...] = FAULTS if FULL else ("503", "hang", "nan", "refused")
"""Those that a test of a whole way through the product tries: four kinds that differ most, all at full size."""
SECRET = "of-the-inside: /srv/app.py line 7"
"""Stands in the answers of broken services; nobody outside may ever read it."""
_JSON = "application/json"
_DRIP_SECONDS = 0.05
_METHODS = ("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH")


class Asked(NamedTuple):
    """A request as it came; names of headers as they were sent."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)

    @property
    def form(self) -> dict[str, str]:
        """The body as a form."""
        return dict(parse_qsl(self.body.decode()))


@dataclass(frozen=True, slots=True)
class Answer:
    """What is sent back, block by block with a pause after each; `length` announces how much will come."""

    status: int = 200
    kind: str = _JSON
    blocks: Sequence[bytes] = ()
    pause: float = 0.0
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    length: int | None = None


Reply = Callable[[Asked], Answer]


def as_json(content: object, status: int = 200, **headers: str) -> Answer:
    """An answer in JSON."""
    return Answer(status, _JSON, (json.dumps(content).encode(),), headers=headers)


class Service:
    """A server on the loopback address.

    Attributes:
        reply: makes an answer of a request; left out, `status`, `kind`, `blocks` and `pause` are the answer to all.
        fault: what is wrong with the service now; None when it is well.
        asked: every request, in order, answered or not.
    """

    def __init__(self, reply: Reply | None = None) -> None:
        self.status, self.kind, self.blocks, self.pause = 200, "text/event-stream", list[bytes](), 0.0
        self.reply: Reply = reply or (lambda _: Answer(self.status, self.kind, self.blocks, self.pause))
        self.asked: list[Asked] = []
        self._fault: Fault | None = None
        self._released = threading.Event()
        self._port = 0
        self._server: _Server | None = None
        self._listen()

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self._port}"

    @property
    def fault(self) -> Fault | None:
        """What is wrong with it."""
        return self._fault

    @fault.setter
    def fault(self, fault: Fault | None) -> None:
        self._fault = fault
        self._released.set()
        self._released = threading.Event()
        if fault == "refused":
            self._close()
        elif self._server is None:
            self._listen()

    @contextmanager
    def broken(self, fault: Fault) -> Generator[None]:
        """Broken in one way inside the block, well again after it."""
        self.fault = fault
        try:
            yield
        finally:
            self.fault = None

    def speak(self, context: ssl.SSLContext) -> None:
        """Speak TLS from now on."""
        assert self._server is not None
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True)

    def stop(self) -> None:
        """End it; whoever waits is let go."""
        self._released.set()
        self._close()

    def answer(self, asked: Asked) -> Answer:
        """What is sent back, fault and all; waits where the fault is silence."""
        self.asked.append(asked)
        fault = self._fault
        if fault == "hang":
            self._released.wait(60)
            return Answer(504)
        return _spoilt(fault, self.reply(asked), self.url) if fault else self.reply(asked)

    def _listen(self) -> None:
        self._server = _Server(self, self._port)
        self._port = self._server.server_port
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def _close(self) -> None:
        server, self._server = self._server, None
        if server is not None:
            server.shutdown()
            server.server_close()


def _spoilt(fault: Fault, good: Answer, url: str) -> Answer:
    """An answer as a service with that fault gives it."""
    if fault in ("500", "503"):
        return as_json({"error": SECRET, "message": SECRET}, int(fault))
    if fault == "redirect":
        return Answer(302, headers={"Location": f"{url}/elsewhere"})
    if fault in ("garbage", "other", "nan"):
        texts = {"garbage": f"<html>{SECRET}", "other": f'[{{"{SECRET}": [1]}}]', "nan": '{"value": NaN, "hits": NaN}'}
        return Answer(200, good.kind, (texts[fault].encode(),))
    whole = b"".join(good.blocks)
    if fault == "drip":
        return Answer(good.status, good.kind, [bytes([one]) for one in whole], _DRIP_SECONDS, good.headers, len(whole))
    return Answer(good.status, good.kind, (whole[: len(whole) // 2],), 0.0, good.headers, len(whole))


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, service: Service, port: int) -> None:
        self.service = service
        super().__init__(("127.0.0.1", port), _Handler)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up, or does not trust us, is no news."""


class _Handler(BaseHTTPRequestHandler):
    def _any(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        service: Service = self.server.service  # type: ignore[attr-defined] - every handler is of a _Server
        answer = service.answer(Asked(self.command, self.path, dict(self.headers), body))
        try:
            self._send(answer)
        except OSError:  # the reader left
            return

    def _send(self, answer: Answer) -> None:
        self.send_response(answer.status)
        headers = {"Content-Type": answer.kind, **answer.headers}
        if answer.length is not None:
            headers["Content-Length"] = str(answer.length)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        for block in answer.blocks if self.command != "HEAD" else ():
            self.wfile.write(block)
            self.wfile.flush()
            if answer.pause:
                time.sleep(answer.pause)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name is the library's
        """Nothing is logged."""


for _method in _METHODS:
    setattr(_Handler, f"do_{_method}", _Handler._any)
