"""The door to the database: what its errors say ends up in logs."""

from __future__ import annotations

from pathlib import Path

import pytest
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


def test_tables_of_all_parts_stand_in_one_list() -> None:
    assert {tables.metadata, tables_portal.metadata, tables_staff.metadata} == {tables.metadata}
