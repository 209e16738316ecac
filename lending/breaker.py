"""A circuit breaker: what failed several times in a row is left alone for a while, then tried by one."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta

from lending.ports import Clock


class Breaker:
    """Counts failures in a row. Safe to share between threads.

    Args:
        failures: so many in a row open it, at least 1.
        rest_seconds: how long nothing is let through then; after it one call is, and the others wait for its end.
    """

    def __init__(self, failures: int, rest_seconds: float, clock: Clock) -> None:
        self._most, self._rest, self._clock = failures, timedelta(seconds=rest_seconds), clock
        self._lock = threading.Lock()
        self._failed = 0
        self._closed_until: datetime | None = None

    def lets_through(self) -> bool:
        """Whether a call may go on now; a call that is let through reports `passed` or `failed`."""
        with self._lock:
            if self._failed < self._most:
                return True
            now = self._clock.now()
            if self._closed_until is not None and now < self._closed_until:
                return False
            self._closed_until = now + self._rest  # this call tries; whoever comes meanwhile is turned away
            return True

    @property
    def is_open(self) -> bool:
        """Whether it is left alone at the moment."""
        with self._lock:
            until = self._closed_until
            return self._failed >= self._most and until is not None and self._clock.now() < until

    def passed(self) -> None:
        """A call went well: all is forgotten."""
        with self._lock:
            self._failed, self._closed_until = 0, None

    def failed(self) -> None:
        """A call failed."""
        with self._lock:
            self._failed += 1
            self._closed_until = self._clock.now() + self._rest
