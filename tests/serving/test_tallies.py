"""Counts are kept once and only once, whoever counts, whatever dies, in whatever order they come."""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, date, datetime
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from lending.adapters import tallies as tally_file
from lending.domain.errors import UnavailableError
from lending.domain.money import money
from lending.tally_ports import Key, Recorded
from serving import tally_sources
from serving.assembly import Platform
from serving.counts import Bins
from serving.decide import LoanAsk
from serving.tallies import TAKEN_OVER_SECONDS
from serving.tally_cores import opened
from serving.tally_counts import UNKNOWN, bins_from_reference, decision_counts
from tests.bank import open_bank
from tests.conftest import HandClock, sized

ALWAYS = (date(2000, 1, 1), date(2100, 1, 1))
PEOPLE = ("C00001", "C00002", "C00003", "C00004", "C00011", "C00012", "C00013", "C00020", "C00030", "C00040")


@pytest.fixture
def bank(tmp_path: Path, clock: HandClock) -> Platform:
    return open_bank(tmp_path, clock=clock)


def decide(bank: Platform, count: int, *, channel: str = "portal", step: int = 100) -> None:
    for number in range(count):
        ask = LoanAsk("car", money(5000 + step * number), 36)
        bank.quotes.quote(PEOPLE[number % len(PEOPLE)], ask, channel=channel, actor="test")


def beside(bank: Platform) -> Platform:
    """Another process over the same bank."""
    other = Platform(bank.settings)
    other.__dict__.update(champion=bank.champion, clock=bank.clock)
    return other


def outcomes(bank: Platform) -> Counter[str]:
    found = bank.records.tallies.sums("outcome", *ALWAYS, by=("outcome",))
    return Counter({outcome: count for (outcome,), count in found.items()})


def by_sql(bank: Platform) -> Counter[str]:
    with bank.records.database.look() as connection:
        return Counter(dict(connection.execute(text("SELECT outcome, count(*) FROM decisions GROUP BY 1")).all()))  # type: ignore[arg-type]


def all_counts(bank: Platform) -> dict[Key, Any]:
    kinds = ("outcome", "pd", "score", "feature", "reason", "group")
    return dict(bank.records.tallies.rows(kinds, *ALWAYS))


def test_every_decision_is_counted_once(bank: Platform) -> None:
    decide(bank, 25)
    bank.counting.run()
    assert outcomes(bank) == by_sql(bank)
    decide(bank, 20, step=77)
    assert bank.counting.run() > 0
    assert bank.counting.run() == 0
    assert outcomes(bank) == by_sql(bank)


def test_the_day_is_that_on_which_the_ledger_was_written(bank: Platform, clock: HandClock) -> None:
    decide(bank, 3)
    clock.move(days=2)
    decide(bank, 4, step=7)
    bank.counting.run()
    found = bank.records.tallies.sums("outcome", *ALWAYS, by=("day", "channel"))
    assert found == {("2026-11-02", "portal"): 3, ("2026-11-04", "portal"): 4}


def test_a_death_between_the_counts_and_the_mark_loses_and_doubles_nothing(
    bank: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    decide(bank, 20)
    inserts = tally_file.insert_rows

    def dies(*given: Any) -> None:
        inserts(*given)
        raise UnavailableError("the power is gone", code="database")

    monkeypatch.setattr(tally_file, "insert_rows", dies)
    with pytest.raises(UnavailableError):
        bank.counting.run()
    assert not outcomes(bank)
    assert bank.records.tallies.mark("ledger main").seq == 0
    monkeypatch.setattr(tally_file, "insert_rows", inserts)
    bank.counting.run()
    assert outcomes(bank) == by_sql(bank)


def test_who_counted_the_same_comes_too_late(bank: Platform) -> None:
    decide(bank, 5)
    mark = bank.records.tallies.mark("ledger main")
    counts = {Key("2026-11-02", "outcome", outcome="approve"): [5]}
    assert bank.records.tallies.add(mark, 5, counts, bank.clock.now())
    assert not bank.records.tallies.add(mark, 5, counts, bank.clock.now())
    assert outcomes(bank)["approve"] == 5


def test_several_followers_at_once_count_everything_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tally_sources, "BATCH", 7)
    bank = open_bank(tmp_path)
    others = [beside(bank) for _ in range(3)]
    decide(bank, 60)
    threads = [Thread(target=one.counting.run) for one in (bank, *others)]
    for thread in threads:
        thread.start()
    decide(bank, 40, step=31)
    for thread in threads:
        thread.join()
    bank.counting.run()
    assert outcomes(bank) == by_sql(bank)
    assert not bank.counting.rebuild()["ledger"].different


def test_counting_from_scratch_gives_what_stands(bank: Platform) -> None:
    decide(bank, 60)
    bank.counting.run()
    decide(bank, 30, step=41, channel="api")
    found = bank.counting.rebuild()
    there = by_sql(bank).total()
    assert {name: (one.decisions, list(one.different)) for name, one in found.items()} == {
        "ledger": (there, []), "features": (there, [])
    }  # fmt: skip


