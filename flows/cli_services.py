"""Commands about running parts: up, doctor, flow run."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

from flows.cli_output import Answer, command, live_command
from lending.domain.errors import InputError

if TYPE_CHECKING:
    from rich.console import Console

    from serving.ports import FlowRun


def register(app: typer.Typer) -> None:
    """Add this file's commands."""
    live_command(app, "up")(up)
    command(app, "doctor")(doctor)
    flow = typer.Typer(help="Flows on the orchestrator.", no_args_is_help=True)
    command(flow, "run")(run_flow)
    app.add_typer(flow, name="flow")


def up(
    fresh: Annotated[
        bool, typer.Option("--fresh", help="Start over: moves the present state aside, inside var.")
    ] = False,
    port: Annotated[
        int | None, typer.Option("--port", help="Of the console; left out: 8050 or the next.", min=1, max=65535)
    ] = None,
) -> int:
    """Prepare and start everything on this machine; Ctrl-C ends it all."""
    from flows.up import start_everything

    return start_everything(fresh=fresh, console_port=port)


def doctor() -> Answer:
    """Look at this installation and say how to mend what is wrong; exit code 1 when something must be mended."""
    from flows.doctor import examine, show

    report = examine()
    return Answer(report, lambda console: show(console, report), exit_code=0 if report["ok"] else 1)


def run_flow(
    name: Annotated[str, typer.Argument(metavar="NAME", help="seed-bank, validate-data, train-model, promote-model …")],
    parameters: Annotated[str, typer.Option("--parameters", metavar="JSON", help="The flow's parameters.")] = "{}",
    watch: Annotated[bool, typer.Option("--watch", help="Stay until it ends; exit code 1 when it fails.")] = False,
) -> Answer:
    """Start a flow on the orchestrator that `candor up` runs."""
    from flows.watch import WAITS, follow, start

    run = start(name.replace("_", "-"), _object(parameters))  # a flow's file and its deployment differ by that
    if watch:
        run = follow(run.run_id)
    body = {
        "run_id": run.run_id,
        "flow": run.flow,
        "state": run.state,
        "percent": run.percent,
        "message": run.message,
        "url": run.url,
    }
    failed = watch and run.state not in ("completed", WAITS)
    return Answer(body, lambda console: _show_run(console, run), exit_code=1 if failed else 0)


def _object(text: str) -> Mapping[str, Any]:
    try:
        value = json.loads(text)
    except ValueError:
        value = None
    if isinstance(value, dict):
        return value
    raise InputError(
        f"--parameters is {text[:60]}; expected a JSON object", field="--parameters", found=text[:60],
        expected="a JSON object", do="""Write for example: --parameters '{"data": "demo_bank"}'""",
    )  # fmt: skip


def _show_run(console: Console, run: FlowRun) -> None:
    console.print(f"{run.flow} {run.state}" + (f": {run.message}" if run.message else ""), markup=False)
    console.print(run.url, markup=False)
