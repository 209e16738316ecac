"""Those who come at the same time share one call; each goes on with its own answer."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event
from time import sleep

import pytest

from lending.domain.errors import UnavailableError
from lending.errand import Errand, at_work
from lending.shared_call import SharedCall
from tests.bank import open_bank

SECONDS = 20


class Book:
    """Remembers its groups; the first one waits until it may go on."""

    def __init__(self) -> None:
        self.groups: list[list[int]] = []
        self.begun, self.go_on = Event(), Event()

    def write(self, group: Sequence[int]) -> list[str]:
        self.groups.append(list(group))
        self.begun.set()
        assert self.go_on.wait(SECONDS)
        if 13 in group:
            raise UnavailableError("the disk is full")
        return [f"written {number}" for number in group]


def test_who_comes_alone_is_served_alone() -> None:
    book = Book()
    book.go_on.set()
    shared = SharedCall(book.write)
    shared.do(1)
    shared.do(2)
    assert book.groups == [[1], [2]]


def test_those_who_come_while_one_is_written_are_written_together() -> None:
    book = Book()
    shared = SharedCall(book.write)
    with ThreadPoolExecutor(9) as pool:
        first = pool.submit(shared.do, 0)
        assert book.begun.wait(SECONDS)
        others = [pool.submit(shared.do, number) for number in range(1, 9)]
        while len(shared._group) < len(others):
            assert not first.done()
            sleep(0.001)
        book.go_on.set()
        answers = [one.result(SECONDS) for one in (first, *others)]
    assert answers == [f"written {number}" for number in range(9)]
    assert [sorted(group) for group in book.groups] == [[0], list(range(1, 9))]


def test_an_error_is_told_to_those_of_its_group_and_to_nobody_after_them() -> None:
    book = Book()
    book.go_on.set()
    shared = SharedCall(book.write)
    with pytest.raises(UnavailableError, match="the disk is full"):
        shared.do(13)
    shared.do(14)
    assert book.groups[-1] == [14]


def test_decisions_that_are_written_together_keep_channel_actor_and_request_of_each(tmp_path: Path) -> None:
    records = open_bank(tmp_path).records
    people = list(records.customers.ids())[:24]

    def record(number: int) -> str:
        with at_work(Errand(request_id=f"request-{number:04}", trace_id="0" * 31 + "1")):
            core = f'{{"number":"{number}","outcome":"approve","product":"car"}}'.encode()
            row = records.decisions.record(core, people[number], "api", f"actor{number}")
        assert (row.actor, row.customer_id) == (f"actor{number}", people[number])
        return row.decision_id

    with ThreadPoolExecutor(8) as pool:
        names = list(pool.map(record, range(len(people))))
    assert {state.status for state in records.decisions.audit()} == {"ok"}
    found = {name: records.decisions.get(name) for name in names}
    assert [found[name].actor for name in names] == [f"actor{number}" for number in range(len(people))]
    with records.database.read() as connection:
        asked = connection.exec_driver_sql("SELECT decision_id, request_id FROM ledger WHERE kind = 'decision'").all()
    assert dict(map(tuple, asked)) == {name: f"request-{number:04}" for number, name in enumerate(names)}
