"""The lines of a batch: what each asks for, and how it is answered."""

from __future__ import annotations

import contextlib
import gc
import json
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, NamedTuple

from lending.domain.days import day_from
from lending.domain.errors import CandorError, InputError
from serving.shown_words import json_text

if TYPE_CHECKING:
    from lending.ports import Sealed
    from serving.decide import LoanAsk, Quotes

GARBAGE = 1_000_000  # new objects between looks for garbage: a chunk makes many, no cycles, and lets them all go
Chunk = Sequence[tuple[int, bytes]]
"""Some lines with their numbers, counted from 1."""


class Answered(NamedTuple):
    """The answers of some lines, each ended; how many there are, and how many could not be decided."""

    text: str
    lines: int
    failed: int


Made = tuple[list["Sealed"], Answered]
"""What is to be written of a chunk, and how its lines are answered."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line as read: what it asks, or why it cannot be read."""

    number: int
    label: str | int | None
    asked: tuple[str, LoanAsk, date | None] | None = None
    error: CandorError | None = None

    def answer(self, result: str) -> str:
        """The line that answers it with the text of a quote result."""
        return f'{{"id":{"null" if self.label is None else json_text(self.label)},{result[1:]}\n'

    def refusal(self, error: CandorError) -> str:
        """The line that says why nothing was decided."""
        return json_text({"id": self.label, "line": self.number, "error": _error(error)}) + "\n"


def read_lines(chunk: Chunk) -> list[Line]:
    """Read lines; those that cannot be read hold their error."""
    return [_read(line, number) for number, line in chunk]


def asked(lines: Sequence[Line]) -> list[tuple[str, LoanAsk, date | None]]:
    """What the lines that can be read ask for."""
    return [line.asked for line in lines if line.asked is not None]


def answered(lines: Sequence[Line], decided: Sequence[str | CandorError]) -> Answered:
    """The answers of all lines, given those to what was `asked`; in order."""
    rest = iter(decided)
    found = [next(rest) if line.error is None else line.error for line in lines]
    texts = [
        line.answer(one) if isinstance(one, str) else line.refusal(one) for line, one in zip(lines, found, strict=True)
    ]
    return Answered("".join(texts), len(texts), sum(not isinstance(one, str) for one in found))


def made_of(quotes: Quotes, chunk: Chunk) -> Made:
    """Decide the lines of a chunk, and write nothing down."""
    from serving.batch import prepare_many, texts_of, to_write

    lines = read_lines(chunk)
    ready = prepare_many(quotes, asked(lines))
    return to_write(ready), answered(lines, texts_of(ready))


@contextlib.contextmanager
def rarely_collected() -> Generator[None]:
    """Inside, this process seldom looks for garbage."""
    before = gc.get_threshold()
    gc.set_threshold(GARBAGE)
    try:
        yield
    finally:
        gc.set_threshold(*before)


def _read(line: bytes, number: int) -> Line:
    from serving.parse import loan_ask
    from serving.strict_json import parse_json

    label: str | int | None = None
    try:
        request = dict(parse_json(line))
        label = _label(request.pop("id", None))
        customer, as_of = _text(request, "customer"), request.pop("as_of", None)
        day = None if as_of is None else _day(as_of)
        return Line(number, label, (customer, loan_ask(request), day))
    except CandorError as error:
        return Line(number, label, error=error)


def _error(error: CandorError) -> dict[str, Any]:
    several = getattr(error, "errors", None)
    return {**error.as_dict(), **({"errors": several} if several else {})}


def _label(value: Any) -> str | int | None:
    """What goes back exactly as it came; any other number or a tree would come back in another form."""
    if value is None or (isinstance(value, str | int) and not isinstance(value, bool)):
        return value
    raise InputError(
        f"id is {json.dumps(value, default=str)[:40]}; expected text or a whole number", field="id",
        found=json.dumps(value, default=str)[:40], expected="text or a whole number", do="Write the id in quotes.",
    )  # fmt: skip


def _text(request: dict[str, Any], name: str) -> str:
    value = request.pop(name, None)
    if isinstance(value, str) and value:
        return value
    raise InputError(
        f"{name} is {json.dumps(value, default=str)[:40]}; expected a customer's id",
        field=name, found=str(value)[:40], expected="a customer's id", do=f'Add "{name}": "C00001".',
    )  # fmt: skip


def _day(value: Any) -> date:
    with contextlib.suppress(ValueError):
        return day_from(value)
    raise InputError(
        f"as_of is {str(value)[:40]}; expected a day", field="as_of", found=str(value)[:40],
        expected="YYYY-MM-DD", do="Write the day as YYYY-MM-DD.",
    )  # fmt: skip
