"""The whole way of a loan on PostgreSQL: quote, apply, accept, replay; the decisions are SQLite's, byte for byte."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from serving.assembly import Platform
from serving.identity import SignInError
from tests.applying import GOOD, READ, a_quote, offered, with_papers
from tests.bank import PASSWORD, open_bank
from tests.conftest import HandClock
from tests.fakes.postgres import postgres, postgres_url  # noqa: F401

LOANS = (("C00001", "20000", "car"), ("C00002", "9000", "car"), ("C00004", "15000", "car"), ("C00010", "10000", "car"))


@pytest.fixture
def bank(tmp_path: Path, clock: HandClock, postgres_url: str) -> Iterator[Platform]:  # noqa: F811
    opened = open_bank(tmp_path / "server", clock=clock, database_url=postgres_url)
    yield opened
    opened.records.database.engine.dispose()


@pytest.fixture
def on_sqlite(tmp_path: Path, clock: HandClock) -> Iterator[Platform]:
    opened = open_bank(tmp_path / "file", clock=clock)
    yield opened
    opened.records.database.engine.dispose()


def decided(bank: Platform) -> list[tuple[str, bytes]]:
    ids = [str(a_quote(bank, *loan)["decision_id"]) for loan in LOANS]
    return [(one, bank.decisions.get(one).core) for one in ids]


def test_a_loan_goes_its_whole_way_and_every_decision_replays(bank: Platform) -> None:
    token, session = bank.identity.sign_in("good", PASSWORD, "here")
    assert session.account.customer_id == GOOD
    made = offered(bank, with_papers(bank))
    accepted = bank.applications.accept(GOOD, made["offer_id"], "good", READ)
    assert accepted["state"] == "accepted"
    report: Any = bank.replay.run(None)
    assert report.clean
    assert {state.status for state in bank.decisions.audit()} == {"ok"}
    assert bank.records.audit.broken_at() is None
    bank.identity.sign_out(token)
    with pytest.raises(SignInError):
        bank.identity.sign_in("good", "wrong", "here")


def test_decisions_are_those_of_sqlite_byte_for_byte(bank: Platform, on_sqlite: Platform) -> None:
    assert decided(bank) == decided(on_sqlite)


@pytest.mark.full
def test_what_staff_look_at_is_the_same_on_both(bank: Platform, on_sqlite: Platform) -> None:
    def shown(place: Platform) -> Any:
        decided(place)
        place.counting.run()
        day = place.clock.now().date()
        return place.kpis.funnel(day, day, ""), place.records.tallies.rows(("decision",), day, day)

    assert shown(bank) == shown(on_sqlite)
