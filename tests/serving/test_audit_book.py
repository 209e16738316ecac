"""Reading the record: pages by keys, a file that no spreadsheet runs, chains walked a stretch at a time, replays."""

import csv
from datetime import date

import pytest
from sqlalchemy import update

from lending.adapters.tables import audit_events
from lending.audit_ports import AuditFilter
from lending.domain.errors import NotFoundError
from serving.audit_book import asked_by
from tests.bank import open_bank
from tests.conftest import HandClock
from tests.serving.test_account import decided


@pytest.fixture
def bank(tmp_path, clock: HandClock):
    return open_bank(tmp_path / "bank", clock=clock)


@pytest.fixture
def trail(bank):
    for number in range(7):
        bank.audit.add("ann", "model.promote.done", f"v/{number}", {"n": str(number)})
    return bank.audit_book


def _subjects(page):
    return [event.subject for event in page.events]


def _all_of(trail, **query):
    return trail.page(asked_by({"actor": "ann", **query}), 3)


def test_pages_lead_to_the_end_and_back_again(trail):
    first = _all_of(trail)
    second = _all_of(trail, before=str(first.older))
    third = _all_of(trail, before=str(second.older))
    assert [_subjects(page) for page in (first, second, third)] == [
        ["v/6", "v/5", "v/4"], ["v/3", "v/2", "v/1"], ["v/0"],
    ]  # fmt: skip
    assert (first.newer, third.older) == (None, None)
    back = _all_of(trail, after=str(third.newer))
    assert _subjects(back) == _subjects(second)
    assert _subjects(_all_of(trail, after=str(back.newer))) == _subjects(first)


def test_an_address_is_understood(trail):
    asked = asked_by({"actor": " ann ", "act": "model", "from": "2026-01-02", "to": "2026-01-03", "before": "9"})
    assert asked.wanted == AuditFilter("ann", "model", "", date(2026, 1, 2), date(2026, 1, 3))
    assert (asked.before, asked.after, asked.wrong) == (9, None, [])


@pytest.mark.parametrize(
    ("query", "word"),
    [({"from": "soon"}, "'soon'"), ({"to": "2026-02-30"}, "2026-02-30"), ({"before": "-1"}, "'-1'"),
     ({"after": "٣"}, "number of an act"), ({"actor": "x" * 65}, "longer than 64"), ({"subject": "a\x00b"}, "subject"),
     ({"from": "2026-02-01", "to": "2026-01-01"}, "lies after"), ({"from": "9999-12-31"}, "9999")],
)  # fmt: skip
def test_what_cannot_be_understood_is_left_out_and_said(trail, query, word):
    asked = asked_by(query)
    assert word in asked.wrong[0]
    assert asked.wanted == AuditFilter()
    assert trail.page(asked).events


def test_the_file_holds_every_act_of_the_filter_and_nothing_that_a_spreadsheet_would_run(bank, trail):
    bank.audit.add("ann", "note", "=HYPERLINK(1)", {"quote": 'a "b", c'})
    rows = list(csv.reader("".join(trail.file(AuditFilter(actor="ann"))).splitlines()))
    assert rows[0] == ["seq", "at", "actor", "act", "subject", "detail"]
    assert len(rows) == 1 + 8
    assert rows[1][4:] == ["'=HYPERLINK(1)", '{"quote": "a \\"b\\", c"}']


def test_nothing_is_known_of_a_chain_before_it_is_walked_and_then_only_the_new_part_is(bank, trail, clock):
    assert {state.at for state in trail.states()} == {None}
    audit, decisions = trail.check(actor="auditor")
    assert (audit.broken, decisions.broken, decisions.entries) == ("", "", 0)
    bank.audit.add("ann", "note", "x", {})
    clock.move(hours=1)
    assert trail.check()[0].entries == audit.entries + 2  # the note, and the check before
    assert trail.measurements.latest("chains").content["audit"]["entries"] == 2


def test_a_broken_chain_is_an_alarm_and_stays_one_until_it_is_mended(bank, trail, clock):
    trail.check()
    clock.move(hours=1)
    bank.audit.add("ann", "note", "x", {})
    last = bank.records.audit_pages.page(AuditFilter(actor="ann", act="note"), 1)[0]
    with bank.records.database.write() as connection:
        connection.execute(update(audit_events).where(audit_events.c.seq == last.seq).values(actor="eve"))
    for _ in range(2):
        assert trail.check()[0].broken == f"entry {last.seq} was changed"
        clock.move(days=1)
    (alarm,) = bank.alarm_desk.alarms.list(("open",), "chains")
    assert f"entry {last.seq} was changed" in alarm.content["cause"]


def test_one_decision_is_replayed_by_its_own_record(bank):
    decision_id = decided(bank)
    assert bank.replay.one(decision_id) == ("equal", "")
    bank.records.envelopes.erase(bank.decisions.get(decision_id).customer_id)
    assert bank.replay.one(decision_id)[0] == "erased"
    with pytest.raises(NotFoundError):
        bank.replay.one("d_nope")
