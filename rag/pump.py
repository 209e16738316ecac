"""Items made on a thread of their own and read here, so that a time limit holds whatever the maker does."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterator
from typing import Generic, TypeVar

T = TypeVar("T")
Take = Callable[[T], bool]
"""Given each item; answers True once nobody reads any more and the maker should stop."""


class TimeIsOverError(Exception):
    """The maker took longer than it may; never leaves the adapters."""


class Pump(Generic[T]):
    """Runs a maker on a daemon thread; `items` reads what it makes. One use only."""

    def __init__(self, make: Callable[[Take[T]], None], name: str) -> None:
        self._make = make
        self._made: queue.SimpleQueue[tuple[T] | BaseException | None] = queue.SimpleQueue()
        self._unread = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def items(self, seconds: float) -> Iterator[T]:
        """What is made, as it comes; closing tells the maker to stop.

        Raises:
            TimeIsOverError: the maker was not done within so many seconds.
            Exception: what the maker raised.
        """
        until = time.monotonic() + seconds
        self._thread.start()
        try:
            while (made := self._next(until)) is not None:
                if isinstance(made, BaseException):
                    raise made
                yield made[0]
        finally:
            self._unread.set()

    def stop(self, seconds: float) -> None:
        """Tell the maker to stop and wait for it a while."""
        self._unread.set()
        if self._thread.is_alive():
            self._thread.join(seconds)

    def _next(self, until: float) -> tuple[T] | BaseException | None:
        try:
            return self._made.get(timeout=max(0.0, until - time.monotonic()))
        except queue.Empty:
            raise TimeIsOverError from None

    def _run(self) -> None:
        try:
            self._make(self._take)
        except BaseException as error:  # handed to the reader, who raises it
            self._made.put(error)
        else:
            self._made.put(None)

    def _take(self, item: T) -> bool:
        if not self._unread.is_set():
            self._made.put((item,))
        return self._unread.is_set()


def within(seconds: float, make: Callable[[], T], name: str) -> T:
    """What is made on a thread of its own, which nobody waits for any longer than so many seconds.

    Raises:
        TimeIsOverError: it was not done by then; its thread goes on unheard.
        Exception: what `make` raised.
    """

    def once(take: Take[T]) -> None:
        take(make())

    (made,) = Pump(once, name).items(seconds)
    return made
