"""The queue of cases: what is due first, who works on what, what waits for whom."""

from __future__ import annotations

import pytest

from lending.domain.errors import InputError
from serving.assembly import Platform
from serving.case_queue import CaseQueue, Wish
from tests.applying import GOOD, REVIEW, Papers
from tests.conftest import HandClock
from tests.serving.test_cases import DEPUTY, NO, OFFICER, SENIOR, against, flagged, over_papers


@pytest.fixture
def desk(bank: Platform, papers: Papers) -> CaseQueue:
    return bank.case_desk


def test_asking_for_more_tells_the_customer_and_starts_the_clock_anew(
    bank: Platform, desk: CaseQueue, papers: Papers, clock: HandClock
) -> None:
    case = over_papers(bank, papers)
    clock.move(hours=47)
    assert desk.queue(OFFICER, Wish()).rows[0]["stands"] == "soon"
    with pytest.raises(InputError):
        desk.ask(OFFICER, case, "school_results")
    desk.ask(OFFICER, case, "income")
    row = desk.queue(OFFICER, Wish("asked")).rows[0]
    assert (row["stands"], row["application_id"]) == ("in_time", case)
    bank.delivery.run(100)
    assert "application.asked_paper" in [notice["kind"] for notice in bank.messages.inbox(GOOD)]
    assert [e["act"] for e in bank.applications.get(GOOD, case)["timeline"]][-1] == "ask"


def test_a_case_that_nobody_decided_in_time_is_late_and_stands_first(
    bank: Platform, desk: CaseQueue, papers: Papers, clock: HandClock
) -> None:
    first = flagged(bank)
    clock.move(hours=49)
    second = over_papers(bank, papers)
    queue = desk.queue(OFFICER, Wish())
    assert [(row["application_id"], row["stands"]) for row in queue.rows] == [(first, "late"), (second, "in_time")]
    assert queue.late == 1
    assert [row["application_id"] for row in desk.queue(OFFICER, Wish(late=True)).rows] == [first]


def test_the_queue_is_cut_by_who_works_on_what(bank: Platform, desk: CaseQueue, papers: Papers) -> None:
    mine, free = flagged(bank), over_papers(bank, papers)
    desk.take(OFFICER, mine)
    assert [row["application_id"] for row in desk.queue(OFFICER, Wish("mine")).rows] == [mine]
    assert [row["application_id"] for row in desk.queue(OFFICER, Wish("free")).rows] == [free]
    row = desk.override(SENIOR, free, against(reason="flag_cleared"))
    assert [one["application_id"] for one in desk.queue(DEPUTY, Wish("second")).rows] == [free]
    desk.confirm(DEPUTY, row.override_id, row.version)
    ended = desk.queue(DEPUTY, Wish("done")).rows[0]
    assert (ended["officer"], ended["second"], ended["act"]) == ("senior", "deputy", "offer")


@pytest.mark.parametrize(
    ("wish", "found"),
    [(Wish(product="car"), 2), (Wish(product="home"), 0), (Wish(why="papers"), 1), (Wish(find=GOOD.lower()), 1),
     (Wish(find="nobody"), 0), (Wish(page=99), 2)],
)  # fmt: skip
def test_the_queue_is_filtered(bank: Platform, desk: CaseQueue, papers: Papers, wish: Wish, found: int) -> None:
    flagged(bank)
    over_papers(bank, papers)
    assert desk.queue(OFFICER, wish).found == found


def test_somebody_who_was_erased_is_in_no_part_of_the_queue(bank: Platform, desk: CaseQueue) -> None:
    desk.decide(OFFICER, flagged(bank), NO)
    assert desk.queue(OFFICER, Wish("done")).found == 1
    bank.records.person.forget(REVIEW)
    bank.records.envelopes.erase(REVIEW)
    assert [desk.queue(OFFICER, Wish(tab)).found for tab in ("all", "done")] == [0, 0]
