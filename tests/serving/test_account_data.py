"""A customer's data as a file, and its end: export, erasure, and what the law keeps meanwhile."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import select

from lending.adapters.tables import metadata
from lending.domain.errors import NotFoundError, RefusedError
from lending.domain.money import money
from lending.domain.prepayment import due_day
from lending.domain.roles import Role
from lending.ports import CO_NOTICE, Account
from serving.applications import ApplyAsk
from serving.assembly import Platform
from serving.decide import LoanAsk
from tests.applying import ANSWERS
from tests.bank import PASSWORD, open_bank
from tests.conftest import HandClock
from tests.serving.test_account import an_ask, decided

GOOD, OTHER, THIN = "C00001", "C00002", "C00004"
A_CAR = LoanAsk("car", money("20000"))


@pytest.fixture
def bank(tmp_path: Path, clock: HandClock) -> Platform:
    return open_bank(tmp_path, clock=clock)


def test_an_export_holds_everything_of_the_person_and_nothing_of_others(bank: Platform) -> None:
    mine, theirs = decided(bank), decided(bank, OTHER)
    bank.account.set_preferences(GOOD, {"email": "good@example.com", "channels": ["email"]})
    bank.account.dispute(GOOD, "credit_score", "800", "I paid everything.")
    bank.delivery.run()
    content = bank.account.export(GOOD)
    with zipfile.ZipFile(io.BytesIO(content)) as file:
        texts = {name: file.read(name).decode() for name in file.namelist()}
    everything = "\n".join(texts.values())
    assert mine in texts["data/decisions.json"]
    assert "gross_monthly_income" in texts["data/decisions.json"]
    assert "good@example.com" in texts["data/account.json"]
    assert "I paid everything." in texts["data/requests.json"]
    assert "request.opened" in texts["data/messages.json"]
    assert theirs not in everything
    assert OTHER not in everything
    assert "password_hash" not in everything
    assert texts["index.html"].startswith("<!doctype html>")
    assert "Payroll record" in texts["index.html"]


def exported(bank: Platform, customer: str) -> str:
    with zipfile.ZipFile(io.BytesIO(bank.account.export(customer))) as file:
        return "\n".join(file.read(name).decode() for name in file.namelist())


def test_an_export_tells_nothing_of_screening_or_of_what_staff_noted(bank: Platform) -> None:
    referred = decided(bank, "C00010")
    application = bank.applications.apply("C00010", ApplyAsk(decision_id=referred, answers=ANSWERS), "review")
    bank.applications.decide(application["application_id"], "officer", "refuse", "screening", "Called the registry.")
    everything = exported(bank, "C00010")
    assert referred in everything
    for secret in ("flag", "fraud", "screening", "registry", "officer"):
        assert secret not in everything


def test_an_export_tells_nothing_of_whoever_signs_too(bank: Platform) -> None:
    car = LoanAsk("car", money("30000"), co_applicant="C00007")
    made = bank.quotes.quote("C00006", car, channel="portal", actor="couple")
    partner = bank.customers.facts("C00007", bank.clock.now().date())
    everything = exported(bank, "C00006")
    assert made["decision_id"] in everything
    assert "gross_monthly_income" in everything
    for figure in (partner.birth_date, partner.revolving_balance, partner.credit_score):
        assert f'"{figure}"' not in everything


def test_an_export_holds_no_notice_that_was_written_to_whoever_signs_too(bank: Platform) -> None:
    ask = LoanAsk("home", money("900000"), 120, co_applicant="C00007")
    refused = bank.advice.quote("C00006", ask, channel="portal", actor="couple")
    assert refused["outcome"] == "decline"
    bank.papers.notice("C00006", refused["decision_id"], "pdf")
    bank.papers.notice("C00007", refused["decision_id"], "pdf")
    held = bank.records.person.everything("C00006")["attachments"]
    assert [row["kind"] for row in held].count("notice") == 1
    assert CO_NOTICE not in [row["kind"] for row in held]


def test_who_said_no_to_an_invitation_stays_unknown_in_an_export(bank: Platform) -> None:
    made = bank.applications.invite(GOOD)
    bank.applications.answer(OTHER, made["code"], agree=False)
    assert OTHER not in exported(bank, GOOD)
    assert made["invitation_id"] in exported(bank, OTHER)


def test_every_exported_table_stands_in_one_section(bank: Platform) -> None:
    from serving.export import _words

    sections = _words(bank.settings.kb)["sections"].values()
    named = [table for section in sections for table in section["tables"]]
    assert sorted(named) == sorted(bank.records.person.everything(GOOD))


def all_without_loans(bank: Platform) -> Iterator[str]:
    return (one for one in bank.customers.ids() if not bank.customers.facts(one, bank.clock.now().date()).loans)


def without_loans(bank: Platform) -> str:
    return next(all_without_loans(bank))


def test_where_no_law_keeps_anything_erasure_is_done_at_once(bank: Platform) -> None:
    today, signed_up = bank.clock.now().date(), [a.customer_id for a in bank.accounts.list() if a.customer_id]
    person = next(one for one in signed_up if not bank.customers.facts(one, today).loans)
    username = bank.records.person.usernames(person)[0]
    token, _ = bank.identity.sign_in(username, PASSWORD, "here")
    bank.objects.put(f"user-docs/{person}/clean/paper", b"sealed")
    assert bank.account.erase(person)["state"] == "done"
    assert bank.identity.session(token) is None
    assert bank.accounts.check(username, PASSWORD) is None
    assert bank.objects.keys(f"user-docs/{person}/") == []
    for gone in (bank.account.profile, bank.account.export, bank.account.erase):
        with pytest.raises(NotFoundError):
            gone(person)


def test_inside_the_retention_period_data_is_locked_with_a_date_and_erased_when_it_comes(
    bank: Platform, clock: HandClock
) -> None:
    person = without_loans(bank)
    decision = decided(bank, person)
    asked = bank.account.erase(person)
    assert asked["state"] == "in_progress"
    assert asked["erase_on"] == due_day(clock.now().date(), 25).isoformat()
    assert "1002.12" in asked["source"]
    assert bank.account.erase(person)["request_id"] == asked["request_id"]
    bank.delivery.run()
    assert [m["kind"] for m in bank.messages.inbox(person)] == ["erase.restricted"]
    with pytest.raises(RefusedError) as refused:
        bank.quotes.quote(person, an_ask(bank), channel="portal", actor="x")
    assert refused.value.code == "restricted"
    (answer,) = bank.quotes.quote_many([(person, an_ask(bank), None)], channel="batch", actor="x")
    assert isinstance(answer, RefusedError)
    assert bank.account.profile(person)
    assert bank.account.erasure.carry_out_due() == {"erased": 0, "later": 0, "failed": 0}
    clock.move(days=25 * 31)
    assert bank.account.erasure.carry_out_due() == {"erased": 1, "later": 0, "failed": 0}
    report = bank.replay.run([decision])
    assert (report.erased, report.chain_ok, report.different) == (1, True, ())
    assert bank.request_desk.one(asked["request_id"])["state"] == "done"


def test_after_an_erasure_the_chained_trail_alone_still_holds_the_user_name(bank: Platform, clock: HandClock) -> None:
    name = "linnea.berg@mail.example"
    person = next(
        one for one in all_without_loans(bank) if bank.advice.quote(one, A_CAR, channel="x", actor="x")["offers"]
    )
    bank.accounts.add(Account(name, Role.CUSTOMER, person, "Linnea"), PASSWORD)
    offer = bank.advice.quote(person, A_CAR, channel="portal", actor=name)["offers"][0]
    draft = bank.applications.start(person, offer["offer_id"], None, name)
    bank.applications.withdraw(person, draft["application_id"], name)
    bank.account.erase(person)
    clock.move(days=26 * 31)
    assert bank.account.erasure.carry_out_due()["erased"] == 1
    with bank.records.database.read() as connection:
        rows = {table: connection.execute(select(table)).all() for table in metadata.sorted_tables}
    assert {table.name for table, found in rows.items() if name in str(found)} <= {"audit_events"}


def test_locked_data_is_free_again_when_the_customer_takes_it_back(bank: Platform) -> None:
    person = without_loans(bank)
    decided(bank, person)
    asked = bank.account.erase(person)
    assert bank.account.restricted_until(person) == asked["erase_on"]
    assert bank.account.withdraw(person, asked["request_id"])["state"] == "withdrawn"
    assert bank.account.restricted_until(person) is None
    decided(bank, person)


def locked_until_today(bank: Platform, clock: HandClock) -> tuple[str, str]:
    """Somebody whose data is erased today, and their request."""
    person = without_loans(bank)
    decided(bank, person)
    asked = bank.account.erase(person)
    clock.move(days=(date.fromisoformat(asked["erase_on"]) - clock.now().date()).days)
    return person, asked["request_id"]


def test_until_the_day_erasure_is_taken_back_and_from_then_on_it_is_refused(bank: Platform, clock: HandClock) -> None:
    person, request_id = locked_until_today(bank, clock)
    with pytest.raises(RefusedError, match="cannot be taken back any more") as refused:
        bank.account.withdraw(person, request_id)
    assert refused.value.code == "being_erased"
    assert bank.account.restricted_until(person) == clock.now().date().isoformat()
    clock.move(days=-1)
    assert bank.account.withdraw(person, request_id)["state"] == "withdrawn"


@dataclass
class TakingBack:
    """A customer who takes their request back while the sweep is busy, at a process whose clock is a day behind."""

    bank: Platform
    clock: HandClock
    request_id: str

    def withdraw(self, customer_id: str) -> None:
        self.clock.move(days=-1)
        self.bank.account.withdraw(customer_id, self.request_id)
        self.clock.move(days=1)

    def last_credit(self, customer_id: str) -> datetime:
        """As `Person`; it was today, so that the law keeps the records longer."""
        self.withdraw(customer_id)
        return self.clock.now()


def test_what_was_taken_back_while_the_sweep_is_busy_is_not_erased(bank: Platform, clock: HandClock) -> None:
    person, request_id = locked_until_today(bank, clock)
    busy = replace(bank.account.erasure, arrived=TakingBack(bank, clock, request_id).withdraw)
    assert busy.carry_out_due() == {"erased": 0, "later": 1, "failed": 0}
    assert bank.account.restricted_until(person) is None
    assert bank.account.profile(person)
    decided(bank, person)


def test_what_was_taken_back_while_the_sweep_is_busy_is_not_locked_again(bank: Platform, clock: HandClock) -> None:
    person, request_id = locked_until_today(bank, clock)
    taking: Any = TakingBack(bank, clock, request_id)
    assert replace(bank.account.erasure, person=taking).carry_out_due() == {"erased": 0, "later": 1, "failed": 0}
    assert bank.account.restricted_until(person) is None
    assert bank.account.request(person, request_id)["state"] == "withdrawn"


def test_papers_are_kept_when_erasure_was_taken_back_before_the_sweep_came_to_them(
    bank: Platform, clock: HandClock
) -> None:
    person, request_id = locked_until_today(bank, clock)
    (held,) = bank.records.restrictions.due(clock.now().date())
    bank.objects.put(f"user-docs/{person}/clean/paper", b"sealed")
    TakingBack(bank, clock, request_id).withdraw(person)
    listed: Any = SimpleNamespace(get=bank.records.restrictions.get, due=lambda _day: [held])
    assert replace(bank.account.erasure, restrictions=listed).carry_out_due()["erased"] == 0
    assert bank.objects.keys(f"user-docs/{person}/") == [f"user-docs/{person}/clean/paper"]


def test_a_running_loan_keeps_the_records_until_it_is_repaid_and_the_law_is_satisfied(bank: Platform) -> None:
    today = bank.clock.now().date()
    person = next(one for one in bank.customers.ids() if bank.customers.facts(one, today).loans)
    assert bank.account.erase(person)["erase_on"] > due_day(today, 25).isoformat()


def test_a_crash_before_the_key_is_deleted_is_made_good_by_the_sweep(
    bank: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = without_loans(bank)

    def dies(_self: object, _customer_id: str) -> None:
        raise RuntimeError

    with monkeypatch.context() as patch:
        patch.setattr(type(bank.records.envelopes), "erase", dies)
        with pytest.raises(RuntimeError):
            bank.account.erase(person)
    assert bank.account.restricted_until(person) is not None
    assert bank.account.erasure.carry_out_due()["erased"] == 1
    with pytest.raises(NotFoundError):
        bank.account.profile(person)
