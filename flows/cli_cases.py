"""Commands about applications that wait for a person: case list, show, decide."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer

from flows.cli_output import Answer, command

if TYPE_CHECKING:
    from rich.console import Console

Id = Annotated[str, typer.Argument(metavar="APPLICATION_ID", help="As `candor case list` shows it.")]


def register(app: typer.Typer) -> None:
    """Add this file's commands."""
    case = typer.Typer(help="Applications that wait for a person.", no_args_is_help=True)
    command(case, "list")(list_cases)
    command(case, "show")(show)
    command(case, "decide")(decide)
    app.add_typer(case, name="case")


def list_cases() -> Answer:
    """What waits for a person, the one that waits longest first."""
    from serving.assembly import platform

    rows = platform().applications.waiting()
    return Answer({"applications": rows}, lambda console: _show_list(console, rows))


def show(application_id: Id) -> Answer:
    """One application: whose it is, what was answered, who did what, and the grounds to choose from."""
    from serving.assembly import platform
    from serving.parse_applications import application_name

    case = platform().applications.case(application_name(application_id))
    return Answer(case, lambda console: _show_case(console, case))


def decide(
    application_id: Id,
    act: Annotated[str, typer.Option("--act", metavar="offer|refuse", help="Make the offer, or refuse.")],
    reason: Annotated[str, typer.Option("--reason", help="One of the grounds that `candor case show` lists.")],
    by: Annotated[str, typer.Option("--by", help="User name of the member of staff; their role must allow it.")],
    note: Annotated[str, typer.Option("--note", help="In your own words, for the bank alone.")] = "",
) -> Answer:
    """End a review; the customer is told."""
    from serving.application_cases import Verdict
    from serving.assembly import platform
    from serving.parse_applications import application_name

    place = platform()
    actor = _officer(place.accounts.list(), by)
    done = place.applications.decide(application_name(application_id), actor, cast("Verdict", act), reason, note)
    return Answer(done, lambda console: console.print(f"{done['reference']} is {done['state']}"))


def _officer(accounts: Sequence[Any], name: str) -> str:
    """The user name, when its role may decide. Raises RefusedError, the same for a name that is not there."""
    from lending.domain.errors import RefusedError
    from lending.domain.roles import Permission, may

    if any(a.username == name and may(a.role, Permission.CASE_DECIDE) for a in accounts):
        return name
    raise RefusedError(
        f"{name[:40]} may not decide cases", code="role", field="by", found=name[:40],
        expected="an officer or a senior officer", do="Name one of them.",
    )  # fmt: skip


def _show_list(console: Console, rows: Sequence[Mapping[str, Any]]) -> None:
    from rich.table import Table

    if not rows:
        console.print("Nothing waits for a person.")
        return
    table = Table("application", "reference", "customer", "loan", "why", "since")
    for row in rows:
        since = str(row["since"])[:16].replace("T", " ")
        table.add_row(row["application_id"], row["reference"], row["customer_id"], row["product"], row["why"], since)
    console.print(table)


def _show_case(console: Console, case: Mapping[str, Any]) -> None:
    head = f"{case['reference']}  {case['product']}  {case['state']}  {case['customer_id']}  {case['name']}"
    console.print(head, markup=False)
    console.print(f"decision {case['decision_id']}  offer {case['offer_id'] or 'none'}", markup=False)
    for name, said in case["answers"].items():
        console.print(f"  {name}: {said}", markup=False)
    for paper in case["checklist"]:
        console.print(f"  paper {paper['asked']}: {paper['state']}", markup=False)
    for event in case["events"]:
        console.print(f"  {event['at'][:16]} {event['actor']} {event['act']} {event['detail']}", markup=False)
    for act, grounds in case["grounds"].items():
        console.print(f"--act {act} --reason {'|'.join(grounds)}", markup=False)
