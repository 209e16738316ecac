"""How each kind of database is opened, and what its errors say to people.

On both kinds one writer works at a time, from the first read of its transaction to the commit: SQLite by BEGIN
IMMEDIATE, PostgreSQL by an advisory lock that the transaction takes first. So READ COMMITTED is enough for writers:
nobody else changes what they have read, the chains of ledger and audit trail have one next entry, no two transactions
wait for each other and none has to be repeated. A reader of several statements has a snapshot of its own
(REPEATABLE READ, read only), waits for nobody and is waited for by nobody; a single statement needs no transaction.
"""

from __future__ import annotations

import random
import time
from collections.abc import Generator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import DataError, DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnectionFree

from lending.adapters.plain import wrapped
from lending.domain.errors import InputError, UnavailableError

BUSY_SECONDS = 30
"""The longest wait for another writer."""
WRITERS_LOCK = 0x63616E646F72
"""Key of the advisory lock that a writer on PostgreSQL holds: "candor" in ASCII."""
_PRAGMAS = ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "cache_size=-16000", "wal_autocheckpoint=10000")
"""Every commit is on the disk. What is brought over from the log to the file, 40 MB at a time, holds up the writer who
comes just then: rarely, rather than one of a hundred."""
TAKE_TURN = f"SELECT pg_advisory_xact_lock({WRITERS_LOCK})"
_CONNECT_SECONDS = 10
_IDLE_SECONDS = 300
"""After so long without a statement inside a transaction its process hangs, and the others go on."""
_TRIES = 4
_FIRST_PAUSE = 0.1
_BEGINNINGS: Mapping[str, tuple[str, str, str]] = {
    "sqlite": ("BEGIN", "", "BEGIN IMMEDIATE"),
    "postgresql": (
        "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", "",
        f"BEGIN ISOLATION LEVEL READ COMMITTED; {TAKE_TURN}",
    ),
}  # fmt: skip
"""How each way of use begins, in one round trip."""
_UNPREPARED: Mapping[str, Mapping[str, Any]] = {"postgresql": {"prepare": False}}
_HINTS: Mapping[str, str] = {
    "readonly": "Make the folder and its files writable.",
    "unable to open": "Check that the folder exists and can be written.",
    "full": "Free some disk space.",
    "locked": "Another process holds the database; try again.",
    "lock timeout": "Another process holds the database; try again.",
    "password authentication": "Check user and password in CANDOR_DATABASE_URL.",
    "does not exist": "Create it as docs/administrator.md says, or mend CANDOR_DATABASE_URL.",
    "too many clients": "Raise max_connections of the server, or run fewer processes.",
}


@dataclass(frozen=True, slots=True)
class Ways:
    """One engine, used in three ways: a snapshot to read from, a single statement, a writer's transaction."""

    read: Engine
    look: Engine
    write: Engine


def open_engine(url: str) -> Engine:
    """The engine of a database; connects to nothing yet. Parameters are hidden in errors, which stand in logs.

    Raises:
        UnavailableError: the folder of a SQLite file cannot be made.
    """
    parsed = make_url(url)
    more: dict[str, Any] = {"pool_size": 20, "max_overflow": 40, "pool_timeout": BUSY_SECONDS, "hide_parameters": True}
    if parsed.get_backend_name() != "sqlite":
        more["isolation_level"] = "AUTOCOMMIT"  # transactions begin by our own word, and not one by one statement
        engine = create_engine(url, connect_args=_server_settings(parsed), **more)
    else:
        if parsed.database:
            _make_folder(Path(parsed.database).parent)
        engine = create_engine(url, connect_args={"timeout": BUSY_SECONDS}, **more)
        event.listen(engine, "connect", _sqlite_settings)
    event.listen(engine, "begin", _begin)
    return engine


def ways(engine: Engine) -> Ways:
    """The ways of using an engine."""
    words = _BEGINNINGS[engine.dialect.name]
    return Ways(*(engine.execution_options(candor_begin=word) for word in words))


@contextmanager
def begun(engine: Engine) -> Generator[Connection]:
    """A transaction that is committed once the block ends, and undone when it raises."""
    with connect(engine) as connection, connection.get_transaction() or connection.begin():
        yield connection


