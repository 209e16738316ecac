"""Statements of every request, as plain as the driver takes them.

SQLAlchemy words a statement once for each kind of database; after that the driver alone runs it, which costs a tenth.
Only texts, whole numbers and bytes stand in their columns, so that no value is converted on the way.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, cast

from sqlalchemy import Dialect, PoolProxiedConnection, Select, Update
from sqlalchemy.exc import DBAPIError


@dataclass(frozen=True, slots=True)
class Wording:
    """A statement for one driver.

    Attributes:
        text: as the driver reads it.
        places: their names in order; none where the driver finds them by name.
        fixed: what stands in them unless told otherwise.
    """

    text: str
    places: tuple[str, ...]
    fixed: Mapping[str, Any]

    def values(self, given: Mapping[str, Any]) -> Any:
        """What the driver takes for the places."""
        known = {**self.fixed, **given}
        return tuple(map(known.__getitem__, self.places)) if self.places else known


class Plain:
    """A statement that is worded once. A list among its values is one place for each of them."""

    def __init__(self, statement: Select[*tuple[Any, ...]] | Update) -> None:
        self._statement = statement
        self._reads = isinstance(statement, Select)
        names = statement.selected_columns.keys() if isinstance(statement, Select) else ()
        made: Any = namedtuple("Row", names)  # pyright: ignore[reportUntypedNamedTuple] - named as the columns are
        self._row: Callable[[Sequence[Any]], Any] = made._make
        self._worded = lru_cache(maxsize=512)(self._word)

    def run(self, connection: PoolProxiedConnection, dialect: Dialect, given: Mapping[str, Any]) -> list[Any]:
        """Its rows, by the names of their columns. Raises DBAPIError as SQLAlchemy does."""
        sizes: tuple[tuple[str, int], ...] = ()
        if any(isinstance(value, list) for value in given.values()):
            sizes = tuple((name, _size(value)) for name, value in given.items())
            given = {place: one for name, value in given.items() for place, one in _places(name, value)}
        worded = self._worded(dialect, sizes)
        with wrapped(dialect, connection):
            cursor = connection.cursor()
            cursor.execute(worded.text, worded.values(given))
            rows = [self._row(row) for row in cursor.fetchall()] if self._reads else []
            cursor.close()
        return rows

    def _word(self, dialect: Dialect, sizes: tuple[tuple[str, int], ...]) -> Wording:
        compiled: Any = self._statement.compile(dialect=dialect)
        if not sizes:
            return Wording(str(compiled), tuple(compiled.positiontup or ()), dict(compiled.params))
        state = compiled.construct_expanded_state({name: [""] * size or "" for name, size in sizes})
        return Wording(state.statement, tuple(state.positiontup or ()), dict(state.parameters))


def _size(value: Any) -> int:
    return len(cast("list[Any]", value)) if isinstance(value, list) else 0


def _places(name: str, value: Any) -> Iterator[tuple[str, Any]]:
    """The places that a value takes, as SQLAlchemy names those of a list."""
    if isinstance(value, list):
        yield from ((f"{name}_{number}", one) for number, one in enumerate(cast("list[Any]", value), start=1))
    else:
        yield name, value


@contextmanager
def wrapped(dialect: Dialect, connection: PoolProxiedConnection) -> Generator[None]:
    """Errors of the driver as SQLAlchemy's; a connection that broke is thrown away. Raises DBAPIError."""
    driver: Any = dialect.loaded_dbapi
    try:
        yield
    except driver.Error as error:
        gone = dialect.is_disconnect(error, connection.dbapi_connection, None)
        if gone:
            connection.invalidate(error)
        raise DBAPIError.instance("", None, error, driver.Error, True, gone, dialect) from error
