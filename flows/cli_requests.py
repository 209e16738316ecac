"""Commands for staff about customers: candor requests list, show, take, close; candor messages list, retry, deliver."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from flows.cli_output import Answer, command

if TYPE_CHECKING:
    from rich.console import Console

    from lending.message_ports import OutboxRow

Id = Annotated[str, typer.Argument(metavar="ID", help="As candor requests list shows it.")]
By = Annotated[str, typer.Option("--by", metavar="NAME", help="Who does it; goes into the audit trail.")]


def register(app: typer.Typer) -> None:
    """Add this file's commands."""
    requests = typer.Typer(help="Requests of customers: reviews, disputes, people to call.", no_args_is_help=True)
    for name, body in (("list", waiting), ("show", show), ("take", take), ("close", close)):
        command(requests, name)(body)
    app.add_typer(requests, name="requests")
    messages = typer.Typer(help="Messages to customers: what waits, what failed, try again.", no_args_is_help=True)
    for name, body in (("list", outbox), ("retry", retry), ("deliver", deliver)):
        command(messages, name)(body)
    app.add_typer(messages, name="messages")


def waiting() -> Answer:
    """Requests that wait for a person, those due first."""
    from serving.assembly import platform

    rows = platform().request_desk.waiting()
    return Answer({"requests": rows}, lambda console: _show_requests(console, rows))


def show(request_id: Id) -> Answer:
    """One request: what was said, and every step."""
    from serving.assembly import platform

    row = platform().request_desk.one(request_id)
    return Answer(row, lambda console: _show_request(console, row))


def take(request_id: Id, by: By) -> Answer:
    """Take a request up; nobody else closes it then."""
    from serving.assembly import platform

    row = platform().request_desk.take(request_id, by)
    return Answer(row, lambda console: _show_request(console, row))


def close(
    request_id: Id,
    result: Annotated[str, typer.Argument(metavar="RESULT", help="One that candor requests show names.")],
    answer: Annotated[str, typer.Option("--answer", metavar="TEXT", help="What the customer reads.")],
    by: By,
    value: Annotated[str | None, typer.Option("--value", help="Right value of a corrected figure.")] = None,
) -> Answer:
    """Close a request with an answer in words; a corrected figure holds from today."""
    from serving.assembly import platform

    row = platform().request_desk.close(request_id, by, result, answer, value)
    return Answer(row, lambda console: _show_request(console, row))


def outbox(
    failed: Annotated[bool, typer.Option("--failed", help="Those that were given up.")] = False,
) -> Answer:
    """What waits to be delivered, or was given up; contents stay sealed."""
    from serving.assembly import platform

    rows = [_plain(row) for row in platform().records.outbox.list(given_up=failed)]
    return Answer({"messages": rows}, lambda console: _show_messages(console, rows))


def retry(
    message_id: Annotated[str | None, typer.Argument(metavar="[ID]", help="Default: all that were given up.")] = None,
) -> Answer:
    """Make given-up messages due again; the next delivery takes them."""
    from serving.assembly import platform

    count = platform().records.outbox.retry(message_id)
    words = f"{count} due again. Next: candor messages deliver"
    return Answer({"due_again": count}, lambda console: console.print(words))


def deliver() -> Answer:
    """Deliver what is due now, and erase the data whose day has come; the web processes do the first by themselves."""
    from flows.outbox_sweep import sweep

    done = sweep()
    return Answer(done, lambda console: console.print(", ".join(f"{count} {name}" for name, count in done.items())))


def _plain(row: OutboxRow) -> dict[str, Any]:
    return {
        "message_id": row.message_id, "kind": row.kind, "customer": row.customer_id, "state": row.state,
        "attempts": row.attempts, "trouble": row.trouble, "created_at": row.created_at.isoformat(),
        "due_at": row.due_at.isoformat(),
    }  # fmt: skip


def _show_requests(console: Console, rows: Sequence[Mapping[str, Any]]) -> None:
    if not rows:
        console.print("Nobody waits.")
    for row in rows:
        stands = f"{row['state']}, {row['handled_by'] or 'nobody yet'}"
        console.print(f"{row['request_id']}  due {row['due_on']}  {row['kind']}  {row['customer_id']}  {stands}")


def _show_request(console: Console, row: Mapping[str, Any]) -> None:
    console.print(f"{row['reference']}: {row['kind']} by {row['customer_id']} about {row['subject']}, {row['state']}")
    for name, text in row["said"].items():
        console.print(f"  {name}: {text}")
    for step in row["timeline"]:
        console.print(f"  {step['at'][:16]}  {step['act']} by {step['by']}")
    if row["answer"]:
        console.print(f"  answer ({row['result']}): {row['answer']}")
    elif row["results"]:
        ends = "|".join(row["results"])
        console.print(f"Next: candor requests close {row['request_id']} {ends} --answer TEXT --by NAME")


def _show_messages(console: Console, rows: Sequence[Mapping[str, Any]]) -> None:
    if not rows:
        console.print("Nothing waits.")
    for row in rows:
        console.print(
            f"{row['message_id']}  {row['kind']}  {row['state']}  tries {row['attempts']}  due {row['due_at'][:16]}"
            f"  {row['trouble']}"
        )
