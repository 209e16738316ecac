"""What happens beside an answer and never holds it up: a bounded queue and one thread that works through it."""

from __future__ import annotations

import logging
from collections.abc import Callable
from queue import Empty, Full, Queue
from threading import Thread

_log = logging.getLogger("candor.endpoint")
_TICK = 0.2


class Aside:
    """Does small things later. What finds the queue full is left out and counted; what fails is logged by its kind."""

    def __init__(self, name: str, most: int, rest: Callable[[bool], None] | None = None) -> None:
        """Take the bounds.

        Args:
            name: of the thread.
            most: things that may wait.
            rest: called between things, a few times a second; True when the thread ends.
        """
        self.left_out = 0
        self._queue: Queue[Callable[[], None] | None] = Queue(most)
        self._rest = rest or (lambda ending: None)
        self._name = name
        self._thread: Thread | None = None

    def start(self) -> None:
        """Start the thread; a second call does nothing."""
        if self._thread is None:
            self._thread = Thread(target=self._work, name=f"candor-{self._name}", daemon=True)
            self._thread.start()

    def add(self, act: Callable[[], None]) -> None:
        """Do it later, or never; returns at once."""
        try:
            self._queue.put_nowait(act)
        except Full:
            self.left_out += 1

    def stop(self, seconds: float = 5.0) -> None:
        """Work off what waits and end, or after some seconds."""
        if self._thread is not None:
            try:
                self._queue.put(None, timeout=seconds)
            except Full:
                return
            self._thread.join(seconds)
            self._thread = None

    def _work(self) -> None:
        while True:
            try:
                act = self._queue.get(timeout=_TICK)
            except Empty:
                self._try(lambda: self._rest(False))
                continue
            if act is None:
                self._try(lambda: self._rest(True))
                return
            self._try(act)
            self._try(lambda: self._rest(False))

    def _try(self, act: Callable[[], None]) -> None:
        try:
            act()
        except Exception as error:  # the thread outlives a store that is away for a while
            _log.warning("%s left something out: %s", self._name, type(error).__name__)
