"""Where MLflow's own database says that files lie: whole addresses, which a restore to another folder puts right."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from urllib.parse import unquote

from lending.domain.errors import UnavailableError

_BELOW = "/mlflow/artifacts"


def put_right(database: Path, home: Path) -> int:
    """Let every address of a file below some home folder's artifacts be one below this home.

    Args:
        database: MLflow's SQLite file; nobody uses it yet. Nothing happens where there is none.
        home: the folder that the files will lie below.

    Returns:
        How many values were changed.

    Raises:
        UnavailableError: the file cannot be read or written as a database.
    """
    if not database.is_file():
        return 0
    now = home.resolve()
    try:
        with closing(sqlite3.connect(database)) as base, base:
            pairs = [pair for before in sorted(_homes(base) - {now}) for pair in _forms(before, now)]
            return sum(_moved(base, old, new) for old, new in pairs)
    except sqlite3.Error as error:
        raise UnavailableError(
            f"MLflow's database in the backup cannot be used: {error}", code="tracking", field=database.name,
            found=type(error).__name__, expected="a SQLite database of MLflow", do="Take an older backup.",
        ) from None  # fmt: skip


def _homes(base: sqlite3.Connection) -> set[Path]:
    """The home folders below which experiments keep files."""
    known = base.execute("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'experiments'").fetchone()
    places = base.execute("SELECT artifact_location FROM experiments").fetchall() if known else []
    files = [unquote(str(place).removeprefix("file://")) for (place,) in places]
    return {Path(file.rpartition(_BELOW)[0]) for file in files if file.startswith("/") and _BELOW in file}


def _forms(before: Path, now: Path) -> list[tuple[str, str]]:
    """How addresses below two homes begin: as paths, and as addresses whose odd letters are written in code."""
    return [(f"{before}{_BELOW}/", f"{now}{_BELOW}/"), (f"{before.as_uri()}{_BELOW}/", f"{now.as_uri()}{_BELOW}/")]


def _moved(base: sqlite3.Connection, old: str, new: str) -> int:
    """Change how text begins, in every column; the names of tables and columns are the database's own."""
    changed = 0
    for table, column in _texts(base):
        asked = f'UPDATE "{table}" SET "{column}" = ? || substr("{column}", ?) WHERE substr("{column}", 1, ?) = ?'  # noqa: S608
        changed += base.execute(asked, (new, len(old) + 1, len(old), old)).rowcount
    return changed


def _texts(base: sqlite3.Connection) -> list[tuple[str, str]]:
    """Table and column of everything that may hold text."""
    tables = [name for (name,) in base.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    columns = [(table, row[1], str(row[2]).upper()) for table in tables
               for row in base.execute("SELECT * FROM pragma_table_info(?)", (table,))]  # fmt: skip
    return [(table, column) for table, column, kind in columns if "CHAR" in kind or "TEXT" in kind]
