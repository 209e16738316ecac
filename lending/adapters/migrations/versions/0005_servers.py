"""On a server text sorts by code point as in SQLite, and numbers of entries grow beyond two thousand million."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

_LONG = (("ledger", "seq"), ("ledger_heads", "seq"), ("audit_events", "seq"), ("tally_marks", "seq"))


def upgrade() -> None:
    connection = op.get_bind()
    if connection.dialect.name == "sqlite":
        return  # both are so already
    inspector = sa.inspect(connection)
    for table in inspector.get_table_names():
        if table != "alembic_version":
            _sort_by_code_point(table, [c for c in inspector.get_columns(table) if isinstance(c["type"], sa.String)])
    for table, column in _LONG:
        op.alter_column(table, column, type_=sa.BigInteger(), existing_nullable=False)


def _sort_by_code_point(table: str, columns: Sequence[Any]) -> None:
    """One statement a table, so that each is written anew once."""
    changed = [f'ALTER COLUMN "{c["name"]}" TYPE {_named(c["type"])} COLLATE "C"' for c in columns]
    if changed:
        op.execute(sa.text(f'ALTER TABLE "{table}" {", ".join(changed)}'))


def _named(kind: sa.String) -> str:
    return f"VARCHAR({kind.length})" if kind.length else "TEXT"
