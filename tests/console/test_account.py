"""Inbox and account: what a customer reads there, and what their forms do; somebody else's things are not there."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from console.app import create_app
from console.components.account_choices import erase_card
from console.pages.portal import account, account_done, messages
from console.queries import Queries
from console.visit import Visit
from console.words import Say
from lending.domain.errors import NotFoundError
from lending.domain.roles import Role
from lending.ports import Account
from serving.assembly import Platform
from serving.formats import formats
from serving.parse import loan_ask
from tests.bank import PASSWORD, open_bank
from tests.conftest import HandClock
from tests.console.shown import parts_of, text_of

GOOD, OTHER = "C00001", "C00002"
ACCEPTS = {"Accept": "text/html"}


@pytest.fixture
def bank(tmp_path: Path, clock: HandClock) -> Platform:
    return open_bank(tmp_path, clock=clock)


@pytest.fixture
def signed_in(bank: Platform) -> Callable[[str], FlaskClient]:
    server = create_app(bank).server

    def sign_in(username: str) -> FlaskClient:
        client = server.test_client()
        client.post("/sign-in", data={"username": username, "password": PASSWORD})
        return client

    return sign_in


def visit(bank: Platform, language: str = "en") -> Visit:
    who = Account("good", Role.CUSTOMER, GOOD, "Linnea (demo persona)")
    return Visit(who, Queries(bank), formats("us", language), Say(language))


def page(bank: Platform, language: str = "en", done: str = "") -> Any:
    with create_app(bank).server.test_request_context("/account"):
        return account.account_page(visit(bank, language), done)


def decided(bank: Platform, customer: str = GOOD) -> str:
    product = next(iter(bank.policy.current.products))
    ask = loan_ask({"product": product, "amount": "12000", "term_months": 36})
    return str(bank.quotes.quote(customer, ask, channel="portal", actor="x")["decision_id"])


def test_every_figure_stands_with_its_value_source_and_day(bank: Platform) -> None:
    shown = text_of(page(bank))
    assert "Monthly income before tax $6,500" in shown
    assert "Payroll record of your employer, since September 1, 2023" in shown
    assert "You have not" not in shown
    assert "No requests yet" in shown
    assert "{" not in shown


def test_the_page_speaks_spanish_throughout(bank: Platform) -> None:
    shown = text_of(page(bank, "es"))
    assert "Ingresos mensuales antes de impuestos" in shown
    assert "Nómina de su empleador" in shown
    assert "Your" not in shown


def test_a_disputed_figure_says_so_and_is_followed_below(bank: Platform, signed_in: Any) -> None:
    form = {"field": "gross_monthly_income", "stated": "9100", "why": "My pay was raised.", "key": "x"}
    answer = signed_in("good").post("/portal/disputes", data=form)
    assert (answer.status_code, answer.location) == (303, "/account/disputed#requests")
    shown = text_of(page(bank, done="disputed"))
    assert "You say $9,100" in shown
    assert "A figure you call wrong Waiting" in shown
    assert "My pay was raised." in shown


@pytest.mark.parametrize(
    ("form", "status"),
    [({}, 422), ({"field": "gross_monthly_income"}, 303), ({"field": "flags", "stated": "none", "why": "x"}, 422),
     ({"field": "gross_monthly_income", "stated": "much", "why": "x"}, 303)]
)  # fmt: skip
def test_a_form_that_cannot_be_taken_changes_nothing_and_says_what_to_do(
    bank: Platform, signed_in: Any, form: dict[str, str], status: int
) -> None:
    answer = signed_in("good").post("/portal/disputes", data=form, headers=ACCEPTS)
    assert answer.status_code == status
    assert signed_in("good").post("/portal/disputes", data=form).status_code == 422
    assert "Traceback" not in answer.text
    assert bank.account.requests(GOOD) == []


def test_a_review_is_asked_for_with_a_plain_form(bank: Platform, signed_in: Any) -> None:
    form = {"decision_id": decided(bank), "why": "", "key": "abc"}
    assert signed_in("good").post("/portal/reviews", data=form).location == "/account/reviewed#requests"
    assert bank.account.requests(GOOD)[0]["kind"] == "review"


def test_somebody_elses_things_are_not_there(bank: Platform, signed_in: Any) -> None:
    good, other, officer, stranger = signed_in("good"), signed_in("refused"), signed_in("officer"), signed_in("nobody")
    decision = decided(bank)
    good.post("/portal/reviews", data={"decision_id": decision})
    bank.delivery.run()
    asked, notice = bank.account.requests(GOOD)[0], bank.messages.inbox(GOOD)[0]
    session = bank.account.sessions("good", "")[0]["session_id"]
    before = bank.messages.news(GOOD)
    for path, form in (
        ("/portal/reviews", {"decision_id": decision}),
        (f"/portal/requests/{asked['request_id']}/withdraw", {}),
        (f"/portal/messages/{notice['notice_id']}/read", {}),
        (f"/portal/sessions/{session}/end", {}),
    ):
        assert other.post(path, data=form).status_code == 404, path
        assert officer.post(path, data=form).status_code == 403, path
        assert stranger.post(path, data=form).status_code == 401, path
    assert bank.account.requests(GOOD)[0]["state"] == "open"
    assert bank.messages.news(GOOD) == before
    assert good.get("/portal/news").status_code == 200


def test_choices_are_kept_and_a_wrong_address_is_not(bank: Platform, signed_in: Any) -> None:
    good = signed_in("good")
    form = {"language": "es", "email": "good@example.com", "phone": "", "by_email": "on"}
    assert good.post("/portal/preferences", data=form).location == "/account/saved#choices"
    kept = bank.account.preferences(GOOD)
    assert (kept["language"], kept["channels"], kept["email"]) == ("es", ["email"], "good@example.com")
    assert good.post("/portal/preferences", data={**form, "email": "nonsense"}).status_code == 422
    assert bank.account.preferences(GOOD) == kept


def shown_again(bank: Platform, client: Any, answer: Any) -> Any:
    """The page that a person sees after a form that was not taken."""
    assert (answer.status_code, answer.location.partition("#")[0]) == (303, "/account/again")
    cookie = client.get_cookie("candor_typed").value
    with create_app(bank).server.test_request_context("/account/again", headers={"Cookie": f"candor_typed={cookie}"}):
        return account_done.layout(visit(bank), "again")


def test_a_wrong_address_is_said_at_its_field_with_what_was_typed(bank: Platform, signed_in: Any) -> None:
    good, form = signed_in("good"), {"language": "en", "email": "non sense", "phone": ""}
    answer = good.post("/portal/preferences", data={**form, "by_email": "on"}, headers=ACCEPTS)
    assert "sense" not in answer.location
    assert "sense" not in answer.headers["Set-Cookie"]
    page = shown_again(bank, good, answer)
    assert "Enter an address such as name@example.com" in text_of(page)
    assert next(part for part in parts_of(page) if getattr(part, "id", "") == "email").value == "non sense"


def test_a_figure_that_cannot_be_stands_open_with_what_was_typed(bank: Platform, signed_in: Any) -> None:
    good, form = signed_in("good"), {"field": "gross_monthly_income", "stated": "-7", "why": "A new job"}
    page = shown_again(bank, good, good.post("/portal/disputes", data=form, headers=ACCEPTS))
    parts = {getattr(part, "id", ""): part for part in parts_of(page)}
    assert parts["stated-gross_monthly_income"].value == "-7"
    assert parts["why-gross_monthly_income"].value == "A new job"
    assert "This figure cannot have that value" in text_of(page)


def test_what_was_typed_is_opened_by_nobody_else(bank: Platform, signed_in: Any) -> None:
    good = signed_in("good")
    good.post("/portal/erase", data={"confirm": "nearly"}, headers=ACCEPTS)
    sealed = good.get_cookie("candor_typed").value
    ask = Queries(bank).account
    assert ask.opened(GOOD, sealed)["values"] == {"confirm": "nearly"}
    assert ask.opened(OTHER, sealed) == {}
    assert ask.opened(GOOD, "forged") == {}


def test_a_language_chosen_at_the_foot_is_the_language_of_the_messages_too(bank: Platform, signed_in: Any) -> None:
    good, form = signed_in("good"), {"language": "en", "email": "good@example.com", "by_email": "on"}
    good.post("/portal/preferences", data=form)
    good.post("/portal/language", data={"language": "es"})
    kept = bank.account.preferences(GOOD)
    assert (kept["language"], kept["channels"], kept["email"]) == ("es", ["email"], "good@example.com")


def test_a_language_chosen_on_the_account_page_is_the_language_of_the_pages_too(signed_in: Any) -> None:
    good = signed_in("good")
    good.post("/portal/preferences", data={"language": "es"})
    assert good.get_cookie("candor_language").value == "es"


def test_signing_in_on_a_new_browser_brings_the_chosen_language_along(bank: Platform, signed_in: Any) -> None:
    signed_in("good").post("/portal/language", data={"language": "es"})
    new = signed_in("good")
    assert new.get_cookie("candor_language").value == "es"
    new.post("/portal/language", data={"language": "en"})
    bank.account.set_preferences(GOOD, {"language": "es"})
    new.post("/sign-in", data={"username": "good", "password": PASSWORD})
    assert new.get_cookie("candor_language").value == "en"


def test_nobody_and_staff_choose_a_language_for_their_browser_alone(signed_in: Any) -> None:
    for name in ("officer", "nobody"):
        client = signed_in(name)
        assert client.post("/portal/language", data={"language": "es"}).status_code == 303
        assert client.get_cookie("candor_language").value == "es"


def test_sessions_are_listed_by_program_and_ended(bank: Platform, signed_in: Any) -> None:
    good, second = signed_in("good"), signed_in("good")
    assert good.post("/portal/sessions/end").location == "/account/ended#sessions"
    assert second.get("/portal/news").status_code == 401
    assert good.get("/portal/news").status_code == 200


def test_the_export_is_a_file_of_ones_own(signed_in: Any) -> None:
    answer = signed_in("good").get("/portal/export")
    assert "attachment" in answer.headers["Content-Disposition"]
    assert "index.html" in zipfile.ZipFile(io.BytesIO(answer.data)).namelist()


def test_erasure_needs_the_word_and_then_says_the_day(bank: Platform, signed_in: Any) -> None:
    good = signed_in("good")
    decided(bank)
    assert good.post("/portal/erase", data={"confirm": "yes"}).status_code == 422
    assert bank.account.restricted_until(GOOD) is None
    assert good.post("/portal/erase", data={"confirm": "erase"}).location == "/account/erasing#erase"
    shown = text_of(page(bank, done="erasing"))
    assert "Your data is locked" in shown
    assert "This is wrong" not in shown
    asked = bank.account.requests(GOOD)[0]["request_id"]
    good.post(f"/portal/requests/{asked}/withdraw")
    assert bank.account.restricted_until(GOOD) is None


@pytest.mark.parametrize(("language", "words"), [("en", "A loan of yours still runs"), ("es", "sigue en curso")])
def test_while_a_loan_runs_the_page_says_from_when_the_months_of_the_law_count(
    bank: Platform, language: str, words: str
) -> None:
    ends = bank.account.erasure.paid_off(GOOD)
    assert ends is not None
    shown = text_of(page(bank, language))
    assert words in shown
    assert formats("us", language).month(ends) in shown


def test_without_a_running_loan_nothing_is_said_of_one(bank: Platform) -> None:
    today = bank.clock.now().date()
    free = next(one for one in bank.customers.ids() if not bank.customers.facts(one, today).loans)
    decided(bank, free)
    seen = replace(visit(bank), account=Account("free", Role.CUSTOMER, free, "Free"))
    shown = text_of(erase_card(seen))
    assert "The law has us keep records" in shown
    assert "still runs" not in shown


def test_the_page_opens_where_a_lock_has_outlived_its_request(bank: Platform) -> None:
    decided(bank)
    asked = bank.account.erase(GOOD)["request_id"]
    bank.request_desk.withdraw(GOOD, asked)
    assert bank.account.restricted_until(GOOD) is not None
    shown = text_of(page(bank))
    assert "Your data is locked" in shown
    assert "Take this request back" not in shown


def test_from_the_day_of_the_erasure_no_way_back_is_offered(bank: Platform, clock: HandClock) -> None:
    decided(bank)
    day = date.fromisoformat(bank.account.erase(GOOD)["erase_on"])
    assert "Take this request back" in text_of(page(bank))
    clock.move(days=(day - clock.now().date()).days)
    shown = text_of(page(bank))
    assert "Your data is locked" in shown
    assert "Take this request back" not in shown
    (asked,) = bank.account.requests(GOOD)
    assert (asked["state"], asked["can_withdraw"]) == ("in_progress", False)
    assert bank.account.request(GOOD, asked["request_id"]) == asked


def test_where_nothing_keeps_the_data_a_last_page_says_it_is_gone(bank: Platform, signed_in: Any) -> None:
    today, people = bank.clock.now().date(), [a for a in bank.accounts.list() if a.customer_id]
    who = next(a for a in people if not bank.customers.facts(str(a.customer_id), today).loans)
    client = signed_in(who.username)
    answer = client.post("/portal/erase", data={"confirm": "erase"})
    assert answer.status_code == 200
    assert "Your data is erased" in answer.text
    assert client.get("/portal/news").status_code == 401


def test_only_what_was_done_has_a_page(bank: Platform) -> None:
    with pytest.raises(NotFoundError):
        account_done.layout(visit(bank), "nonsense")


def test_the_inbox_marks_what_is_new_and_leads_to_what_it_is_about(bank: Platform, signed_in: Any) -> None:
    good = signed_in("good")
    assert "No messages yet" in text_of(messages.layout(visit(bank)))
    bank.messages.tell(GOOD, "application.offered", "a_1", "one", reference="AB-12")
    bank.delivery.run()
    assert "Your offer is ready New" in text_of(messages.layout(visit(bank)))
    notice = bank.messages.inbox(GOOD)[0]["notice_id"]
    assert good.post(f"/portal/messages/{notice}/read").location == "/applications/a_1"
    assert "You have read everything." in text_of(messages.layout(visit(bank)))
    assert good.post("/portal/messages/read").location == "/messages"


def test_news_are_cheap_to_ask_for_and_keep_nobody_signed_in(bank: Platform, signed_in: Any, clock: HandClock) -> None:
    good = signed_in("good")
    first = good.get("/portal/news")
    assert first.json["unread"] == 0
    tag = {"If-None-Match": first.headers["ETag"]}
    assert good.get("/portal/news", headers=tag).status_code == 304
    bank.messages.tell(GOOD, "application.offered", "a_1", "one", reference="AB-12")
    bank.delivery.run()
    second = good.get("/portal/news", headers=tag)
    assert (second.status_code, second.json["label"]) == (200, "1 unread message")
    assert second.json["stamp"] != first.json["stamp"]
    for _ in range(bank.settings.session_idle_minutes):
        clock.move(minutes=1)
        last = good.get("/portal/news")
    assert last.status_code == 401


def test_every_form_field_has_a_label(bank: Platform) -> None:
    parts = list(parts_of(page(bank)))
    labelled = {part.htmlFor for part in parts if getattr(part, "htmlFor", None)}
    named = {"Input", "Textarea", "Select"}
    typed = [p for p in parts if type(p).__name__ in named and getattr(p, "type", "") != "hidden"]
    assert {p.id for p in typed} <= labelled
    assert len({p.id for p in typed}) == len(typed)
