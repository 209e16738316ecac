"""The same request again gives the same answer and does nothing twice: `Idempotency-Key` (CONTRACTS section 6)."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from fastapi import Request
from starlette.responses import Response

from lending.domain.record import sha256_hex
from lending.ports import IdempotencyKeys
from serving.api.access import session_of
from serving.api.problems import Refusal

HEADER = "Idempotency-Key"
_KEY = re.compile(r"[!-~]{1,255}")
_JSON = "application/json"


def once(
    request: Request, keys: IdempotencyKeys, body: Mapping[str, Any], act: Callable[[], Mapping[str, Any]],
    status: int = 200,
) -> Response:  # fmt: skip
    """Do something for the first request with a key; answer every later one with what was answered then.

    Args:
        request: carries the key; keys are kept 30 days for each user.
        keys: where they are kept.
        body: as parsed. Under one key the same body at the same address is the same request.
        act: does it and answers what is sent. What it writes and the answer are written together or not at all: when
            it raises the key is free again, and when the process dies, a little later.
        status: of the answer.

    Raises:
        Refusal: 400 without a usable key; 422 when the key came with another request; 409 while the first one runs.
        Whatever `act` raises.
    """
    key, user = _key(request), session_of(request).account.username
    digest = sha256_hex(f"{request.method} {request.url.path}\n{_text(body)}".encode())
    known = keys.claim(user, key, digest)
    if known is None:
        return _first(keys, user, key, act, status)
    if known.body_sha256 != digest:
        raise Refusal(
            422, "key_reused", "This Idempotency-Key came with another request before.", field=HEADER, found=key[:40],
            expected="one key for one request", do="Use a new key for a new request.",
        )  # fmt: skip
    if known.status is None or known.reply is None:
        raise Refusal(
            409, "running", "The first request with this key is still at work.", field=HEADER, found=key[:40],
            do="Wait a moment and send it again.", headers={"Retry-After": "1"},
        )  # fmt: skip
    return Response(known.reply, known.status, {"Idempotent-Replayed": "true"}, media_type=_JSON)


def _first(keys: IdempotencyKeys, user: str, key: str, act: Callable[[], Mapping[str, Any]], status: int) -> Response:
    try:
        with keys.together():
            reply = _text(act()).encode()
            keys.fulfil(user, key, status, reply)
    except BaseException:
        keys.release(user, key)
        raise
    return Response(reply, status, media_type=_JSON)


def _key(request: Request) -> str:
    key = request.headers.get(HEADER, "")
    if _KEY.fullmatch(key):
        return key
    raise Refusal(
        400, "no_key", f"This request needs the header {HEADER}.", field=HEADER, found=key[:40] or "missing",
        expected="1 to 255 printable characters without spaces", do="Send a key of your own, such as a random UUID.",
    )  # fmt: skip


def _text(content: Mapping[str, Any]) -> str:
    return json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=str)
