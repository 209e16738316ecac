"""The door to the database: what its errors say ends up in logs."""

from __future__ import annotations

from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import insert
from sqlalchemy.exc import IntegrityError

from lending.adapters import tables, tables_portal, tables_staff
from lending.adapters.session import Database
from lending.adapters.tables import accounts


def test_an_error_of_the_database_names_nobody(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'records.db'}")
    database.upgrade()
    row = {"username": "linnea", "password_hash": "x", "role": "customer", "display_name": "Linnea Berg"}
    with pytest.raises(IntegrityError) as failed, database.write() as connection:
        connection.execute(insert(accounts), [row, row])
    assert "Linnea Berg" not in str(failed.value)
    database.engine.dispose()


def test_the_migrations_make_exactly_the_tables_that_the_code_reads(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'new.db'}")
    database.upgrade()
    assert {tables.metadata, tables_portal.metadata, tables_staff.metadata} == {tables.metadata}
    with database.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), tables.metadata) == []
