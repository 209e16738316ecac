"""Commands about who stands beside the champion: models challenger, shadow, route, end-split."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

from flows.cli_output import Answer, command

if TYPE_CHECKING:
    from rich.console import Console

DataOption = Annotated[
    str | None, typer.Option("--data", metavar="NAME", help="Data set; left out: the portfolio that decides.")
]
Version = Annotated[str, typer.Argument(metavar="VERSION", help="A version, see: candor models.")]
Reason = Annotated[str, typer.Option("--reason", help="Why; kept with the split and in the audit trail.")]
By = Annotated[str | None, typer.Option("--by", help="Who does it; left out: you.")]


def register(models: typer.Typer) -> None:
    """Add this file's commands to `candor models`."""
    command(models, "challenger")(set_challenger)
    command(models, "shadow")(set_shadow)
    command(models, "route")(show_route)
    command(models, "end-split")(end_split)


def set_challenger(
    version: Version,
    reason: Reason,
    share: Annotated[str, typer.Option("--share", help="Of the applicants, such as 0.1; policy bounds it.")] = "0.1",
    data: DataOption = None,
    approver: Annotated[str | None, typer.Option("--approver", help="Who answers for it; left out: you.")] = None,
    requested_by: Annotated[
        str | None, typer.Option("--requested-by", help="Who asks for it; left out: who trained it.")
    ] = None,
) -> Answer:
    """Let a version decide for a share of the applicants, through the gates and with a second person."""
    from flows import steps, steps_route

    name, who = _portfolio(data), approver or steps.account()
    body = steps_route.set_challenger(name, version, share, who, reason, requested_by or "")
    return Answer(body, lambda console: _show_route(console, body))


def set_shadow(version: Version, reason: Reason, data: DataOption = None, by: By = None) -> Answer:
    """Let a version score what the champion decides; it decides nothing."""
    from flows import steps, steps_route

    body = steps_route.set_shadow(_portfolio(data), version, by or steps.account(), reason)
    return Answer(body, lambda console: _show_route(console, body))


def show_route(data: DataOption = None) -> Answer:
    """Who decides, for which share, and who only scores."""
    from flows import steps_route

    body = steps_route.route(_portfolio(data))
    return Answer(body, lambda console: _show_route(console, body))


def end_split(
    reason: Reason,
    data: DataOption = None,
    by: By = None,
    shadow: Annotated[bool, typer.Option("--shadow", help="Take the shadow away instead of the challenger.")] = False,
) -> Answer:
    """Let the champion decide for everybody again."""
    from flows import steps, steps_route

    role: steps_route.Beside = "shadow" if shadow else "challenger"
    body = steps_route.end(_portfolio(data), role, by or steps.account(), reason)
    return Answer(body, lambda console: _show_route(console, body))


def _portfolio(data: str | None) -> str:
    from serving.assembly import platform

    return data or platform().settings.portfolio


def _show_route(console: Console, body: Mapping[str, Any]) -> None:
    from rich.markup import escape

    challenger, shadow = body["challenger"], body["shadow"]
    if not body["champion"]:
        console.print(f"no model decides for {body['data']} yet; see: candor models --data {body['data']}")
        return
    rest = f", but for {challenger['share']} of the applicants" if challenger else " for everybody"
    console.print(f"{body['champion']} decides{rest}")
    if challenger:
        console.print(escape(f"{challenger['version']} decides for those as challenger, {_people(challenger)}"))
    if shadow:
        console.print(escape(f"{shadow['version']} only scores, as shadow, {_people(shadow)}"))


def _people(one: Mapping[str, str]) -> str:
    asked = f", asked for by {one['requested_by']}" if one["requested_by"] else ""
    return f"since {one['at']}, let by {one['approver']}{asked}: {one['reason']}"
