"""What surrounds every page, in a real browser: start, signing in, menu, language, assistant, the end of a session."""

from __future__ import annotations

import json
from collections.abc import Callable, Generator
from typing import Any

import pytest
from playwright.sync_api import expect

from serving.ports import FlowRun
from serving.telling import Telling
from tests.bank import PASSWORD
from tests.journeys.conftest import Live, Watched

pytestmark = pytest.mark.browser
Visit = Callable[..., Watched]
RUN_AXE = """(tags) => axe.run(document, {runOnly: tags, resultTypes: ["violations"]}).then((found) => ({
  passes: found.passes.length,
  violations: found.violations.map(({id, impact, nodes}) => ({id, impact, nodes: nodes.map((node) => node.html)})),
}))"""
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]


def test_from_the_start_page_to_the_loan_that_was_chosen(visit: Visit) -> None:
    here = visit()
    here.page.goto(f"{here.address}/")
    here.page.check("[name=product][value=car]")
    here.page.fill("#amount", "12,000")
    here.page.select_option("#term", "36")
    here.page.click("text=See my offers")
    fill_in(here)
    here.page.wait_for_selector("#page h1:has-text('Car loan')")
    assert here.page.url.endswith("/loans/car?amount=12000&term=36")
    here.page.click("text=Sign out")
    here.page.wait_for_selector("text=You are signed out.")
    here.page.goto(f"{here.address}/loans/car")
    assert "/sign-in?next=" in here.page.url


def test_a_wrong_password_is_said_and_the_name_is_kept(visit: Visit) -> None:
    here = visit(java_script_enabled=False)
    here.page.goto(f"{here.address}/sign-in")
    fill_in(here, password="wrong")
    assert "Check both and try again" in here.page.inner_text("[role=alert]")
    assert here.page.input_value("#username") == "good"
    here.errors.clear()  # the browser reports the answer 401 itself


def test_start_and_sign_in_work_without_javascript(visit: Visit) -> None:
    here = visit(java_script_enabled=False)
    here.page.goto(f"{here.address}/start")
    here.page.check("[name=product][value=gold]")
    here.page.fill("#amount", "2000")
    here.page.select_option("#term", "12")
    here.page.click("text=See my offers")
    fill_in(here)
    assert here.page.url == f"{here.address}/loans/gold?amount=2000&term=12"


@pytest.mark.full
def test_the_wait_after_many_tries_counts_down_and_its_end_is_said(visit: Visit) -> None:
    here = visit()
    here.page.clock.install()
    here.page.goto(f"{here.address}/sign-in")
    for _ in range(6):
        fill_in(here, "guessed", "wrong")
        here.page.wait_for_selector("[role=alert]")
    expect(here.page.locator("[data-wait] [aria-hidden]")).to_contain_text("Too many tries. Wait")
    here.page.clock.run_for(400_000)
    expect(here.page.locator("[data-wait] .visually-hidden")).to_have_text("You can try again now.")
    here.errors.clear()  # the browser reports the answers 401 and 429 itself


@pytest.mark.full
def test_the_theme_is_remembered(visit: Visit) -> None:
    here = visit(theme="light")
    here.sign_in()
    here.page.click("[data-theme-toggle]")
    here.page.reload()
    assert here.page.get_attribute("html", "data-bs-theme") == "dark"


def test_the_menu_marks_the_page_and_opens_under_a_button_on_a_phone(visit: Visit) -> None:
    here = visit(width=320)
    here.sign_in()
    here.page.wait_for_selector("#page h1")
    expect(here.page.locator("#menu")).to_be_hidden()
    here.page.click("[data-menu-toggle]")
    expect(here.page.locator("#menu a[aria-current=page]")).to_have_text("Your loans")
    here.page.click("#menu a:has-text('Messages')")
    here.page.wait_for_url("**/messages")
    expect(here.page.locator("#menu")).to_be_hidden()
    expect(here.page.locator("#menu a[aria-current=page]")).to_contain_text("Messages")
    assert here.page.evaluate("document.activeElement.tagName") == "H1"
    here.page.click("[data-menu-toggle]")
    here.page.keyboard.press("Escape")
    expect(here.page.locator("[data-menu-toggle]")).to_be_focused()


