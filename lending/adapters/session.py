"""One door to the database: engine, transactions, migrations."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from threading import Lock, local
from typing import Any

from sqlalchemy import Connection, Dialect, Engine, Table, create_engine, event, insert, inspect, make_url, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError, OperationalError

from lending.domain.errors import UnavailableError

HEAD = "0004"
"""The newest migration; a test compares it with the scripts."""
_BUSY_SECONDS = 30
_WRITE = {"candor_begin": "BEGIN IMMEDIATE"}
_LOOK = {"candor_begin": ""}


class Database:
    """Read and write transactions. On SQLite a writer takes the lock at its start, so that two never deadlock."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.engine = _engine(url)
        self._writer = self.engine.execution_options(**_WRITE)
        self._looker = self.engine.execution_options(**_LOOK)
        self._held = local()
        self._turn = Lock()

    @contextmanager
    def read(self) -> Generator[Connection]:
        """A snapshot to read from. Raises UnavailableError when the database cannot be used."""
        with _translated(self.url), self._joined() or self.engine.connect() as connection:
            yield connection

    @contextmanager
    def look(self) -> Generator[Connection]:
        """For one single statement, which needs no snapshot: saves a round trip. Raises UnavailableError."""
        with _translated(self.url), self._joined() or self._looker.connect() as connection:
            yield connection

    @contextmanager
    def write(self) -> Generator[Connection]:
        """A transaction that is durable once the block ends, and undone when it raises.

        Raises:
            UnavailableError: the database is locked, full, read-only or gone.
        """
        joined = self._joined()
        if joined is not None:
            with _translated(self.url), joined as connection:
                yield connection
            return
        acts: list[Callable[[], None]] = []
        self._held.after = acts
        with self._in_turn(), _translated(self.url), self._writer.begin() as connection:
            yield connection
        for act in acts:
            act()

    @contextmanager
    def _in_turn(self) -> Generator[None]:
        """On SQLite writers of this process wait for each other here: its own wait is a poll that may starve one."""
        if self.engine.dialect.name != "sqlite":
            yield
        elif self._turn.acquire(timeout=_BUSY_SECONDS):
            try:
                yield
            finally:
                self._turn.release()
        else:
            raise _locked(self.url)

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

    def _joined(self) -> AbstractContextManager[Connection] | None:
        """The transaction that this thread is in; whoever began it ends it."""
        connection: Connection | None = getattr(self._held, "connection", None)
        return nullcontext(connection) if connection is not None else None

    def upgrade(self) -> None:
        """Bring the tables to the newest version; quick when they are. Raises UnavailableError."""
        with _translated(self.url):
            if self.version() != HEAD:
                self._migrate()

    def version(self) -> str | None:
        """The migration the tables are at; None when there are none yet."""
        with self.engine.connect() as connection:
            if not inspect(connection).has_table("alembic_version"):
                return None
            return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()

    def _migrate(self) -> None:
        from alembic import command
        from alembic.config import Config

        config = Config()
        config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
        with self._writer.begin() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, "head")


def insert_new(connection: Connection, table: Table, values: Mapping[str, Any]) -> bool:
    """Insert a row unless one with its key is there; waits for somebody else's transaction that is inserting it."""
    made = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}[connection.dialect.name](table)
    return connection.execute(made.values(**values).on_conflict_do_nothing()).rowcount == 1


def insert_rows(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows of the same columns, as plain as the driver takes them: no value is converted on the way."""
    if not rows:
        return
    statement, places = _plain_insert(table, connection.dialect, tuple(rows[0]))
    values = [tuple(map(row.__getitem__, places)) for row in rows] if places else [dict(row) for row in rows]
    connection.exec_driver_sql(statement, values)  # type: ignore[arg-type]


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


def _engine(url: str) -> Engine:
    # Parameters are hidden in errors: those stand in logs.
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite":
        return create_engine(url, pool_size=20, pool_pre_ping=True, hide_parameters=True)
    if parsed.database:
        _make_folder(Path(parsed.database).parent)
    engine = create_engine(
        url, pool_size=20, max_overflow=40, hide_parameters=True, connect_args={"timeout": _BUSY_SECONDS}
    )
    event.listen(engine, "connect", _sqlite_settings)
    event.listen(engine, "begin", _sqlite_begin)
    return engine


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
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "cache_size=-16000"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _sqlite_begin(connection: Connection) -> None:
    begin = connection.get_execution_options().get("candor_begin", "BEGIN")
    if begin:
        connection.exec_driver_sql(begin)


@contextmanager
def _translated(url: str) -> Generator[None]:
    try:
        yield
    except (OperationalError, DBAPIError) as error:
        if isinstance(error, OperationalError) or error.connection_invalidated:
            raise _unavailable(url, error) from error
        raise


def _unavailable(url: str, error: DBAPIError) -> UnavailableError:
    return _out_of_use(url, str(error.orig))


def _locked(url: str) -> UnavailableError:
    return _out_of_use(url, "it is locked")


def _out_of_use(url: str, cause: str) -> UnavailableError:
    place = make_url(url).render_as_string(hide_password=True)
    hints = {
        "readonly": "Make the folder and its files writable.",
        "unable to open": "Check that the folder exists and can be written.",
        "full": "Free some disk space.",
        "locked": "Another process holds the database; try again.",
    }
    do = next((hint for word, hint in hints.items() if word in cause), "Check that the database runs.")
    return UnavailableError(f"the database {place} cannot be used: {cause}. {do}", code="database", found=cause,
                            expected="a database that answers", do=do)  # fmt: skip
