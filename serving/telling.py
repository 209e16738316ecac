"""An answer told piece by piece that can be stopped from outside, also while a model writes in another thread."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from threading import Event
from typing import Generic, TypeVar

from lending.domain.errors import UnavailableError
from rag.ports import LanguageModel, Piece, Task

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Stoppable:
    """A model that stops at its next piece once somebody says so; implements `LanguageModel`."""

    model: LanguageModel
    stop: Event

    @property
    def name(self) -> str:
        """Of the model itself."""
        return self.model.name

    def write(self, task: Task) -> Iterator[Piece]:
        """What the model writes, until it is stopped."""
        pieces = self.model.write(task)
        try:
            for piece in pieces:
                if self.stop.is_set():
                    raise UnavailableError("the reader left", code="stopped")
                yield piece
        finally:
            if close := getattr(pieces, "close", None):
                close()


@dataclass
class Telling(Generic[_T]):
    """Events, and the way to end them before their time."""

    events: Generator[_T]
    stop: Event = field(default_factory=Event)

    def __iter__(self) -> Iterator[_T]:
        return self

    def __next__(self) -> _T:
        return next(self.events)

    def close(self) -> None:
        """End it: at once between two events, else as soon as the thread that makes the next one comes by."""
        self.stop.set()
        with suppress(ValueError):  # another thread is inside; it sees the flag and ends by itself
            self.events.close()
