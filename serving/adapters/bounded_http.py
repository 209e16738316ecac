"""One request whose whole answer is here in time and is not too large, or is not here at all."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import httpx


class NoAnswerError(Exception):
    """Why there is none, in a few words without anything of the answer."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """Status and body."""

    status: int
    content: bytes


def fetch(
    url: str, seconds: float, most_bytes: int, *, method: str = "GET", headers: Mapping[str, str] | None = None,
    body: str | None = None,
) -> Fetched:  # fmt: skip
    """Ask once, following nobody elsewhere and no proxy of the environment.

    Args:
        url: complete address.
        seconds: for all of it, however it drips.
        most_bytes: of the body; more is no answer.
        method: of HTTP.
        headers: besides the usual ones.
        body: as it is sent.

    Raises:
        NoAnswerError: nobody there, not in time, broken off, or too large.
    """
    try:
        with ThreadPoolExecutor(1) as own:  # the caller's thread may be that of a loop
            return own.submit(asyncio.run, _fetched(url, seconds, most_bytes, method, headers or {}, body)).result()
    except TimeoutError:
        raise NoAnswerError("not done in time") from None
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise NoAnswerError(type(error).__name__) from None


async def _fetched(
    url: str, seconds: float, most_bytes: int, method: str, headers: Mapping[str, str], body: str | None
) -> Fetched:
    """One limit around all of it: a limit for each read would let headers drip for hours."""
    plain = {"Accept-Encoding": "identity", **headers}  # nothing small that becomes large here
    async with (
        httpx.AsyncClient(timeout=seconds, trust_env=False, follow_redirects=False) as client,
        asyncio.timeout(seconds),
        client.stream(method, url, headers=plain, content=body) as answer,
    ):
        return Fetched(answer.status_code, await _read(answer, most_bytes))


async def _read(answer: httpx.Response, most_bytes: int) -> bytes:
    read = bytearray()
    async for block in answer.aiter_raw():
        read += block
        if len(read) > most_bytes:
            raise NoAnswerError(f"more than {most_bytes} bytes")
    return bytes(read)
