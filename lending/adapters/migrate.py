"""The steps from one version of the tables to the next, all of them in one transaction."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection

from lending.domain.errors import RefusedError, UnavailableError

SCRIPTS = Path(__file__).parent / "migrations"


def upgrade(connection: Connection, before: str | None, head: str) -> None:
    """Run what is missing, in the caller's transaction; both kinds of database undo changes of tables with it.

    Raises:
        RefusedError: a step failed, or the tables are at a version that this program does not know.
    """
    from alembic import command
    from alembic.config import Config
    from alembic.script import ScriptDirectory
    from sqlalchemy.exc import OperationalError

    config = Config()
    config.set_main_option("script_location", str(SCRIPTS).replace("%", "%%"))
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if before is not None and before not in known:
        raise _too_new(before, head)
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, head)
    except (OperationalError, UnavailableError):
        raise
    except Exception as error:  # whatever a step stumbles over, nothing of it stays
        raise _undone(before, head, error) from error


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
