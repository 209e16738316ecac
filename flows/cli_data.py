"""Commands about data sets: data add, data check."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from flows.cli_output import Answer, command

if TYPE_CHECKING:
    from rich.console import Console

    from features.dataset import DataFinding


def register(app: typer.Typer) -> None:
    """Add this file's commands."""
    data = typer.Typer(help="Data sets: add one by its mapping file, check one.", no_args_is_help=True)
    command(data, "add")(add)
    command(data, "check")(check)
    app.add_typer(data, name="data")


def add(
    mapping: Annotated[Path, typer.Argument(metavar="MAPPING.yaml", help="Says what the columns of a file mean.")],
) -> Answer:
    """Add a data set by its mapping file; the file it names is read where it is."""
    from serving.assembly import platform

    name = platform().datasets.add(mapping)
    return Answer({"name": name}, lambda console: console.print(f"added {name}; next: candor data check {name}"))


def check(name: Annotated[str, typer.Argument(metavar="NAME", help="A data set added before.")]) -> Answer:
    """Look for wrong units, leaks, dead columns and the like; exit code 1 when one would stop training."""
    from serving.assembly import platform

    result = platform().datasets.check(name)
    stops = [f for f in result.findings if not f.passed and f.severity == "critical"]
    data: dict[str, Any] = {
        "data": name,
        "rows": result.rows,
        "columns": result.columns,
        "passed": not stops,
        "findings": [f.as_dict() for f in result.findings],
    }
    return Answer(data, lambda console: _show(console, data, result.findings), exit_code=1 if stops else 0)


def _show(console: Console, data: dict[str, Any], findings: Sequence[DataFinding]) -> None:
    from rich.markup import escape
    from rich.table import Table

    columns = data["columns"]
    console.print(
        f"{data['data']}: {data['rows']} rows, {columns if isinstance(columns, int) else len(columns)} columns"
    )
    table = Table("check", "column", "result", "found", "limit", "detail")
    for finding in (f for f in findings if not f.passed):
        mark = "[red]stops training[/red]" if finding.severity == "critical" else "[yellow]look at it[/yellow]"
        texts = (finding.found, finding.limit, finding.detail)
        table.add_row(finding.kind, escape(finding.column), mark, *map(escape, texts))
    if table.row_count:
        console.print(table)
    console.print(f"{sum(f.passed for f in findings)} checks passed, {table.row_count} did not")
