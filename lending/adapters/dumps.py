"""A database as one file, written beside its users and put back: SQLite by its online copy, PostgreSQL by pg_dump."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Generator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

from sqlalchemy import make_url

from lending.adapters.archive import Told
from lending.adapters.engines import out_of_use
from lending.adapters.postgres_dump import PostgresDump

Kind = Literal["sqlite", "postgresql"]
_PAGES = 2000


class Dump(Protocol):
    """One kind of database."""

    @property
    def kind(self) -> Kind:
        """Which; a dump of one kind cannot be put into the other."""
        ...

    @property
    def member(self) -> str:
        """What the dump is called in an archive."""
        ...

    def write(self, target: Path, tell: Told) -> None:
        """Write the state of one moment, while others go on writing. Raises UnavailableError."""
        ...

    def is_empty(self) -> bool:
        """True when there is nothing that a restore would replace. Raises UnavailableError."""
        ...

    def set_aside(self, folder: Path, stamp: str) -> str:
        """Move the present state away, whole or not at all; answers where it is, "" when there was none.

        Raises RefusedError, UnavailableError, OSError.
        """
        ...

    def put(self, source: Path) -> None:
        """Put a dump in where nothing is. Raises UnavailableError."""
        ...

    def take_back(self, folder: Path, stamp: str) -> None:
        """Undo `set_aside` and a `put` that failed."""
        ...


def dump_of(url: str) -> Dump:
    """The way to copy a database."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        return SqliteDump(Path(parsed.database or ""))
    return PostgresDump(url)


@dataclass(frozen=True, slots=True)
class SqliteDump:
    """A file of SQLite."""

    file: Path
    kind: Kind = "sqlite"
    member: str = "candor.db"

    def write(self, target: Path, tell: Told) -> None:
        """Copy page by page out of one read transaction, which in WAL mode no writer waits for."""
        if not self.file.is_file():
            raise out_of_use(f"sqlite:///{self.file}", "it does not exist")
        with _sqlite_errors(self.file), closing(_there(self.file)) as source, closing(_plain(target)) as copy:
            source.execute("BEGIN")  # holds the moment: without it every write of others starts the copy anew
            source.execute("SELECT count(*) FROM sqlite_master").fetchone()
            source.backup(copy, pages=_PAGES, progress=lambda _, left, all_: tell(1 - left / max(all_, 1), "database"))
            copy.execute("PRAGMA journal_mode=DELETE")  # one file, nothing beside it
            if (found := copy.execute("PRAGMA quick_check(1)").fetchone()[0]) != "ok":
                raise out_of_use(f"sqlite:///{self.file}", f"it is damaged: {found}")

    def is_empty(self) -> bool:
        """There is no file."""
        return not self.file.exists()

    def set_aside(self, folder: Path, stamp: str) -> str:
        """Move the file and those beside it, all or none: the disk of the folder may be another one, and full."""
        present = [path for path in self._files() if path.exists()]
        try:
            for path in present:
                shutil.move(path, folder / path.name)
        except BaseException:
            for path in present:
                _moved_back(folder / path.name, path)
            raise
        return str(folder / self.file.name) if present else ""

    def put(self, source: Path) -> None:
        """Move the copy into its place."""
        self.file.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(source, self.file)

    def take_back(self, folder: Path, stamp: str) -> None:
        """Move the former files back over what was put."""
        for path in self._files():
            path.unlink(missing_ok=True)
            if (former := folder / path.name).exists():
                shutil.move(former, path)

    def _files(self) -> Sequence[Path]:
        return [self.file.with_name(self.file.name + ending) for ending in ("", "-wal", "-shm")]


def _moved_back(former: Path, path: Path) -> None:
    """A file that was moved, to its place; of one that never left it, what was copied of it goes."""
    if path.exists():
        former.unlink(missing_ok=True)
    elif former.exists():
        shutil.move(former, path)


def _there(file: Path) -> sqlite3.Connection:
    """A file that is there already; none is made."""
    return sqlite3.connect(f"{file.resolve().as_uri()}?mode=rw", uri=True, isolation_level=None, timeout=30)


def _plain(file: Path) -> sqlite3.Connection:
    return sqlite3.connect(file, isolation_level=None)


@contextmanager
def _sqlite_errors(file: Path) -> Generator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise out_of_use(f"sqlite:///{file}", str(error)) from error
