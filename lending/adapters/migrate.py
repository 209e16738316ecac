"""The steps from one version of the tables to the next, all of them in one transaction."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection

from lending.domain.errors import RefusedError, UnavailableError

if TYPE_CHECKING:
    from alembic.config import Config

SCRIPTS = Path(__file__).parent / "migrations"


def upgrade(connection: Connection, before: str | None, head: str) -> None:
    """Run what is missing, in the caller's transaction; both kinds of database undo changes of tables with it.

    Raises:
        RefusedError: a step failed, or the tables are at a version that this program does not know.
    """
    from alembic import command
    from sqlalchemy.exc import OperationalError

    if before is not None and before not in versions():
        raise _too_new(before, head)
    config = _config()
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, head)
    except (OperationalError, UnavailableError):
        raise
    except Exception as error:  # whatever a step stumbles over, nothing of it stays
        raise _undone(before, head, error) from error


def versions() -> list[str]:
    """Every version that this program knows, oldest first."""
    from alembic.script import ScriptDirectory

    return [script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()][::-1]


def _config() -> Config:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(SCRIPTS).replace("%", "%%"))
    return config


def _too_new(before: str, head: str) -> RefusedError:
    return RefusedError(
        f"the database is at version {before}, which this program does not know; it knows versions up to {head}",
        code="newer_database", field="CANDOR_DATABASE_URL", found=before, expected=f"version {head} or older",
        do="Run the newer program, or restore a backup that was made with this one.",
    )  # fmt: skip


def _undone(before: str | None, head: str, error: Exception) -> RefusedError:
    cause = next(iter(str(getattr(error, "orig", error)).strip().splitlines()), "") or type(error).__name__
    return RefusedError(
        f"the upgrade from {before or 'nothing'} to {head} failed and was undone: {cause}. "
        f"The database is as it was", code="migration", found=cause, expected="an upgrade that ends",
        do="Run the program of the version before; it works on. Then report the cause.",
    )  # fmt: skip
