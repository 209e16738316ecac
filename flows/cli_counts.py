"""The command that keeps counts: monitor count."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

from flows.cli_output import Answer

if TYPE_CHECKING:
    from rich.console import Console

    from serving.tallies import Recount

_MOST_SHOWN = 10


def count(
    rebuild: Annotated[
        bool, typer.Option("--rebuild", help="Count everything from scratch, compare, and put right what differs.")
    ] = False,
) -> Answer:
    """Bring the counts of decisions, applications and visits up to date; web processes do so by themselves."""
    from serving.assembly import platform

    counting = platform().counting
    if not rebuild:
        counted = counting.run()
        return Answer({"counted": counted}, lambda console: console.print(f"{counted} counted; all is up to date."))
    found = counting.rebuild()
    return Answer({name: _told(one) for name, one in found.items()}, lambda console: _show(console, found))


def _told(one: Recount) -> dict[str, Any]:
    return {"decisions": one.decisions, "unreadable": one.unreadable, "different": len(one.different),
            "replaced": one.replaced}  # fmt: skip


def _show(console: Console, found: Mapping[str, Recount]) -> None:
    for name, one in found.items():
        said = "as they stand" if not one.different else f"{len(one.different)} counts differ"
        console.print(f"{name}: {one.decisions} decisions counted again, {said}{_what_then(one)}")
        for key in one.different[:_MOST_SHOWN]:
            console.print("  " + " ".join(part for part in key if part))


def _what_then(one: Recount) -> str:
    if not one.different:
        return "."
    if one.replaced:
        return "; the new ones were put in their place."
    return f"; they stay, for {one.unreadable} decisions can be opened no more."
