"""From one version of the tables to the next, on both kinds of database: wholly or not at all."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import insert, inspect, select, text

from lending.adapters import migrate, session
from lending.adapters.session import HEAD, Database
from lending.adapters.tables import accounts, metadata
from lending.domain.errors import RefusedError
from tests.fakes.postgres import empty_postgres_url, postgres  # noqa: F401

ROW = {"username": "linnea", "password_hash": "x", "role": "customer", "display_name": "Linnea"}
FAILS_HALF_WAY = """
import sqlalchemy as sa
from alembic import op

revision, down_revision = "9999", "{head}"


def upgrade() -> None:
    op.create_table("new_things", sa.Column("name", sa.String(8), primary_key=True))
    op.execute("UPDATE accounts SET display_name = 'changed'")
    op.execute("INSERT INTO new_things VALUES ('a'), ('a')")
"""


@pytest.fixture(params=("sqlite", "postgresql"))
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A database with no tables."""
    server = request.param == "postgresql"
    opened = Database(request.getfixturevalue("empty_postgres_url") if server else f"sqlite:///{tmp_path / 'new.db'}")
    yield opened
    opened.engine.dispose()


@pytest.fixture
def newer(tmp_path: Path) -> Path:
    """The scripts of a program whose newest migration fails half way."""
    scripts = tmp_path / "migrations"
    shutil.copytree(migrate.SCRIPTS, scripts, ignore=shutil.ignore_patterns("__pycache__"))
    (scripts / "versions" / "9999_fails.py").write_text(FAILS_HALF_WAY.format(head=HEAD))
    return scripts


def test_migrations_make_exactly_the_tables_that_the_code_reads(database: Database) -> None:
    assert database.upgrade() == (None, HEAD)
    assert database.upgrade() == (HEAD, HEAD)
    with database.read() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_a_migration_that_fails_half_way_leaves_the_old_version_running(
    database: Database, newer: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    database.upgrade()
    with database.write() as connection:
        connection.execute(insert(accounts), ROW)
    with monkeypatch.context() as program:
        program.setattr(migrate, "SCRIPTS", newer)
        program.setattr(session, "HEAD", "9999")
        with pytest.raises(RefusedError, match=f"from {HEAD} to 9999 failed and was undone"):
            database.upgrade()
    assert_works_as_before(database)


def assert_works_as_before(database: Database) -> None:
    """Old rows, old version, no new table; the old program opens it and writes."""
    assert database.version() == HEAD
    assert not inspect(database.engine).has_table("new_things")
    with database.read() as connection:
        assert connection.execute(select(accounts.c.display_name)).scalars().all() == ["Linnea"]
    assert database.upgrade() == (HEAD, HEAD)
    with database.write() as connection:
        connection.execute(insert(accounts), {**ROW, "username": "other"})


def test_a_database_of_a_newer_program_is_left_alone(database: Database) -> None:
    database.upgrade()
    with database.write() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(RefusedError, match="which this program does not know"):
        database.upgrade()
    assert database.version() == "9999"


def test_the_newest_version_is_the_one_that_the_program_asks_for() -> None:
    assert migrate.versions()[-1] == HEAD
