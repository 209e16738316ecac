"""Reads a JSON body within bounds; only then does anybody look at it."""

from __future__ import annotations

from typing import Any

from fastapi import Request

from serving.decide import LoanAsk
from serving.fields import TooLarge
from serving.parse import loan_ask
from serving.refusals import Refusal
from serving.strict_json import MAX_BYTES, parse_json


async def json_body(request: Request) -> dict[str, Any]:
    """The request's JSON object.

    Raises:
        Refusal: 415, the body is not sent as plain JSON in UTF-8.
        TooLarge, MalformedBody, InvalidBody: as `parse_json`.
    """
    require_json(request.headers.get("content-type", ""), request.headers.get("content-encoding", "identity"))
    return parse_json(await read_bounded(request, MAX_BYTES), MAX_BYTES)


async def ask_body(request: Request) -> LoanAsk:
    """The loan that is asked for in a request's body. Raises as `json_body` and `loan_ask`."""
    return loan_ask(await json_body(request))


def require_json(content_type: str, encoding: str) -> None:
    """Raise Refusal 415 unless the body is `application/json`, in UTF-8 and not compressed."""
    kind, _, parameters = content_type.lower().partition(";")
    charset = parameters.strip().removeprefix("charset=").strip('"')
    if kind.strip() != "application/json" or charset not in ("", "utf-8") or encoding.lower() != "identity":
        raise Refusal(
            415, "media_type", f"The body is sent as {content_type[:60] or 'nothing'}; expected application/json.",
            field="content-type", found=content_type[:60] or "missing", expected="application/json",
            do="Send JSON with the header Content-Type: application/json.",
        )  # fmt: skip


async def read_bounded(request: Request, most: int) -> bytes:
    """The body, never holding more than `most` bytes and one chunk. Raises TooLarge."""
    chunks: list[bytes] = []
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > most:
            raise TooLarge(
                f"the body has more than {most} bytes",
                field="body", found=f"over {most} bytes", expected=f"at most {most} bytes", do="Send less at once.",
            )  # fmt: skip
        chunks.append(chunk)
    return b"".join(chunks)
