"""Commands about models: train, models, models rollback, models dossier, promote, evaluate; see also cli_routes."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from flows import cli_routes, cli_validation
from flows.cli_output import Answer, command, default_command

if TYPE_CHECKING:
    from rich.console import Console

DataOption = Annotated[
    str | None, typer.Option("--data", metavar="NAME", help="Data set; left out: the portfolio that decides.")
]


def register(app: typer.Typer) -> None:
    """Add this file's commands."""
    command(app, "train")(train)
    models = typer.Typer(help="Registered models of a data set: list them, who decides, go back to the one before.")
    default_command(models, list_models)
    command(models, "rollback")(rollback)
    command(models, "dossier")(cli_validation.write_dossier)
    cli_routes.register(models)
    app.add_typer(models, name="models")
    command(app, "promote")(promote)
    command(app, "evaluate")(cli_validation.evaluate)


def train(
    data: Annotated[str | None, typer.Option("--data", metavar="NAME", help="A data set added before.")] = None,
    budget: Annotated[float, typer.Option("--budget", min=1, help="Seconds of the whole run.")] = 240.0,
    seed: Annotated[int | None, typer.Option("--seed", min=0, help="Same data, code and seed: same model.")] = None,
    like: Annotated[str | None, typer.Option("--like", metavar="RUN_ID", help="Repeat a run exactly.")] = None,
    cluster: Annotated[str, typer.Option("--cluster", metavar="ADDRESS", help="A Dask scheduler to fit on.")] = "",
    on: Annotated[Literal["here", "sagemaker"], typer.Option("--on", help="Here, or a job on SageMaker.")] = "here",
) -> Answer:
    """Check the data, try every family, choose, calibrate, measure and register a challenger; never promotes."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    from flows import jobs, steps

    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        line = bar.add_task("checking the data", total=1.0)
        moved = partial(_move, bar, line)
        if on == "sagemaker":
            result = jobs.train_model(data, seed, budget, moved, like=like, cluster=cluster)
        else:
            result = steps.train_model(data, seed, budget, moved, like=like, cluster=cluster)
    refused = any(not gate["passed"] for gate in result["gates"])
    return Answer(result, lambda console: _show_training(console, result), exit_code=1 if refused else 0)


def list_models(data: DataOption = None) -> Answer:
    """Versions of a data set's model, newest first, with what each is used for."""
    from serving.assembly import platform

    place = platform()
    name = data or place.settings.portfolio
    rows = list(place.registry.list(name))
    champion = place.registry.champion(name)
    body = {"data": name, "champion": champion, "models": rows}
    return Answer(body, lambda console: _show_models(console, body))


def rollback(
    data: DataOption = None,
    reason: Annotated[str, typer.Option("--reason", help="Why; kept in the audit trail.")] = "no reason was given",
    by: Annotated[str | None, typer.Option("--by", help="Who does it; left out: you.")] = None,
) -> Answer:
    """Make the champion before the present one decide again."""
    from flows import steps
    from serving.assembly import platform

    name = data or platform().settings.portfolio
    body = steps.rollback(name, by or steps.account(), reason)
    return Answer(body, lambda console: console.print(f"{name}: {body['champion']} decides again"))


def promote(
    version: Annotated[
        str, typer.Argument(metavar="VERSION", help="A version, see: candor models; or RUN_ID with --override.")
    ],
    reason: Annotated[str, typer.Option("--reason", help="Why; kept with the model.")],
    data: DataOption = None,
    approver: Annotated[str | None, typer.Option("--approver", help="Who answers for it; left out: you.")] = None,
    requested_by: Annotated[
        str | None, typer.Option("--requested-by", help="Who asks for it; left out: who trained it.")
    ] = None,
    override: Annotated[str | None, typer.Option("--override", metavar="GATE", help="Gate to set aside.")] = None,
    owner: Annotated[str | None, typer.Option("--owner", help="Who answers for the override.")] = None,
    until: Annotated[str | None, typer.Option("--until", metavar="DATE", help="Last day of the override.")] = None,
) -> Answer:
    """Let a model decide, if it passes every gate and a second person approves; an override names gate, owner, end."""
    from flows import steps
    from serving.assembly import platform

    waiver = _waiver(override, owner, until)
    name = data or platform().settings.portfolio
    result = steps.promote_model(name, version, approver or steps.account(), reason, waiver, requested_by)
    return Answer(result, lambda console: console.print(f"{name}: version {version} decides from now on"))


