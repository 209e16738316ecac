"""Routes of our own beside Dash's: forms, files and streams. Each declares who may use it, as callbacks do."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import wraps
from typing import Any

from flask import Flask, Response, current_app, make_response, render_template, request
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as AnyResponse

from console.access import Need
from console.addresses import came_from
from console.callbacks import UndeclaredError, reported
from console.problems import found_words, refusal_words
from console.visit import Visit, current_session, say_here
from lending.domain.errors import CandorError
from serving.limits import OpenStreams
from serving.refusals import PROBLEM, errors_of, headers_of, problem_body, status_of
from serving.strict_json import parse_json

_MARK, STREAMS = "__candor_route__", "candor_streams"
_log = logging.getLogger("candor.console")
SMALL = 64 * 1024
"""Bytes of a request body unless a route says otherwise."""


@dataclass(frozen=True, slots=True)
class Route:
    """An address with what answers it: a function called with a Visit (None where nobody need be signed in)."""

    path: str
    permission: Need
    methods: Sequence[str]
    max_bytes: int
    function: Callable[..., Any]

    @property
    def endpoint(self) -> str:
        """Its name in Flask."""
        return f"own {' '.join(self.methods)} {self.path}"


def route(
    path: str, *, permission: Need, methods: Sequence[str] = ("GET",), max_bytes: int = SMALL
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Mark a function `(visit, **parts of the path)` that answers requests; a page lists it in ROUTES.

    Args:
        path: as Flask writes it, such as `/portal/papers/<document_id>`.
        permission: who may use it.
        methods: HTTP methods.
        max_bytes: of a request body; more is refused while it is read.
    """

    def mark(function: Callable[..., Any]) -> Callable[..., Any]:
        setattr(function, _MARK, Route(path, permission, tuple(methods), max_bytes, function))
        return function

    return mark


def routes_of(functions: Iterable[Callable[..., Any]]) -> list[Route]:
    """The routes of marked functions. Raises UndeclaredError for one that is not marked."""
    found = [getattr(function, _MARK, None) for function in functions]
    if None in found:
        raise UndeclaredError("a function in ROUTES has no @route above it")
    return [one for one in found if one is not None]


def add_routes(server: Flask, routes: Sequence[Route], visit: Callable[[], Visit | None]) -> None:
    """Connect routes with a server; the gate has looked at role and origin before one is called."""
    for one in routes:
        server.add_url_rule(one.path, one.endpoint, _guarded(one, visit), methods=list(one.methods))


def json_body() -> dict[str, Any]:
    """The request's JSON, read strictly. Raises as `serving.strict_json.parse_json`, within the route's own size."""
    return parse_json(request.get_data(), request.max_content_length or SMALL)


def json_answer(content: Mapping[str, Any] | Sequence[Any], status: int = 200) -> Response:
    """A JSON answer."""
    return Response(json.dumps(content, ensure_ascii=False, default=str), status, content_type="application/json")


def event_stream(events: Iterator[tuple[str, object]]) -> Response:
    """Server-sent events `(name, data)` while they come; a reader who leaves closes the iterator.

    Raises:
        TooOftenError: this person holds too many open.
    """
    streams, who = open_streams(), person_here()
    streams.enter(who)
    response = Response(_lines(events), content_type="text/event-stream")
    response.headers["X-Accel-Buffering"] = "no"
    response.call_on_close(getattr(events, "close", lambda: None))
    response.call_on_close(lambda: streams.leave(who))
    return response


def open_streams() -> OpenStreams:
    """The streams of this console; the gate put them there."""
    return current_app.extensions[STREAMS]


def person_here() -> str:
    """For whom something is counted: the customer, or the account of staff."""
    account = current_session().account
    return account.customer_id or account.username


def _lines(events: Iterator[tuple[str, object]]) -> Iterator[str]:
    try:
        for name, data in events:
            yield f"event: {name}\ndata: {json.dumps(data, ensure_ascii=False, default=str)}\n\n"
    except Exception as error:  # the answer has begun: it can only end well said
        yield f"event: failed\ndata: {json.dumps({'reference': reported(error, request.path)})}\n\n"


def _guarded(one: Route, visit: Callable[[], Visit | None]) -> Callable[..., AnyResponse]:
    @wraps(one.function)
    def guarded(**parts: str) -> AnyResponse:
        try:
            return make_response(one.function(visit(), **parts))
        except HTTPException:
            raise
        except Exception as error:
            return answer_to(error, one.path)

    return guarded


def answer_to(error: Exception, where: str) -> AnyResponse:
    """The error as problem details for programs, as a page for people."""
    known = isinstance(error, CandorError) and status_of(error) < 500
    reference = "" if known else reported(error, where)
    status = status_of(error) if isinstance(error, CandorError) else 500
    headers = headers_of(error) if isinstance(error, CandorError) else {}
    if request.accept_mimetypes.best_match(["application/json", "text/html"]) == "text/html":
        return make_response(
            _page(error if isinstance(error, CandorError) and known else None, reference), status, headers
        )
    shown = error if known and isinstance(error, CandorError) else None
    code, detail = (shown.code, str(shown)) if shown else ("failed", "This did not work.")
    body = problem_body(
        status, code, detail, reference, errors=errors_of(shown) if shown else None,
        do=refusal_words(shown, say_here()) if shown else "Try again.",
    )  # fmt: skip
    return Response(json.dumps(body), status, headers, content_type=PROBLEM)


def _page(error: CandorError | None, reference: str) -> str:
    """The page that says a problem in the reader's language, with the way back."""
    say = say_here()
    advice, found = (refusal_words(error, say), found_words(error, say)) if error else ("", "")
    return render_template("problem.html", advice=advice, found=found, reference=reference, back=came_from())
