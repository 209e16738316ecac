"""Backup and restore of all that a decision rests on: records, packages of models, objects, indexes, data sets."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from lending.adapters import archive
from lending.adapters.archive import Contents, Told
from lending.adapters.dumps import Dump, SqliteDump, dump_of
from lending.adapters.home_files import PARTS, TRACKING, below, counted_files, swapped
from lending.adapters.migrate import versions
from lending.adapters.session import Database, time_text
from lending.adapters.tracked_files import put_right
from lending.domain.errors import InputError, RefusedError
from lending.ports import Clock
from lending.settings import Settings

_NAME = "%Y%m%dT%H%M%SZ"


@dataclass(frozen=True, slots=True)
class Made:
    """A backup that was written."""

    file: Path
    size: int
    files: int
    database: str
    version: str
    without: Sequence[str]


@dataclass(frozen=True, slots=True)
class Restored:
    """What a restore did; `aside` names where the former state is, empty when there was none."""

    file: Path
    files: int
    version: str
    made_at: str
    aside: Sequence[str]
    without: Sequence[str]


class Backups:
    """Backups of a home folder and its database."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self._settings, self._clock, self._var = settings, clock, settings.var

    def about(self) -> str:
        """Which database is in use, and at which version its tables are. Raises UnavailableError."""
        return self._with_database(lambda database: database.about())

    def upgrade(self) -> tuple[str | None, str]:
        """Bring the tables to this program's version; see `Database.upgrade`."""
        return self._with_database(lambda database: database.upgrade())

    def make(self, target: Path, tell: Told) -> Made:
        """Write a backup while Candor runs.

        Args:
            target: a new file, or a folder in which it gets a name with the time.
            tell: of the share that is done.

        Raises:
            InputError: the file is there already, or there is no database to back up.
            UnavailableError: database or disk cannot be used; nothing is left behind.
        """
        file, dump = self._named(target), dump_of(self._settings.database)
        at = None if dump.is_empty() else self._with_database(lambda database: database.version())
        if at is None:
            raise _nothing_there()
        facts = self._facts(dump, at)
        with tempfile.TemporaryDirectory(prefix=".candor-backup-", dir=file.parent) as scratch:
            databases = self._dumped(dump, Path(scratch), tell)
            expected = sum(path.stat().st_size for _, path in (*databases, *self._files()))
            counted = [0]
            members = counted_files((*databases, *self._files()), counted)
            size = archive.write(file, members, facts, expected, lambda share, words: tell(0.3 + 0.7 * share, words))
        return Made(file, size, counted[0], dump.kind, at, facts["without"])

    def restore(self, file: Path, *, replace: bool, tell: Told) -> Restored:
        """Put a backup in place, after every byte of it was compared; undone wholly when it cannot be finished.

        Args:
            file: what `make` wrote.
            replace: allow that there is a state, which is then set aside.
            tell: of the share that is done.

        Raises:
            InputError: no backup, of the other kind of database, or newer than this program.
            RefusedError: it is damaged, the target is in use, or not empty without `replace`.
            UnavailableError: database or disk cannot be used.
        """
        contents = archive.read(file)
        dump = dump_of(self._settings.database)
        _fits(contents, dump)
        if not replace and not self._is_empty(dump):
            raise _not_empty(self._settings)
        archive.check(file, contents, lambda share, words: tell(0.4 * share, words))
        stamp = self._clock.now().strftime(_NAME)
        self._var.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".restore-", dir=self._var) as scratch:
            archive.unpack(file, contents, Path(scratch), lambda share, words: tell(0.4 + 0.5 * share, words))
            put_right(Path(scratch) / TRACKING, self._var)
            aside = self._exchange(dump, Path(scratch), self._var / "before" / stamp, stamp)
        tell(1.0, "restored")
        facts = contents.facts
        return Restored(file, len(contents.members), facts["version"], facts["made_at"], aside, facts["without"])

    def _exchange(self, dump: Dump, fresh: Path, aside: Path, stamp: str) -> list[str]:
        """Present state aside, fresh one in; the other way round again when something breaks."""
        aside.mkdir(parents=True)
        kept = [dump.set_aside(aside, stamp)]
        undo: list[Callable[[], object]] = [lambda: dump.take_back(aside, stamp)]
        try:
            dump.put(fresh / dump.member)
            for part in PARTS:
                kept.append(swapped(self._var / part, fresh / part, aside / part, undo))
        except BaseException:
            for step in reversed(undo):
                step()
            raise
        if not any(aside.iterdir()):
            aside.rmdir()
        return [place for place in kept if place]

    def _facts(self, dump: Dump, at: str) -> dict[str, Any]:
        return {
            "made_at": time_text(self._clock.now()), "program": _program(), "database": dump.kind, "version": at,
            "market": self._settings.market, "portfolio": self._settings.portfolio, "without": self._without(),
        }  # fmt: skip

    def _without(self) -> list[str]:
        """What a restored state needs besides, in words."""
        left = ["the master key: without it nobody can read the records",
                "the folder with rules and texts (CANDOR_KB); the policies that decided are in the records",
                "logs, Prefect's runs, waiting demo messages, language models that were fetched"]  # fmt: skip
        if self._settings.objects_bucket:
            left.append(f"the objects of the bucket {self._settings.objects_bucket}")
        if not self._tracking():
            left.append("MLflow's own database and files, which are elsewhere")
        if self._settings.search_url:
            left.append("the search server's index: candor kb index makes it anew")
        return left

    def _dumped(self, dump: Dump, scratch: Path, tell: Told) -> list[tuple[str, Path]]:
        found = [(dump.member, scratch / dump.member)]
        dump.write(found[0][1], lambda share, words: tell(0.25 * share, words))
        if self._tracking():
            found.append((TRACKING, scratch / "mlflow.db"))
            SqliteDump(self._var / TRACKING).write(found[1][1], lambda share, words: tell(0.25 + 0.05 * share, words))
        return found

    def _tracking(self) -> bool:
        return not self._settings.mlflow_url and (self._var / TRACKING).is_file()

    def _files(self) -> Iterator[tuple[str, Path]]:
        for part in PARTS:
            if part != "objects" or not self._settings.objects_bucket:
                yield from below(self._var / part, part)

    def _named(self, target: Path) -> Path:
        target = target.expanduser().resolve()
        if target.is_dir():
            return self._named(target / f"candor-{self._clock.now().strftime(_NAME)}.zip")
        if target.exists():
            raise InputError(f"{target} is there already", field="FILE", found=str(target), expected="a new file",
                             do="Name another file, or a folder.")  # fmt: skip
        if not target.parent.is_dir():
            raise InputError(f"there is no folder {target.parent}", field="FILE", found=str(target.parent),
                             expected="a folder that is there", do="Make it first.")  # fmt: skip
        return target

    def _is_empty(self, dump: Dump) -> bool:
        return dump.is_empty() and not any(next(below(self._var / part, part), None) for part in PARTS)

    def _with_database(self, act: Callable[[Database], Any]) -> Any:
        database = Database(self._settings.database)
        try:
            return act(database)
        finally:
            database.engine.dispose()


