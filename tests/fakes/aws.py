"""AWS on this machine: moto's server on loopback, with faults that a test switches on.

Every test may ask for the fixtures `aws` and `moto_server`. moto keeps what it is told and checks little: it shows
that calls are spelled rightly, not that AWS would allow them.
"""

from __future__ import annotations

import logging
import socket
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, Literal
from urllib.request import Request, urlopen

import pytest

from lending.adapters.aws import aws_client
from tests.fakes.loopback import free_port

REGION = "us-east-1"
Fault = Literal["500", "throttle", "denied", "hang", "slow", "cut", "garbage"]
Environ = dict[str, Any]
_XML = '<?xml version="1.0"?><Error><Code>{0}</Code><Message>{0}</Message></Error>'
_JSON = '{{"__type": "{0}", "message": "{0}"}}'
_CODES = {"500": ("500 ", "InternalError"), "throttle": ("503 ", "SlowDown"), "denied": ("403 ", "AccessDenied")}
_TICK = 0.02


class FakeAws:
    """Moto's server behind a switch.

    Attributes:
        url: where it answers, for `AWS_ENDPOINT_URL`.
        calls: methods and paths in the order they came, whether they were answered or not.
    """

    def __init__(self) -> None:
        from moto.moto_server.werkzeug_app import (  # pyright: ignore[reportMissingTypeStubs]
            DomainDispatcherApplication,
            MotoRequestHandler,
            create_backend_app,
        )
        from werkzeug.serving import make_server

        class Quiet(MotoRequestHandler):
            def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
                """Say nothing: a test that fails shows its own words."""

        self._app: Any = DomainDispatcherApplication(create_backend_app)
        self._fault: Fault | None = None
        self._only: Callable[[Environ], bool] = _every
        self._released = threading.Event()
        self.calls: list[str] = []
        logging.getLogger("werkzeug").setLevel(logging.ERROR)
        self._server = make_server("127.0.0.1", 0, self._answer, threaded=True, request_handler=Quiet)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def close(self) -> None:
        """Stop answering."""
        self._released.set()
        self._server.shutdown()
        self._thread.join(5)
        self._server.server_close()

    def reset(self) -> None:
        """Forget all that was kept, and all faults."""
        self._fault, self._only = None, _every
        with urlopen(Request(f"{self.url}/moto-api/reset", method="POST"), timeout=10):  # noqa: S310 - our own
            self.calls.clear()

    @contextmanager
    def fault(self, kind: Fault, only: Callable[[Environ], bool] | None = None) -> Iterator[None]:
        """Answer so while the block lasts.

        Args:
            kind: `500`, `throttle` (503 SlowDown), `denied` (403), `hang` (no answer until the block ends), `slow`
                (the answer drips), `cut` (the connection breaks), `garbage` (200 with a text that is no answer).
            only: which requests, by their WSGI environment; all of them unless said.
        """
        self._fault, self._only, self._released = kind, only or _every, threading.Event()
        try:
            yield
        finally:
            self._fault, self._only = None, _every
            self._released.set()

    def _answer(self, environ: Environ, start: Any) -> Iterable[bytes]:
        self.calls.append(f"{environ['REQUEST_METHOD']} {environ['PATH_INFO']}")
        fault = self._fault if self._only(environ) else None
        if fault is None:
            return self._app(environ, start)
        environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))  # the next request begins after this one
        if fault == "slow":
            return self._dripped(self._released, start)
        if fault in ("hang", "cut"):
            return self._broken(environ, fault)
        status, code = _CODES.get(fault, ("200 ", "these are not the words of AWS"))
        told = _JSON if environ.get("HTTP_X_AMZ_TARGET") else _XML
        body = (told.format(code) if fault in _CODES else code).encode()
        start(status + code, [("Content-Type", "application/xml"), ("Content-Length", str(len(body)))])
        return [body]

    def _broken(self, environ: Environ, fault: Fault) -> Iterable[bytes]:
        if fault == "hang":
            self._released.wait(30)
        environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
        raise ConnectionAbortedError

    @staticmethod
    def _dripped(released: threading.Event, start: Any) -> Iterator[bytes]:
        start("200 OK", [("Content-Type", "application/xml"), ("Content-Length", "1000000")])
        until = time.monotonic() + 30
        while not released.is_set() and time.monotonic() < until:
            yield b" "
            time.sleep(_TICK)


def _every(environ: Environ) -> bool:
    return True


def nobody_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    """From here on connections to AWS are refused: its address is a port on which nobody listens."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{free_port()}")
    aws_client.cache_clear()


@pytest.fixture(scope="session")
def moto_server() -> Iterator[FakeAws]:
    """One server for all tests of a process."""
    server = FakeAws()
    yield server
    server.close()


@pytest.fixture
def aws(moto_server: FakeAws, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeAws]:
    """An empty AWS account on this machine: every boto3 client that the test makes speaks to it."""
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.delenv(name, raising=False)
    for name, value in (
        ("AWS_ENDPOINT_URL", moto_server.url), ("AWS_ACCESS_KEY_ID", "testing"), ("AWS_SECRET_ACCESS_KEY", "testing"),
        ("AWS_DEFAULT_REGION", REGION), ("AWS_REGION", REGION), ("AWS_EC2_METADATA_DISABLED", "true"),
    ):  # fmt: skip
        monkeypatch.setenv(name, value)
    moto_server.reset()
    aws_client.cache_clear()
    yield moto_server
    aws_client.cache_clear()
