"""Commands of the policy lab: lab run, lab figures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from flows.cli_output import Answer, command, progress_bar

if TYPE_CHECKING:
    from rich.console import Console


def register(app: typer.Typer) -> None:
    """Add this file's commands."""
    group = typer.Typer(help="Try another policy or price on past applications.", no_args_is_help=True)
    command(group, "run")(run)
    command(group, "figures")(figures)
    app.add_typer(group, name="lab")


def run(
    changed: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="PATH=VALUE", help="Such as car.score_min=680; repeat it."),
    ] = None,
    data: Annotated[str | None, typer.Option(metavar="NAME", help="A data set, or `recorded`.")] = None,
    product: Annotated[
        str | None, typer.Option(metavar="NAME", help="What loans count as where the data does not say.")
    ] = None,
    most: Annotated[int | None, typer.Option(min=1, help="A sample of at most so many applications.")] = None,
) -> Answer:
    """Decide past applications once more by other figures: approvals, loss, yield, fairness, who moves in and out."""
    from flows.lab import run_values
    from serving.assembly import platform

    values = dict(_pair(one) for one in changed or [])
    name = data or platform().settings.portfolio
    with progress_bar("policy lab") as move:
        found = run_values(values, name, product, most, move)
    return Answer(found, lambda console: _show(console, found))


def figures() -> Answer:
    """List the figures that may be changed, what stands there today, and between which bounds."""
    from lending.domain.money import plain
    from serving.assembly import platform

    rows = [
        {"path": one.path, "value": plain(one.value), "unit": one.unit, "low": plain(one.low), "high": plain(one.high),
         "does": one.does}
        for one in platform().draft_desk.leaves()
    ]  # fmt: skip
    return Answer({"figures": rows}, lambda console: _list(console, rows))


def _pair(text: str) -> tuple[str, str]:
    from lending.domain.errors import InputError

    path, equals, value = text.partition("=")
    if not equals or not path.strip() or not value.strip():
        raise InputError(
            f"{text[:40]!r} is no change", code="lab_set", field="--set", found=text[:40],
            expected="PATH=VALUE, such as car.score_min=680", do="List the paths: candor lab figures",
        )  # fmt: skip
    return path.strip(), value


def _show(console: Console, found: dict[str, Any]) -> None:
    from rich.table import Table

    table = Table(title=f"{found['applications']} applications of {found['data']}, {found['from']} to {found['to']}")
    for name in ("figure", "in force", "draft", "change"):
        table.add_column(name)
    for name, sides in found["figures"].items():
        table.add_row(name, *(_interval(sides.get(side)) for side in ("present", "draft", "change")))
    console.print(table)
    swaps = found["swaps"]
    console.print(f"{swaps['in']['count']} move in, {swaps['out']['count']} move out")
    unseen = swaps["in"]["never_lent"] + swaps["stay_in"]["never_lent"]
    if unseen:
        console.print(f"{unseen} of those approved were never lent to: nobody saw how they would have paid")


def _list(console: Console, rows: list[dict[str, str]]) -> None:
    from rich.table import Table

    table = Table(box=None)
    for name in ("path", "value", "unit", "low", "high"):
        table.add_column(name)
    for row in rows:
        table.add_row(*(row[name] for name in ("path", "value", "unit", "low", "high")))
    console.print(table)


def _interval(figure: dict[str, float | None] | None) -> str:
    if figure is None or figure["value"] is None:
        return "–"
    if figure["low"] is None:
        return f"{figure['value']:,.4f}"
    return f"{figure['value']:,.4f} ({figure['low']:,.4f} to {figure['high']:,.4f})"
