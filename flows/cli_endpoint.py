"""Commands about the model endpoint: serve, package, deploy, status, teardown."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from flows.cli_models import DataOption
from flows.cli_output import Answer, command, live_command, progress_bar

if TYPE_CHECKING:
    from rich.console import Console

Version = Annotated[str, typer.Argument(metavar="VERSION", help="A registered version, see: candor models")]
Target = Annotated[Literal["local", "sagemaker"], typer.Option("--target", help="This machine, or SageMaker on AWS.")]
Reason = Annotated[str, typer.Option("--reason", help="Why; kept in the audit trail.")]


def register(app: typer.Typer) -> None:
    """Add this file's commands."""
    endpoint = typer.Typer(help="The model endpoint, here and on SageMaker.", no_args_is_help=True)
    live_command(endpoint, "serve")(serve)
    command(endpoint, "package")(package)
    command(endpoint, "deploy")(deploy)
    command(endpoint, "status")(status)
    command(endpoint, "teardown")(teardown)
    app.add_typer(endpoint, name="endpoint")


def serve(
    model_dir: Annotated[
        Path | None, typer.Option("--model-dir", metavar="DIR", help="One package; left out: all that was deployed.")
    ] = None,
    port: Annotated[int, typer.Option("--port", min=1, max=65535)] = 8080,
    host: Annotated[str, typer.Option("--host", help="Address to listen on.")] = "127.0.0.1",
) -> int:
    """Serve /ping, /invocations and the path of SageMaker Runtime."""
    from flows.serve_endpoint import serve_package

    return serve_package(model_dir, host, port)


def package(
    version: Version,
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="Where model.tar.gz is written.")],
    data: DataOption = None,
) -> Answer:
    """Write a version as model.tar.gz, as SageMaker takes it; the same bytes each time."""
    from flows import deployments

    body = deployments.pack(data or _portfolio(), version, out)
    return Answer(body, lambda console: console.print(f"{body['out']}: {body['version']}, {body['sha256']}"))


def deploy(
    version: Version,
    target: Target = "local",
    data: DataOption = None,
    endpoint: Annotated[str, typer.Option("--endpoint", metavar="NAME", help="Left out: of the settings.")] = "",
    plan: Annotated[bool, typer.Option("--plan", help="Print what would be made and its cost; make nothing.")] = False,
    canary: Annotated[
        int | None, typer.Option("--canary", metavar="PERCENT", min=1, max=50, help="Left out: kb/endpoint.yaml.")
    ] = None,
    shadow: Annotated[str, typer.Option("--shadow", metavar="VERSION", help="Gets a copy of each call.")] = "",
    reason: Reason = "no reason was given",
    approver: Annotated[str | None, typer.Option("--approver", help="Who answers for it; left out: you.")] = None,
    requested_by: Annotated[
        str | None, typer.Option("--requested-by", help="Who asks for it; left out: who trained it.")
    ] = None,
) -> Answer:
    """Put an approved version behind an endpoint: a canary first, then all calls, or back when an alarm rings."""
    from flows import deployments, steps
    from flows.parameters import DeployRequest

    request = DeployRequest(
        data=data or _portfolio(), version=version, target=target, endpoint=endpoint, canary=canary, shadow=shadow,
        approver=approver or steps.account(), reason=reason, requested_by=requested_by,
    )  # fmt: skip
    if plan:
        planned = deployments.plan(request)
        return Answer(planned, lambda console: _show_plan(console, planned))
    with progress_bar("checking the version") as moved:
        done = deployments.deploy(request, moved)
    return Answer(done, lambda console: _show(console, done))


def status(
    endpoint: Annotated[str, typer.Argument(metavar="[NAME]", help="Left out: of the settings.")] = "",
    target: Target = "local",
    data: DataOption = None,
) -> Answer:
    """How an endpoint stands: who answers how much, and its alarms."""
    from flows import deployments

    body = deployments.status(endpoint, target, data or _portfolio())
    return Answer(body, lambda console: _show(console, body))


def teardown(
    endpoint: Annotated[str, typer.Argument(metavar="NAME", help="Of the endpoint.")],
    target: Target = "local",
    reason: Reason = "no reason was given",
    by: Annotated[str | None, typer.Option("--by", help="Who does it; left out: you.")] = None,
) -> Answer:
    """Take an endpoint away with all that was made for it; packages and captured calls stay."""
    from flows import deployments, steps

    body = deployments.teardown(endpoint, target, by or steps.account(), reason)
    gone = ", ".join(body["gone"])
    told = f"{endpoint} is gone: {gone}" if gone else f"nothing of {endpoint} is there ({target})"
    return Answer(body, lambda console: console.print(told, markup=False))


def _portfolio() -> str:
    from serving.assembly import platform

    return platform().settings.portfolio


def _show(console: Console, body: Mapping[str, Any]) -> None:
    from rich.table import Table

    console.print(f"{body['endpoint']} ({body['target']}): {body['phase']}, {body['version'] or 'no version'}")
    console.print(str(body["why"]), markup=False)
    variants = Table("variant", "version", "share of calls")
    for one in body["variants"]:
        variants.add_row(one["name"], one["version"], f"{one['share']:.0%}")
    alarms = Table("alarm", "found", "limit", "rings")
    for one in body["alarms"]:
        found = "" if one["found"] is None else f"{one['found']:.4g}"
        alarms.add_row(one["name"], found, f"{one['limit']:g}", "yes" if one["rings"] else "no")
    for table in (variants, alarms):
        if table.row_count:
            console.print(table)


def _show_plan(console: Console, body: Mapping[str, Any]) -> None:
    from rich.markup import escape
    from rich.table import Table

    table = Table("what", "name", "detail", "USD a month", "why")
    for one in body["resources"]:
        cost = "unknown" if one["usd"] is None else one["usd"]
        table.add_row(one["kind"], escape(one["name"]), escape(one["detail"]), cost, escape(one["why"]))
    console.print(table)
    console.print(f"{body['usd_a_month']} USD a month is known, at prices of {body['region']} on {body['dated']}")
    if body["unknown"]:
        console.print(f"not in the sum, as price or use is unknown: {', '.join(body['unknown'])}", markup=False)
    for item, source in sorted({(one["item"], one["source"]) for one in body["resources"] if one["source"]}):
        console.print(f"price of {item}: {source}", markup=False, soft_wrap=True)
    console.print(f"source: {body['source']}", markup=False, soft_wrap=True)
