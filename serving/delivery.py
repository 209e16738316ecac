"""Delivery of the outbox: claim, effect, receipt. Each row is done at least once; every handler bears it twice."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass

from lending.domain.errors import UnavailableError
from lending.message_ports import Outbox, OutboxRow
from serving.background import Background, code_of

Handler = Callable[[OutboxRow], None]
EVERY_SECONDS = 1.0
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

    def __init__(self, outbox: Outbox, handlers: Mapping[str, Handler], *beside: Background) -> None:
        """Take the parts.

        Args:
            outbox: where rows come from.
            handlers: by kind; a row of another kind is tried again later, for a newer program may know it.
            beside: what else starts and ends with the thread; it rests by itself when its own world is away.
        """
        self._outbox, self._handlers = outbox, handlers
        self._background = Background("delivery", lambda: self.run(_BATCH), EVERY_SECONDS)
        self._beside = beside
        outbox.on_added(self._background.wake)

    def run(self, most: int = 500) -> Delivered:
        """Deliver what is due, up to `most` rows. Raises UnavailableError when the database cannot be used."""
        total = Delivered()
        # One at a time: a claim outlasts one effect, such as reading a paper, and not several in a row.
        while total.total < most and (rows := self._outbox.claim(1)):
            total += self._deliver(rows[0])
        return total

    def start(self) -> None:
        """Start the threads of this process; a second call does nothing."""
        for one in (self._background, *self._beside):
            one.start()

    def stop(self, seconds: float = 5.0) -> None:
        """End each thread once the row it works on is done, or after some seconds."""
        for one in (self._background, *self._beside):
            one.stop(seconds)

    def _deliver(self, row: OutboxRow) -> Delivered:
        try:
            self._handler(row.kind)(row)
        except Exception as error:  # whatever a handler raises, the row is tried again and the others go on
            return self._failed(row, error)
        self._outbox.done(row)
        return Delivered(done=1)

    def _failed(self, row: OutboxRow, error: Exception) -> Delivered:
        trouble = code_of(error)
        state = self._outbox.failed(row, trouble)
        with suppress(Exception):
            _log.warning("message %s of kind %s: %s (try %s)", row.message_id, row.kind, trouble, row.attempts)
        return Delivered(given_up=1) if state == "given_up" else Delivered(failed=1)

    def _handler(self, kind: str) -> Handler:
        if kind not in self._handlers:
            raise UnavailableError(f"nothing here handles {kind}", code="no_handler")
        return self._handlers[kind]
