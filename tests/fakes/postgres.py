"""A private PostgreSQL of the system's package on loopback, and fresh databases on it.

A test folder takes the fixtures by name: `from tests.fakes.postgres import postgres, postgres_url  # noqa: F401`.
The server sorts text by the rules of a language, as many a bank's does: what relies on the order of code points shows.
"""

from __future__ import annotations

import contextlib
import ctypes
import importlib.util
import os
import pwd
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest

from tests.conftest import missing
from tests.fakes.loopback import free_port

USER, TEMPLATE = "candor", "template_candor"
_PROGRAMS = ("initdb", "postgres")
_LONGEST_START, _LONGEST_STOP = 120.0, 30.0
_TRIES = 3
_DIE_WITH_PARENT = 1  # PR_SET_PDEATHSIG
_QUICK = ("fsync=off", "full_page_writes=off", "synchronous_commit=off")
_COMMON = ("listen_addresses=127.0.0.1", "unix_socket_directories=", "max_connections=300", "shared_buffers=64MB",
           "log_min_messages=error", "log_lock_waits=on")  # fmt: skip
NUMBERS = count(1)


class Postgres:
    """A server in a folder of its own; it ends when this process does, however that ends.

    Args:
        durable: a commit is on the disk before it is answered, as in production; tests do without.
    """

    def __init__(self, *, durable: bool = False) -> None:
        self._programs = {name: _program(name) for name in _PROGRAMS}
        self._owner = _somebody()
        self._folder = Path(tempfile.mkdtemp(prefix="candor-postgres-", dir=None if durable else _quick_folder()))
        self._options = _COMMON if durable else (*_COMMON, *_QUICK)
        self.password = secrets.token_hex(8)
        self._given = self._folder / "password"
        self._given.write_text(self.password, encoding="ascii")
        if self._owner:
            for path in (self._folder, self._given):
                shutil.chown(path, *self._owner)
        self._make()
        self._process, self.port = self._start()

    def encrypt(self, certificate: str, key: str) -> None:
        """Answer over TLS from now on, by a certificate and its key in PEM; without it too, as servers do."""
        names = {"server.crt": certificate, "server.key": key}
        for name, text in names.items():
            path = self._folder / "data" / name
            path.write_text(text, encoding="ascii")
            path.chmod(0o600)
            if self._owner:
                shutil.chown(path, *self._owner)
        with self._folder.joinpath("data", "postgresql.auto.conf").open("a", encoding="ascii") as settings:
            settings.write("ssl = on\n")
        self._run("SELECT pg_reload_conf()")

    def url(self, name: str = "postgres") -> str:
        """The SQLAlchemy address of a database here."""
        return f"postgresql+psycopg://{USER}:{self.password}@127.0.0.1:{self.port}/{name}"

    def create(self, name: str | None = None, template: str = "template1") -> str:
        """A new database, as a copy of a template; answers its address."""
        name = name or f"t{next(NUMBERS)}"
        self._run("CREATE DATABASE {} TEMPLATE {}", name, template)
        return self.url(name)

    def drop(self, name: str) -> None:
        """Remove a database, whoever is connected to it."""
        self._run("DROP DATABASE IF EXISTS {} WITH (FORCE)", name)

    def stop(self) -> None:
        """End it and remove all that it kept."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)  # the fast way: connections are ended
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(_LONGEST_STOP)
        self._process.kill()
        self._process.wait()
        shutil.rmtree(self._folder, ignore_errors=True)

    def crash(self) -> None:
        """Kill it as a power cut would, and start it again on the same data and port."""
        self._process.send_signal(signal.SIGQUIT)  # at once, nothing is tidied up
        self._process.wait(_LONGEST_STOP)
        self._process, self.port = self._start(self.port)

    def _run(self, statement: str, *names: str) -> None:
        import psycopg
        from psycopg import sql

        plain = self.url().replace("+psycopg", "")
        with psycopg.connect(plain, autocommit=True) as connection:
            connection.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))  # pyright: ignore[reportArgumentType]

    def _make(self) -> None:
        # ICU sorts "a" before "B"; code points do not.
        how = ("-U", USER, "-A", "scram-sha-256", f"--pwfile={self._given}", "-E", "UTF8", "--locale=C.UTF-8",
               "--locale-provider=icu", "--icu-locale=en-US", "--no-sync")  # fmt: skip
        command = [self._programs["initdb"], "-D", str(self._folder / "data"), *how]
        user, group = self._owner or (None, None)
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=_LONGEST_START, cwd=self._folder, user=user, group=group,
            extra_groups=[] if user else None,
        )  # fmt: skip
        if done.returncode:
            raise RuntimeError(f"initdb: {done.stderr.strip()[-300:]}")

    def _start(self, port: int | None = None) -> tuple[subprocess.Popen[bytes], int]:
        for _ in range(_TRIES):
            chosen = port or free_port()
            command = [self._programs["postgres"], "-D", str(self._folder / "data"), "-p", str(chosen)]
            command += [word for option in self._options for word in ("-c", option)]
            process = self._launched(command)
            if self._answers(process, chosen):
                return process, chosen
            process.kill()
            process.wait()
        raise RuntimeError(f"postgres did not start: {(self._folder / 'log').read_text(errors='replace')[-300:]}")

    def _launched(self, command: list[str]) -> subprocess.Popen[bytes]:
        user, group = self._owner or (None, None)
        with (self._folder / "log").open("ab") as log:
            return subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, preexec_fn=_die_with_parent,
                cwd=self._folder, user=user, group=group, extra_groups=[] if user else None,
            )  # fmt: skip

    def _answers(self, process: subprocess.Popen[bytes], port: int) -> bool:
        import psycopg

        self.port = port
        end = time.monotonic() + _LONGEST_START
        while time.monotonic() < end and process.poll() is None:
            with contextlib.suppress(psycopg.OperationalError):
                psycopg.connect(self.url().replace("+psycopg", ""), connect_timeout=5).close()
                return True
            time.sleep(0.05)
        return False


def _program(name: str) -> str:
    """Its path, newest version first where several are installed. Raises FileNotFoundError."""
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: -float(path.parent.name))
    found = next((path for folder in folders if (path := shutil.which(name, path=folder))), shutil.which(name))
    if found is None:
        raise FileNotFoundError(f"there is no {name}: install the package postgresql")
    return found


def _somebody() -> tuple[str, str] | None:
    """Who runs the server where we are root, whom it refuses; None where we are not."""
    if os.getuid() != 0:
        return None
    name = "postgres" if "postgres" in {one.pw_name for one in pwd.getpwall()} else "nobody"
    return name, "postgres" if name == "postgres" else "nogroup"


def _quick_folder() -> str | None:
    """Memory instead of a disk, where there is plenty."""
    memory = Path("/dev/shm")  # noqa: S108 - a folder with a random name is made in it
    return str(memory) if memory.is_dir() and shutil.disk_usage(memory).free > 2 << 30 else None


def _die_with_parent() -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_DIE_WITH_PARENT, signal.SIGQUIT)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """One server for all tests of a process, with a template that has the tables."""
    if importlib.util.find_spec("psycopg") is None:
        missing("postgres", "there is no psycopg: install the extra postgres")
    try:
        server = Postgres()
    except FileNotFoundError as error:
        return missing("postgres", str(error))
    try:
        _make_template(server)
        yield server
    finally:
        server.stop()


def _make_template(server: Postgres) -> None:
    from lending.adapters.session import Database

    database = Database(server.create(TEMPLATE))
    database.upgrade()
    database.engine.dispose()


@pytest.fixture
def postgres_url(postgres: Postgres) -> Iterator[str]:
    """A database with the tables and nothing in them."""
    yield from _fresh(postgres, TEMPLATE)


@pytest.fixture
def empty_postgres_url(postgres: Postgres) -> Iterator[str]:
    """A database with no tables."""
    yield from _fresh(postgres, "template1")


@pytest.fixture
def new_postgres_url(postgres: Postgres) -> Iterator[Callable[[], str]]:
    """Makes databases with no tables, as many as asked for."""
    made: list[str] = []

    def make() -> str:
        made.append(postgres.create())
        return made[-1]

    yield make
    for url in made:
        postgres.drop(url.rsplit("/", 1)[1])


def _fresh(server: Postgres, template: str) -> Iterator[str]:
    url = server.create(template=template)
    yield url
    server.drop(url.rsplit("/", 1)[1])


def fill(url: str, file: Path) -> None:
    """Copy all rows of a SQLite file into a database with the same tables."""
    from sqlalchemy import create_engine, insert, select

    from lending.adapters.session import Database
    from lending.adapters.tables import metadata

    source, target = create_engine(f"sqlite:///{file}"), Database(url)
    target.upgrade()
    with source.connect() as there, target.write() as here:
        for table in metadata.sorted_tables:
            if rows := [dict(row) for row in there.execute(select(table)).mappings()]:
                here.execute(insert(table), rows)
    source.dispose()
    target.engine.dispose()
