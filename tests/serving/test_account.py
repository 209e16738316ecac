"""What customers may ask of the bank about themselves: profile, requests, export, erasure, sessions, choices."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from lending.adapters.tables import metadata
from lending.domain.errors import InputError, NotFoundError, RefusedError
from lending.domain.money import money
from lending.domain.prepayment import due_day
from lending.domain.roles import Role
from lending.ports import CO_NOTICE, Account
from serving.applications import ApplyAsk
from serving.assembly import Platform
from serving.decide import LoanAsk
from serving.parse import loan_ask
from serving.parse_chat import ChatAsk
from serving.programs import program_of
from tests.applying import ANSWERS
from tests.bank import PASSWORD, open_bank, with_knowledge
from tests.conftest import HandClock

GOOD, OTHER, THIN = "C00001", "C00002", "C00004"
A_CAR = LoanAsk("car", money("20000"))


@pytest.fixture
def bank(tmp_path: Path, clock: HandClock) -> Platform:
    return open_bank(tmp_path, clock=clock)


def an_ask(bank: Platform) -> LoanAsk:
    product = next(iter(bank.policy.current.products))
    return loan_ask({"product": product, "amount": "12000", "term_months": 36})


def decided(bank: Platform, customer: str = GOOD) -> str:
    return str(bank.quotes.quote(customer, an_ask(bank), channel="portal", actor="good")["decision_id"])


def figure(bank: Platform, name: str, customer: str = GOOD) -> dict[str, Any]:
    return next(row for row in bank.account.profile(customer) if row["field"] == name)


def test_every_figure_says_where_it_comes_from_since_when_and_that_it_is_checked(bank: Platform) -> None:
    income = figure(bank, "gross_monthly_income")
    assert (income["source"], income["unit"], income["verified"]) == ("payroll", "currency", True)
    assert income["as_of"] == "2023-09-01"
    assert income["dispute"] is None
    assert figure(bank, "credit_score", THIN)["value"] is None
    assert "flags" not in json.dumps(bank.account.profile("C00010"))


def test_loans_here_stand_behind_the_monthly_obligations(bank: Platform) -> None:
    behind = [figure(bank, "monthly_obligations", one)["behind"] for one in bank.customers.ids()[:10]]
    assert any(behind)
    assert all(set(loan) == {"loan_id", "instalment", "payoff"} for loans in behind for loan in loans)


def test_a_disputed_figure_stays_until_a_person_corrects_it(bank: Platform, clock: HandClock) -> None:
    old_decision, before = decided(bank), figure(bank, "gross_monthly_income")["value"]
    request = bank.account.dispute(GOOD, "gross_monthly_income", "9100", "My pay was raised in May.")
    now = figure(bank, "gross_monthly_income")
    assert (now["value"], now["dispute"]["stated"]) == (before, "9100.00")
    assert bank.account.dispute(GOOD, "gross_monthly_income", "9100", "Again.")["request_id"] == request["request_id"]
    bank.request_desk.take(request["request_id"], "officer")
    bank.request_desk.close(request["request_id"], "officer", "corrected", "You are right, and it is corrected.")
    after = figure(bank, "gross_monthly_income")
    assert (after["value"], after["as_of"], after["dispute"]) == ("9100.00", clock.now().date().isoformat(), None)
    assert figure(bank, "credit_score")["as_of"] == "2023-09-01"
    assert bank.replay.run([old_decision]).equal == 1
    assert bank.records.audit.broken_at() is None


def test_an_unchanged_figure_is_answered_in_words(bank: Platform) -> None:
    request = bank.account.dispute(GOOD, "credit_score", "800", "I paid everything.")
    bank.request_desk.close(request["request_id"], "officer", "unchanged", "The bureau confirms the figure.")
    (kept,) = bank.account.requests(GOOD)
    assert (kept["state"], kept["result"], kept["answer"]) == ("done", "unchanged", "The bureau confirms the figure.")
    assert [step["by"] for step in kept["timeline"]] == ["you", "bank"]
    assert "officer" not in json.dumps(kept)


def test_a_figure_the_bank_lacks_is_added_as_stated_and_decides_nothing(bank: Platform) -> None:
    before = bank.quotes.make(THIN, an_ask(bank)).core
    bank.account.dispute(THIN, "credit_score", "740", "")
    row = figure(bank, "credit_score", THIN)
    assert (row["value"], row["source"], row["verified"], row["dispute"]["kind"]) == ("740", "you", False, "add")
    assert bank.quotes.make(THIN, an_ask(bank)).core == before


@pytest.mark.parametrize(
    ("field", "stated", "why"),
    [
        ("flags", "none", "x"), ("gross_monthly_income", "lots", "x"), ("gross_monthly_income", "-1", "x"),
        ("credit_score", "12", "x"), ("credit_score", "NaN", "x"), ("birth_date", "1990-31-12", "x"),
        ("home_ownership", "castle", "x"), ("gross_monthly_income", "9000", " "), ("credit_score", "700", "y" * 1001),
    ],
)  # fmt: skip
def test_what_cannot_be_stated_is_refused_and_nothing_is_opened(
    bank: Platform, field: str, stated: str, why: str
) -> None:
    with pytest.raises(InputError):
        bank.account.dispute(GOOD, field, stated, why)
    assert bank.account.requests(GOOD) == []


def test_a_review_is_tracked_from_opening_to_an_answer_and_told_each_time(bank: Platform, clock: HandClock) -> None:
    request = bank.account.review(GOOD, decided(bank), "Please look at my new job.")
    assert request["due_on"] == (clock.now() + timedelta(days=30)).date().isoformat()
    bank.request_desk.take(request["request_id"], "officer")
    bank.request_desk.close(request["request_id"], "officer", "upheld", "The rule applies as it stood.")
    bank.delivery.run()
    told = {message["kind"] for message in bank.messages.inbox(GOOD)}
    assert told == {"request.opened", "request.in_progress", "request.done"}
    (kept,) = bank.account.requests(GOOD)
    assert [step["act"] for step in kept["timeline"]] == ["opened", "taken", "closed"]


def test_somebody_elses_decision_or_request_is_not_there(bank: Platform) -> None:
    theirs = decided(bank, OTHER)
    with pytest.raises(NotFoundError):
        bank.account.review(GOOD, theirs, "")
    request = bank.account.review(OTHER, theirs, "")
    for act in (bank.account.request, bank.account.withdraw):
        with pytest.raises(NotFoundError):
            act(GOOD, request["request_id"])
    assert bank.account.requests(OTHER)[0]["state"] == "open"


def test_a_request_is_taken_back_until_it_is_answered(bank: Platform) -> None:
    request = bank.account.review(GOOD, decided(bank), "")
    assert bank.account.withdraw(GOOD, request["request_id"])["state"] == "withdrawn"
    for act in (lambda: bank.account.withdraw(GOOD, request["request_id"]),
                lambda: bank.request_desk.take(request["request_id"], "officer")):  # fmt: skip
        with pytest.raises(RefusedError):
            act()


def test_only_who_took_a_request_closes_it_and_only_as_its_kind_may_end(bank: Platform) -> None:
    request = bank.account.review(GOOD, decided(bank), "")["request_id"]
    bank.request_desk.take(request, "officer")
    with pytest.raises(RefusedError):
        bank.request_desk.take(request, "senior")
    with pytest.raises(RefusedError):
        bank.request_desk.close(request, "senior", "upheld", "No.")
    for result, answer in (("corrected", "x"), ("upheld", " ")):
        with pytest.raises(InputError):
            bank.request_desk.close(request, "officer", result, answer)
    assert bank.request_desk.one(request)["state"] == "in_progress"


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


def test_sessions_say_which_program_and_can_be_ended(bank: Platform) -> None:
    chrome = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/139.0 Safari/537.36"
    here, _ = bank.identity.sign_in("good", PASSWORD, "a", chrome)
    there, _ = bank.identity.sign_in("good", PASSWORD, "b", "curl/8")
    listed = bank.account.sessions("good", here)
    assert {(one["agent"], one["mine"]) for one in listed} == {("Chrome on Linux", True), ("curl", False)}
    other = next(one["session_id"] for one in listed if not one["mine"])
    with pytest.raises(NotFoundError):
        bank.account.end_session("refused", other)
    bank.account.end_session("good", other)
    assert bank.identity.session(there) is None
    again, _ = bank.identity.sign_in("good", PASSWORD, "c")
    assert bank.account.end_other_sessions("good", here) == 1
    assert bank.identity.session(again) is None
    assert bank.identity.session(here) is not None


def test_asking_for_news_does_not_keep_a_session_alive(bank: Platform, clock: HandClock) -> None:
    token, _ = bank.identity.sign_in("good", PASSWORD, "a")
    for _ in range(bank.settings.session_idle_minutes):
        clock.move(minutes=1)
        bank.identity.session(token, moving=False)
    assert bank.identity.session(token) is None


@pytest.mark.parametrize(
    ("agent", "program"),
    [
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Safari/604.1", "Safari on iPhone"),
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/139.0.0.0 Safari/537.36 Edg/139.0", "Edge on Windows"),
        ("<script>alert(1)</script>", ""),
        ("x" * 10_000, ""),
    ],
)  # fmt: skip
def test_programs_are_named_in_our_own_words_only(agent: str, program: str) -> None:
    assert program_of(agent) == program


def test_choices_are_kept_and_start_with_the_inbox_alone(bank: Platform) -> None:
    assert bank.account.preferences(GOOD)["channels"] == []
    kept = bank.account.set_preferences(GOOD, {"channels": ["sms"], "phone": "+1 (555) 555-0100", "language": "es"})
    assert (kept["phone"], kept["channels"], kept["language"]) == ("+15555550100", ["sms"], "es")
    assert bank.account.set_preferences(GOOD, {"language": "en"})["phone"] == "+15555550100"
    assert bank.account.preferences(OTHER)["channels"] == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"email": "no address"}, {"email": "a@b.c\nBcc: x@y.z"}, {"phone": "555"}, {"channels": ["pigeon"]},
        {"channels": ["email"]}, {"language": "tlh"},
    ],
)  # fmt: skip
def test_a_choice_that_cannot_be_kept_is_refused_and_changes_nothing(bank: Platform, wrong: dict[str, Any]) -> None:
    with pytest.raises(InputError):
        bank.account.set_preferences(GOOD, wrong)
    assert bank.account.preferences(GOOD)["changed_at"] is None


def test_the_assistant_passes_a_customer_on_by_a_request_that_staff_see_once(bank: Platform) -> None:
    chat = with_knowledge(bank).chat
    events = list(chat.say(GOOD, ChatAsk("I want to speak to a person, please.", None, None)))
    assert events[-1][1]["hand_over"] is True
    conversation = events[-1][1]["conversation_id"]
    (asked,) = bank.request_desk.waiting()
    assert (asked["kind"], asked["subject"], asked["customer_id"]) == ("contact", conversation, GOOD)
    list(chat.say(GOOD, ChatAsk("A person, I said.", conversation, None)))
    assert len(bank.account.requests(GOOD)) == 1
