"""The same request again gives the same answer and does nothing twice (CONTRACTS section 6)."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from itertools import chain, repeat
from typing import Any

from lending.domain.record import sha256_hex
from lending.ports import IdempotencyKeys, IdempotentReply
from serving.refusals import Refusal

HEADER = "Idempotency-Key"
WAIT_SECONDS = 10.0
"""How long a request waits for the answer to the first one with its key."""
_LOOKS = (0.01, 0.02, 0.05, 0.1, 0.2)
"""Seconds between looks; the last one again and again."""
_KEY = re.compile(r"[!-~]{1,255}")

Act = Callable[[], Mapping[str, Any]]
Ready = Callable[[], AbstractContextManager[Act]]
"""Makes ready for an act what must not happen in its transaction, and takes it away again where it came to nothing."""


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

    A request that comes while the first one is at work waits for its answer; should the first one fail, one of those
    that wait takes its place.

    Args:
        keys: where they are kept, 30 days for each user.
        user: who asks.
        key: as sent with the request.
        address: method and path: under one key the same body at the same address is the same request.
        body: as parsed.
        act: does it and answers what is sent. The claim on the key, what it writes and the answer are written together
            or not at all: when it raises, or the process dies, the key is free again.
        status: of the answer.

    Raises:
        Refusal: 400 without a usable key; 422 when the key came with another request; 409 when the first one is still
            at work after the wait.
        Whatever `act` raises.
    """
    return once_ready(keys, user, key, address, body, lambda: nullcontext(act), status)


def once_ready(
    keys: IdempotencyKeys, user: str, key: str, address: str, body: Mapping[str, Any], ready: Ready, status: int = 200
) -> Reply:
    """As `once`, for an act that needs something slow before it; who is answered from before needs none of it."""
    _check(key)
    digest = sha256_hex(f"{address}\n{json_text(body)}".encode())
    until, looks = time.monotonic() + WAIT_SECONDS, chain(_LOOKS, repeat(_LOOKS[-1]))
    while True:
        known = keys.find(user, key)
        reply = _first(keys, user, key, digest, ready, status) if known is None else _answered(known, digest, key)
        if reply is not None:
            return reply
        pause = next(looks)
        if time.monotonic() + pause > until:
            raise _running(key)
        time.sleep(pause)


def _first(keys: IdempotencyKeys, user: str, key: str, digest: str, ready: Ready, status: int) -> Reply | None:
    """Do it, unless somebody was a moment quicker: then what they answered, or None while they are at work."""
    with ready() as act, keys.together():
        known = keys.claim(user, key, digest)
        if known is not None:
            return _answered(known, digest, key)
        content = json_text(act()).encode()
        keys.fulfil(user, key, status, content)
    return Reply(status, content)


def _answered(known: IdempotentReply, digest: str, key: str) -> Reply | None:
    """What was answered to the same request before; None while it is at work. Raises Refusal 422 for another one."""
    if known.body_sha256 != digest:
        raise Refusal(
            422, "key_reused", "This Idempotency-Key came with another request before.", field=HEADER, found=key[:40],
            expected="one key for one request", do="Use a new key for a new request.",
        )  # fmt: skip
    if known.status is None or known.reply is None:
        return None
    return Reply(known.status, known.reply, again=True)


def _running(key: str) -> Refusal:
    return Refusal(
        409, "running", "The first request with this key is still at work.", field=HEADER, found=key[:40],
        do="Wait a moment and send it again.", headers={"Retry-After": "1"},
    )  # fmt: skip


def json_text(content: Mapping[str, Any]) -> str:
    """One text for equal content."""
    return json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=str)


def _check(key: str) -> None:
    if not _KEY.fullmatch(key):
        raise Refusal(
            400, "no_key", f"This request needs the header {HEADER}.", field=HEADER, found=key[:40] or "missing",
            expected="1 to 255 printable characters without spaces",
            do="Send a key of your own, such as a random UUID.",
        )  # fmt: skip
