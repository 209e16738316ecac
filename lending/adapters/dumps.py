"""A database as one file, written beside its users and put back: SQLite by its online copy, PostgreSQL by pg_dump."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Protocol

from sqlalchemy import URL, Connection, make_url, text

from lending.adapters.archive import Told
from lending.adapters.engines import begun, open_engine, out_of_use, translated
from lending.domain.errors import CandorError, RefusedError, UnavailableError

Kind = Literal["sqlite", "postgresql"]
_PAGES = 2000
_LONGEST = 6 * 3600.0  # seconds; a dump that takes longer hangs
_WAIT_FOR_LOCK = "30s"
_OTHERS = """SELECT count(*) FROM pg_stat_activity
             WHERE datname = current_database() AND pid <> pg_backend_pid() AND application_name = 'candor'"""
_LIBPQ = {"sslmode": "PGSSLMODE", "sslrootcert": "PGSSLROOTCERT", "sslcert": "PGSSLCERT", "sslkey": "PGSSLKEY",
          "host": "PGHOST", "port": "PGPORT", "service": "PGSERVICE", "passfile": "PGPASSFILE"}  # fmt: skip


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


@dataclass(frozen=True, slots=True)
class PostgresDump:
    """A schema of a PostgreSQL database; the former one stays beside it under another name."""

    url: str
    kind: Kind = "postgresql"
    member: str = "candor.dump"

    def write(self, target: Path, tell: Told) -> None:
        """Let pg_dump write its custom form; it reads a snapshot of its own."""
        tell(0.0, "database")
        schema = self._ask("SELECT current_schema()")
        self._run("pg_dump", "--format=custom", f"--schema={schema}", "--no-owner", "--no-privileges",
                  f"--lock-wait-timeout={_WAIT_FOR_LOCK}", f"--file={target}")  # fmt: skip
        tell(1.0, "database")

    def is_empty(self) -> bool:
        """The schema has no tables."""
        return self._ask("SELECT count(*) FROM pg_tables WHERE schemaname = current_schema()") == 0

    def set_aside(self, folder: Path, stamp: str) -> str:
        """Give the schema another name and make an empty one."""
        others = self._ask(_OTHERS)
        if others:
            raise _in_use(others)
        if self.is_empty():
            return ""
        schema = self._ask("SELECT current_schema()")
        try:
            self._do(f'ALTER SCHEMA "{schema}" RENAME TO "{_aside(stamp)}"', f'CREATE SCHEMA "{schema}"')
        except CandorError:  # the server may have done it, and its word alone was lost
            self.take_back(folder, stamp)
            raise
        return f"schema {_aside(stamp)} of the same database"

    def put(self, source: Path) -> None:
        """Let pg_restore fill the empty schema in one transaction."""
        schema = self._ask("SELECT current_schema()")
        name = make_url(self.url).database or ""
        self._run("pg_restore", "--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges",
                  f"--schema={schema}", f"--dbname={name}", str(source))  # fmt: skip

    def take_back(self, folder: Path, stamp: str) -> None:
        """Drop what was put and give the former schema its name again."""
        if self._ask("SELECT count(*) FROM pg_namespace WHERE nspname = :name", name=_aside(stamp)):
            schema = self._ask("SELECT current_schema()")
            self._do(f'DROP SCHEMA "{schema}" CASCADE', f'ALTER SCHEMA "{_aside(stamp)}" RENAME TO "{schema}"')

    def _ask(self, question: str, **values: str) -> Any:
        return self._with(lambda connection: connection.execute(text(question), values).scalar())

    def _do(self, *statements: str) -> None:
        self._with(lambda connection: [connection.execute(text(one)) for one in statements])

    def _with(self, act: Callable[[Connection], Any]) -> Any:
        engine = open_engine(self.url)
        try:
            with translated(self.url), begun(engine) as connection:
                return act(connection)
        finally:
            engine.dispose()

    def _run(self, name: str, *arguments: str) -> None:
        """Run a program of PostgreSQL; whom it connects as stands in its environment, where others cannot read it."""
        command = [_program(name), "--no-password", *arguments]
        try:
            done = subprocess.run(  # noqa: S603 - a program of PostgreSQL with words of our own
                command, env={**os.environ, **_connection(make_url(self.url))}, stdin=subprocess.DEVNULL,
                capture_output=True, text=True, errors="replace", timeout=_LONGEST, check=False,
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            raise out_of_use(self.url, f"{name} did not end within {_LONGEST / 3600:.0f} hours") from None
        if done.returncode:
            raise out_of_use(self.url, f"{name}: {' '.join(done.stderr.split())[-300:]}")


def _connection(url: URL) -> Mapping[str, str]:
    """The address as libpq's programs read it from the environment."""
    plain = {"PGHOST": url.host, "PGPORT": url.port, "PGUSER": url.username, "PGPASSWORD": url.password,
             "PGDATABASE": url.database, "PGAPPNAME": "candor backup", "PGCONNECT_TIMEOUT": 10}  # fmt: skip
    more = {_LIBPQ[name]: value for name, value in url.query.items() if name in _LIBPQ}
    return {name: str(value) for name, value in {**plain, **more}.items() if value is not None}


def _program(name: str) -> str:
    """The newest of a program that is installed: an older one refuses a newer server."""
    folders = Path("/usr/lib/postgresql").glob("*/bin")
    newest = sorted(folders, key=lambda path: float(path.parent.name), reverse=True)
    found = next((path for folder in newest if (path := shutil.which(name, path=folder))), None) or shutil.which(name)
    if found is None:
        raise UnavailableError(f"{name} is not installed", code="program", found="not there", expected=name,
                               do="Install PostgreSQL's client programs (package postgresql-client).")  # fmt: skip
    return found


def _moved_back(former: Path, path: Path) -> None:
    """A file that was moved, to its place; of one that never left it, what was copied of it goes."""
    if path.exists():
        former.unlink(missing_ok=True)
    elif former.exists():
        shutil.move(former, path)


def _aside(stamp: str) -> str:
    return f"before_{stamp.lower()}"


def _in_use(others: int) -> CandorError:
    return RefusedError(
        f"{others} connections of Candor use this database", code="in_use", found=str(others),
        expected="a database that nobody uses", do="Stop every console, API and worker first.",
    )  # fmt: skip


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
