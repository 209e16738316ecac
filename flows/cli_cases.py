"""Commands about applications that wait for a person: look, take, ask, decide; override, confirm, reject, withdraw."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer

from flows.cli_output import Answer, command

if TYPE_CHECKING:
    from rich.console import Console

    from lending.case_ports import OverrideRow, Wanted
    from lending.ports import Account
    from serving.assembly import Platform

Id = Annotated[str, typer.Argument(metavar="APPLICATION_ID", help="As `candor case list` shows it.")]
OverrideId = Annotated[str, typer.Argument(metavar="OVERRIDE_ID", help="As `candor case override` answered it.")]
By = Annotated[str, typer.Option("--by", help="User name of the member of staff; their role must allow it.")]
Words = Annotated[str, typer.Option("--answer", help="What you say to it, for the bank alone.")]


def register(app: typer.Typer) -> None:
    """Add this file's commands."""
    case = typer.Typer(help="Applications that wait for a person.", no_args_is_help=True)
    command(case, "list")(list_cases)
    for body in (show, take, release, ask, decide, override, confirm, reject, withdraw):
        command(case, body.__name__)(body)
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
    by: By,
    note: Annotated[str, typer.Option("--note", help="In your own words, for the bank alone.")] = "",
) -> Answer:
    """End a review as its record speaks; the customer is told. What it speaks against takes `candor case override`."""
    from serving.assembly import platform
    from serving.cases import Verdict
    from serving.parse_applications import application_name

    place, name = platform(), application_name(application_id)
    place.case_desk.decide(_officer(place, by), name, Verdict(cast("Wanted", act), reason, note))
    return _stands(place, name)


def take(application_id: Id, by: By) -> Answer:
    """Work on a case; nobody else acts on it then."""
    from serving.assembly import platform
    from serving.parse_applications import application_name

    place, name = platform(), application_name(application_id)
    place.case_desk.take(_officer(place, by), name)
    return _stands(place, name)


def release(application_id: Id, by: By) -> Answer:
    """Let a case go; a senior officer may let go what somebody else has."""
    from serving.assembly import platform
    from serving.parse_applications import application_name

    place, name = platform(), application_name(application_id)
    place.case_desk.release(_officer(place, by), name)
    return _stands(place, name)


def ask(
    application_id: Id,
    what: Annotated[str, typer.Option("--what", metavar="PAPER|call", help="A paper of the list, or a talk.")],
    by: By,
) -> Answer:
    """Ask the customer for more; they are told at once."""
    from serving.assembly import platform
    from serving.parse_applications import application_name

    place, name = platform(), application_name(application_id)
    place.case_desk.ask(_officer(place, by), name, what)
    return _stands(place, name)


def override(
    application_id: Id,
    act: Annotated[str, typer.Option("--act", metavar="offer|refuse", help="What the record speaks against.")],
    reason: Annotated[str, typer.Option("--reason", help="Why, one of kb/case_reasons.yaml: overrides.")],
    ground: Annotated[str, typer.Option("--ground", help="One of the grounds that `candor case show` lists.")],
    comment: Annotated[str, typer.Option("--comment", help="In your own words, for the bank alone.")],
    by: By,
) -> Answer:
    """Decide against the record; where policy asks for two persons it is proposed, and nothing is told yet."""
    from serving.assembly import platform
    from serving.case_overrides import Proposal
    from serving.parse_applications import application_name

    place, name = platform(), application_name(application_id)
    said = Proposal(cast("Wanted", act), reason, ground, comment)
    return _overridden(place.case_desk.override(_officer(place, by), name, said))


def confirm(override_id: OverrideId, by: By, answer: Words = "") -> Answer:
    """Agree to somebody else's override: now it is decided and the customer is told."""
    from serving.assembly import platform

    place = platform()
    row = place.records.cases.override(override_id)
    return _overridden(place.case_desk.confirm(_officer(place, by), override_id, row.version, answer))


def reject(override_id: OverrideId, by: By, answer: Words = "") -> Answer:
    """Disagree with somebody else's override, in words; the case is open again."""
    from serving.assembly import platform

    place = platform()
    row = place.records.cases.override(override_id)
    return _overridden(place.case_desk.reject(_officer(place, by), override_id, row.version, answer))


def withdraw(override_id: OverrideId, by: By) -> Answer:
    """Take an override of your own back while nobody has confirmed it."""
    from serving.assembly import platform

    place = platform()
    row = place.records.cases.override(override_id)
    return _overridden(place.case_desk.take_back(_officer(place, by), override_id, row.version))


def _officer(place: Platform, name: str) -> Account:
    """The account of that name, when its role may decide. Raises RefusedError, the same for a name not there."""
    from lending.domain.errors import RefusedError
    from lending.domain.roles import Permission, may

    found = next((a for a in place.accounts.list() if a.username == name), None)
    if found is not None and may(found.role, Permission.CASE_DECIDE):
        return found
    raise RefusedError(
        f"{name[:40]} may not decide cases", code="role", field="by", found=name[:40],
        expected="an officer or a senior officer", do="Name one of them.",
    )  # fmt: skip


def _stands(place: Platform, application_id: str) -> Answer:
    """Where a case stands after an act."""
    case = {**place.applications.case(application_id), "taken_by": place.records.cases.holder(application_id)}
    taken = f", {case['taken_by']} works on it" if case["taken_by"] else ""
    return Answer(case, lambda console: console.print(f"{case['reference']} is {case['state']}{taken}"))


def _overridden(row: OverrideRow) -> Answer:
    names = ("override_id", "application_id", "wanted", "reason", "state", "version", "proposed_by", "confirmed_by")
    said = {name: getattr(row, name) for name in names}
    more = (
        "" if row.state != "proposed" else f"\nNext, by somebody else: candor case confirm {row.override_id} --by NAME"
    )
    text = f"{row.override_id}: to {row.wanted}, {row.state}{more}"
    return Answer(said, lambda console: console.print(text, markup=False))


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
