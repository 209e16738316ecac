"""Several processes that decide the lines of a large file; this one alone writes, so that the ledger has one chain."""

from __future__ import annotations

import gc
import os
import signal
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import AbstractContextManager, nullcontext
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING

from flows.batch_lines import Answered, Chunk, answered, asked, read_lines
from lending.domain.errors import UnavailableError

if TYPE_CHECKING:
    from lending.ports import Decisions, Sealed
    from lending.settings import Settings
    from serving.decide import Quotes

LARGE = 1_000_000  # bytes of a file from which on the seconds that the processes take to start are won back
_AHEAD = 4  # chunks for each process: one that it works on, the others wait, or wait to be written
_GARBAGE = 1_000_000  # new objects between looks for garbage: a chunk makes many, no cycles, and lets them all go

_Made = tuple[list["Sealed"], Answered]
"""What is to be written of a chunk, and how its lines are answered."""
_quotes: list[Quotes] = []
"""What this worker decides with."""


def workers_for(source: Path, settings: Settings) -> AbstractContextManager[Workers | None]:
    """One process for each core when the file is large; otherwise none."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    large = source.is_file() and source.stat().st_size >= LARGE
    return Workers(settings, cores) if large and cores > 1 else nullcontext()


class Workers:
    """Processes of their own, started afresh (not forked: threads and connections do not survive that)."""

    def __init__(self, settings: Settings, count: int) -> None:
        self._count = count
        self._pool = ProcessPoolExecutor(count, get_context("spawn"), _start, (settings,))

    def __enter__(self) -> Workers:
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown(cancel_futures=True)

    def answers(self, decisions: Decisions, chunks: Iterator[Chunk]) -> Iterator[Answered]:
        """Answers of each chunk in order, once its decisions are written.

        Raises:
            UnavailableError: a dependency or a process went down.
        """
        try:
            for group in self._prepared(chunks):
                decisions.write([one for sealed, _ in group for one in sealed], "batch", "cli")
                yield from (answer for _, answer in group)
        except BrokenProcessPool as error:
            raise UnavailableError(
                "a process of the batch ended before its work", code="worker", found=str(error),
                expected="processes that live as long as the batch", do="Look for a lack of memory, then try again.",
            ) from error  # fmt: skip

    def _prepared(self, chunks: Iterator[Chunk]) -> Iterator[list[_Made]]:
        """Chunks in order: the next one, with all after it that are done by then, to be written in one transaction."""
        ahead: deque[Future[_Made]] = deque()
        for chunk in chunks:
            ahead.append(self._pool.submit(_prepare, chunk))
            if len(ahead) >= _AHEAD * self._count:
                yield _done(ahead)
        while ahead:
            yield _done(ahead)


def _done(ahead: deque[Future[_Made]]) -> list[_Made]:
    made = [ahead.popleft().result()]
    while ahead and ahead[0].done():
        made.append(ahead.popleft().result())
    return made


def _start(settings: Settings) -> None:
    from serving.assembly import Platform

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the first process is told, and ends the others
    _quotes.append(Platform(settings).quotes)
    gc.set_threshold(_GARBAGE)


def _prepare(chunk: Chunk) -> _Made:
    from serving.batch import prepare_many, texts_of, to_write

    lines = read_lines(chunk)
    ready = prepare_many(_quotes[0], asked(lines))
    return to_write(ready), answered(lines, texts_of(ready))
