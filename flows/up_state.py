"""The home folder of `candor up`: one start at a time, and a fresh one on request."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

from flows.watch import addresses_file
from lending.domain.errors import InputError, UnavailableError
from lending.settings import Settings

FOLDERS = ("run", "run/figures", "logs", "prefect", "mlflow", "data", "models", "work")
_KEPT = frozenset({"run", "before"})


@contextlib.contextmanager
def only_one(var: Path) -> Iterator[None]:
    """Hold the home folder for this start.

    Raises:
        UnavailableError: another start holds it.
    """
    folder = var / "run"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "up.lock").open("a+", encoding="ascii") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            raise UnavailableError(
                f"another `candor up` runs on {var} (process {lock.read().strip() or 'unknown'})", code="running",
                found=str(var), expected="one start per home folder",
                do="Stop it, or set CANDOR_HOME to another folder.",
            ) from None  # fmt: skip
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield


def prepare_folders(var: Path) -> None:
    """Make the folders of the home; an OSError names the one that could not be made."""
    for name in FOLDERS:
        (var / name).mkdir(parents=True, exist_ok=True)
    for left in figures_folder(var).glob("*.db"):  # counts of workers of the start before
        left.unlink()
    probe = var / "run" / ".writable"  # a folder that exists may still be read-only
    probe.write_text("", encoding="ascii")
    probe.unlink()


def figures_folder(var: Path) -> Path:
    """Where the console's workers keep their counts together."""
    return var / "run" / "figures"


def set_aside(settings: Settings) -> Path | None:
    """Move all state into a dated folder inside the home; None when there was none.

    Raises:
        InputError: the records live in a database elsewhere, which is not ours to move.
    """
    if settings.database_url:
        raise InputError(
            "--fresh starts over only with the database inside the home folder, but CANDOR_DATABASE_URL is set",
            field="--fresh", found="CANDOR_DATABASE_URL", expected="the embedded database",
            do="Unset CANDOR_DATABASE_URL, or empty that database yourself.",
        )  # fmt: skip
    var = settings.var
    present = [entry for entry in sorted(var.iterdir()) if entry.name not in _KEPT] if var.is_dir() else []
    if not present:
        return None
    target = var / "before" / datetime.now(UTC).strftime("%Y%m%dT%H%M%S%f")
    target.mkdir(parents=True)
    for entry in present:
        entry.rename(target / entry.name)
    return target


def write_addresses(var: Path, addresses: Mapping[str, str]) -> None:
    """Tell other commands, by a file that appears whole, where the parts listen."""
    target = addresses_file(var)
    part = target.with_suffix(".part")
    part.write_text(json.dumps(addresses, indent=1), encoding="utf-8")
    part.replace(target)