def test_what_somebody_changed_in_the_counts_is_found_and_put_right(bank: Platform) -> None:
    decide(bank, 60)
    bank.counting.run()
    with bank.records.database.write() as connection:
        connection.execute(text("UPDATE tallies SET counts = '[999]' WHERE kind = 'outcome' AND outcome = 'approve'"))
    found = bank.counting.rebuild()["ledger"]
    assert found.different
    assert found.replaced
    assert outcomes(bank) == by_sql(bank)
    assert not bank.counting.rebuild()["ledger"].different


def test_who_was_erased_stays_counted_and_a_recount_leaves_the_counts_alone(bank: Platform) -> None:
    decide(bank, 60)
    bank.counting.run()
    before = all_counts(bank)
    bank.records.envelopes.erase("C00001")
    found = bank.counting.rebuild()["ledger"]
    assert (found.unreadable, found.replaced) == (6, False)
    assert found.different
    assert all_counts(bank) == before


def test_a_decision_whose_core_is_gone_counts_by_its_open_columns(bank: Platform) -> None:
    decide(bank, 10)
    bank.records.envelopes.erase("C00001")
    bank.counting.run()
    assert outcomes(bank) == by_sql(bank)
    assert bank.records.tallies.sums("group", *ALWAYS, by=(), where={"grouping": UNKNOWN})[()] == 1


def test_nobody_can_be_told_from_the_counts(bank: Platform) -> None:
    decide(bank, 60)
    bank.counting.run()
    with bank.records.database.look() as connection:
        kept = " ".join(str(row) for row in connection.execute(text("SELECT * FROM tallies")))
        kept += " ".join(str(row) for row in connection.execute(text("SELECT * FROM tally_bins")))
    assert not any(person in kept for person in PEOPLE)


def test_features_wait_for_enough_decisions_when_the_model_has_no_reference_and_say_so(bank: Platform) -> None:
    decide(bank, 49)
    bank.counting.run()
    assert not bank.records.tallies.bins()
    for amount in (7777, 7778):
        bank.quotes.quote("C00050", LoanAsk("car", money(amount), 36), channel="api", actor="test")
    bank.counting.run()
    bins = bank.records.tallies.bins()
    assert bins["pd"].reference["source"] == "first decisions"
    scores = bank.records.tallies.rows(("score",), *ALWAYS)
    assert sum(map(sum, scores.values())) == 51


def test_a_reference_of_training_becomes_bins_that_count_alike() -> None:
    part = {"kind": "edges", "edges": [1.0, 2.0], "counts": [3, 4, 5], "missing": 6}
    codes = {"kind": "values", "values": ["own", "rent"], "counts": [7, 8], "other": 9, "missing": 1}
    found = bins_from_reference("m/1", {"features": {"debt": part, "home": codes}, "score": part})
    assert set(found) == {"debt", "home", "pd"}
    assert found["debt"].reference == {"source": "m/1", "rows": 18, "counts": [3, 4, 5, 0, 6]}
    assert Bins.from_dict(found["home"].bins).known == 2
    assert found["home"].reference["counts"] == [7, 8, 9, 1]


CORE = st.builds(
    lambda outcome, pd, day, person, codes: Recorded(
        0, "decision", "d", person, datetime(2026, 1, day, tzinfo=UTC), "api", "car", outcome,
        json.dumps({
            "assessment": {"pd": f"0.{pd:06d}", "model_version": "m/1"}, "features": {"values": {}},
            "reasons": [{"code": code} for code in codes], "findings": [],
        }).encode(),
    ),
    st.sampled_from(["approve", "decline", "refer"]), st.integers(0, 999_999), st.integers(1, 4),
    st.sampled_from(["A", "B"]), st.lists(st.sampled_from(["x", "y"]), max_size=2),
)  # fmt: skip


@settings(max_examples=sized(40, 400))
@given(st.lists(CORE, max_size=30), st.data())
def test_counts_do_not_depend_on_where_batches_end(entries: list[Recorded], data: st.DataObject) -> None:
    cut = data.draw(st.integers(0, len(entries)))
    groups = {"A": {"sex": "female", "age_band": "25-39"}}
    total: Counter[tuple[Key, int]] = Counter()
    for some in (entries[:cut], entries[cut:]):
        for key, counts in decision_counts(opened(some), groups).items():
            total.update({(key, place): count for place, count in enumerate(counts)})
    whole = decision_counts(opened(entries), groups)
    assert total == Counter({(k, i): c for k, counts in whole.items() for i, c in enumerate(counts)})
    assert sum(c[0] for k, c in whole.items() if k.kind == "outcome") == len(entries)


def test_who_counts_goes_on_alone_and_another_takes_over_when_it_stops(bank: Platform, clock: HandClock) -> None:
    one, other = bank.counting, beside(bank).counting
    decide(bank, 20)
    one.look()
    decide(bank, 20, step=31)
    other.look()
    assert outcomes(bank).total() == 20
    one.look()
    assert outcomes(bank) == by_sql(bank)
    decide(bank, 20, step=41)
    clock.move(seconds=TAKEN_OVER_SECONDS)
    other.look()
    assert outcomes(bank) == by_sql(bank)


def test_a_process_whose_clock_was_far_ahead_holds_up_no_other(bank: Platform, clock: HandClock) -> None:
    one, other = bank.counting, beside(bank).counting
    clock.move(hours=1)
    decide(bank, 10)
    one.look()
    clock.move(hours=-1)
    decide(bank, 10, step=31)
    other.look()
    assert outcomes(bank) == by_sql(bank)
