"""Commands about watching: monitor run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from flows import cli_outcomes
from flows.cli_counts import count
from flows.cli_output import Answer, command

if TYPE_CHECKING:
    from rich.console import Console

    from serving.monitor import Monitored

_MARKS = {
    "steady": "[dim]·[/dim]", "small": "[cyan]s[/cyan]", "moved": "[bold red]M[/bold red]",
    "missing": "[bold magenta]?[/bold magenta]", "returned": "[bold magenta]![/bold magenta]",
    "new_values": "[bold yellow]N[/bold yellow]", "too_few": "[dim]–[/dim]",
}  # fmt: skip
_LEGEND = "· steady  s small  M moved  ? went missing  ! returned  N new values  – too few loans  blank: no loans"
_MOST_ALARMS = 12


def register(app: typer.Typer) -> None:
    """Add this file's commands."""
    group = typer.Typer(help="Watch a data set: which features moved, and when.", no_args_is_help=True)
    command(group, "run")(run)
    command(group, "count")(count)
    command(group, "performance")(cli_outcomes.performance)
    command(group, "fairness")(cli_outcomes.fairness)
    app.add_typer(group, name="monitor")


def run(
    data: Annotated[str | None, typer.Option(metavar="NAME", help="A data set; usually the portfolio's.")] = None,
    reference: Annotated[
        str | None, typer.Option(metavar="PERIOD", help="2009, 2009Q1 or 2009-03; usually the first year.")
    ] = None,
    period: cli_outcomes.Cut = "month",
) -> Answer:
    """Compare every period with a reference: PSI beside what chance makes, what went missing, what is new."""
    from typing import cast

    from serving.assembly import platform
    from serving.monitor import Period, monitor, rules_on

    cli_outcomes.check_period(period)
    place = platform()
    name = data or place.settings.portfolio
    rules = rules_on(place.settings.kb, place.clock.now().date())
    found = monitor(place.datasets.watch(name), reference, cast("Period", period), rules)
    return Answer(found.as_dict(), lambda console: _show(console, found))


def _show(console: Console, found: Monitored) -> None:
    from rich.table import Table

    from serving.monitor import all_periods

    table = Table(title=f"{found.data} against {found.reference} ({found.reference_rows} loans)", box=None)
    table.add_column("feature", no_wrap=True)
    table.add_column(f"{found.periods[0]} to {found.periods[-1]}, a mark each", no_wrap=True)
    marked = {(row.feature, row.period): _MARKS[row.told.verdict] for row in found.rows}
    periods = all_periods(found)
    for feature in found.features:
        marks = "".join(marked.get((feature, period), " ") for period in periods)
        table.add_row(feature + (" (dropped)" if feature in found.dropped else ""), marks)
    console.print(table)
    console.print(_LEGEND)
    for alarm in found.alarms[:_MOST_ALARMS]:
        span = alarm.first if alarm.first == alarm.last else f"{alarm.first} to {alarm.last}"
        console.print(f"[bold]{alarm.verdict}[/bold] {span}: {', '.join(alarm.features)}: {alarm.cause}")
    if len(found.alarms) > _MOST_ALARMS:
        console.print(f"and {len(found.alarms) - _MOST_ALARMS} more; --json lists them all")
    if not found.alarms:
        console.print("Nothing moved more than chance makes.")
