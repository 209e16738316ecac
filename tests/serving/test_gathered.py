"""Requests that come at the same time are decided together, and each is answered as alone."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from time import sleep
from typing import Any

import pytest

from lending.domain.errors import NotFoundError
from lending.domain.money import money
from serving.assembly import Platform
from serving.decide import LoanAsk, Quotes
from serving.gathered import Gathered
from tests.bank import open_bank

SECONDS = 60


@pytest.fixture
def bank(tmp_path: Path) -> Platform:
    return open_bank(tmp_path)


def ask(number: int, **more: Any) -> LoanAsk:
    return LoanAsk("car", money(f"{9000 + number}.00"), 48, **more)


def at_once(gathered: Gathered, asked: Sequence[tuple[str, LoanAsk]]) -> list[Future[dict[str, object]]]:
    """What is answered to people who all wait before the first of them is served."""
    shared = gathered._shared
    with ThreadPoolExecutor(len(asked)) as pool:
        with shared._turn:
            found = [pool.submit(gathered.quote, who, what, channel="api", actor=who) for who, what in asked]
            while len(shared._group) < len(asked):
                sleep(0.001)
        return found


def test_each_is_answered_and_recorded_as_alone(bank: Platform, tmp_path: Path) -> None:
    people = bank.customers.ids()[:12]
    asked = [(who, ask(number)) for number, who in enumerate(people)]
    said = [one.result(SECONDS) for one in at_once(Gathered(bank.quotes), asked)]
    alone = open_bank(tmp_path / "alone")
    assert said == [alone.quotes.quote(who, what, channel="api", actor=who) for who, what in asked]
    rows = [bank.records.decisions.get(str(one["decision_id"])) for one in said]
    assert [(row.customer_id, row.actor) for row in rows] == [(who, who) for who in people]


def test_somebody_whose_request_is_refused_spoils_no_other(bank: Platform) -> None:
    first, second, *_ = bank.customers.ids()
    wrong, right = at_once(Gathered(bank.quotes), [(first, ask(1, co_applicant="C0")), (second, ask(2))])
    with pytest.raises(NotFoundError, match="co_applicant"):
        wrong.result(SECONDS)
    assert right.result(SECONDS)["amount"] == "9002.00"


def test_what_breaks_on_one_request_breaks_that_one_alone(bank: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    usual = Quotes.application

    def break_on_some(self: Quotes, customer_id: str, what: LoanAsk, *more: Any) -> Any:
        if what.amount == money("9001"):
            raise ZeroDivisionError
        return usual(self, customer_id, what, *more)

    monkeypatch.setattr(Quotes, "application", break_on_some)
    first, second, *_ = bank.customers.ids()
    broken, right = at_once(Gathered(bank.quotes), [(first, ask(1)), (second, ask(2))])
    with pytest.raises(ZeroDivisionError):
        broken.result(SECONDS)
    assert right.result(SECONDS)["amount"] == "9002.00"
