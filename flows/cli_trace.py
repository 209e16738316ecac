"""The command that finds everything that one request led to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

from flows.cli_output import Answer, command
from lending.domain.errors import InputError
from lending.errand import is_request_id

if TYPE_CHECKING:
    from rich.console import Console

Id = Annotated[str, typer.Argument(metavar="REQUEST_ID", help="The X-Request-ID of an answer, or of a log line.")]
_SHOWN = {"entries": ("decision_id", "kind", "channel"), "acts": ("seq", "act", "subject", "actor"),
          "texts": ("generation_id", "kind", "trace_id"), "flows": ("run_id", "flow", "state")}  # fmt: skip


def register(app: typer.Typer) -> None:
    """Add this file's command."""
    command(app, "trace")(trace)


def trace(request_id: Id) -> Answer:
    """All that one request led to: what it wrote into the ledger and the audit trail, texts, flow runs."""
    from flows.watch import running_settings
    from serving.assembly import Platform

    if not is_request_id(request_id):
        raise InputError(
            f"{request_id[:40]!r} is no id of a request", code="usage", field="request_id", found=request_id[:40],
            expected="8 to 64 letters, digits, dots and dashes", do="Use the id of an answer or of a log line.",
        )  # fmt: skip
    found = Platform(running_settings()).one_id.of(request_id)
    return Answer(found, lambda console: _show(console, found))


def _show(console: Console, found: Mapping[str, Any]) -> None:
    for kind, names in _SHOWN.items():
        rows = found[kind]
        if rows is None:
            console.print(f"{kind}: the orchestrator does not answer")
        for row in rows or ():
            said = "  ".join(str(row[name]) for name in names if row[name] is not None)
            console.print(f"{row['at'] or ''}  {kind[:-1] if kind != 'entries' else 'entry'}  {said}")
    if not any(found[kind] for kind in _SHOWN):
        console.print("Nothing was written in this request; its log line says what it asked.")