def connect(engine: Engine) -> Connection:
    """A connection with its transaction begun, to which its server answered.

    A server that restarts is tried again for a moment: nothing was done yet, so this may repeat.
    """
    for number in range(_TRIES):
        last = engine.dialect.name == "sqlite" or number == _TRIES - 1
        try:
            connection = engine.connect()
        except OperationalError:
            if last:
                raise
        else:
            try:
                return _started(connection)
            except DBAPIError as error:
                if last or not error.connection_invalidated:
                    raise
            _let_go(engine)
        time.sleep(_FIRST_PAUSE * 2**number * random.uniform(0.5, 1.5))  # noqa: S311 - spreads waits, no secret
    raise AssertionError("every try either answers or raises")


def _started(connection: Connection) -> Connection:
    """Begin; where that says nothing to a server, ask it something, for it may have been away."""
    try:
        if connection.dialect.name == "sqlite" or _beginning(connection):
            connection.begin()
        else:
            connection.exec_driver_sql("SELECT 1")
    except BaseException:
        connection.close()
        raise
    return connection


def _let_go(engine: Engine) -> None:
    """Drop every connection of before a restart: SQLAlchemy does when one statement of its own finds one broken."""
    with suppress(DBAPIError), engine.execution_options(candor_begin="").connect() as connection:
        connection.exec_driver_sql("SELECT 1")


@contextmanager
def translated(url: str) -> Generator[None]:
    """Errors of the driver as ours.

    Raises:
        UnavailableError: the database is locked, full, read-only or gone.
        InputError: a value that no column takes, such as a text with a NUL in it.
    """
    try:
        yield
    except NoConnectionFree as error:
        raise out_of_use(url, "all connections are in use, too many clients at once") from error
    except DataError as error:
        raise _untakable(error) from error
    except DBAPIError as error:
        if isinstance(error, OperationalError) or error.connection_invalidated:
            raise out_of_use(url, str(error.orig)) from error
        raise


def out_of_use(url: str, cause: str) -> UnavailableError:
    """What is said of a database that cannot be used; its password is not."""
    place, said = make_url(url).render_as_string(hide_password=True), " ".join(cause.split())
    do = next((hint for word, hint in _HINTS.items() if word in said), "Check that the database runs.")
    return UnavailableError(f"the database {place} cannot be used: {said}. {do}", code="database", found=said,
                            expected="a database that answers", do=do)  # fmt: skip


def _untakable(error: DataError) -> InputError:
    said = " ".join(str(error.orig).split())
    return InputError(f"the database takes no such value: {said}", code="value", found=said,
                      expected="a shorter text without control characters", do="Send another value.")  # fmt: skip


def _server_settings(url: URL) -> dict[str, Any]:
    """Every wait has an end; what the address itself says comes first."""
    seconds = {"lock_timeout": BUSY_SECONDS, "idle_in_transaction_session_timeout": _IDLE_SECONDS}
    limits = " ".join(f"-c {name}={round(value * 1000)}" for name, value in seconds.items())
    own: dict[str, Any] = {
        "connect_timeout": _CONNECT_SECONDS, "keepalives_idle": 30, "keepalives_interval": 10, "keepalives_count": 3,
        "application_name": "candor", "options": limits,
    }  # fmt: skip
    return {name: value for name, value in own.items() if name not in url.query}


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UnavailableError(
            f"the folder {folder} cannot be made: {error.strerror}", code="database", field="CANDOR_HOME",
            found=str(error.strerror), expected="a folder that can be written", do="Set CANDOR_HOME to one.",
        ) from None  # fmt: skip


def _sqlite_settings(connection: Any, _: Any) -> None:
    # The driver must not open transactions by itself: BEGIN IMMEDIATE is ours to send.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in _PRAGMAS:
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin(connection: Connection) -> None:
    if begin := _beginning(connection):
        with wrapped(connection.dialect, connection.connection):
            cursor = connection.connection.cursor()
            # PostgreSQL takes two statements in one round trip where it prepares none of them.
            cursor.execute(begin, **_UNPREPARED.get(connection.dialect.name, {}))
            cursor.close()


def _beginning(connection: Connection) -> str:
    return connection.get_execution_options().get("candor_begin", "BEGIN")
