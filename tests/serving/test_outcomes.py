"""Outcomes that arrive later: read strictly, matched, written once; nothing is lost in silence."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import select

from features.synthetic.late import Lent, late_outcomes
from lending.adapters.tables import audit_events
from lending.domain.core import application_from
from lending.domain.errors import InputError
from serving.assembly import Platform
from serving.outcomes import Taken, Trouble, read_outcomes, take_outcomes
from tests.bank import open_bank
from tests.lent import lend


@pytest.fixture
def bank(tmp_path: Path) -> Platform:
    return open_bank(tmp_path / "home")


def a_line(decision_id: str, known_on: str = "2026-03-31", bad: object = True, **more: object) -> str:
    return json.dumps({"decision_id": decision_id, "known_on": known_on, "bad": bad, **more})


def take(bank: Platform, text: str, name: str = "march.jsonl") -> Taken:
    lines = read_outcomes(name, text.encode())
    return take_outcomes(bank.records.outcomes, bank.audit, bank.clock, lines, name, "risk")


def whys(troubles: list[Trouble]) -> list[str]:
    return [one.why for one in troubles]


def test_outcomes_are_taken_once(bank: Platform) -> None:
    ids = lend(bank, 4, date(2025, 1, 6))
    text = "\n".join(a_line(one, bad=number == 0) for number, one in enumerate(ids)) + "\n\n"
    first, second = take(bank, text), take(bank, text)
    assert (first.lines, first.added, first.again) == (len(ids), len(ids), 0)
    assert (second.added, second.again) == (0, len(ids))
    assert bank.records.outcomes.counts() == (len(ids), 1)


def test_a_contradicting_outcome_is_named_and_not_taken(bank: Platform) -> None:
    one, *_ = lend(bank, 2, date(2025, 1, 6))
    take(bank, a_line(one, bad=False))
    done = take(bank, a_line(one, bad=True))
    assert whys(done.contradicting) == ["bad on 2026-03-31, on record good on 2026-03-31"]
    assert done.contradicting[0].decision_id == one
    assert bank.records.outcomes.known([one])[one].bad is False
    within = take(bank, f"{a_line(one, bad=False)}\n{a_line(one, '2026-04-01', False)}")
    assert (within.again, len(within.contradicting)) == (1, 1)


def test_a_file_that_contradicts_itself_is_caught(bank: Platform) -> None:
    one, *_ = lend(bank, 2, date(2025, 1, 6))
    done = take(bank, f"{a_line(one, bad=False)}\n{a_line(one, bad=True)}")
    assert (done.added, len(done.contradicting)) == (1, 1)


def test_decisions_that_nobody_made_are_reported_and_the_rest_is_taken(bank: Platform) -> None:
    one, *_ = lend(bank, 2, date(2025, 1, 6))
    stranger = "d_" + "a" * 26
    done = take(bank, f"{a_line(stranger)}\n{a_line(one)}")
    assert [(t.line, t.decision_id) for t in done.unknown] == [(1, stranger)]
    assert done.added == 1
    assert done.as_dict()["named"]["unknown"][0]["decision_id"] == stranger


def test_a_declined_application_has_no_outcome(bank: Platform) -> None:
    from lending.domain.money import money
    from serving.decide import LoanAsk

    ask = LoanAsk("car", money("90000"), 24, None, None, ())
    (answer,) = bank.quotes.quote_many([("C00002", ask, date(2025, 1, 6))], channel="batch", actor="test")
    assert isinstance(answer, dict)
    assert answer["outcome"] == "decline"
    assert whys(take(bank, a_line(str(answer["decision_id"]))).not_lent) == ["the application was declined"]


def test_what_is_known_only_tomorrow_is_too_early(bank: Platform) -> None:
    one, *_ = lend(bank, 2, date(2025, 1, 6))
    tomorrow = (bank.clock.now().date() + timedelta(days=1)).isoformat()
    assert len(take(bank, a_line(one, tomorrow)).too_early) == 1
    assert bank.records.outcomes.counts() == (0, 0)


@pytest.mark.parametrize("line", [
    "no json", "[]", '{"decision_id": 3}', a_line("d_short"), a_line("d_" + "a" * 26, "2026-02-30"),
    a_line("d_" + "a" * 26, "2026-3-1"), a_line("d_" + "a" * 26, bad=1), a_line("d_" + "a" * 26, bad="yes"),
    a_line("d_" + "a" * 26, bad=None), a_line("d_" + "a" * 26, colour="red"),
    '{"decision_id": "d_x", "decision_id": "d_y"}', '{"bad": NaN}',
])  # fmt: skip
def test_a_line_that_is_not_what_is_asked_for_is_unreadable_and_spoils_no_other(bank: Platform, line: str) -> None:
    one, *_ = lend(bank, 2, date(2025, 1, 6))
    done = take(bank, f"{line}\n{a_line(one)}")
    assert ([t.line for t in done.unreadable], done.added) == ([1], 1)


def test_a_table_is_read_like_lines(bank: Platform) -> None:
    one, two, *_ = lend(bank, 2, date(2025, 1, 6))
    rows = ("bad,decision_id,known_on", f"1,{one},2026-03-31", f"False,{two},2026-03-31", f"maybe,{two},2026-03-31")
    text = "\r\n".join((*rows, f"1,{one}", ""))
    done = take(bank, text, "march.csv")
    assert (done.added, [t.line for t in done.unreadable]) == (2, [4, 5])
    assert bank.records.outcomes.known([one])[one].source == "march.csv"


def test_a_table_without_its_columns_and_bytes_without_text_are_refused() -> None:
    with pytest.raises(InputError, match="has the columns loan, bad; expected decision_id, known_on, bad"):
        read_outcomes("march.csv", b"loan,bad\n1,1\n")
    with pytest.raises(InputError, match="no UTF-8"):
        read_outcomes("march.jsonl", b"\xff\xfe{}")


def test_who_brought_what_is_on_the_audit_trail(bank: Platform) -> None:
    one, *_ = lend(bank, 2, date(2025, 1, 6))
    take(bank, f"{a_line(one)}\n{a_line('d_' + 'a' * 26)}")
    with bank.records.database.look() as connection:
        (event,) = connection.execute(select(audit_events).where(audit_events.c.act == "outcomes.add")).all()
    assert (event.actor, event.subject) == ("risk", "march.jsonl")
    assert json.loads(event.detail) == {
        "lines": "2", "added": "1", "again": "0", "unreadable": "0", "unknown": "1", "not_lent": "0", "too_early": "0",
        "contradicting": "0",
    }  # fmt: skip


def test_generated_outcomes_are_the_same_for_a_seed_and_bad_news_comes_first(bank: Platform) -> None:
    lend(bank, 60, date(2024, 1, 1))
    rows = list(bank.records.outcomes.lent())
    held = bank.records.countable.protected({row.customer_id for row in rows})
    cores = [(row, json.loads(row.core)) for row in rows]
    loans = [Lent(row.decision_id, application_from(core), held[row.customer_id], date.fromisoformat(core["as_of"]))
             for row, core in cores]  # fmt: skip
    turned = late_outcomes(loans, "us", 7)
    assert turned == late_outcomes(loans, "us", 7)
    assert turned != late_outcomes(loans, "us", 8)
    assert late_outcomes(loans[3:4], "us", 7) == turned[3:4]  # what else is asked about changes nothing
    days = np.array([(known_on - one.day).days for one, (_, known_on) in zip(loans, turned, strict=True)])
    bad = np.array([one for one, _ in turned])
    assert set(days[~bad]) == {365}
    assert ((days[bad] >= 100) & (days[bad] <= 365)).all()
    share = np.mean([bad for seed in range(20) for bad, _ in late_outcomes(loans, "us", seed)])
    assert 0.005 < share < 0.2
