"""Quick ways: a decision with few words to the database, and nobody turned away after a restart of its server."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NoReturn

import pytest
from sqlalchemy import select, text

from lending.adapters.quick_append import append
from lending.adapters.records import Records, open_records
from lending.adapters.session import Database
from lending.adapters.tables import decisions, ledger, ledger_heads
from lending.domain.errors import InputError, NotFoundError
from lending.settings import load_settings
from tests.builders import a_customer
from tests.conftest import HandClock
from tests.ports.test_records import a_core


@pytest.fixture
def server(postgres_url: str, tmp_path: Path, clock: HandClock) -> Iterator[Records]:
    """The records on a server."""
    opened = open_records(load_settings(profile="test", home=tmp_path, database_url=postgres_url), clock)
    opened.customers.add([a_customer("C00001")])
    yield opened
    opened.database.engine.dispose()


@pytest.fixture(params=["file", "server"])
def bank(request: pytest.FixtureRequest, tmp_path: Path, clock: HandClock) -> Iterator[Records]:
    """The records in a file, or on a server."""
    if request.param == "server":
        yield request.getfixturevalue("server")
        return
    opened = open_records(load_settings(profile="test", home=tmp_path), clock)
    opened.customers.add([a_customer("C00001")])
    yield opened
    opened.database.engine.dispose()


def cut(server: Records) -> None:
    """End every connection of the pool, as a restart of the server does."""
    others = text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                  "WHERE datname = current_database() AND pid <> pg_backend_pid()")  # fmt: skip
    with server.database.look(), server.database.look(), server.database.look():
        other = Database(server.database.url)
        with other.look() as connection:
            assert len(connection.execute(others).all()) >= 3
        other.engine.dispose()


def looked(server: Records) -> None:
    with server.database.look() as connection:
        assert connection.execute(text("SELECT 1")).scalar() == 1


ACTS: dict[str, Callable[[Records], object]] = {
    "asks a quick question": lambda server: server.restrictions.get("C00001"),
    "looks": looked,
    "reads": lambda server: list(server.decisions.ids()),
    "writes": lambda server: server.audit.add("me", "act", "x", {}),
    "records a decision": lambda server: server.decisions.record(a_core(2), "C00001", "api", "me"),
}


@pytest.mark.parametrize("act", ACTS.values(), ids=ACTS)
def test_nobody_who_comes_after_a_restart_is_turned_away(server: Records, act: Callable[[Records], object]) -> None:
    server.decisions.record(a_core(1), "C00001", "api", "me")
    cut(server)
    act(server)
    assert {state.status for state in server.decisions.audit()} == {"ok"}


def test_a_quick_question_inside_a_transaction_sees_what_was_written_there(server: Records) -> None:
    with server.database.together():
        server.customers.add([a_customer("C00002")])
        assert server.customers.name("C00002")
    with pytest.raises(NotFoundError):
        server.customers.name("C00003")


def refuse(*_: object) -> NoReturn:
    raise AssertionError("this takes the long way")


def test_a_decision_after_another_takes_the_quick_way(bank: Records, monkeypatch: pytest.MonkeyPatch) -> None:
    bank.decisions.record(a_core(1), "C00001", "api", "me")
    monkeypatch.setattr(bank.database, "write", refuse)
    for number in (2, 3):
        row = bank.decisions.record(a_core(number), "C00001", "api", "me")
        assert bank.decisions.get(row.decision_id) == row
    monkeypatch.undo()
    assert [state.status for state in bank.decisions.audit()] == ["ok"] * 3


def test_two_programs_that_write_in_turns_leave_one_chain_and_each_decision_once(bank: Records, tmp_path: Path) -> None:
    other = open_records(load_settings(profile="test", home=tmp_path, database_url=bank.database.url), HandClock())
    for number in range(4):
        mine = bank.decisions.record(a_core(number), "C00001", "api", "me")
        theirs = other.decisions.record(a_core(number), "C00001", "api", "they")
        assert (theirs.decision_id, theirs.actor) == (mine.decision_id, "me")
        assert other.decisions.record(a_core(100 + number), "C00001", "api", "they").actor == "they"
    assert [state.status for state in other.decisions.audit()] == ["ok"] * 8
    other.database.engine.dispose()


def record_and_fail(bank: Records) -> None:
    with bank.decisions.together():
        bank.decisions.record(a_core(2), "C00001", "api", "me")
        raise InputError("undone")


def test_a_head_that_was_undone_is_not_written_after(bank: Records) -> None:
    bank.decisions.record(a_core(1), "C00001", "api", "me")
    with pytest.raises(InputError):
        record_and_fail(bank)
    bank.decisions.record(a_core(3), "C00001", "api", "me")
    assert [state.status for state in bank.decisions.audit()] == ["ok"] * 2


def test_a_decision_that_is_on_record_is_not_written_again(bank: Records) -> None:
    first = bank.decisions.record(a_core(1), "C00001", "api", "me")
    bank.decisions.record(a_core(2), "C00001", "api", "me")
    assert bank.decisions.record(a_core(1), "C00001", "api", "they") == first
    together = bank.decisions.record_many([(a_core(n), "C00001") for n in (3, 2, 4)], "api", "they")
    assert [row.actor for row in together] == ["they", "me", "they"]
    assert [state.status for state in bank.decisions.audit()] == ["ok"] * 4


def test_what_was_tried_after_a_head_that_has_gone_on_leaves_nothing(bank: Records) -> None:
    bank.decisions.record(a_core(1), "C00001", "api", "me")
    with bank.database.read() as connection:
        rows = [dict(connection.execute(select(table)).mappings().one()) for table in (decisions, ledger, ledger_heads)]
    bank.decisions.record(a_core(2), "C00001", "api", "me")
    row, entry, head = rows
    before = (int(head["seq"]) + 7, str(head["entry_sha256"]))  # where no entry stands in the way
    row["decision_id"] = entry["decision_id"] = "d_stale"
    entry |= {"seq": before[0] + 1, "entry_sha256": "1" * 64}
    stale = {**head, "seq": entry["seq"], "entry_sha256": "1" * 64}
    assert not append(bank.database.engine, before, [row], [entry], stale)
    assert [state.status for state in bank.decisions.audit()] == ["ok"] * 2