def _waiver(gate: str | None, owner: str | None, until: str | None) -> dict[str, str] | None:
    """What was given of an override; the promotion itself says what is missing."""
    given = {"gate": gate, "owner": owner, "until": until}
    return {name: value for name, value in given.items() if value} or None


def _move(bar: Any, line: Any, share: float, text: str) -> None:
    bar.update(line, completed=share, description=text)


def _show_training(console: Console, result: Mapping[str, Any]) -> None:
    from rich.table import Table

    metrics = Table("metric", "value", "95 % interval")
    for name, figure in result["metrics"].items():
        metrics.add_row(name, f"{figure['value']:.4f}", f"{figure['low']:.4f} to {figure['high']:.4f}")
    gates = Table("gate", "result", "found", "limit", "detail")
    for gate in result["gates"]:
        mark = "passed" if gate["passed"] else "[red]failed[/red]"
        gates.add_row(gate["name"], mark, str(gate["found"]), str(gate["limit"]), str(gate["detail"]))
    console.print(metrics, gates)
    console.print(_candidates(result["candidates"]))
    console.print(f"chosen: {result['choice']['why']}")
    for sentence in _repeated(result.get("like")):
        console.print(sentence)
    version = result["model_version"]
    console.print(f"run {result['run_id']}, " + (f"registered as {version}" if version else "not registered"))
    console.print(f"trained on {result['data']} in {result['seconds']} s; nothing was promoted")


def _candidates(rows: list[dict[str, Any]]) -> Any:
    """One line a family: figures on held-out folds and on the test loans, or why it was left out."""
    from rich.table import Column, Table

    names = ("serves", "AUC folds", "AUC test", "log loss folds", "log loss test")
    table = Table(Column("family", no_wrap=True), *(Column(name, max_width=8) for name in names), "left out")
    for row in rows:
        pairs = [(row["folds"] or {}).get("auc"), row["auc"], (row["folds"] or {}).get("log_loss"), row["log_loss"]]
        figures = [f"{figure['value']:.4f}" if figure else "" for figure in pairs]
        name = f"[bold]{row['family']}[/bold]" if row["chosen"] else row["family"]
        table.add_row(name, "yes" if row["serves"] else "", *figures, row["left_out"] or "")
    return table


def _repeated(like: Mapping[str, Any] | None) -> list[str]:
    if like is None:
        return []
    said = "the same model again" if like["same"] else "another model than then"
    return [f"repeats run {like['run_id']}: {said}", *like["differs"]]


def _show_models(console: Console, body: Mapping[str, Any]) -> None:
    from rich.markup import escape
    from rich.table import Column, Table

    if not body["models"]:
        console.print(f"no model of {body['data']} yet; train one: candor train --data {body['data']}")
        return
    fixed = ("version", "used as", "family", "AUC")
    table = Table(*(Column(name, no_wrap=True) for name in fixed), "gates", "people")
    for row in body["models"]:
        table.add_row(*(escape(cell) for cell in _cells(row)))
    console.print(table)
    console.print(f"champion of {body['data']}: {body['champion'] or 'none yet'}")


def _cells(row: Mapping[str, Any]) -> list[str]:
    failed = ", ".join(row["gates_failed"])
    auc = row["metrics"].get("auc")
    said = (row["version"].rpartition("/")[2], row["aliases"], row["family"], f"{auc['value']:.3f}" if auc else "")
    return [*said, f"failed: {failed}" if failed else "all passed", _people(row)]


def _people(row: Mapping[str, Any]) -> str:
    """Who trained and who approved it and why, and what was set aside."""
    trained = f"trained by {row['trained_by']}" if row["trained_by"] else ""
    approved = f"approved by {row['approver']}: {row['reason']}" if row["approver"] else ""
    waived = f"without gate {said}" if (said := _override(row["override"])) else ""
    return "; ".join(filter(None, (trained, approved, waived)))


def _override(override: Mapping[str, Any] | None) -> str:
    if override is None:
        return ""
    ends = "ended" if override["ended"] else "until"
    return f"{override['gate']} by {override['owner']}, {ends} {override['until']}"
