"""Backup beside writers, restore elsewhere, on both kinds of database: all decisions replay, or nothing was touched."""

from __future__ import annotations

import json
import shutil
import subprocess
import threading
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from flows.cli import run
from lending.adapters import archive, backup, dumps, postgres_dump
from lending.adapters.backup import Backups
from lending.adapters.session import HEAD
from lending.domain.errors import CandorError, InputError, RefusedError, UnavailableError
from lending.settings import Settings
from serving.assembly import Platform, platform
from tests.applying import a_quote
from tests.bank import PASSWORD, open_bank
from tests.conftest import FULL, HandClock
from tests.fakes.postgres import Postgres, new_postgres_url, postgres  # noqa: F401
from tests.serving.standins import Champion, LinearModel

FILES = {
    "models/demo_bank/champion.json": b'{"version": "1"}', "models/demo_bank/1/model.json": b"{}",
    "models/llm/big.gguf": b"weights", "objects/user-docs/C00001/d_1": b"sealed", "kb/us/current": b"kb-v0001.sqlite",
    "logs/api.log": b"noise",
}  # fmt: skip
LEFT_OUT = {"models/llm/big.gguf", "logs/api.log"}


def quiet(_share: float, _words: str) -> None:
    """Nobody looks."""


@pytest.fixture(params=("sqlite", "postgresql"))
def new_url(request: pytest.FixtureRequest) -> Callable[[], str]:
    """Addresses of new databases; "" is the file in the home folder."""
    return request.getfixturevalue("new_postgres_url") if request.param == "postgresql" else lambda: ""


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def bank(tmp_path: Path, new_url: Callable[[], str], clock: HandClock) -> Iterator[Platform]:
    """A bank with recorded decisions and files."""
    yield from a_bank(tmp_path, clock, new_url())


