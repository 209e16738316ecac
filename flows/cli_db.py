"""Commands about the state as a whole: db upgrade, db backup, db restore."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from flows.cli_output import Answer, command, progress_bar

if TYPE_CHECKING:
    from rich.console import Console


def register(app: typer.Typer) -> None:
    """Add this file's commands."""
    group = typer.Typer(help="The state as a whole: upgrade, backup, restore.", no_args_is_help=True)
    for name, body in (("upgrade", upgrade), ("backup", backup), ("restore", restore)):
        command(group, name)(body)
    app.add_typer(group, name="db")


def upgrade() -> Answer:
    """Bring the database to this program's version, wholly or not at all; starting Candor does so too."""
    from serving.assembly import platform

    before, now = platform().backups.upgrade()
    data = {"from": before, "to": now, "changed": before != now}
    said = f"The database is at version {now} already." if before == now else f"From {before or 'nothing'} to {now}."
    return Answer(data, lambda console: console.print(said))


def backup(
    target: Annotated[Path, typer.Argument(metavar="FILE_OR_FOLDER", help="A new file, or a folder to put it in.")],
) -> Answer:
    """Write records, models, objects and indexes into one file; Candor may go on running meanwhile."""
    from serving.assembly import platform

    with progress_bar("backup") as tell:
        made = platform().backups.make(target, tell)
    return Answer(_plain(made), lambda console: _show_made(console, _plain(made)))


def restore(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="What candor db backup wrote.")],
    replace: Annotated[bool, typer.Option("--replace", help="There is a state already: set it aside.")] = False,
) -> Answer:
    """Put a backup in place, after every byte of it was compared; stop Candor first."""
    from flows.up_state import only_one
    from serving.assembly import platform

    place = platform()
    with only_one(place.settings.var), progress_bar("restore") as tell:
        done = place.backups.restore(file, replace=replace, tell=tell)
    return Answer(_plain(done), lambda console: _show_restored(console, _plain(done)))


def _plain(done: Any) -> dict[str, Any]:
    return {name: str(value) if isinstance(value, Path) else value for name, value in asdict(done).items()}


def _show_made(console: Console, made: Mapping[str, Any]) -> None:
    console.print(f"{made['file']}: {made['files']} files, {made['size'] / 1e6:.1f} MB, {made['database']}, "
                  f"version {made['version']}.", soft_wrap=True)  # fmt: skip
    _show_without(console, made["without"])


def _show_restored(console: Console, done: Mapping[str, Any]) -> None:
    console.print(f"{done['files']} files of {done['made_at']}, version {done['version']}, are in place.")
    for place in done["aside"]:
        console.print(f"What was there is kept: {place}", soft_wrap=True)
    _show_without(console, done["without"])
    console.print("Check it: candor replay --all")


def _show_without(console: Console, without: Sequence[str]) -> None:
    console.print("Not inside:")
    for one in without:
        console.print(f"  {one}", soft_wrap=True)
