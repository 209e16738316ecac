"""The same request again gives the same answer and does nothing twice (CONTRACTS section 6)."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from lending.domain.record import sha256_hex
from lending.ports import IdempotencyKeys
from serving.refusals import Refusal

HEADER = "Idempotency-Key"
_KEY = re.compile(r"[!-~]{1,255}")

Act = Callable[[], Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Reply:
    """What is answered: the status, JSON as bytes, and whether it was answered before."""

    status: int
    content: bytes
    again: bool = False


def once(
    keys: IdempotencyKeys, user: str, key: str, address: str, body: Mapping[str, Any], act: Act, status: int = 200
) -> Reply:
    """Do something for the first request with a key; answer every later one with what was answered then.

    Args:
        keys: where they are kept, 30 days for each user.
        user: who asks.
        key: as sent with the request.
        address: method and path: under one key the same body at the same address is the same request.
        body: as parsed.
        act: does it and answers what is sent. What it writes and the answer are written together or not at all: when
            it raises the key is free again, and when the process dies, a little later.
        status: of the answer.

    Raises:
        Refusal: 400 without a usable key; 422 when the key came with another request; 409 while the first one runs.
        Whatever `act` raises.
    """
    _check(key)
    digest = sha256_hex(f"{address}\n{json_text(body)}".encode())
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
    return Reply(known.status, known.reply, again=True)


def json_text(content: Mapping[str, Any]) -> str:
    """One text for equal content."""
    return json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=str)


def _first(keys: IdempotencyKeys, user: str, key: str, act: Act, status: int) -> Reply:
    try:
        with keys.together():
            content = json_text(act()).encode()
            keys.fulfil(user, key, status, content)
    except BaseException:
        keys.release(user, key)
        raise
    return Reply(status, content)


def _check(key: str) -> None:
    if not _KEY.fullmatch(key):
        raise Refusal(
            400, "no_key", f"This request needs the header {HEADER}.", field=HEADER, found=key[:40] or "missing",
            expected="1 to 255 printable characters without spaces",
            do="Send a key of your own, such as a random UUID.",
        )  # fmt: skip
