"""The command that brings the bank's customers: customer add."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from flows.cli_output import Answer, command, progress_bar
from lending.domain.errors import InputError

if TYPE_CHECKING:
    from lending.ports import CustomerRow
    from serving.assembly import Platform

_MOST_SAID = 20


def register(app: typer.Typer) -> None:
    """Add this file's command."""
    group = typer.Typer(help="Whom the bank knows.", no_args_is_help=True)
    command(group, "add")(add)
    app.add_typer(group, name="customer")


def add(
    file: Annotated[Path, typer.Argument(metavar="FILE.jsonl", help="A person a line, as JSON.")],
) -> Answer:
    """Bring customers: new ones are added, of others a later record is written. A wrong line, and nothing is done."""
    from serving.assembly import platform

    place = platform()
    with progress_bar("reading") as tell:
        rows = _read(file, place, tell)
        tell(1.0, "sealing")
        done = place.customer_book.bring(rows, "cli")
    said = f"{done.added} added, {done.changed} with a later record, {done.same} as they were."
    return Answer(asdict(done), lambda console: console.print(said))


def _read(file: Path, place: Platform, tell: Any) -> list[CustomerRow]:
    """Every line of a file. Raises InputError with the first lines that are wrong."""
    from serving.parse_customers import customer_row
    from serving.profile_fields import profile_fields
    from serving.strict_json import parse_json

    known, today = profile_fields(place.settings.kb), place.clock.now().date()
    rows: list[CustomerRow] = []
    wrong: list[str] = []
    for number, share, line in _lines(file):
        try:
            rows.append(customer_row(parse_json(line), known, today))
        except InputError as error:
            wrong.append(f"line {number}: {error}")
        if not number % 1000:
            tell(share, f"line {number}")
    if wrong or not rows:
        more = f"; and {len(wrong) - _MOST_SAID} more lines" if len(wrong) > _MOST_SAID else ""
        found = "; ".join(wrong[:_MOST_SAID]) + more if wrong else f"{file} is empty"
        raise InputError(found, field="FILE", code="customers", found=found, expected="a customer a line",
                         do="Correct it and run it again; nothing was added.")  # fmt: skip
    return rows


def _lines(file: Path) -> Iterator[tuple[int, float, bytes]]:
    """Number, share of the file read, and bytes of each line that is not blank."""
    from flows.batch import bounded_lines

    if not file.is_file():
        raise InputError(
            f"{file} is no file", field="FILE", found=str(file), expected="a file of JSON lines", do="Check the path."
        )
    size, read = file.stat().st_size or 1, 0
    with file.open("rb") as source:
        for number, line in enumerate(bounded_lines(source), 1):
            read += len(line)
            if line.strip():
                yield number, min(1.0, read / size), line