@pytest.fixture(scope="module")
def file_bank(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    """The same on SQLite, for all tests that leave it as it is."""
    yield from a_bank(tmp_path_factory.mktemp("file"), HandClock(), "")


@pytest.fixture(scope="module")
def server_bank(tmp_path_factory: pytest.TempPathFactory, postgres: Postgres) -> Iterator[Platform]:  # noqa: F811
    """The same on a server."""
    yield from a_bank(tmp_path_factory.mktemp("server"), HandClock(), postgres.create())


def a_bank(tmp_path: Path, clock: HandClock, url: str) -> Iterator[Platform]:
    opened = open_bank(tmp_path / "home", clock=clock, database_url=url)
    for name, content in FILES.items():
        file = opened.settings.var / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    for amount in ("9000", "20000"):
        a_quote(opened, "C00001", amount)
    yield opened
    opened.records.database.engine.dispose()


@pytest.fixture
def elsewhere(tmp_path: Path, new_url: Callable[[], str]) -> Settings:
    """Settings of an empty home and database."""
    return Settings(profile="test", home=tmp_path / "other", database_url=new_url())  # type: ignore[call-arg]


@pytest.fixture
def made(file_bank: Platform, tmp_path: Path) -> Path:
    """A backup of the bank on SQLite."""
    return file_bank.backups.make(tmp_path, quiet).file


@pytest.fixture
def empty(tmp_path: Path) -> Settings:
    """Settings of a home that is not there."""
    return Settings(profile="test", home=tmp_path / "empty")  # type: ignore[call-arg]


@pytest.fixture
def other(empty: Settings, clock: HandClock) -> Backups:
    return Backups(empty, clock)


def opened(settings: Settings, clock: HandClock) -> Platform:
    place = Platform(settings)
    place.clock = clock  # type: ignore[assignment]
    place.__dict__["champion"] = Champion(LinearModel())
    return place


def test_a_backup_beside_writers_restored_elsewhere_replays_every_decision(
    bank: Platform, elsewhere: Settings, tmp_path: Path, clock: HandClock
) -> None:
    stop = threading.Event()
    writer = threading.Thread(target=lambda: write_until(bank, stop))
    writer.start()
    try:
        file = bank.backups.make(tmp_path / "one.zip", quiet).file
    finally:
        stop.set()
        writer.join()
    done = Backups(elsewhere, clock).restore(file, replace=False, tell=quiet)
    assert (done.version, done.aside) == (HEAD, [])
    place = opened(elsewhere, clock)
    kept = set(place.decisions.ids())
    assert len(kept) >= 2
    assert kept <= set(bank.decisions.ids())
    assert place.replay.run(None).clean
    assert place.records.audit.broken_at() is None
    assert place.identity.sign_in("good", PASSWORD, "here")[0]
    assert found_in(elsewhere.var) == {name: content for name, content in FILES.items() if name not in LEFT_OUT}
    place.records.database.engine.dispose()


def write_until(bank: Platform, stop: threading.Event) -> None:
    for number in range(10_000):
        if stop.is_set():
            return
        a_quote(bank, "C00001", str(10_000 + number))


def found_in(home: Path) -> dict[str, bytes]:
    files = {path.relative_to(home).as_posix(): path for path in home.rglob("*") if path.is_file()}
    return {name: path.read_bytes() for name, path in files.items() if not name.startswith(("candor.db", "run/"))}


def test_a_backup_says_what_it_does_not_hold(file_bank: Platform, tmp_path: Path) -> None:
    without = " ".join(file_bank.backups.make(tmp_path, quiet).without)
    assert "master key" in without
    in_a_bucket = file_bank.settings.model_copy(update={"objects_bucket": "our-bucket"})
    made = Backups(in_a_bucket, file_bank.clock).make(tmp_path / "two.zip", quiet)
    assert "our-bucket" in " ".join(made.without)
    with zipfile.ZipFile(made.file) as inside:
        assert not [name for name in inside.namelist() if name.startswith("objects/")]


def test_a_disk_that_is_full_leaves_no_part_of_a_backup(
    file_bank: Platform, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(archive, "_copied", full)
    with pytest.raises(UnavailableError, match="No space left"):
        file_bank.backups.make(tmp_path / "one.zip", quiet)
    assert list(tmp_path.iterdir()) == []


def test_a_backup_replaces_no_file(file_bank: Platform, made: Path) -> None:
    with pytest.raises(InputError, match="there already"):
        file_bank.backups.make(made, quiet)


def test_a_changed_byte_is_found_before_anything_is_touched(made: Path, empty: Settings, other: Backups) -> None:
    whole = made.read_bytes()
    for share in (0.02, 0.2, 0.4, 0.6, 0.8):  # all within the database: a byte of a date in the directory harms nobody
        content = bytearray(whole)
        content[int(len(content) * share)] ^= 0xFF
        made.write_bytes(content)
        with pytest.raises(CandorError):
            other.restore(made, replace=False, tell=quiet)
    assert not empty.var.exists()


def test_half_a_backup_is_none(made: Path, other: Backups) -> None:
    made.write_bytes(made.read_bytes()[:-200])
    with pytest.raises(InputError, match="is no backup"):
        other.restore(made, replace=False, tell=quiet)


def test_a_manifest_cannot_point_outside_the_home(made: Path, other: Backups, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.zip"
    with zipfile.ZipFile(made) as source, zipfile.ZipFile(wrong, "w") as target:
        told = json.loads(source.read(archive.MANIFEST))
        told["files"]["../evil"] = {"size": 0, "sha256": ""}
        for name in source.namelist():
            target.writestr(name, json.dumps(told) if name == archive.MANIFEST else source.read(name))
        target.writestr("../evil", b"")
    with pytest.raises(RefusedError, match="not those of its manifest"):
        other.restore(wrong, replace=False, tell=quiet)


def test_a_state_that_is_there_is_set_aside_when_asked_and_only_then(
    bank: Platform, tmp_path: Path, clock: HandClock
) -> None:
    made = bank.backups.make(tmp_path, quiet).file
    late = a_quote(bank, "C00001", "15000")["decision_id"]
    (bank.settings.var / "models" / "new.json").write_text("{}")
    bank.records.database.engine.dispose()
    with pytest.raises(RefusedError, match="a state already"):
        bank.backups.restore(made, replace=False, tell=quiet)
    done = bank.backups.restore(made, replace=True, tell=quiet)
    assert len(done.aside) == 4  # the database, models, objects, kb
    place = opened(bank.settings, clock)
    assert late not in set(place.decisions.ids())
    assert place.replay.run(None).clean
    assert not (bank.settings.var / "models" / "new.json").exists()
    assert (bank.settings.var / "before").is_dir()
    place.records.database.engine.dispose()


def test_a_restore_that_cannot_end_leaves_the_former_state(
    bank: Platform, tmp_path: Path, clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = bank.backups.make(tmp_path, quiet).file
    late = a_quote(bank, "C00001", "15000")["decision_id"]
    before = found_in(bank.settings.var)
    bank.records.database.engine.dispose()
    exchange = backup.swapped

    def breaks(place: Path, *more: Any) -> str:
        if place.name == "kb":
            raise OSError(30, "Read-only file system", str(place))
        return exchange(place, *more)

    monkeypatch.setattr(backup, "swapped", breaks)
    with pytest.raises(OSError, match="Read-only"):
        bank.backups.restore(made, replace=True, tell=quiet)
    place = opened(bank.settings, clock)
    assert late in set(place.decisions.ids())
    assert place.replay.run(None).clean
    assert found_in(bank.settings.var) == before
    place.records.database.engine.dispose()


@pytest.mark.parametrize("new_url", ["sqlite"], indirect=True)
def test_a_disk_that_is_full_when_the_state_is_set_aside_costs_nothing_of_it(
    bank: Platform, tmp_path: Path, clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = bank.backups.make(tmp_path, quiet).file
    late = a_quote(bank, "C00001", "15000")["decision_id"]
    move = shutil.move

    def full(source: Path, target: Path) -> None:
        if Path(source).name.endswith(".db") and "before" in Path(target).parts:
            Path(target).write_bytes(Path(source).read_bytes()[:100])
            raise OSError(28, "No space left on device", str(target))
        move(source, target)

    with monkeypatch.context() as other_disk:
        other_disk.setattr(dumps.shutil, "move", full)
        with pytest.raises(OSError, match="No space"):
            bank.backups.restore(made, replace=True, tell=quiet)
    bank.records.database.engine.dispose()
    place = opened(bank.settings, clock)
    assert late in set(place.decisions.ids())
    place.records.database.engine.dispose()


def test_a_backup_of_another_kind_of_database_or_of_a_newer_program_is_refused(
    made: Path, other: Backups, empty: Settings, clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = empty.model_copy(update={"database_url": "postgresql+psycopg://nobody@127.0.0.1:1/none"})
    with pytest.raises(InputError, match="holds sqlite, but CANDOR_DATABASE_URL names postgresql"):
        Backups(server, clock).restore(made, replace=False, tell=quiet)
    monkeypatch.setattr(backup, "versions", lambda: ["0001", "0002"])
    with pytest.raises(InputError, match="does not know"):
        other.restore(made, replace=False, tell=quiet)


def test_where_nothing_is_there_is_nothing_to_back_up(other: Backups, empty: Settings, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no database"):
        other.make(tmp_path, quiet)
    assert not empty.var.exists()


def test_nobody_restores_under_programs_that_run(server_bank: Platform, tmp_path: Path) -> None:
    made = server_bank.backups.make(tmp_path, quiet).file
    in_use = pytest.raises(RefusedError, match="connections of Candor use this database")
    with server_bank.records.database.read(), in_use:
        server_bank.backups.restore(made, replace=True, tell=quiet)
    assert (server_bank.settings.var / "models").is_dir()


def test_the_password_is_on_no_command_line(
    server_bank: Platform, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commands: list[str] = []
    really = subprocess.run

    def noted(command: list[str], **more: Any) -> Any:
        commands.append(" ".join(command))
        return really(command, **more)

    monkeypatch.setattr(postgres_dump.subprocess, "run", noted)
    server_bank.backups.make(tmp_path, quiet)
    password = server_bank.settings.database_url.split(":")[2].split("@")[0]
    assert len(commands) == 1
    assert password not in commands[0]


@pytest.mark.parametrize("new_url", ["sqlite", "postgresql"] if FULL else ["sqlite"], indirect=True)
def test_the_commands_answer_in_one_object(
    bank: Platform, elsewhere: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    monkeypatch.setenv("CANDOR_PROFILE", "test")
    told = {}
    for settings, words in ((bank.settings, ("upgrade",)), (bank.settings, ("backup", str(tmp_path / "one.zip"))),
                            (elsewhere, ("restore", str(tmp_path / "one.zip")))):  # fmt: skip
        monkeypatch.setenv("CANDOR_HOME", str(settings.home))
        monkeypatch.setenv("CANDOR_DATABASE_URL", settings.database_url)
        platform.cache_clear()
        assert run(["db", *words, "--json"]) == 0
        told[words[0]] = json.loads(capsys.readouterr().out)
    assert told["upgrade"] == {"from": HEAD, "to": HEAD, "changed": False}
    assert told["backup"]["version"] == told["restore"]["version"] == HEAD
    assert run(["db", "restore", str(tmp_path / "one.zip")]) == 1
    assert "--replace" in capsys.readouterr().err
    shutil.rmtree(elsewhere.var)
    assert run(["db", "restore", str(tmp_path / "nothing.zip")]) == 2
    platform.cache_clear()


def test_a_server_without_its_programs_says_what_to_install(
    server_bank: Platform, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres_dump.shutil, "which", lambda *_, **__: None)
    with pytest.raises(UnavailableError, match="pg_dump is not installed"):
        server_bank.backups.make(tmp_path / "one.zip", quiet)
