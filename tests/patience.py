"""Time in tests: never how fast something was, only that a wait ended long before what it waited for came."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

LONG_ENOUGH = 20.0
"""Seconds in which a busy machine surely gives up a wait of less than a second. What is waited for takes longer."""


@contextmanager
def given_up(before: float = LONG_ENOUGH) -> Iterator[None]:
    """Fail when the block lasted `before` seconds: then somebody waited who should have given up."""
    started = time.monotonic()
    yield
    assert time.monotonic() - started < before


def quickest(work: Callable[[], object], within: float, tries: int = 5) -> float:
    """The least seconds of a few tries, at most until one is `within`: another program may have held up the rest."""
    least = float("inf")
    for _ in range(tries):
        started = time.monotonic()
        work()
        if (least := min(least, time.monotonic() - started)) < within:
            break
    return least
