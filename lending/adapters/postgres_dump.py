"""A schema of a PostgreSQL database as one file, by the server's own programs."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from sqlalchemy import URL, Connection, make_url, text

from lending.adapters.archive import Told
from lending.adapters.engines import begun, open_engine, out_of_use, translated
from lending.domain.errors import CandorError, RefusedError, UnavailableError

_LONGEST = 6 * 3600.0  # seconds; a dump that takes longer hangs
_WAIT_FOR_LOCK = "30s"
_OTHERS = """SELECT count(*) FROM pg_stat_activity
             WHERE datname = current_database() AND pid <> pg_backend_pid() AND application_name = 'candor'"""
_LIBPQ = {"sslmode": "PGSSLMODE", "sslrootcert": "PGSSLROOTCERT", "sslcert": "PGSSLCERT", "sslkey": "PGSSLKEY",
          "host": "PGHOST", "port": "PGPORT", "service": "PGSERVICE", "passfile": "PGPASSFILE"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class PostgresDump:
    """`lending.adapters.dumps.Dump` on a schema; the former one stays beside it under another name."""

    url: str
    kind: Literal["postgresql"] = "postgresql"
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


def _aside(stamp: str) -> str:
    return f"before_{stamp.lower()}"


def _in_use(others: int) -> CandorError:
    return RefusedError(
        f"{others} connections of Candor use this database", code="in_use", found=str(others),
        expected="a database that nobody uses", do="Stop every console, API and worker first.",
    )  # fmt: skip
