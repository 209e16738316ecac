"""One suite for what models say of decisions, on every database adapter."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta

import pytest

from lending.adapters.records import Records, open_records
from lending.domain.record import canonical
from lending.outcome_ports import OutcomeRow
from lending.score_ports import ScoreRow
from lending.settings import Settings
from tests.builders import a_customer
from tests.conftest import HandClock

ONE, OTHER = "C00001", "C00002"
FIRST, SECOND = "candor-pd-x/1", "candor-pd-x/2"
DAY = date(2026, 3, 31)


@pytest.fixture
def records(settings: Settings, clock: HandClock) -> Iterator[Records]:
    opened = open_records(settings, clock)
    opened.customers.add([a_customer(ONE), a_customer(OTHER)])
    yield opened
    opened.database.engine.dispose()


def decide(records: Records, number: int, customer: str = ONE) -> str:
    core = canonical({"product": "car", "outcome": "approve", "number": str(number)})
    return records.decisions.record(core, customer, "api", "test").decision_id


def a_score(decision_id: str, version: str = FIRST, day: date = DAY, **changes: object) -> ScoreRow:
    row = ScoreRow(decision_id, version, "champion", version == FIRST, "s_1", "car", "approve", "0.020000", day)
    return replace(row, **changes)  # type: ignore[arg-type]


def test_a_score_is_written_once(records: Records, clock: HandClock) -> None:
    one = a_score(decide(records, 1))
    assert records.scores.keep([one, one, replace(one, version=SECOND)], clock.now()) == 2
    assert records.scores.keep([replace(one, pd="0.900000")], clock.now()) == 0


def test_what_a_model_did_not_score_yet_comes_oldest_first(records: Records, clock: HandClock) -> None:
    made = []
    for number in range(3):
        made.append(decide(records, number))
        clock.move(hours=1)
    since = clock.now() - timedelta(days=2)
    records.scores.keep([a_score(made[0])], clock.now())
    assert records.scores.unscored(FIRST, since, 10) == made[1:]
    assert records.scores.unscored(SECOND, since, 2) == made[:2]
    assert records.scores.unscored(FIRST, clock.now() + timedelta(days=1), 10) == []


def test_pairs_hold_each_applicants_latest_decision_with_what_became_of_it(records: Records, clock: HandClock) -> None:
    old, new, other = decide(records, 1), decide(records, 2), decide(records, 3, OTHER)
    rows = [a_score(old, day=DAY - timedelta(days=3)), a_score(new), a_score(other, outcome="decline", decided=False)]
    theirs = [replace(row, version=SECOND, pd="0.050000", decided=not row.decided) for row in rows]
    records.scores.keep([*rows, *theirs], clock.now())
    records.outcomes.add([OutcomeRow(new, DAY, True, "march.csv")], clock.now())
    pairs = records.scores.pairs(FIRST, SECOND, DAY - timedelta(days=10))
    assert sorted((p.decided_by, p.first_outcome, p.other_pd, p.bad) for p in pairs) == [
        (FIRST, "approve", 0.05, True), (SECOND, "decline", 0.05, None),
    ]  # fmt: skip
    assert len({p.person for p in pairs}) == 2
    assert records.scores.pairs(FIRST, SECOND, DAY + timedelta(days=1)) == []


def test_what_could_not_be_read_is_in_no_pair(records: Records, clock: HandClock) -> None:
    one = decide(records, 1)
    empty = a_score(one, SECOND, decided=False, outcome=None, pd=None)
    records.scores.keep([a_score(one), empty], clock.now())
    assert records.scores.pairs(FIRST, SECOND, DAY) == []
    assert records.scores.unscored(SECOND, clock.now() - timedelta(days=1), 5) == []
