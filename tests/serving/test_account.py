"""What customers may ask of the bank about themselves: profile, requests, export, erasure, sessions, choices."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from lending.domain.errors import InputError, NotFoundError, RefusedError, UnavailableError
from lending.domain.money import money
from serving.assembly import Platform
from serving.decide import LoanAsk
from serving.parse import loan_ask
from serving.parse_chat import ChatAsk
from serving.programs import program_of
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


A_PERSON = ChatAsk("I want to speak to a person, please.", None, None)


def away(*_: object) -> Any:
    raise UnavailableError("the database is away", code="database")


def test_a_promised_person_is_asked_though_the_talk_cannot_be_written_down(
    bank: Platform, caplog: pytest.LogCaptureFixture
) -> None:
    chat = with_knowledge(bank).chat
    telling = chat.say(GOOD, A_PERSON)
    with pytest.MonkeyPatch.context() as broken:
        broken.setattr(type(chat.diary.conversations), "add", away)
        broken.setattr(type(chat.diary.generations), "add", away)
        done = list(telling)[-1][1]
    assert done["hand_over"] is True
    assert [asked["subject"] for asked in bank.request_desk.waiting()] == [done["conversation_id"]]
    logged = [line.getMessage() for line in caplog.records if line.name == "candor.chat"]
    assert [line.split(" of ")[0] for line in logged] == ["turn", "generation"]
    assert not [line for line in logged if GOOD in line]


@pytest.mark.parametrize("contact", [away, None])
def test_the_assistant_promises_no_person_where_none_can_be_asked(bank: Platform, contact: Any) -> None:
    chat = replace(with_knowledge(bank).chat, contact=contact)
    events = list(chat.say(GOOD, A_PERSON))
    said, done = " ".join(data["text"] for name, data in events if name == "sentence"), events[-1][1]
    assert (done["hand_over"], done["found"], done["tools"]) == (False, False, [])
    assert "could not pass this conversation on" in said
    assert "I pass this conversation on" not in said
    kept = chat.history(GOOD, done["conversation_id"])["turns"][-1]
    assert (kept["hand_over"], kept["text"]) == (False, said)
