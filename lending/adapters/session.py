"""One door to the database: engine, transactions, migrations."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext
from datetime import UTC, datetime
from functools import lru_cache
from threading import Lock, local
from typing import Any

from sqlalchemy import Connection, Dialect, Engine, Table, insert, inspect, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError

from lending.adapters import migrate
from lending.adapters.engines import BUSY_SECONDS, begun, connect, open_engine, out_of_use, translated, ways
from lending.adapters.plain import Plain, wrapped

HEAD = "0007"
"""The newest migration; a test compares it with the scripts."""


class Database:
    """Read and write transactions. A writer takes the one lock at its start, so that two never deadlock."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.engine = open_engine(url)
        self._ways = ways(self.engine)
        self._held = local()
        self._turn = Lock()

    @contextmanager
    def read(self) -> Generator[Connection]:
        """A snapshot to read from. Raises UnavailableError when the database cannot be used."""
        with translated(self.url), self._joined() or connect(self._ways.read) as connection:
            yield connection

    @contextmanager
    def look(self) -> Generator[Connection]:
        """For one single statement, which needs no snapshot: saves a round trip. Raises UnavailableError."""
        with translated(self.url), self._joined() or connect(self._ways.look) as connection:
            yield connection

    def rows(self, asked: Plain, **given: Any) -> list[Any]:
        """The rows of one statement that every request asks; asked again where the server has been away.

        Args:
            asked: reads and changes nothing.
            given: values of its places; a list stands for as many.

        Raises:
            UnavailableError: the database cannot be used.
        """
        joined, dialect = getattr(self._held, "connection", None), self.engine.dialect
        with translated(self.url):
            if joined is not None:
                return asked.run(joined.connection, dialect, given)
            try:
                with closing(self.engine.raw_connection()) as plain:
                    return asked.run(plain, dialect, given)
            except DBAPIError as error:
                if dialect.name == "sqlite" or not error.connection_invalidated:
                    raise
            with connect(self._ways.look) as connection:
                return asked.run(connection.connection, dialect, given)

    @contextmanager
    def write(self) -> Generator[Connection]:
        """A transaction that is durable once the block ends, and undone when it raises.

        Raises:
            UnavailableError: the database is locked, full, read-only or gone.
        """
        joined = self._joined()
        if joined is not None:
            with translated(self.url), joined as connection:
                yield connection
            return
        acts: list[Callable[[], None]] = []
        self._held.after = acts
        with self._in_turn(), translated(self.url), begun(self._ways.write) as connection:
            yield connection
        for act in acts:
            act()

    @contextmanager
    def _in_turn(self) -> Generator[None]:
        """Writers of this process wait for each other here.

        SQLite's own wait is a poll that may starve one, and on a server those who wait would hold all connections
        while the one who writes needs another to read.
        """
        if not self._turn.acquire(timeout=BUSY_SECONDS):
            raise out_of_use(self.url, "it is locked")
        try:
            yield
        finally:
            self._turn.release()

    @contextmanager
    def turn(self) -> Generator[Engine]:
        """The engine for a writer whose transaction is one round trip. Raises UnavailableError as `write`."""
        with self._in_turn(), translated(self.url):
            yield self.engine

    def afterwards(self, act: Callable[[], None]) -> None:
        """Do something as soon as the transaction that this thread is in is durable; never when it is undone."""
        self._held.after.append(act)

    @contextmanager
    def together(self) -> Generator[None]:
        """One `write` for all that this thread reads and writes inside: durable once the outermost ends, or undone."""
        with self.write() as connection:
            outer = getattr(self._held, "connection", None)
            self._held.connection = connection
            try:
                yield
            finally:
                self._held.connection = outer

    @property
    def is_joined(self) -> bool:
        """Whether this thread is inside `together`, so that what it writes belongs to a larger transaction."""
        return getattr(self._held, "connection", None) is not None

    def _joined(self) -> AbstractContextManager[Connection] | None:
        """The transaction that this thread is in; whoever began it ends it."""
        connection: Connection | None = getattr(self._held, "connection", None)
        return nullcontext(connection) if connection is not None else None

    def upgrade(self) -> tuple[str | None, str]:
        """Bring the tables to the newest version, wholly or not at all; quick when they are.

        Returns:
            The version before (None: there were no tables) and the one now.

        Raises:
            UnavailableError: the database cannot be used.
            RefusedError: a migration failed and everything is as before, or the tables are newer than this program.
        """
        with translated(self.url):
            before = self.version()
            if before != HEAD:
                with self._in_turn(), begun(self._ways.write) as connection:
                    migrate.upgrade(connection, before, HEAD)
        return before, HEAD

    def about(self) -> str:
        """Which server or file answers, and the version of the tables. Raises UnavailableError."""
        at = self.version()
        with self.look() as connection:
            number = ".".join(map(str, connection.dialect.server_version_info or ()))
        kind = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}[self.engine.dialect.name]
        place = self.engine.url.set(drivername=self.engine.dialect.name, query={}).render_as_string(hide_password=True)
        return f"{kind} {number}, {place}, tables at version {at or 'none'}"

    def version(self) -> str | None:
        """The migration the tables are at; None when there are none yet. Raises UnavailableError."""
        with translated(self.url), connect(self.engine) as connection:
            if not inspect(connection).has_table("alembic_version"):
                return None
            return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def insert_new(connection: Connection, table: Table, values: Mapping[str, Any]) -> bool:
    """Insert a row unless one with its key is there; waits for somebody else's transaction that is inserting it."""
    made = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}[connection.dialect.name](table)
    counted = {"preserve_rowcount": True}  # an insert does not say it unasked where it could return columns
    return connection.execute(made.values(**values).on_conflict_do_nothing(), execution_options=counted).rowcount == 1


def insert_rows(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows of the same columns, as plain as the driver takes them: no value is converted on the way."""
    if not rows:
        return
    statement, places = _plain_insert(table, connection.dialect, tuple(rows[0]))
    values = [tuple(map(row.__getitem__, places)) for row in rows] if places else [dict(row) for row in rows]
    with wrapped(connection.dialect, connection.connection), closing(connection.connection.cursor()) as cursor:
        if len(values) == 1:  # psycopg takes many by another, longer way
            cursor.execute(statement, values[0])
        else:
            cursor.executemany(statement, values)


@lru_cache(maxsize=64)
def _plain_insert(table: Table, dialect: Dialect, columns: tuple[str, ...]) -> tuple[str, tuple[str, ...]]:
    """The statement for a driver, and the columns in the order of its places; none where places have names."""
    compiled = insert(table).compile(dialect=dialect, column_keys=list(columns))
    return str(compiled), tuple(getattr(compiled, "positiontup", None) or ())


def time_text(moment: datetime) -> str:
    """UTC in one width, so that text order is time order."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def read_time(value: str) -> datetime:
    """The inverse of `time_text`."""
    return datetime.fromisoformat(value)
