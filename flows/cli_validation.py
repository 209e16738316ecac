"""Commands that look at a kept model: evaluate it on other loans, write its validation dossier."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from flows.cli_output import Answer
from flows.repeats import model_of

if TYPE_CHECKING:
    from rich.console import Console

VersionArgument = Annotated[str, typer.Argument(metavar="VERSION", help="A registered version, see: candor models")]


def evaluate(
    version: VersionArgument,
    data: Annotated[str, typer.Option("--data", metavar="NAME", help="Loans to measure on; a data set added before.")],
) -> Answer:
    """Measure a registered model on other or newer loans: train's figures and gates; exit code 1 when a gate fails."""
    from serving.assembly import platform
    from training.reassess import reassess

    place = platform()
    folder = place.registry.package(model_of(version, data), version)
    result = reassess(folder, place.datasets.load(data), place.clock.now().date())
    refused = any(not gate["passed"] for gate in result["gates"])
    return Answer(result, lambda console: _show(console, result), exit_code=1 if refused else 0)


def write_dossier(
    version: VersionArgument,
    data: Annotated[
        str | None, typer.Option("--data", metavar="NAME", help="Data set; left out: the portfolio that decides.")
    ] = None,
    html: Annotated[Path | None, typer.Option(metavar="PATH", help="Where the page goes; usually var/reports.")] = None,
) -> Answer:
    """Write the validation dossier of a version as one page; every figure in it is in the run."""
    from flows.cli_data import write_page
    from serving.assembly import platform
    from training.dossier import dossier

    place = platform()
    name = model_of(version, data or place.settings.portfolio)
    folder = place.registry.package(name, version)
    number = version.rpartition("/")[2]
    listed = [row for row in place.registry.list(name) if row["version"].rpartition("/")[2] == number]
    card = json.loads((folder / "card.json").read_text(encoding="utf-8"))
    markdown, text = dossier(card, [row for row in listed if row.get("approver")])
    page = html or place.settings.var / "reports" / f"{name}-{number}-dossier.html"
    write_page(page, text)
    body = {"version": f"candor-pd-{name}/{number}", "page": str(page), "markdown": markdown}
    return Answer(body, lambda console: console.print(f"page: {page}", soft_wrap=True, markup=False))


def _show(console: Console, result: Mapping[str, Any]) -> None:
    from rich.markup import escape
    from rich.table import Table

    metrics = Table("metric", "value", "95 % interval")
    for name, figure in result["metrics"].items():
        metrics.add_row(name, f"{figure['value']:.4f}", f"{figure['low']:.4f} to {figure['high']:.4f}")
    gates = Table("gate", "result", "found", "limit", "detail")
    for gate in result["gates"]:
        mark = "passed" if gate["passed"] else "[red]failed[/red]"
        gates.add_row(gate["name"], mark, str(gate["found"]), str(gate["limit"]), escape(str(gate["detail"])))
    console.print(metrics, gates)
    for row in [*result["slices"], *result["fairness"]]:
        if row["verdict"] in LOOK:
            where = f"{row.get('slice', row.get('attribute'))} {row.get('value', row.get('group'))}"
            console.print(escape(f"{where}: {row['verdict']} {row.get('why', '')}".strip()))
    console.print(escape(f"{result['model_version']} on {result['rows']} loans of {result['data']}: {result['loans']}"))


LOOK = ("look into it", "promises too little", "promises too much", "ranks worse")
"""Verdicts of slices and groups that a person should see."""