def _fits(contents: Contents, dump: Dump) -> None:
    facts: Mapping[str, Any] = contents.facts
    if facts["database"] != dump.kind:
        raise InputError(
            f"the backup holds {facts['database']}, but CANDOR_DATABASE_URL names {dump.kind}",
            code="kind", field="CANDOR_DATABASE_URL", found=dump.kind, expected=facts["database"],
            do="Set CANDOR_DATABASE_URL to a database of that kind.",
        )  # fmt: skip
    if facts["version"] not in versions():
        raise InputError(
            f"the backup is at version {facts['version']}, which this program does not know",
            code="newer_backup", field="FILE", found=facts["version"], expected=f"{versions()[-1]} or older",
            do="Use the program that wrote it, or a newer one.",
        )  # fmt: skip


def _program() -> str:
    try:
        return version("candor")
    except PackageNotFoundError:
        return ""


def _nothing_there() -> InputError:
    return InputError("there is no database to back up", code="empty", field="CANDOR_DATABASE_URL",
                      found="no tables", expected="a database that Candor made", do="Check CANDOR_HOME.")  # fmt: skip


def _not_empty(settings: Settings) -> RefusedError:
    return RefusedError(
        f"there is a state already in {settings.var} or its database", code="not_empty", field="--replace",
        found=str(settings.var), expected="an empty home and database",
        do="Restore elsewhere, or add --replace: the present state is then set aside.",
    )  # fmt: skip
