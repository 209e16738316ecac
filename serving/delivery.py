"""Delivery of the outbox: claim, effect, receipt. Each row is done at least once; every handler bears it twice."""

from __future__ import annotations

import atexit
import logging
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from threading import Event, Lock, Thread

from lending.domain.errors import CandorError, UnavailableError
from lending.message_ports import Outbox, OutboxRow

Handler = Callable[[OutboxRow], None]
EVERY_SECONDS = 1.0
_REST_SECONDS = 10.0
"""How long the thread leaves a database alone that does not answer."""
_BATCH = 20
"""Rows after which the thread looks whether it has to end."""
_log = logging.getLogger("candor.delivery")


@dataclass(frozen=True, slots=True)
class Delivered:
    """What one run did."""

    done: int = 0
    failed: int = 0
    given_up: int = 0

    @property
    def total(self) -> int:
        """Rows that were taken."""
        return self.done + self.failed + self.given_up

    def __add__(self, other: Delivered) -> Delivered:
        return Delivered(self.done + other.done, self.failed + other.failed, self.given_up + other.given_up)


class Delivery:
    """Brings outbox rows to their handlers; one small thread a web process, and a sweep for what is left."""

    def __init__(self, outbox: Outbox, handlers: Mapping[str, Handler]) -> None:
        """Take the parts.

        Args:
            outbox: where rows come from.
            handlers: by kind; a row of another kind is tried again later, for a newer program may know it.
        """
        self._outbox, self._handlers = outbox, handlers
        self._wake, self._end, self._lock = Event(), Event(), Lock()
        self._thread: Thread | None = None
        outbox.on_added(self._wake.set)

    def run(self, most: int = 500) -> Delivered:
        """Deliver what is due, up to `most` rows. Raises UnavailableError when the database cannot be used."""
        total = Delivered()
        # One at a time: a claim outlasts one effect, such as reading a paper, and not several in a row.
        while total.total < most and (rows := self._outbox.claim(1)):
            total += self._deliver(rows[0])
        return total

    def start(self) -> None:
        """Start the thread of this process; a second call does nothing."""
        with self._lock:
            if self._thread is not None and self._thread.is_alive():
                return
            self._end.clear()
            self._thread = Thread(target=self._work, name="candor-delivery", daemon=True)
            self._thread.start()
            atexit.register(self.stop)

    def stop(self, seconds: float = 5.0) -> None:
        """End the thread once the row it works on is done, or after some seconds."""
        self._end.set()
        self._wake.set()
        if self._thread is not None:
            self._thread.join(seconds)
            self._thread = None

    def _work(self) -> None:
        while not self._end.is_set():
            self._wake.clear()
            try:
                self.run(_BATCH)
            except Exception as error:  # the thread outlives a database that is away for a while
                _log.warning("delivery rests: %s", _code(error))
                self._end.wait(_REST_SECONDS)
            self._wake.wait(EVERY_SECONDS)

    def _deliver(self, row: OutboxRow) -> Delivered:
        try:
            self._handler(row.kind)(row)
        except Exception as error:  # whatever a handler raises, the row is tried again and the others go on
            return self._failed(row, error)
        self._outbox.done(row)
        return Delivered(done=1)

    def _failed(self, row: OutboxRow, error: Exception) -> Delivered:
        trouble = _code(error)
        state = self._outbox.failed(row, trouble)
        with suppress(Exception):
            _log.warning("message %s of kind %s: %s (try %s)", row.message_id, row.kind, trouble, row.attempts)
        return Delivered(given_up=1) if state == "given_up" else Delivered(failed=1)

    def _handler(self, kind: str) -> Handler:
        if kind not in self._handlers:
            raise UnavailableError(f"nothing here handles {kind}", code="no_handler")
        return self._handlers[kind]


def _code(error: Exception) -> str:
    """What went wrong, without anybody's data: a code or the error's class."""
    return error.code if isinstance(error, CandorError) else type(error).__name__
