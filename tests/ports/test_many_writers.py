"""Many who write at once, threads and processes, on each kind of database: nothing lost, nothing twice, all chained."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text, update

from lending.adapters.records import Records, open_records
from lending.adapters.session import Database
from lending.adapters.tables import offers, throttle
from lending.domain.errors import InputError, UnavailableError
from lending.ports import Brake
from lending.settings import Settings, load_settings
from lending.tally_ports import Mark
from tests.builders import a_customer
from tests.conftest import HandClock, sized
from tests.ports.test_records import a_core

THREADS, PROCESSES = 50, sized(2, 6)
EACH = sized(2, 20)


@pytest.fixture
def records(settings: Settings, clock: HandClock) -> Iterator[Records]:
    opened = open_records(settings, clock)
    opened.customers.add([a_customer("C00001")])
    yield opened
    opened.database.engine.dispose()


@pytest.fixture
def server(postgres_url: str, tmp_path: Path, clock: HandClock) -> Iterator[Records]:
    """The records on a server."""
    settings = load_settings(profile="test", home=tmp_path, database_url=postgres_url)
    opened = open_records(settings, clock)
    opened.customers.add([a_customer("C00001")])
    yield opened
    opened.database.engine.dispose()


def at_once(act: Callable[[int], Any], count: int = THREADS) -> list[Any]:
    """What each of that many answers who begin at the same moment."""
    ready = threading.Barrier(count)

    def begin(number: int) -> Any:
        ready.wait()
        return act(number)

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(begin, range(count)))


_PROCESS = """
import sys
from lending.adapters.records import open_records
from lending.settings import load_settings
from serving.assembly_base import SystemClock
from tests.ports.test_records import a_core
records = open_records(load_settings(), SystemClock())
first = int(sys.argv[1])
for n in range(first, first + int(sys.argv[2])):
    records.decisions.record(a_core(n), "C00001", "api", "me")
    records.audit.add("me", "act", str(n), {})
"""


def processes(settings: Settings) -> Sequence[subprocess.Popen[bytes]]:
    env = {**os.environ, "CANDOR_HOME": str(settings.var), "CANDOR_DATABASE_URL": settings.database_url,
           "CANDOR_PROFILE": "test"}  # fmt: skip
    starts = [str(1_000_000 * n) for n in range(1, PROCESSES + 1)]
    return [subprocess.Popen([sys.executable, "-c", _PROCESS, start, str(EACH)], env=env) for start in starts]


def test_fifty_threads_and_some_processes_lose_no_decision_and_no_event(records: Records, settings: Settings) -> None:
    def write(worker: int) -> None:
        for n in range(EACH):
            records.decisions.record(a_core(worker * 1000 + n), "C00001", "api", "me")
            records.audit.add("me", "act", f"{worker} {n}", {})

    others = processes(settings)
    at_once(write)
    assert [other.wait(300) for other in others] == [0] * PROCESSES
    wanted = (THREADS + PROCESSES) * EACH
    assert len(list(records.decisions.ids())) == wanted
    assert {state.status for state in records.decisions.audit()} == {"ok"}
    assert records.audit.broken_at() is None
    with records.database.read() as connection:
        assert connection.execute(text("SELECT max(seq) FROM audit_events")).scalar() == wanted


def test_one_key_is_claimed_by_one_of_fifty(records: Records) -> None:
    claims = at_once(lambda _: records.idempotency.claim("good", "k1", "b1"))
    assert claims.count(None) == 1
    assert {claim.status for claim in claims if claim} == {None}


def test_a_row_of_the_outbox_is_taken_by_one_of_many(records: Records) -> None:
    for number in range(30):
        records.outbox.add("paper.read", None, f"once {number}", {})
    taken = [row.message_id for rows in at_once(lambda _: records.outbox.claim(7), 12) for row in rows]
    assert len(taken) == len(set(taken)) == 30


def test_what_is_counted_up_is_counted_by_all(records: Records) -> None:
    brake = Brake(free=1000, longest=1.0, forgets=1e9)
    at_once(lambda _: records.throttle.failed({"good": brake}))
    with records.database.read() as connection:
        assert connection.execute(select(throttle.c.failures)).scalar() == THREADS * 1000


def test_a_decision_that_many_record_at_once_is_recorded_once(records: Records) -> None:
    rows = at_once(lambda n: records.decisions.record(a_core(1), "C00001", "api", f"writer {n}"))
    assert len({row.actor for row in rows}) == 1
    assert len(list(records.decisions.ids())) == 1


def test_while_one_writes_long_others_read_what_was_there(server: Records) -> None:
    server.decisions.record(a_core(1), "C00001", "api", "me")
    with server.database.write() as connection:
        connection.execute(update(offers).values(state="gone"))
        assert len(at_once(lambda _: list(server.decisions.ids()), 10)) == 10


def test_a_reader_of_several_statements_sees_one_moment(server: Records) -> None:
    counted = text("SELECT count(*) FROM decisions")
    with server.database.read() as connection:
        before = connection.execute(counted).scalar()
        server.decisions.record(a_core(1), "C00001", "api", "me")
        assert connection.execute(counted).scalar() == before
    with server.database.look() as connection:
        assert connection.execute(counted).scalar() == 1


def test_a_writer_that_waits_too_long_is_told_that_the_database_is_held(
    server: Records, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lending.adapters.engines.BUSY_SECONDS", 0.2)
    other = Database(server.database.url)
    with server.database.write(), pytest.raises(UnavailableError, match="Another process holds"), other.write():
        pass
    with other.write() as connection:
        assert connection.execute(text("SELECT 1")).scalar() == 1
    other.engine.dispose()


def test_no_lock_and_no_transaction_is_left_behind(server: Records) -> None:
    at_once(lambda n: server.audit.add("me", "act", str(n), {}))
    locks = text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'")
    idle = text("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in%'")
    with server.database.look() as connection:
        assert (connection.execute(locks).scalar(), connection.execute(idle).scalar()) == (0, 0)


def test_text_sorts_by_code_point_wherever_it_is_kept(server: Records) -> None:
    other = text("""SELECT table_name, column_name FROM information_schema.columns
                    WHERE table_schema = current_schema() AND table_name <> 'alembic_version'
                    AND data_type IN ('character varying', 'text') AND collation_name IS DISTINCT FROM 'C'""")
    with server.database.read() as connection:
        assert connection.execute(other).all() == []


def test_a_value_that_no_column_takes_is_the_callers_mistake(server: Records) -> None:
    for wrong in ("x" * 300, "a\0b"):
        with pytest.raises(InputError):
            server.audit.add("me", "act", wrong, {})


def test_numbers_of_entries_go_beyond_two_thousand_million(records: Records) -> None:
    assert records.tallies.add(Mark("far"), 5_000_000_000, {}, HandClock().now())
    assert records.tallies.mark("far").seq == 5_000_000_000
