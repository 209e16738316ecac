"""Fits side by side in this process: what a training does that was given no cluster."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

from training.models.catalogue import Family

T = TypeVar("T")
R = TypeVar("R")


@dataclass(frozen=True)
class Threads:
    """A plain loop, or so many threads; implements `Runner`."""

    count: int = 1

    def map(self, call: Callable[[T], R], items: Iterable[T], check: Callable[[], None] | None = None) -> Iterator[R]:
        """Answers in the order of the items; `check` is asked before each."""

        def one(item: T) -> R:
            if check is not None:
                check()
            return call(item)

        if self.count == 1:
            yield from map(one, items)
            return
        with ThreadPoolExecutor(self.count) as pool:
            yield from pool.map(one, items)

    def spread(self, family: Family, rows: int) -> Family | None:
        """None: there is nowhere to spread a fit to."""
        return None

    @property
    def notes(self) -> Mapping[str, str]:
        """Nothing: any number of threads gives the same bytes."""
        return {}
