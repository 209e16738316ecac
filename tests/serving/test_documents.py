"""Papers from arrival to verdict: stored sealed, checked once, told, never somebody else's, never lost."""

from __future__ import annotations

import io
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from lending.domain.errors import CandorError, InputError, NotFoundError, RefusedError, UnavailableError
from lending.domain.workflow import State
from serving.assembly import Platform
from tests.bank import open_bank
from tests.serving.paper_bank import (
    GOOD,
    a_bank,
    a_payslip,
    an_application,
    checked,
    codes,
    hand_in,
    in_process,
    objects,
)

OTHER = "C00002"


@pytest.fixture
def bank(tmp_path: Path) -> Iterator[Platform]:
    place = a_bank(tmp_path)
    yield place
    place.records.database.engine.dispose()


@pytest.fixture
def application(bank: Platform) -> str:
    return an_application(bank)


def item(bank: Platform, application: str, asked: str = "income") -> dict[str, Any]:
    found = bank.documents.checklist(GOOD, application)
    return next(entry for entry in found if entry["asked"] == asked)


class Down:
    """Objects that fail where told."""

    def __init__(self, real: Any, *failing: str) -> None:
        self._real, self._failing = real, failing

    def __getattr__(self, name: str) -> Any:
        def act(*parts: Any) -> Any:
            if name in self._failing:
                raise UnavailableError("the store is down", code="objects")
            return getattr(self._real, name)(*parts)

        return act


def test_a_paper_waits_in_quarantine_and_its_check_stands_in_the_outbox(bank: Platform, application: str) -> None:
    paper = hand_in(bank, application, a_payslip())
    assert (paper["state"], paper["media_type"], item(bank, application)["state"]) == (
        "quarantined", "application/pdf", "quarantined",
    )  # fmt: skip
    (key,) = objects(bank)
    assert key.startswith(f"user-docs/{GOOD}/quarantine/")
    assert [row.kind for row in bank.records.outbox.list(given_up=False)] == ["document.check"]


def test_delivery_checks_it_and_the_customer_is_told(bank: Platform, application: str) -> None:
    document = hand_in(bank, application, a_payslip())["document_id"]
    bank.delivery.run()
    paper = bank.documents.get(GOOD, document)
    assert (paper["state"], paper["kind"], codes(paper)) == ("accepted", "payslip", ["all_fits"])
    assert paper["read"]["income"] == {"value": "6500.00", "confidence": "1.00"}
    assert item(bank, application)["state"] == "accepted"
    (key,) = objects(bank)
    assert key.startswith(f"user-docs/{GOOD}/clean/")
    bank.delivery.run()
    (message,) = bank.messages.inbox(GOOD)
    assert (message["kind"], message["link"]) == ("document.accepted", f"/applications/{application}")
    assert message["text"].endswith("Proof of income.")
    assert bank.messages.inbox(GOOD, "es")[0]["text"].endswith("Justificante de ingresos.")


def test_what_is_stored_cannot_be_read_without_the_customers_key(bank: Platform, application: str) -> None:
    content = a_payslip()
    hand_in(bank, application, content, name="my-secret-name.pdf")
    (key,) = objects(bank)
    stored = bank.objects.get(key)
    assert b"%PDF" not in stored
    assert b"Linnea" not in stored
    home = bank.settings.var
    assert not any(b"my-secret-name" in file.read_bytes() for file in home.rglob("*") if file.is_file())


def test_a_sealed_paper_put_in_the_place_of_another_is_refused(bank: Platform, application: str) -> None:
    one = checked(bank, application, a_payslip())
    two = checked(bank, application, a_payslip("Linnea", "6,510.00"))
    first, second = (bank.records.documents.get(p["document_id"]).object_key for p in (one, two))
    bank.objects.put(first, bank.objects.get(second))
    with pytest.raises(RefusedError, match="changed"):
        bank.documents.content(GOOD, one["document_id"])


