"""A machine that is too slow for a paper: it is tried again, and in the end a person looks at it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from lending.adapters.outbox import MOST_ATTEMPTS
from lending.domain.errors import UnavailableError
from serving.assembly import Platform
from tests.conftest import HandClock
from tests.serving.paper_bank import GOOD, a_bank, a_payslip, an_application, codes, hand_in, in_process, objects


class Busy:
    """A reader on a machine that is too slow, for the first so many times."""

    def __init__(self, times: int) -> None:
        self.left = times

    def __call__(self, *parts: Any) -> Any:
        self.left -= 1
        if self.left >= 0:
            raise UnavailableError("papers cannot be opened: not read within 90 s", code="papers")
        return in_process(*parts)


def delivered(bank: Platform, clock: HandClock, times: int) -> None:
    for _ in range(times):
        bank.delivery.run()
        clock.move(hours=1)


def test_a_good_paper_survives_a_machine_that_is_too_slow_once(tmp_path: Path, clock: HandClock) -> None:
    bank = a_bank(tmp_path, Busy(1), clock=clock)
    payslip = a_payslip(paid=clock.now().date())
    document = hand_in(bank, an_application(bank), payslip)["document_id"]
    delivered(bank, clock, 1)
    assert (bank.documents.get(GOOD, document)["state"], len(objects(bank))) == ("checking", 1)
    delivered(bank, clock, 1)
    assert bank.documents.get(GOOD, document)["state"] == "accepted"


def test_a_paper_that_no_try_could_open_goes_to_a_person_who_can_accept_it(tmp_path: Path, clock: HandClock) -> None:
    bank = a_bank(tmp_path, Busy(100), clock=clock)
    application = an_application(bank)
    document = hand_in(bank, application, a_payslip())["document_id"]
    delivered(bank, clock, MOST_ATTEMPTS)
    paper = bank.documents.get(GOOD, document)
    assert (paper["state"], codes(paper)) == ("needs_person", ["could_not_be_read_here"])
    assert bank.records.outbox.list(given_up=True) == []
    assert [message["kind"] for message in bank.messages.inbox(GOOD)] == ["document.needs_person"]
    assert bank.documents.content_for_staff(document, "officer")[0] == a_payslip()
    assert bank.documents.decide_document(document, "officer", "accept", "Read by eye.")["state"] == "accepted"
