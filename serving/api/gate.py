"""The gate in front of every route: request id, origin, session; behind it: headers, counts, log, no traceback."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from lending.domain.errors import CandorError
from lending.errand import REQUEST_HEADER, TRACE_HEADER, Errand, at_work
from lending.ports import Session
from serving.api.access import SAFE_METHODS, Credential, credential, no_session, origin_fits
from serving.api.problems import problem, problem_of
from serving.refusals import Refusal
from serving.telemetry import Telemetry, places

SECURITY_HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"),
    (b"permissions-policy", b"camera=(), microphone=(), geolocation=()"),
    (b"cache-control", b"no-store"),
)
_GONE = 499
"""What is noted of a request whose client hung up before the answer began."""
_HSTS = (b"strict-transport-security", b"max-age=63072000; includeSubDomains")


@dataclass(slots=True)
class Visit:
    """What is known about one request; kept in `scope["candor"]`."""

    request_id: str
    session: Session | None = None
    credential: Credential | None = None
    ends: list[Callable[[], None]] = field(default_factory=list[Callable[[], None]])
    """Done once the answer is out or its reader has gone."""


class Gate:
    """ASGI middleware; denies by default. Only paths in `public` are reached without a session."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        find_session: Callable[[str], Session | None],
        public: Sequence[str],
        allowed_origins: Sequence[str],
        https_only: bool,
        telemetry: Telemetry,
        body_seconds: float,
    ) -> None:
        self._app, self._find, self._public = app, find_session, frozenset(public)
        self._origins, self._https_only = tuple(allowed_origins), https_only
        self._telemetry, self._body_seconds = telemetry, body_seconds
        self._headers = (*SECURITY_HEADERS, _HSTS) if https_only else SECURITY_HEADERS

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; anything but HTTP and the server's own lifespan is closed."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
        elif scope["type"] == "http":
            await self._http(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope)
        errand = self._telemetry.begin(request.headers.get(REQUEST_HEADER, ""), request.headers.get(TRACE_HEADER, ""))
        with at_work(errand):
            await self._answer(request, errand, _in_time(receive, self._body_seconds), send)

    async def _answer(self, request: Request, errand: Errand, receive: Receive, send: Send) -> None:
        started, scope = time.perf_counter(), request.scope
        visit = scope["candor"] = Visit(errand.request_id)
        reply = _Reply(send, (*self._headers, (b"x-request-id", visit.request_id.encode())))
        try:
            await self._admit(request, visit)
            await self._app(scope, receive, reply)
        except CandorError as error:
            await problem_of(error, visit.request_id)(scope, receive, reply)
        except ClientDisconnect:  # nobody is left to answer, and it is no failure of ours
            reply.status = reply.status or _GONE
        except Exception as error:  # the last door: nothing of the inside leaves through it
            await self._failed(error, visit, scope, receive, reply)
        finally:
            for end in visit.ends:
                end()
            route = getattr(scope.get("route"), "path", "none")
            self._telemetry.finished(errand, scope["method"], route, reply.status, time.perf_counter() - started)

    async def _admit(self, request: Request, visit: Visit) -> None:
        """Raise Refusal 403 for a foreign origin, 401 without a session where one is needed."""
        visit.credential = credential(request.headers, request.cookies)
        by_token = visit.credential is not None and visit.credential.bearer
        safe = by_token or request.method in SAFE_METHODS
        if not safe and not origin_fits(request.headers, self._origins, https_only=self._https_only):
            raise Refusal(403, "origin", "The request comes from another site.", do="Send it from our own pages.")
        if request.scope["path"] in self._public:
            return
        if visit.credential is not None:
            visit.session = await run_in_threadpool(self._find, visit.credential.token)
        if visit.session is None:
            raise no_session()

    async def _failed(self, error: Exception, visit: Visit, scope: Scope, receive: Receive, reply: _Reply) -> None:
        self._telemetry.log.error("failed", request_id=visit.request_id, error=type(error).__name__, at=places(error))
        if reply.status:  # half an answer is out: end the connection rather than add to it
            raise error
        text = "Something broke on our side; it is logged under this request id."
        await problem(500, "internal", text, visit.request_id, do="Try again later.")(scope, receive, reply)


class _Reply:
    """A `send` that adds our headers to the answer and remembers its status."""

    def __init__(self, send: Send, headers: Sequence[tuple[bytes, bytes]]) -> None:
        self._send, self._headers, self.status = send, headers, 0

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            present = {name.lower() for name, _ in message.get("headers", ())}
            ours = [pair for pair in self._headers if pair[0] not in present]
            message = {**message, "headers": [*message.get("headers", ()), *ours]}
        await self._send(message)


def _in_time(receive: Receive, seconds: float) -> Receive:
    """A `receive` that waits for the body no longer than `seconds` in all. Raises Refusal 408."""
    until = time.monotonic() + seconds
    coming = True

    async def bounded() -> Message:
        nonlocal coming
        if not coming:  # the body is there: what comes now is that the reader leaves
            return await receive()
        try:
            async with asyncio.timeout(until - time.monotonic()):
                message = await receive()
        except TimeoutError:
            raise too_slow(seconds) from None
        coming = message["type"] == "http.request" and message.get("more_body", False)
        return message

    return bounded


def too_slow(seconds: float) -> Refusal:
    """The answer to somebody whose body does not come."""
    return Refusal(
        408, "too_slow", f"The body did not come within {seconds:g} seconds.", field="body", found="a part of it",
        expected=f"all of it within {seconds:g} seconds", do="Send it again, on a better line.",
        headers={"Connection": "close"},
    )  # fmt: skip
