"""Commands about the portal: where visits of it stop."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer

from flows.cli_output import Answer, command
from lending.domain.days import day_from
from lending.domain.errors import InputError

if TYPE_CHECKING:
    from rich.console import Console

    from serving.funnel import By

_BY = ("", "product", "variant")
_USUAL_DAYS = 30


def register(app: typer.Typer) -> None:
    """Add this file's commands."""
    command(app, "funnel")(funnel)


def funnel(
    since: Annotated[
        str | None, typer.Option(metavar="DATE", help=f"First day, such as 2026-11-01; usually {_USUAL_DAYS} days ago.")
    ] = None,
    by: Annotated[str, typer.Option(metavar="product|variant", help="One funnel for each; usually one for all.")] = "",
) -> Answer:
    """Where visits to the portal stop between arriving and a loan; events that are too old are deleted first."""
    from serving.assembly import platform

    if by not in _BY:
        raise InputError(f"--by is {by[:20]}", field="by", found=by[:20], expected="product or variant",
                         do="Choose one of them, or leave it out.")  # fmt: skip
    place = platform()
    place.behaviour.sweep()
    place.counting.run()
    today = place.clock.now().date()
    first = _day(since) if since else today - timedelta(days=_USUAL_DAYS)
    drawn = place.kpis.funnel(first, today, cast("By", by))
    return Answer(drawn, lambda console: _show(console, drawn["groups"]))


def _day(text: str) -> date:
    try:
        return day_from(text)
    except ValueError:
        raise InputError(f"--since is {text[:20]}", field="since", found=text[:20], expected="a day such as 2026-11-01",
                         do="Write year, month and day.") from None  # fmt: skip


def _show(console: Console, groups: Sequence[Mapping[str, Any]]) -> None:
    from rich.table import Table

    for group in groups:
        table = Table("step", "visits", "stopped here", "went on", title=group["group"])
        for step in group["steps"]:
            stopped = "" if step["stopped"] is None else str(step["stopped"])
            table.add_row(step["step"], str(step["visits"]), stopped, _share(step["went_on"]))
        console.print(table)
    if not groups:
        console.print("No visit since then named one.")


def _share(text: str | None) -> str:
    return f"{float(text):.0%}" if text else ""