def test_the_language_changes_every_page_and_comes_back_to_where_one_was(visit: Visit) -> None:
    here = visit()
    here.sign_in("retired", "/loans/car?amount=12000&term=48")  # the bank remembers it; the others read English
    here.page.wait_for_selector("#page h1")
    here.page.click("button:text-is('Español')")
    here.page.wait_for_selector("text=Sus préstamos")
    assert here.page.url.endswith("/loans/car?amount=12000&term=48")
    assert here.page.get_attribute("html", "lang") == "es"


def test_an_ended_session_leads_back_to_the_page_with_what_its_address_asked(visit: Visit) -> None:
    here = visit()
    here.sign_in(at="/loans/car?amount=12000&term=48")
    expect(here.page.locator("[data-live=state]")).to_have_text("Confirmed by the bank")
    here.settle()
    here.page.context.clear_cookies()
    here.page.click("#menu a:has-text('Applications')")
    here.page.wait_for_url("**/sign-in?next=*")
    fill_in(here)
    here.page.wait_for_selector("#page h1")
    assert "/sign-in" not in here.page.url
    here.errors.clear()  # the browser reports the answer 401 itself


def test_a_session_that_nobody_uses_is_warned_of_and_then_ended_on_the_server(visit: Visit) -> None:
    here = visit()
    here.page.clock.install()
    here.sign_in()
    here.page.goto(f"{here.address}/messages")
    with here.page.expect_response("**/portal/session"):
        here.page.reload()
    here.page.wait_for_selector("#page h1")
    here.page.clock.run_for(1_000)
    here.page.clock.fast_forward(28 * 60_000)
    here.page.wait_for_selector("#session[open]")
    expect(here.page.locator("#session")).to_contain_text("we sign you out in two minutes")
    here.page.click("[data-session-stay]")
    expect(here.page.locator("#session")).to_be_hidden()
    here.page.clock.fast_forward(28 * 60_000)
    here.page.wait_for_selector("#session[open]")
    here.page.clock.fast_forward(3 * 60_000)
    here.page.wait_for_url("**/sign-in?ended=1&next=%2Fmessages")
    expect(here.page.locator(".state")).to_contain_text("You were away for a while")
    assert here.page.request.get(f"{here.address}/portal/session").status == 401
    here.errors[:] = [error for error in here.errors if "401" not in error]  # what the page still asked as it left


@pytest.mark.full
def test_home_shows_the_training_move_and_takes_the_panel_away_when_a_model_decides(visit: Visit, live: Live) -> None:
    champion, flows = live.platform.champion, live.platform.flow_runs
    model, champion.model = champion.model, None
    flows.latest = lambda _flow: FlowRun("1", "train-model", "running", 40.0, "Fitting", "")
    here = visit()
    here.sign_in()
    here.page.wait_for_selector("progress[value='40']")
    flows.latest = lambda _flow: FlowRun("1", "train-model", "running", 80.0, "Calibrating", "")
    here.page.wait_for_selector("progress[value='80']")
    champion.model = model
    here.page.wait_for_selector(".training", state="detached")


def test_the_assistant_answers_cites_and_keeps_the_talk(visit: Visit) -> None:
    here = visit()
    here.sign_in()
    talk(here, "Does asking hurt my credit score?")
    first = here.page.locator(".turn-us").first
    expect(first).to_contain_text("The bureau is not asked")
    first.locator(".cite").first.click()
    expect(here.page.locator("dialog[open]")).to_contain_text("Does asking hurt my credit score?")
    here.page.keyboard.press("Escape")
    expect(first.locator(".cite").first).to_be_focused()
    expect(here.page.locator("#assistant")).to_be_visible()
    here.page.goto(f"{here.address}/messages")
    here.page.click("[data-assistant-open]")
    expect(here.page.locator(".turn-you")).to_have_text("You: Does asking hurt my credit score?")
    here.page.keyboard.press("Escape")
    expect(here.page.locator("[data-assistant-open]")).to_be_focused()
    here.page.click("[data-assistant-open]")
    here.page.click("[data-assistant-new]")
    expect(here.page.locator(".turn")).to_have_count(0)


@pytest.mark.full
def test_the_assistant_hands_over_to_a_person_in_plain_words(visit: Visit) -> None:
    here = visit(width=390)
    here.sign_in()
    talk(here, "I want to talk to a person")
    expect(here.page.locator(".hand-over a")).to_have_attribute("href", "/account")
    assert here.page.evaluate("document.querySelector('.frame').inert")


