"""Commands about customers' papers: those that wait for a person, their word on them, the sweep; the demo's own."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from flows.cli_output import Answer, command
from lending.domain.errors import InputError

if TYPE_CHECKING:
    from rich.console import Console

Id = Annotated[str, typer.Argument(metavar="DOCUMENT_ID", help="As `candor papers waiting` shows it.")]
By = Annotated[str, typer.Option("--by", help="User name of the officer who decides.")]
Reason = Annotated[str, typer.Option("--reason", help="Why; the customer reads it when the paper is refused.")]


def register(app: typer.Typer) -> None:
    """Add this file's commands."""
    papers = typer.Typer(help="Papers of customers: those that wait for a person.", no_args_is_help=True)
    for body in (waiting, accept, refuse, sweep):
        command(papers, body.__name__)(body)
    app.add_typer(papers, name="papers")
    demo = typer.Typer(help="Things of the demo bank.", no_args_is_help=True)
    command(demo, "papers")(demo_papers)
    app.add_typer(demo, name="demo")


def waiting() -> Answer:
    """Papers that a person must look at, oldest first, with what was found."""
    from serving.assembly import platform

    found = platform().documents.waiting()
    return Answer({"documents": found}, lambda console: _show_waiting(console, found))


def accept(document_id: Id, by: By, reason: Reason) -> Answer:
    """Accept a paper that waits; its application goes on."""
    return _decided(document_id, by, "accept", reason)


def refuse(document_id: Id, by: By, reason: Reason) -> Answer:
    """Refuse a paper that waits; the customer reads why and can send another one."""
    return _decided(document_id, by, "refuse", reason)


def sweep() -> Answer:
    """Drop contents that no paper speaks of any more, such as those of an upload that died half way."""
    from serving.assembly import platform

    dropped = platform().documents.sweep()
    return Answer({"dropped": dropped}, lambda console: console.print(f"{dropped} contents dropped"))


def demo_papers(
    customer: Annotated[str, typer.Option("--customer", metavar="ID", help="A person of the demo bank: C00001.")],
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Folder for the files.")],
    kind: Annotated[str | None, typer.Option("--kind", help="One kind, such as payslip.")] = None,
    form: Annotated[str, typer.Option("--as", help="pdf, or png: the photo of a print.")] = "pdf",
    wrong: Annotated[str, typer.Option("--wrong", help="Plant one: other_person, expired, low_income …")] = "",
) -> Answer:
    """Draw the papers of a generated person, each labelled as generated, to try the upload with."""
    from features.synthetic.papers import KINDS, WRONG
    from serving.assembly import platform

    for name, value, known in (("kind", kind or "", ("", *KINDS)), ("as", form, ("pdf", "png")),
                               ("wrong", wrong, ("", *WRONG))):  # fmt: skip
        _check_known(name, value, known)
    made = platform().documents.demo.of(customer, "png" if form == "png" else "pdf", kind, wrong)
    files = [_written(out, paper) for paper in made]
    return Answer({"files": files}, lambda console: console.print("\n".join(files)))


def _decided(document_id: str, by: str, decision: Any, reason: str) -> Answer:
    """A decision of somebody whose work it is. Raises InputError."""
    from lending.domain.roles import Permission, may
    from serving.assembly import platform

    place = platform()
    account = next((a for a in place.accounts.list() if a.username == by), None)
    if account is None or not may(account.role, Permission.CASE_DECIDE):
        raise InputError(f"{by[:40]} may not decide on papers", code="role", field="--by", found=by[:40],
                         expected="the user name of an officer", do="Name an officer, such as officer.")  # fmt: skip
    found = place.documents.decide_document(document_id, by, decision, reason)
    return Answer(found, lambda console: console.print(f"{document_id} is {found['state']}"))


def _check_known(name: str, value: str, known: Sequence[str]) -> None:
    if value not in known:
        names = ", ".join(filter(None, known))
        raise InputError(f"--{name} is {value[:40]}; expected one of {names}", field=f"--{name}", found=value[:40],
                         expected=names, do=f"Use one of {names}.")  # fmt: skip


def _written(folder: Path, paper: Mapping[str, Any]) -> str:
    """Write a file so that it appears whole."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / paper["name"]
    beside = file.with_name(f".{file.name}.tmp")
    beside.write_bytes(paper["content"])
    os.replace(beside, file)
    return str(file)


def _show_waiting(console: Console, found: Sequence[Mapping[str, Any]]) -> None:
    from rich.markup import escape
    from rich.table import Table

    if not found:
        console.print("no paper waits for a person")
        return
    table = Table("paper", "customer", "asked", "what was found")
    for paper in found:
        words = " ".join(finding["text"] for finding in paper["findings"])
        table.add_row(paper["document_id"], paper["customer_id"], paper["asked"], escape(words))
    console.print(table)
