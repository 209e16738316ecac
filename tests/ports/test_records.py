"""One suite for the ports of the records, on every database adapter."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import Connection, Integer, LargeBinary, Table, create_engine, update

from lending.adapters.envelope import ErasedError
from lending.adapters.keepers import IdempotencyFile
from lending.adapters.records import Records, open_records
from lending.adapters.session import HEAD
from lending.adapters.tables import attachments, decisions, ledger, ledger_heads, metadata
from lending.adapters.tables_portal import applications
from lending.domain.application import Applicant, Expiry, Loan
from lending.domain.core import applicant_facts, applicant_from
from lending.domain.errors import NotFoundError, RefusedError, UnavailableError
from lending.domain.money import money
from lending.domain.record import canonical, decision_id
from lending.settings import Settings
from tests.builders import a_customer, an_applicant
from tests.conftest import FULL, HandClock, sized


def a_core(number: int, customer: str = "C00001") -> bytes:
    return canonical({"product": "car", "outcome": "approve", "number": str(number), "applicant_ref": customer})


@contextmanager
def _careless(records: Records) -> Iterator[Connection]:
    """Somebody with the database open and nothing that stops them."""
    engine = create_engine(records.database.url)
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.exec_driver_sql("SET session_replication_role = replica")  # foreign keys are not looked at
        yield connection
    engine.dispose()


def test_facts_come_back_exactly(records: Records) -> None:
    person = an_applicant(
        customer_id="C00009", gross_monthly_income=Decimal("4321.10"), credit_score=None, flags=("fraud",)
    )
    records.customers.add([replace(a_customer(), applicant=person)])
    assert records.customers.facts("C00009", date(2026, 1, 1)) == person
    assert isinstance(records.customers.facts("C00009", date(2026, 1, 1)), Applicant)


def test_every_kind_of_fact_comes_back_as_it_was_digit_by_digit(records: Records) -> None:
    person = an_applicant(
        customer_id="C00009", home_ownership="null", gross_monthly_income=Decimal("0.10"), credit_score=None,
        revolving_utilisation=Decimal("1.2500"), employment_months=0, income_until=date(2027, 2, 28), flags=(),
        documents=("identity", "1"), expiries=(Expiry("identity", date(2030, 12, 1)),), liquid_assets=Decimal("1E+3"),
        loans=(Loan("l_1", money("99.90"), money("1200")), Loan("l_2", money("0"), money("0.01"))),
    )  # fmt: skip
    records.customers.add([replace(a_customer(), applicant=person)])
    kept = records.customers.usable_facts("C00009", date(2026, 1, 1))
    assert applicant_facts(kept) == applicant_facts(person)
    assert repr(kept) == repr(applicant_from(applicant_facts(person)))


def test_facts_hold_from_their_day_on(records: Records) -> None:
    row = replace(a_customer("C00003"), facts_as_of=date(2026, 6, 1))
    records.customers.add([row])
    assert records.customers.facts("C00003", date(2026, 6, 1)) == row.applicant
    with pytest.raises(NotFoundError, match="no customer C00003 on 2026-05-31"):
        records.customers.facts("C00003", date(2026, 5, 31))


def test_only_people_who_agreed_may_sign_together(records: Records) -> None:
    assert records.customers.may_co_apply("C00001", "C00002")
    assert not records.customers.may_co_apply("C00002", "C00001")
    assert [i for i, _ in records.customers.co_applicants("C00001")] == ["C00002"]


def test_protected_attributes_stand_apart_from_the_facts(records: Records) -> None:
    assert records.customers.protected("C00001") == {"sex": "female"}
    assert "sex" not in str(records.customers.facts("C00001", date(2026, 1, 1)))


def _rows(records: Records) -> bytes:
    """All that a server holds, as it would hand it out."""
    with records.database.read() as connection:
        held = [
            value for table in metadata.sorted_tables for row in connection.execute(table.select()) for value in row
        ]
    return b"\n".join(value if isinstance(value, bytes) else str(value).encode() for value in held)


def test_nothing_personal_is_readable_in_the_database(records: Records, settings: Settings) -> None:
    records.customers.add([a_customer("C00003", gross_monthly_income=Decimal("7391.58"))])
    stored = b"".join(p.read_bytes() for p in settings.var.glob("candor.db*")) or _rows(records)
    assert b"C00003" in stored
    assert b"Demo persona" not in stored
    assert b"7391.58" not in stored


def test_a_decision_is_named_by_its_core_and_written_once(records: Records) -> None:
    first = records.decisions.record(a_core(1), "C00001", "api", "me")
    again = records.decisions.record(a_core(1), "C00001", "portal", "you")
    assert first.decision_id == decision_id(a_core(1))
    assert (again.channel, again.actor) == ("api", "me")
    assert list(records.decisions.ids()) == [first.decision_id]
    assert records.decisions.get(first.decision_id).core == a_core(1)


def test_a_batch_is_recorded_in_order_and_chained(records: Records) -> None:
    rows = records.decisions.record_many([(a_core(n), "C00001") for n in (3, 1, 3, 2)], "batch", "me")
    assert [r.core for r in rows] == [a_core(n) for n in (3, 1, 3, 2)]
    assert len(list(records.decisions.ids())) == 3
    assert {s.status for s in records.decisions.audit()} == {"ok"}


def test_an_unknown_decision_is_not_found(records: Records) -> None:
    with pytest.raises(NotFoundError):
        records.decisions.get("d_nothing")
    with pytest.raises(NotFoundError):
        records.decisions.audit(["d_nothing"])


def test_an_erased_customer_leaves_the_chain_whole(records: Records) -> None:
    kept = records.decisions.record(a_core(1), "C00001", "api", "me")
    gone = records.decisions.record(a_core(2, "C00002"), "C00002", "api", "me")
    records.envelopes.erase("C00002")
    states = {s.decision_id: s.status for s in records.decisions.audit()}
    assert states == {kept.decision_id: "ok", gone.decision_id: "erased"}
    with pytest.raises(ErasedError):
        records.decisions.get(gone.decision_id)


@pytest.mark.parametrize("settings", ["sqlite", "postgresql"] if FULL else ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("table", "column"),
    [(t, c.name) for t in (decisions, ledger, ledger_heads, attachments) for c in t.columns],
    ids=lambda x: x.name if isinstance(x, Table) else x,
)
def test_any_single_update_is_found_and_named(records: Records, table: Table, column: str) -> None:
    rows = [records.decisions.record(a_core(n), "C00001", "api", "me") for n in range(3)]
    victim = rows[-1].decision_id
    records.decisions.attach(victim, "text", b"words", "template")
    of_victim = ledger_heads.c.writer == "main" if table is ledger_heads else table.c.decision_id == victim
    if table is ledger:
        of_victim &= ledger.c.kind == "decision"
    kind = table.c[column].type
    other = 99 if isinstance(kind, Integer) else b"x" if isinstance(kind, LargeBinary) else "x"
    with _careless(records) as connection:
        connection.execute(update(table).where(of_victim).values({column: other}))
    tampered = {s.decision_id for s in records.decisions.audit() if s.status == "tampered"}
    assert tampered & {victim, "x"}
    assert not tampered & {r.decision_id for r in rows[:-1]}


@pytest.mark.parametrize("table", [decisions, ledger, ledger_heads, attachments], ids=lambda t: t.name)
def test_any_deleted_row_is_found(records: Records, table: Table) -> None:
    row = records.decisions.record(a_core(1), "C00001", "api", "me")
    records.decisions.attach(row.decision_id, "text", b"words", "template")
    with _careless(records) as connection:
        connection.execute(table.delete())
    assert row.decision_id in {s.decision_id for s in records.decisions.audit() if s.status == "tampered"}


def test_a_changed_envelope_is_refused_when_opened(records: Records) -> None:
    row = records.decisions.record(a_core(1), "C00001", "api", "me")
    with records.database.write() as connection:
        connection.execute(update(decisions).values(envelope=b"0" * 60))
    with pytest.raises(RefusedError):
        records.decisions.get(row.decision_id)


def test_threads_that_write_at_once_lose_nothing(records: Records) -> None:
    each = sized(25, 250)

    def write(worker: int) -> None:
        for n in range(each):
            records.decisions.record(a_core(worker * 1000 + n), "C00001", "api", "me")

    workers = [threading.Thread(target=write, args=(w,)) for w in range(6)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert len(list(records.decisions.ids())) == 6 * each
    assert {s.status for s in records.decisions.audit()} == {"ok"}


_WRITER = """
import sys
from lending.adapters.records import open_records
from lending.settings import load_settings
from serving.assembly_base import SystemClock
from tests.ports.test_records import a_core
records = open_records(load_settings(), SystemClock())
for n in range(100000):
    row = records.decisions.record(a_core(int(sys.argv[1]) + n), "C00001", "api", "me")
    print(row.decision_id, flush=True)
