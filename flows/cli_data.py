"""Commands about data sets: data add, data check, data explore."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from flows.cli_output import Answer, command

if TYPE_CHECKING:
    from rich.console import Console

    from features.dataset import DataFinding

_NAMED = 8  # columns named in one sentence


def register(app: typer.Typer) -> None:
    """Add this file's commands."""
    data = typer.Typer(help="Data sets: add one by its mapping file, check one, explore one.", no_args_is_help=True)
    command(data, "add")(add)
    command(data, "check")(check)
    command(data, "explore")(explore)
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


def explore(
    name: Annotated[str, typer.Argument(metavar="NAME", help="A data set added before.")],
    html: Annotated[Path | None, typer.Option(metavar="PATH", help="Where the page goes; usually var/reports.")] = None,
) -> Answer:
    """Write one page with distributions, the share of bad loans by value and period, and links between features."""
    from features.explore_page import explore_page
    from serving.assembly import platform

    place = platform()
    found = place.datasets.explore(name)
    page = html or place.settings.var / "reports" / f"{name}-exploration.html"
    write_page(page, explore_page(found))
    data = {"page": str(page), **found.as_dict()}
    return Answer(data, lambda console: _tell(console, page, found.sentences))


def write_page(page: Path, text: str) -> None:
    """Write a page, making its folder. Raises InputError when that cannot be."""
    from lending.domain.errors import InputError

    try:
        page.parent.mkdir(parents=True, exist_ok=True)
        page.write_text(text, encoding="utf-8")
    except OSError as error:
        raise InputError(
            f"{page} cannot be written: {error.strerror}", code="not_writable", field="--html",
            found=str(error.strerror), expected="a file that can be written", do="Give another path with --html.",
        ) from None  # fmt: skip


def _tell(console: Console, page: Path, sentences: Sequence[str]) -> None:
    from rich.markup import escape

    for sentence in sentences:
        console.print(f"- {escape(sentence)}")
    console.print(f"page: {escape(str(page))}", soft_wrap=True)


def _show(console: Console, data: dict[str, Any], findings: Sequence[DataFinding]) -> None:
    from rich.markup import escape

    columns = data["columns"]
    console.print(
        f"{data['data']}: {data['rows']} rows, {columns if isinstance(columns, int) else len(columns)} columns"
    )
    failed = [f for f in findings if not f.passed]
    for columns, finding in grouped(failed):
        mark = "[red]stops training[/red]" if finding.severity == "critical" else "[yellow]look at it[/yellow]"
        where = f" [bold]{escape(columns)}[/bold]" if columns else ""
        console.print(f"\n{mark}  {finding.kind}{where}: {escape(finding.found)} (limit: {escape(finding.limit)})")
        console.print(escape(finding.detail))
    console.print()
    for finding in (f for f in findings if f.kind == "serve" and f.detail):
        console.print(f"{escape(finding.found)}. {escape(finding.detail)}")
    console.print(f"{sum(f.passed for f in findings)} checks passed, {len(failed)} did not")


def grouped(findings: Sequence[DataFinding]) -> list[tuple[str, DataFinding]]:
    """Columns of which the same is said, as one text, with what is said."""
    groups: dict[tuple[str, ...], list[DataFinding]] = {}
    for one in findings:
        groups.setdefault((one.kind, one.severity, one.found, one.limit, one.detail), []).append(one)
    return [(_names([one.column for one in same]), same[0]) for same in groups.values()]


def _names(columns: Sequence[str]) -> str:
    more = f" and {len(columns) - _NAMED} more" if len(columns) > _NAMED else ""
    return ", ".join(columns[:_NAMED]) + more
