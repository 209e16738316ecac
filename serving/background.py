"""A small thread that does one thing again and again beside the web process, and rests while the world is away."""

from __future__ import annotations

import atexit
import logging
from collections.abc import Callable
from threading import Event, Lock, Thread
from time import monotonic

from lending.domain.errors import CandorError

_REST_SECONDS = 10.0
"""How long the thread leaves a database alone that does not answer."""
LONGEST_REST_SECONDS = 8.0
"""Between rounds of a thread that takes its share of time."""
_log = logging.getLogger("candor.background")


class Background:
    """Acts every so many seconds, and at once when it is woken."""

    def __init__(self, name: str, act: Callable[[], object], every_seconds: float, share: float = 1.0) -> None:
        """Take what to do.

        Args:
            name: of the thread and in the log.
            act: one round; what it raises is logged by its code, and the next round comes after a rest.
            every_seconds: between rounds.
            share: of its time, above 0, that may go into rounds: after a long one the rest is longer, up to
                `LONGEST_REST_SECONDS`, so that much is done at once rather than little again and again.
        """
        self._name, self._act, self._every, self._share = name, act, every_seconds, share
        self._wake, self._end, self._lock = Event(), Event(), Lock()
        self._thread: Thread | None = None

    @property
    def ending(self) -> bool:
        """Whether a long round should come to its end."""
        return self._end.is_set()

    def start(self) -> None:
        """Start the thread of this process; a second call does nothing."""
        with self._lock:
            if self._thread is not None and self._thread.is_alive():
                return
            self._end.clear()
            self._thread = Thread(target=self._work, name=f"candor-{self._name}", daemon=True)
            self._thread.start()
            atexit.register(self.stop)

    def wake(self) -> None:
        """Do a round now."""
        self._wake.set()

    def stop(self, seconds: float = 5.0) -> None:
        """End the thread once its round is over, or after some seconds."""
        self._end.set()
        self._wake.set()
        if self._thread is not None:
            self._thread.join(seconds)
            self._thread = None

    def _work(self) -> None:
        while not self._end.is_set():
            self._wake.clear()
            began = monotonic()
            try:
                self._act()
            except Exception as error:  # the thread outlives a database that is away for a while
                _log.warning("%s rests: %s", self._name, code_of(error))
                self._end.wait(_REST_SECONDS)
            wanted = (monotonic() - began) * (1 / self._share - 1)
            self._wake.wait(max(self._every, min(wanted, LONGEST_REST_SECONDS)))


def code_of(error: Exception) -> str:
    """What went wrong, without anybody's data: a code or the error's class."""
    return error.code if isinstance(error, CandorError) else type(error).__name__
