"""A restore to another folder leaves MLflow no address of the old one."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from lending.adapters.backup import Backups
from lending.adapters.tracked_files import put_right
from lending.domain.errors import UnavailableError
from lending.settings import Settings
from tests.conftest import HandClock

OLD, CODED = "/srv/old home", "file:///srv/old%20home"
ROWS = {
    "experiments": ("artifact_location", [f"{CODED}/mlflow/artifacts/small", "mlflow-artifacts:/0", None]),
    "runs": ("artifact_uri", [f"{CODED}/mlflow/artifacts/small/r1/artifacts"]),
    "model_versions": ("source", [f"{OLD}/mlflow/artifacts/small/r1/artifacts/package", "models:/m-1"]),
    "tags": ("value", [f"see {CODED}/mlflow/artifacts/small", f"{CODED}/mlflow/artifacts/small/x"]),
}  # fmt: skip


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """Tables of MLflow, as far as they say where files lie."""
    file = tmp_path / "mlflow.db"
    with closing(sqlite3.connect(file)) as base, base:
        for table, (column, values) in ROWS.items():
            base.execute(f"CREATE TABLE {table} (number INTEGER, {column} VARCHAR(500))")
            base.executemany(f"INSERT INTO {table} VALUES (?, ?)", list(enumerate(values)))  # noqa: S608
    return file


def told(file: Path) -> dict[str, list[str | None]]:
    with closing(sqlite3.connect(file)) as base:
        return {table: [row[0] for row in base.execute(f"SELECT {column} FROM {table} ORDER BY number")]  # noqa: S608
                for table, (column, _) in ROWS.items()}  # fmt: skip


def test_addresses_of_files_move_with_their_home_and_nothing_else_changes(database: Path, tmp_path: Path) -> None:
    assert put_right(database, tmp_path / "new") == 4
    here = f"{(tmp_path / 'new').resolve()}/mlflow/artifacts/small"
    coded = f"{(tmp_path / 'new').resolve().as_uri()}/mlflow/artifacts/small"
    assert told(database) == {
        "experiments": [coded, "mlflow-artifacts:/0", None],
        "runs": [f"{coded}/r1/artifacts"],
        "model_versions": [f"{here}/r1/artifacts/package", "models:/m-1"],
        "tags": [f"see {CODED}/mlflow/artifacts/small", f"{coded}/x"],
    }
    assert put_right(database, tmp_path / "new") == 0


def test_at_home_nothing_is_changed_and_a_missing_database_is_none(database: Path, tmp_path: Path) -> None:
    assert put_right(database, Path(OLD)) == 0
    assert put_right(tmp_path / "none.db", tmp_path) == 0


def test_a_file_that_is_no_database_is_said_to_be_none(tmp_path: Path) -> None:
    file = tmp_path / "mlflow.db"
    file.write_bytes(b"this is no database, whatever it is called" * 40)
    with pytest.raises(UnavailableError, match="MLflow's database in the backup cannot be used"):
        put_right(file, tmp_path)


@pytest.mark.full
def test_a_model_that_was_restored_elsewhere_is_found_when_the_old_folder_is_gone(tmp_path: Path) -> None:
    import warnings

    from lending.adapters.records import open_records
    from tests.training.books import a_book, quiet
    from training.adapters.mlflow_registry import MlflowRegistry
    from training.train import train

    old, new = (Settings(profile="test", home=tmp_path / name) for name in ("old", "new"))  # type: ignore[call-arg]

    def registry(settings: Settings) -> MlflowRegistry:
        var = settings.var
        return MlflowRegistry(settings.tracking_uri, var / "models", var / "mlflow" / "artifacts")

    clock = HandClock()
    open_records(old, clock).database.engine.dispose()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the training libraries
        result = train(a_book(600), tmp_path / "package", 7, 0.0, quiet)
        version = registry(old).register(result, tmp_path / "package", "tom")
        made = Backups(old, clock).make(tmp_path / "one.tar.gz", lambda share, words: None)
        Backups(new, clock).restore(made.file, replace=False, tell=lambda share, words: None)
        shutil.rmtree(old.var)
        shutil.rmtree(new.var / "models", ignore_errors=True)
        assert registry(new).package("small", version).is_relative_to(new.var)
        assert registry(new).result(str(result.run_id))["family"] == result.family
