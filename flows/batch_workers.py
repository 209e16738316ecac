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

from flows.batch_lines import GARBAGE, Answered, Chunk, Made, made_of
from lending.domain.errors import UnavailableError

if TYPE_CHECKING:
    from lending.ports import Decisions
    from lending.settings import Settings
    from serving.decide import Quotes

LARGE = 1_000_000  # bytes of a file from which on the seconds that the processes take to start are won back
_AHEAD = 8  # chunks for each process: one that it works on, the others wait, or wait to be written
_TOGETHER = 2  # chunks written together at least: fewer would touch the same pages of the database more often
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

    def _prepared(self, chunks: Iterator[Chunk]) -> Iterator[list[Made]]:
        """Chunks in order: the next ones, with all after it that are done by then, to be written in one transaction."""
        ahead: deque[Future[Made]] = deque()
        for chunk in chunks:
            ahead.append(self._pool.submit(_prepare, chunk))
            if len(ahead) >= _AHEAD * self._count:
                yield _done(ahead)
        while ahead:
            yield _done(ahead)


def _done(ahead: deque[Future[Made]]) -> list[Made]:
    made = [ahead.popleft().result() for _ in range(min(_TOGETHER, len(ahead)))]
    while ahead and ahead[0].done():
        made.append(ahead.popleft().result())
    return made


def _start(settings: Settings) -> None:
    from serving.assembly import Platform

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the first process is told, and ends the others
    _quotes.append(Platform(settings).quotes)
    gc.set_threshold(GARBAGE)


def _prepare(chunk: Chunk) -> Made:
    return made_of(_quotes[0], chunk)
