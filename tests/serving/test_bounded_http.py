"""One request to somebody who may be slow, large or odd: an answer in time, or none."""

import gzip
import socket
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress

import pytest

from serving.adapters.bounded_http import NoAnswerError, fetch

OK = b"HTTP/1.1 200 OK\r\n"
GOOD = OK + b"Content-Length: 2\r\n\r\n{}"
LIMIT, DRIPPING = 0.3, 60.0
"""Seconds: what is waited for, and how long the drip would go on."""


@contextmanager
def speaking(words: Callable[[], Iterable[bytes]]) -> Iterator[str]:
    """The address of somebody who says so to whoever asks, byte for byte."""
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        door.listen()
        thread = threading.Thread(target=_speak, args=(door, words), daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{door.getsockname()[1]}"
        thread.join(DRIPPING)


def _speak(door: socket.socket, words: Callable[[], Iterable[bytes]]) -> None:
    with door.accept()[0] as caller, suppress(OSError):
        caller.recv(65536)
        for word in words():
            caller.sendall(word)


def dripped(whole: bytes) -> Iterator[bytes]:
    until = time.monotonic() + DRIPPING
    for one in whole:
        if time.monotonic() > until:
            return
        yield bytes([one])
        time.sleep(0.02)


def test_a_whole_answer_is_handed_on_refusal_or_not() -> None:
    with speaking(lambda: [GOOD]) as url:
        assert fetch(url, 20, 100).content == b"{}"
    with speaking(lambda: [GOOD.replace(b"200 OK", b"400 No")]) as url:
        assert fetch(url, 20, 100).status == 400


@pytest.mark.parametrize(
    "slow",
    [OK[:-4] + b"O" * 9999, OK + b"A: " + b"b" * 9999, OK + b"Content-Length: 9999\r\n\r\n" + b" " * 9999],
    ids=["status", "headers", "body"],
)  # fmt: skip
def test_an_answer_that_drips_anywhere_is_given_up_in_time(slow: bytes) -> None:
    began = time.monotonic()
    with speaking(lambda: dripped(slow)) as url:
        with pytest.raises(NoAnswerError):
            fetch(url, LIMIT, 1_000_000)
        assert time.monotonic() - began < DRIPPING / 2


def test_what_is_too_large_is_not_read_and_nothing_grows_here() -> None:
    small = gzip.compress(bytes(1_000_000))
    head = f"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {len(small)}\r\n\r\n".encode()
    with speaking(lambda: [head, small]) as url:
        assert fetch(url, 20, 10_000).content == small
    with speaking(lambda: [OK + b"\r\n", *[bytes(1000)] * 100]) as url, pytest.raises(NoAnswerError):
        fetch(url, 20, 10_000)


@pytest.mark.parametrize("odd", [b"", b"no HTTP at all\r\n\r\n", GOOD[:-1]])
def test_what_is_no_answer_is_none(odd: bytes) -> None:
    with speaking(lambda: [odd]) as url, pytest.raises(NoAnswerError):
        fetch(url, 20, 100)
