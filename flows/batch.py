"""Deciding a file of requests, line by line, through the same function as every other channel."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, TextIO, TypeVar

from flows.batch_lines import Answered, Chunk, answered, asked, rarely_collected, read_lines
from lending.domain.errors import InputError

if TYPE_CHECKING:
    from flows.batch_workers import Workers
    from serving.decide import Quotes

_T = TypeVar("_T")
CHUNK = 500  # lines decided and written together: fewer would touch the same pages of the database more often
PIECE = 250  # lines that a process decides together: what is made of more is gone from its cache before its next use
LONGEST_LINE = 64 * 1024  # bytes; a longer one is an error of that line, never held in memory whole


def decide_lines(quotes: Quotes, source: Path, target: Path, workers: Workers | None = None) -> dict[str, Any]:
    """Decide each line of `source`; `target` gets one line per line, in order, and appears whole.

    Args:
        quotes: decides each request.
        source: JSON lines `{id?, customer, product, amount, term_months?, collateral?, co_applicant?, as_of?}`.
        target: decisions; a line that could not be decided is `{id, line, error}`, lines counted from 1.
        workers: processes that decide for this one, which then only writes.

    Returns:
        `{lines, decided, failed, out, seconds}`.

    Raises:
        InputError: the source cannot be read or the target's folder is not there.
        UnavailableError: a dependency went down; the target is left as it was.
    """
    started = time.monotonic()
    if not target.parent.is_dir():
        raise _no_file(target.parent, "--out", "a folder that exists")
    try:
        lines = source.open("rb")
    except OSError:
        raise _no_file(source, "--in", "a file that can be read") from None
    count = failed = 0
    with lines, rarely_collected(), appears_whole(target) as out:
        chunks = _batched(enumerate(bounded_lines(lines), start=1), PIECE if workers else CHUNK)
        for one in workers.answers(quotes.decisions, chunks) if workers else _here(quotes, chunks):
            count, failed = count + one.lines, failed + one.failed
            out.write(one.text)
    seconds = round(time.monotonic() - started, 3)
    return {"lines": count, "decided": count - failed, "failed": failed, "out": str(target), "seconds": seconds}


def _here(quotes: Quotes, chunks: Iterator[Chunk]) -> Iterator[Answered]:
    """Answers of each chunk, decided and written in this process."""
    for chunk in chunks:
        lines = read_lines(chunk)
        yield answered(lines, quotes.quote_texts(asked(lines), channel="batch", actor="cli"))


def _batched(items: Iterator[_T], size: int) -> Iterator[list[_T]]:
    while some := list(islice(items, size)):
        yield some


def bounded_lines(lines: IO[bytes]) -> Iterator[bytes]:
    """Lines without their end, none longer than a parser takes: what is beyond is skipped, and its head refused."""
    while line := lines.readline(LONGEST_LINE + 2):
        rest = line
        while rest and not rest.endswith(b"\n"):  # skip what is left of an oversized line; the parser refuses its head
            rest = lines.readline(LONGEST_LINE)
        yield line.rstrip(b"\r\n") if line.endswith(b"\n") else line


@contextlib.contextmanager
def appears_whole(target: Path) -> Iterator[TextIO]:
    """A text file that takes its name when the block ends well; before, and after an error, there is none."""
    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        with part.open("w", encoding="utf-8") as out:
            yield out
            out.flush()
            os.fsync(out.fileno())
        part.replace(target)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def _no_file(path: Path, option: str, expected: str) -> InputError:
    return InputError(
        f"{option} {path}: not there or not readable; expected {expected}",
        field=option, found=str(path), expected=expected, do="Check the path.",
    )  # fmt: skip