def test_a_paper_comes_back_as_it_was_sent_once_it_was_checked(bank: Platform, application: str) -> None:
    content = a_payslip()
    document = hand_in(bank, application, content, name="May.pdf")["document_id"]
    with pytest.raises(RefusedError, match="being checked"):
        bank.documents.content(GOOD, document)
    bank.documents.check(document)
    assert bank.documents.content(GOOD, document) == (content, "application/pdf", "May.pdf")


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (a_payslip("Somebody Else"), "name_differs"),
        (a_payslip("Linnea", "3,900.00"), "income_differs"),
        (a_payslip("Linnea", "66,500.00"), "income_differs"),
    ],
)
def test_what_does_not_fit_the_record_goes_to_a_person(
    bank: Platform, application: str, content: bytes, code: str
) -> None:
    paper = checked(bank, application, content)
    assert (paper["state"], codes(paper)) == ("needs_person", [code])


def test_no_finding_tells_what_the_bank_has_on_record(bank: Platform, application: str) -> None:
    paper = checked(bank, application, a_payslip("Quillon Farrow", "3,900.00"))
    text = str(paper["findings"])
    assert codes(paper) == ["name_differs", "income_differs"]
    assert "6500" not in text
    assert "6,500" not in text
    assert "Linnea" not in text


def test_what_was_stated_in_the_application_is_compared_too(bank: Platform, application: str) -> None:
    version = bank.applications.get(GOOD, application)["version"]
    bank.applications.save(GOOD, application, "you", {"employer": "Harbour Shipping"}, version)
    paper = checked(bank, application, a_payslip())
    assert (paper["state"], codes(paper)) == ("needs_person", ["stated_differs"])
    assert "employer" in paper["findings"][0]["text"]


@pytest.mark.parametrize(
    ("days", "state"), [(1, "accepted"), (62, "accepted"), (63, "needs_person"), (-2, "needs_person")]
)
def test_a_payslip_is_good_for_two_months(bank: Platform, application: str, days: int, state: str) -> None:
    paid = bank.clock.now().date() - timedelta(days=days)
    assert checked(bank, application, a_payslip(paid=paid))["state"] == state


def test_checking_twice_changes_nothing_and_tells_once(bank: Platform, application: str) -> None:
    document = checked(bank, application, a_payslip())["document_id"]
    before = (bank.records.documents.get(document), objects(bank))
    bank.documents.check(document)
    bank.delivery.run()
    assert (bank.records.documents.get(document), objects(bank)) == before
    assert len(bank.messages.inbox(GOOD)) == 1


def test_a_check_that_died_half_way_is_done_again(bank: Platform, application: str) -> None:
    document = hand_in(bank, application, a_payslip())["document_id"]

    def dies(*_: Any) -> Any:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        replace(bank.documents, reader=dies).check(document)
    assert bank.documents.get(GOOD, document)["state"] == "checking"
    bank.documents.check(document)
    assert bank.documents.get(GOOD, document)["state"] == "accepted"


def test_of_two_workers_at_one_paper_one_settles_it(bank: Platform, application: str) -> None:
    document = hand_in(bank, application, a_payslip())["document_id"]

    def meanwhile(content: bytes, media_type: str, limits: Any) -> Any:
        bank.documents.check(document)
        return in_process(content, media_type, limits)

    replace(bank.documents, reader=meanwhile).check(document)
    assert bank.documents.get(GOOD, document)["state"] == "accepted"
    assert len(objects(bank)) == 1
    bank.delivery.run()
    assert len(bank.messages.inbox(GOOD)) == 1


def test_a_store_that_is_down_leaves_no_row_and_no_order(bank: Platform, application: str) -> None:
    broken = replace(bank.documents, objects=Down(bank.objects, "put"))
    with pytest.raises(UnavailableError):
        broken.receive(GOOD, application, "income", "a.pdf", io.BytesIO(a_payslip()))
    assert bank.documents.of(GOOD, application) == []
    assert bank.records.outbox.list(given_up=False) == []


def test_a_store_that_is_down_during_the_check_is_tried_again_later(bank: Platform, application: str) -> None:
    document = hand_in(bank, application, a_payslip())["document_id"]
    with pytest.raises(UnavailableError):
        replace(bank.documents, objects=Down(bank.objects, "get")).check(document)
    assert bank.delivery.run().failed == 0
    assert bank.documents.get(GOOD, document)["state"] == "accepted"


