"""The HTTP around a model, as a bare ASGI application: a framework's request would cost more than the score in it."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from lending.domain.errors import CandorError, InputError, NotFoundError
from serving.fields import InvalidBody, MalformedBody, TooLarge

MAX_BYTES = 6 * 1024 * 1024  # SageMaker's own limit for a real-time call
BODY_SECONDS = 60.0  # SageMaker's own limit for an answer
JSON = "application/json"
_STATUS = ((MalformedBody, 400), (TooLarge, 413), (NotFoundError, 404), (InputError, 422))
_log = logging.getLogger("candor.endpoint")


@dataclass(frozen=True, slots=True)
class Ask:
    """A request; names of headers in lower case."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Reply:
    """What is answered."""

    body: bytes
    status: int = 200
    kind: str = JSON
    headers: Mapping[str, str] = field(default_factory=dict[str, str])


class HeaderError(InputError):
    """A header says something that is not served here; `status` is the answer's."""

    def __init__(self, status: int, header: str, found: str, expected: str) -> None:
        super().__init__(
            f"{header} is {found[:60]}; expected {expected}",
            code="media_type", field=header, found=found[:60], expected=expected, do=f"Set the header {header}.",
        )  # fmt: skip
        self.status = status


class App:
    """One function behind ASGI. What it raises becomes a problem; what nobody foresaw says nothing of the inside."""

    def __init__(
        self, answer: Callable[[Ask], Awaitable[Reply]], start: Callable[[], None] | None = None,
        stop: Callable[[], None] | None = None,
    ) -> None:  # fmt: skip
        """Take the parts; `start` and `stop` run with the server."""
        self._answer, self._start, self._stop = answer, start, stop

    async def __call__(self, scope: Mapping[str, Any], receive: Any, send: Any) -> None:
        """One connection's worth of ASGI."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["type"] == "http":
            await _send(send, await self._replied(scope, receive))
        else:
            await send({"type": "websocket.close"})

    async def _replied(self, scope: Mapping[str, Any], receive: Any) -> Reply:
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        try:
            body = await _body(receive) if scope["method"] == "POST" else b""
        except CandorError as error:
            return refusal(error)
        except TimeoutError:
            reply = problem(408, "too_slow", f"The body did not come within {BODY_SECONDS:g} seconds.")
            return replace(reply, headers={"connection": "close"})
        try:
            return await self._answer(Ask(scope["method"], scope["path"], headers, body))
        except CandorError as error:
            return refusal(error)
        except Exception as error:  # the log names its kind; its words could hold what was sent
            _log.error("a call broke: %s", type(error).__name__)
            return problem(500, "internal", "Something broke on our side.")

    async def _live(self, receive: Any, send: Any) -> None:
        for name, act in (("startup", self._start), ("shutdown", self._stop)):
            await receive()
            if act is not None:
                act()
            await send({"type": f"lifespan.{name}.complete"})


def problem(status: int, code: str, detail: str, errors: Sequence[Mapping[str, str]] = ()) -> Reply:
    """A problem in the manner of RFC 9457."""
    body = {
        "type": f"urn:candor:problem:{code}", "status": status, "code": code, "detail": detail, "errors": list(errors),
    }  # fmt: skip
    return Reply(dumps(body), status, "application/problem+json")


def refusal(error: CandorError) -> Reply:
    """What is wrong with a request."""
    status = getattr(error, "status", None) or next((s for kind, s in _STATUS if isinstance(error, kind)), 500)
    own = {k: v for k, v in error.as_dict().items() if k != "code"}
    return problem(status, error.code, str(error), error.errors if isinstance(error, InvalidBody) else [own])


def elsewhere(ask: Ask, served: Mapping[str, str], words: str) -> Reply:
    """404 for an address that is not there, 405 for one by another method; `served` is path to method."""
    if ask.path not in served:
        return problem(404, "not_found", words)
    reply = problem(405, "method", words)
    return Reply(reply.body, reply.status, reply.kind, {"allow": served[ask.path]})


def dumps(value: Any) -> bytes:
    """Short JSON in UTF-8."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


async def _body(receive: Any) -> bytes:
    """The body. Raises TooLarge; TimeoutError when it drips."""
    async with asyncio.timeout(BODY_SECONDS):
        message = await receive()
        if not message.get("more_body"):
            return _within(message.get("body", b""))
        body = bytearray(message.get("body", b""))
        while message.get("more_body"):
            message = await receive()
            body += message.get("body", b"")
            _within(body)
        return bytes(body)


def _within(body: Any) -> Any:
    if len(body) > MAX_BYTES:
        raise TooLarge(
            f"the body has more than {MAX_BYTES} bytes", field="body",
            found=f"over {MAX_BYTES} bytes", expected=f"at most {MAX_BYTES} bytes", do="Send fewer rows.",
        )  # fmt: skip
    return body


async def _send(send: Any, reply: Reply) -> None:
    headers = [
        (b"content-type", reply.kind.encode("latin-1")),
        (b"content-length", str(len(reply.body)).encode("latin-1")),
        *((name.encode("latin-1"), value.encode("latin-1", "replace")) for name, value in reply.headers.items()),
    ]
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    await send({"type": "http.response.body", "body": reply.body})
