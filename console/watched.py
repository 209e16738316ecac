"""Every request to the console is an errand: its id, its log line, its counts; and /metrics, which tells of them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any, TextIO

from flask import Flask, Response, abort, request

from lending.errand import REQUEST_HEADER, Errand, enter
from serving.measures import MEDIA_TYPE
from serving.scraping import may_read_figures
from serving.telemetry import Telemetry, telemetry_of

if TYPE_CHECKING:
    from serving.assembly import Platform

_ROUTE = "candor.route"
"""Where a request's environment holds the template of its address."""
Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


def add_watch(server: Flask, platform: Platform, log_to: TextIO | None = None) -> None:
    """Add `/metrics`, and stand around the whole server; call this once every route is there."""
    telemetry = telemetry_of(platform, "console", log_to)

    @server.get("/metrics", endpoint="metrics")
    def metrics() -> Response:
        token = platform.settings.metrics_token.get_secret_value()
        headers = {name.lower(): value for name, value in request.headers.items()}
        if not may_read_figures(request.remote_addr or "", headers, token):
            abort(404)
        return Response(telemetry.measures.text(), content_type=MEDIA_TYPE)

    @server.after_request
    def remember_route(response: Response) -> Response:
        request.environ[_ROUTE] = request.url_rule.rule if request.url_rule else "none"
        return response

    server.wsgi_app = Watched(server.wsgi_app, telemetry)  # type: ignore[method-assign]


class Watched:
    """WSGI middleware: from the first byte of a request to the last of its answer, streams included."""

    def __init__(self, app: Wsgi, telemetry: Telemetry) -> None:
        self._app, self._telemetry = app, telemetry

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer one request."""
        errand = self._telemetry.begin(environ.get("HTTP_X_REQUEST_ID", ""), environ.get("HTTP_TRACEPARENT", ""))
        answer = _Answer(errand, self._telemetry, environ)
        enter(errand)

        def start(status: str, headers: list[tuple[str, str]], *more: Any) -> Any:
            answer.status = int(status[:3])
            return start_response(status, [*headers, (REQUEST_HEADER, errand.request_id)], *more)

        answer.body = self._app(environ, start)
        return answer


class _Answer:
    """The pieces of an answer; its end is told once it is closed."""

    body: Iterable[bytes] = ()

    def __init__(self, errand: Errand, telemetry: Telemetry, environ: dict[str, Any]) -> None:
        self._errand, self._telemetry, self._environ = errand, telemetry, environ
        self._began, self.status, self._told = time.perf_counter(), 0, False

    def __iter__(self) -> Iterator[bytes]:
        yield from self.body
        self._tell()

    def close(self) -> None:
        """The answer is out, or its reader has gone."""
        getattr(self.body, "close", lambda: None)()
        self._tell()

    def _tell(self) -> None:
        """Tell of the answer, once."""
        if self._told:
            return
        self._told = True
        route, seconds = self._environ.get(_ROUTE, "none"), time.perf_counter() - self._began
        self._telemetry.finished(self._errand, self._environ["REQUEST_METHOD"], route, self.status, seconds)
        enter(None)