"""


def test_a_killed_writer_loses_nothing_it_acknowledged(records: Records, settings: Settings) -> None:
    acknowledged: list[str] = []
    for turn in range(sized(2, 10)):
        env = {"CANDOR_HOME": str(settings.var), "CANDOR_PROFILE": "test", "PATH": "",
               "CANDOR_DATABASE_URL": settings.database_url}  # fmt: skip
        writer = subprocess.Popen(
            [sys.executable, "-c", _WRITER, str(turn * 1_000_000)], stdout=subprocess.PIPE, text=True, env=env
        )
        assert writer.stdout is not None
        acknowledged += [writer.stdout.readline().strip() for _ in range(40)]
        writer.kill()
        acknowledged += [line.strip() for line in writer.stdout if line.endswith("\n")]
        writer.stdout.close()
        writer.wait()
    assert set(acknowledged) <= set(records.decisions.ids())
    assert {s.status for s in records.decisions.audit()} == {"ok"}


def test_migrations_make_the_tables_and_repeat_without_harm(records: Records) -> None:
    records.database.upgrade()
    assert records.database.version() == HEAD
    from alembic.autogenerate import compare_metadata

    assert applications.metadata is metadata
    from alembic.migration import MigrationContext

    with records.database.read() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_a_folder_that_cannot_be_written_says_so(clock: HandClock) -> None:
    from lending.settings import load_settings

    with pytest.raises(UnavailableError, match="cannot be"):
        open_records(load_settings(profile="test", home="/proc/nowhere"), clock)


def test_another_master_key_is_told_apart_from_a_missing_customer(records: Records, settings: Settings) -> None:
    from lending.settings import load_settings

    place = {"home": settings.home, "database_url": settings.database_url}
    other = open_records(load_settings(profile="test", master_key="another " * 8, **place), HandClock())
    with pytest.raises(RefusedError, match="CANDOR_MASTER_KEY"):
        other.customers.facts("C00001", date(2026, 1, 1))
    other.database.engine.dispose()


def test_a_key_answers_the_same_until_it_is_forgotten(records: Records, clock: HandClock) -> None:
    keys = records.idempotency
    assert keys.claim("good", "k1", "b1") is None
    running = keys.claim("good", "k1", "b1")
    assert running is not None
    assert running.status is None
    keys.fulfil("good", "k1", 201, b"{}")
    done = keys.claim("good", "k1", "b2")
    assert done is not None
    assert (done.body_sha256, done.status, done.reply) == ("b1", 201, b"{}")
    assert keys.claim("other", "k1", "b1") is None
    clock.move(days=31)
    assert keys.claim("good", "k1", "b1") is None


def dies_at_the_end(keys: IdempotencyFile) -> None:
    with keys.together():
        keys.fulfil("good", "k1", 201, b"{}")
        raise KeyboardInterrupt


def test_a_key_whose_process_died_is_free_again_and_what_it_wrote_undone(records: Records, clock: HandClock) -> None:
    keys = records.idempotency
    assert keys.claim("good", "k1", "b1") is None
    with pytest.raises(KeyboardInterrupt):
        dies_at_the_end(keys)
    clock.move(minutes=9)
    running = keys.find("good", "k1")
    assert running is not None
    assert running.status is None
    clock.move(minutes=2)
    assert keys.find("good", "k1") is None
    assert keys.claim("good", "k1", "b1") is None


def test_the_audit_trail_shows_where_it_was_changed(records: Records) -> None:
    from lending.adapters.tables import audit_events

    for n in range(3):
        records.audit.add("me", "act", f"thing {n}", {})
    assert records.audit.broken_at() is None
    with records.database.write() as connection:
        connection.execute(update(audit_events).where(audit_events.c.seq == 2).values(actor="you"))
    assert records.audit.broken_at() == 2