def test_the_assistant_knows_the_quote_of_the_page(visit: Visit, live: Live) -> None:
    here = visit()
    here.sign_in()
    here.page.goto(f"{here.address}/loans/car?amount=12000&term=48")
    here.page.wait_for_selector("body[data-about]")
    with here.page.expect_request("**/portal/chat") as sent:
        talk(here, "Why this rate?")
    assert json.loads(sent.value.post_data)["about"] in set(live.platform.records.decisions.ids())


def test_stopping_ends_the_answer_at_the_bank_too(visit: Visit, live: Live) -> None:
    chat, slow = live.platform.chat, Slow()
    live.platform.__dict__["chat"] = slow.beside(chat)
    try:
        here = visit()
        here.sign_in()
        here.page.click("[data-assistant-open]")
        here.page.fill("#assistant-message", "Tell me everything")
        here.page.press("#assistant-message", "Enter")
        expect(here.page.locator(".turn-us")).to_contain_text("Piece 1")
        here.page.click("[data-assistant-stop]")
        expect(here.page.locator("[data-assistant-state]")).to_have_text("Stopped. You can ask again.")
        expect(here.page.locator("#assistant-message")).to_be_focused()
        assert slow.ended.wait(10)
    finally:
        live.platform.__dict__["chat"] = chat


@pytest.mark.full
def test_a_question_too_many_says_how_long_to_wait_and_can_be_sent_again(visit: Visit) -> None:
    here = visit()
    here.sign_in()
    problem = {"status": 429, "headers": {"Retry-After": "41"}, "json": {"code": "too_many_messages"}}
    here.page.route("**/portal/chat", lambda route: route.fulfill(**problem))
    here.page.click("[data-assistant-open]")
    here.page.fill("#assistant-message", "Which documents do I need?")
    here.page.press("#assistant-message", "Enter")
    expect(here.page.locator(".turn-failed")).to_contain_text("Wait 41 seconds")
    here.page.unroute("**/portal/chat")
    here.page.click("button:text-is('Send it again')")
    here.page.wait_for_selector(".turn-us .note")
    expect(here.page.locator(".turn-failed")).to_have_count(0)
    here.errors.clear()  # the browser reports the answer 429 itself


class Slow:
    """A chat whose answers take their time; says when one was ended."""

    def __init__(self) -> None:
        from threading import Event

        self.ended = Event()

    def beside(self, chat: Any) -> Any:
        from types import SimpleNamespace

        return SimpleNamespace(assistant=chat.assistant, say=lambda _customer, _ask: Telling(self._pieces()))

    def _pieces(self) -> Generator[tuple[str, dict[str, Any]]]:
        try:
            for number in range(1, 600):
                yield "sentence", {"text": f"Piece {number}.", "cites": []}
                self.ended.wait(0.05)
        finally:
            self.ended.set()


def fill_in(here: Watched, username: str = "good", password: str = PASSWORD) -> None:
    here.page.fill("#username", username)
    here.page.fill("#password", password)
    here.page.press("#password", "Enter")
    here.page.wait_for_load_state()


def talk(here: Watched, message: str) -> None:
    """Ask the assistant and wait for its answer."""
    here.page.click("[data-assistant-open]")
    here.page.fill("#assistant-message", message)
    here.page.press("#assistant-message", "Enter")
    here.page.wait_for_selector(".turn-us .note")


def tab_to(here: Watched, reached: str) -> None:
    for _ in range(60):
        here.page.keyboard.press("Tab")
        if here.page.evaluate(reached):
            return
    pytest.fail(f"sixty tabs do not reach: {reached}")


def check(here: Watched, axe: str, where: str) -> None:
    """No serious or critical finding of axe, and no sideways scrolling."""
    here.settle()
    if not here.page.evaluate("'axe' in window"):
        here.page.evaluate(axe)
    found: dict[str, Any] = here.page.evaluate(RUN_AXE, TAGS)
    assert found["passes"], "axe looked at nothing"
    grave = [(item["id"], item["nodes"][:3]) for item in found["violations"]
             if item["impact"] in ("serious", "critical")]  # fmt: skip
    assert not grave, f"{where}: {grave}"
    wide = here.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0, f"{where}: {wide} px too wide"