def test_a_process_that_dies_between_content_and_row_leaves_only_what_the_sweep_takes(
    bank: Platform, application: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException): ...

    def killed(*_: Any) -> None:
        raise Killed

    monkeypatch.setattr(type(bank.documents), "_write", killed)
    with pytest.raises(Killed):
        replace(bank.documents, objects=Down(bank.objects, "drop")).receive(
            GOOD, application, "income", "a.pdf", io.BytesIO(a_payslip())
        )
    monkeypatch.undo()
    assert bank.documents.of(GOOD, application) == []
    assert len(objects(bank, "/quarantine/")) == 1
    assert hand_in(bank, application, a_payslip())["state"] == "quarantined"


def test_the_sweep_takes_what_no_row_speaks_of_once_it_is_old(bank: Platform, application: str) -> None:
    hand_in(bank, application, a_payslip())
    (known,) = objects(bank)
    bank.objects.put(f"user-docs/{GOOD}/quarantine/20200101T0000-f_old", b"x")
    bank.objects.put(f"user-docs/{GOOD}/quarantine/29990101T0000-f_new", b"x")
    assert bank.documents.sweep() == 1
    assert objects(bank) == [known, f"user-docs/{GOOD}/quarantine/29990101T0000-f_new"]


def test_a_content_that_was_lost_is_asked_for_again(bank: Platform, application: str) -> None:
    document = hand_in(bank, application, a_payslip())["document_id"]
    bank.objects.drop(objects(bank)[0])
    bank.documents.check(document)
    assert bank.documents.get(GOOD, document)["state"] == "refused"


def test_a_better_paper_takes_the_place_of_one_that_did_not_pass(bank: Platform, application: str) -> None:
    checked(bank, application, a_payslip("Somebody Else"))
    checked(bank, application, a_payslip())
    assert [p["state"] for p in bank.documents.of(GOOD, application)] == ["accepted"]
    assert len(objects(bank)) == 1


def test_of_papers_sent_at_once_the_last_one_stands(bank: Platform, application: str) -> None:
    slips = [a_payslip("Linnea", f"6,5{number}0.00") for number in range(6)]
    with ThreadPoolExecutor(len(slips)) as pool:
        list(pool.map(lambda slip: hand_in(bank, application, slip), slips))
    assert len(bank.documents.of(GOOD, application)) == len(objects(bank)) == 1


def test_a_paper_on_which_an_offer_stands_stays(bank: Platform, application: str) -> None:
    document = checked(bank, application, a_payslip())["document_id"]
    box = bank.records.applications
    box.change(replace(box.get(application), state=State.OFFERED))
    with pytest.raises(RefusedError, match="stands on this paper"):
        bank.documents.drop(GOOD, document)
    assert item(bank, application)["state"] == "accepted"


def test_the_same_file_sent_twice_is_one_paper(bank: Platform, application: str) -> None:
    first, second = (hand_in(bank, application, a_payslip()) for _ in range(2))
    assert first["document_id"] == second["document_id"]
    assert len(objects(bank)) == 1


def test_a_paper_that_is_taken_back_is_gone_with_its_text(bank: Platform, application: str) -> None:
    document = checked(bank, application, a_payslip())["document_id"]
    assert [own["document_id"] for own in bank.own_papers.list(GOOD)] == [document]
    bank.documents.drop(GOOD, document)
    assert (bank.documents.of(GOOD, application), objects(bank), bank.own_papers.list(GOOD)) == ([], [], [])
    assert item(bank, application)["state"] == "missing"


def test_the_text_of_a_paper_that_did_not_pass_is_not_cited(bank: Platform, application: str) -> None:
    checked(bank, application, a_payslip("Somebody Else"))
    assert bank.own_papers.list(GOOD) == []


def test_what_is_not_asked_for_is_refused_by_name(bank: Platform, application: str) -> None:
    with pytest.raises(InputError, match="expected one of identity, income, car_offer"):
        hand_in(bank, application, a_payslip(), "admission")


