"""`Idempotency-Key` of a request to the API."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import nullcontext
from typing import Any

from fastapi import Request
from starlette.responses import Response

from lending.ports import IdempotencyKeys
from serving.api.access import session_of
from serving.once import HEADER, Act, Ready, json_text
from serving.once import once_ready as answered_once


def once(request: Request, keys: IdempotencyKeys, body: Mapping[str, Any], act: Act, status: int = 200) -> Response:
    """Do something for the first request with a key, as `serving.once.once` says. Raises as there."""
    return once_ready(request, keys, body, lambda: nullcontext(act), status)


def once_ready(
    request: Request, keys: IdempotencyKeys, body: Mapping[str, Any], ready: Ready, status: int = 200
) -> Response:
    """The same for an act that needs something slow before it."""
    user, key = session_of(request).account.username, request.headers.get(HEADER, "")
    reply = answered_once(keys, user, key, f"{request.method} {request.url.path}", body, ready, status)
    headers = {"Idempotent-Replayed": "true"} if reply.again else {}
    return Response(reply.content, reply.status, headers, media_type="application/json")


def once_where_asked(request: Request, keys: IdempotencyKeys, body: Mapping[str, Any], act: Act) -> Response:
    """The same where a key was sent; without one it is simply done. Raises as `once`."""
    if HEADER.lower() in request.headers:
        return once(request, keys, body, act)
    return Response(json_text(act()), media_type="application/json")
