"""Deciding a file of requests, line by line, through the same function as every other channel."""

from __future__ import annotations

import contextlib
import json
import os
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import islice
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, TypeVar

from lending.domain.errors import CandorError, InputError

if TYPE_CHECKING:
    from serving.decide import LoanAsk, Quotes

_T = TypeVar("_T")
CHUNK = 200  # lines decided and written together
LONGEST_LINE = 64 * 1024  # bytes; a longer one is an error of that line, never held in memory whole


def decide_lines(quotes: Quotes, source: Path, target: Path) -> dict[str, Any]:
    """Decide each line of `source`; `target` gets one line per line, in order, and appears whole.

    Args:
        quotes: decides each request.
        source: JSON lines `{id?, customer, product, amount, term_months?, collateral?, co_applicant?, as_of?}`.
        target: decisions; a line that could not be decided is `{id, line, error}`, lines counted from 1.

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
    with lines, _appears_whole(target) as out:
        for chunk in _batched(enumerate(_bounded_lines(lines), start=1), CHUNK):
            count += len(chunk)
            for result in _decide_chunk(quotes, chunk):
                failed += "error" in result
                out.write(json.dumps(result, default=str, separators=(",", ":")) + "\n")
    seconds = round(time.monotonic() - started, 3)
    return {"lines": count, "decided": count - failed, "failed": failed, "out": str(target), "seconds": seconds}


def _decide_chunk(quotes: Quotes, chunk: Sequence[tuple[int, bytes]]) -> list[dict[str, Any]]:
    """Answers in order; the lines that can be read are decided together."""
    lines = [_read(line, number) for number, line in chunk]
    asked = [line.asked for line in lines if line.asked is not None]
    decided = iter(quotes.quote_many(asked, channel="batch", actor="cli"))
    return [line.answer(next(decided) if line.asked is not None else None) for line in lines]


@dataclass(frozen=True, slots=True)
class _Line:
    """One line as read: what it asks, or why it cannot be read."""

    number: int
    label: Any
    asked: tuple[str, LoanAsk, date | None] | None = None
    error: CandorError | None = None

    def answer(self, decided: dict[str, object] | CandorError | None) -> dict[str, Any]:
        error = decided if isinstance(decided, CandorError) else self.error
        if error is not None:
            return {"id": self.label, "line": self.number, "error": _error(error)}
        return {"id": self.label, **(decided or {})}  # type: ignore[dict-item]


def _read(line: bytes, number: int) -> _Line:
    from serving.parse import loan_ask, parse_json

    label: Any = None
    try:
        request = dict(parse_json(line))
        label = request.pop("id", None)
        customer, as_of = _text(request, "customer"), request.pop("as_of", None)
        day = None if as_of is None else _day(as_of)
        return _Line(number, label, (customer, loan_ask(request), day))
    except CandorError as error:
        return _Line(number, label, error=error)


def _error(error: CandorError) -> dict[str, Any]:
    several = getattr(error, "errors", None)
    return {**error.as_dict(), **({"errors": several} if several else {})}


def _text(request: dict[str, Any], name: str) -> str:
    value = request.pop(name, None)
    if isinstance(value, str) and value:
        return value
    raise InputError(
        f"{name} is {json.dumps(value, default=str)[:40]}; expected a customer's id",
        field=name, found=str(value)[:40], expected="a customer's id", do=f'Add "{name}": "C00001".',
    )  # fmt: skip


def _day(value: Any) -> date:
    with contextlib.suppress(TypeError, ValueError):
        return date.fromisoformat(value)
    raise InputError(
        f"as_of is {str(value)[:40]}; expected a day", field="as_of", found=str(value)[:40],
        expected="YYYY-MM-DD", do="Write the day as YYYY-MM-DD.",
    )  # fmt: skip


def _batched(items: Iterator[_T], size: int) -> Iterator[list[_T]]:
    while some := list(islice(items, size)):
        yield some


def _bounded_lines(lines: IO[bytes]) -> Iterator[bytes]:
    while line := lines.readline(LONGEST_LINE + 2):
        rest = line
        while rest and not rest.endswith(b"\n"):  # skip what is left of an oversized line; the parser refuses its head
            rest = lines.readline(LONGEST_LINE)
        yield line.rstrip(b"\r\n") if line.endswith(b"\n") else line


@contextlib.contextmanager
def _appears_whole(target: Path) -> Iterator[IO[str]]:
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