def test_no_paper_comes_or_goes_once_the_application_has_ended(bank: Platform, application: str) -> None:
    document = checked(bank, application, a_payslip())["document_id"]
    bank.applications.withdraw(GOOD, application, "test")
    with pytest.raises(RefusedError, match="ended"):
        hand_in(bank, application, a_payslip("Linnea", "6,501.00"))
    with pytest.raises(RefusedError, match="ended"):
        bank.documents.drop(GOOD, document)


def test_what_is_not_yours_is_not_there(bank: Platform, application: str) -> None:
    document = checked(bank, application, a_payslip())["document_id"]
    theirs: list[Any] = [
        lambda: bank.documents.get(OTHER, document),
        lambda: bank.documents.content(OTHER, document),
        lambda: bank.documents.drop(OTHER, document),
        lambda: bank.documents.checklist(OTHER, application),
        lambda: bank.documents.of(OTHER, application),
        lambda: hand_in(bank, application, a_payslip("Orrin"), customer=OTHER),
        lambda: bank.documents.demo_paper(OTHER, application, "income"),
    ]
    nobody: list[Any] = [
        lambda: bank.documents.get(OTHER, "f_" + "a" * 26),
        lambda: bank.documents.checklist(OTHER, "a_" + "a" * 26),
    ]
    for act in theirs:
        with pytest.raises(NotFoundError):
            act()
    for mine, none in zip((theirs[0], theirs[3]), nobody, strict=True):
        assert _told(mine) == _told(none)
    assert bank.documents.get(GOOD, document)["state"] == "accepted"


def _told(act: Any) -> tuple[str, str, str]:
    with pytest.raises(CandorError) as refused:
        act()
    error = refused.value
    return str(error), error.code, error.expected


def test_an_officer_accepts_what_a_machine_could_not_and_the_application_goes_on(
    bank: Platform, application: str
) -> None:
    document = checked(bank, application, a_payslip("Somebody Else"))["document_id"]
    assert [paper["document_id"] for paper in bank.documents.waiting()] == [document]
    decided = bank.documents.decide_document(document, "officer", "accept", "Maiden name, seen on the card.")
    assert (decided["state"], decided["decided_by"]) == ("accepted", "officer")
    assert bank.documents.waiting() == []
    assert [own["document_id"] for own in bank.own_papers.list(GOOD)] == [document]
    bank.delivery.run()
    assert "document.accepted" in [message["kind"] for message in bank.messages.inbox(GOOD)]


def test_an_officer_refuses_with_a_reason_that_the_customer_reads(bank: Platform, application: str) -> None:
    document = checked(bank, application, a_payslip("Somebody Else"))["document_id"]
    bank.documents.decide_document(document, "officer", "refuse", "This is another person's payslip.")
    paper = bank.documents.get(GOOD, document)
    assert (paper["state"], paper["findings"][0]["text"]) == ("refused", "This is another person's payslip.")
    assert objects(bank) == []


@pytest.mark.parametrize(("decision", "reason"), [("accept", "  "), ("accept", "x" * 501), ("maybe", "why not")])
def test_a_decision_needs_a_word_and_a_reason(bank: Platform, application: str, decision: Any, reason: str) -> None:
    document = checked(bank, application, a_payslip("Somebody Else"))["document_id"]
    with pytest.raises(InputError):
        bank.documents.decide_document(document, "officer", decision, reason)


def test_a_paper_is_decided_once(bank: Platform, application: str) -> None:
    document = checked(bank, application, a_payslip("Somebody Else"))["document_id"]
    bank.documents.decide_document(document, "officer", "accept", "It is fine.")
    with pytest.raises(RefusedError, match="does not wait"):
        bank.documents.decide_document(document, "senior", "refuse", "It is not.")


def test_an_erased_customers_papers_cannot_be_read(bank: Platform, application: str) -> None:
    document = checked(bank, application, a_payslip())["document_id"]
    bank.records.envelopes.erase(GOOD)
    with pytest.raises(CandorError):
        bank.documents.content(GOOD, document)


def test_a_bank_of_real_people_draws_no_papers(tmp_path: Path) -> None:
    place = open_bank(tmp_path)
    guarded = replace(place.documents, demo=replace(place.documents.demo, allowed=False))
    with pytest.raises(NotFoundError):
        guarded.demo_papers(GOOD)
    place.records.database.engine.dispose()
