"""Journeys of a customer through the portal, in a real browser."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from serving.ports import FlowRun
from tests.journeys.conftest import Live, Watched

pytestmark = pytest.mark.browser
Visit = Callable[..., Watched]
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]


def test_a_customer_signs_in_gets_a_quote_and_signs_out(visit: Visit, live: Live) -> None:
    here = visit()
    here.sign_in()
    here.page.click("text=Get a quote >> nth=0")
    here.page.wait_for_selector("#quote-form")
    assert here.page.evaluate("document.activeElement.tagName") == "H1"
    here.page.fill("#amount", "20,000")
    here.page.click("text=See my decision")
    here.page.wait_for_selector(".outcome-approve")
    here.page.wait_for_selector(".js-plotly-plot .main-svg")
    (row,) = live.platform.records.decisions.rows.values()
    assert row.decision_id in here.page.inner_text(".reference")
    expect(here.page.locator("#announcer")).to_contain_text("You borrow $20,000")
    here.page.click("text=Sign out")
    here.page.wait_for_selector("text=You are signed out.")
    here.page.goto(f"{here.address}/loans/car")
    assert "/sign-in" in here.page.url


def test_a_refused_customer_reads_why_and_what_to_do(visit: Visit) -> None:
    here = visit(width=390)
    here.sign_in()
    here.quote("car", "45000", "12")
    assert "We cannot offer this amount now" in here.page.inner_text(".outcome")
    assert "Take longer to repay." in here.page.inner_text(".outcome")


def test_a_wrong_password_is_said_and_the_name_is_kept(visit: Visit) -> None:
    here = visit(java_script_enabled=False)
    here.page.goto(f"{here.address}/")
    here.page.fill("#username", "customer")
    here.page.fill("#password", "wrong")
    here.page.press("#password", "Enter")
    assert "Check both and try again" in here.page.inner_text("[role=alert]")
    assert here.page.input_value("#username") == "customer"
    here.errors.clear()  # the browser reports the answer 401 itself


def test_signing_in_works_without_javascript(visit: Visit) -> None:
    here = visit(java_script_enabled=False)
    here.sign_in()
    assert here.page.url == f"{here.address}/"


def test_buttons_slider_and_box_show_one_amount(visit: Visit) -> None:
    here = visit()
    here.sign_in()
    here.page.goto(f"{here.address}/loans/car")
    here.page.wait_for_selector("#amount")
    here.page.fill("#amount", "20,000")
    here.page.click("#amount-more")
    expect(here.page.locator("#amount")).to_have_value("20100")
    assert here.page.input_value("#amount-range") == "20100"
    here.page.focus("#amount-range")
    here.page.keyboard.press("ArrowLeft")
    expect(here.page.locator("#amount")).to_have_value("20000")


def test_a_quote_can_be_had_by_keyboard_alone(visit: Visit) -> None:
    here = visit()
    here.page.goto(f"{here.address}/sign-in")
    for keys in ("customer", "a-good-long-password"):
        here.page.keyboard.press("Tab")
        here.page.keyboard.type(keys)
    here.page.keyboard.press("Enter")
    here.page.wait_for_selector(".product")
    tab_to(here, "document.activeElement.textContent === 'Get a quote'")
    here.page.keyboard.press("Enter")
    here.page.wait_for_selector("#quote-form")
    tab_to(here, "document.activeElement.id === 'amount'")
    here.page.keyboard.press("Enter")
    here.page.wait_for_selector(".outcome")


def test_the_theme_is_remembered_and_the_chart_follows_it(visit: Visit) -> None:
    here = visit(theme="light")
    here.sign_in()
    here.quote("car", "20000", "48")
    here.page.wait_for_selector(".js-plotly-plot .xtick text")
    ink = "getComputedStyle(document.querySelector('.js-plotly-plot .xtick text')).fill"
    light = here.page.evaluate(ink)
    here.page.click("[data-theme-toggle]")
    assert here.page.evaluate(ink) != light
    here.page.reload()
    assert here.page.get_attribute("html", "data-bs-theme") == "dark"


def test_an_ended_session_leads_back_to_signing_in_and_then_to_the_page(visit: Visit, live: Live) -> None:
    here = visit()
    here.sign_in()
    here.page.goto(f"{here.address}/loans/gold")
    here.page.wait_for_selector("#quote-form")
    live.platform.identity.open.clear()
    here.page.click("text=See my decision")
    here.page.wait_for_url("**/sign-in?next=*")
    here.page.fill("#username", "customer")
    here.page.fill("#password", "a-good-long-password")
    here.page.press("#password", "Enter")
    here.page.wait_for_url("**/loans/gold")
    here.errors.clear()  # the browser reports the answer 401 itself


def test_home_shows_the_training_move_and_takes_the_panel_away_when_a_model_decides(visit: Visit, live: Live) -> None:
    model, live.platform.champion.model = live.platform.champion.model, None
    live.platform.flow_runs.run = FlowRun("1", "train-model", "running", 40.0, "Fitting", "")
    here = visit()
    here.sign_in()
    here.page.wait_for_selector("progress[value='40']")
    live.platform.flow_runs.run = FlowRun("1", "train-model", "running", 80.0, "Calibrating", "")
    here.page.wait_for_selector("progress[value='80']")
    live.platform.champion.model = model
    here.page.wait_for_selector(".training", state="detached")


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 1280])
def test_no_page_has_a_serious_finding_or_scrolls_sideways(visit: Visit, axe: str, width: int, theme: str) -> None:
    here = visit(width, theme)
    here.page.goto(f"{here.address}/sign-in")
    check(here, axe, "sign-in")
    here.sign_in()
    here.page.wait_for_selector(".product")
    check(here, axe, "home")
    here.page.goto(f"{here.address}/loans/gold")
    here.page.wait_for_selector("#quote-form")
    check(here, axe, "quote, empty")
    here.quote("car", "20000", "84")
    here.page.wait_for_selector(".js-plotly-plot .main-svg")
    for summary in here.page.query_selector_all("summary"):
        summary.click()
    check(here, axe, "quote, approved")
    here.quote("car", "45000", "12")
    check(here, axe, "quote, refused")
    here.page.fill("#amount", "much")
    here.page.press("#amount", "Enter")
    here.page.wait_for_selector(".state-problem")
    check(here, axe, "quote, wrong input")
    here.page.click("text=Sign out")
    here.sign_in("data_scientist")
    here.page.wait_for_selector(".grants")
    check(here, axe, "staff")


def tab_to(here: Watched, reached: str) -> None:
    for _ in range(60):
        here.page.keyboard.press("Tab")
        if here.page.evaluate(reached):
            return
    pytest.fail(f"sixty tabs do not reach: {reached}")


def check(here: Watched, axe: str, where: str) -> None:
    """No serious or critical finding of axe, and no sideways scrolling."""
    here.page.wait_for_timeout(300)  # the waiting skeleton fades in; contrast is measured on what stays
    found: dict[str, Any] = here.page.evaluate(f"{axe}; axe.run(document, {{runOnly: {TAGS}}})")
    assert found["passes"], "axe looked at nothing"
    grave = [(item["id"], [node["html"] for node in item["nodes"]][:3]) for item in found["violations"]
             if item["impact"] in ("serious", "critical")]  # fmt: skip
    assert not grave, f"{where}: {grave}"
    wide = here.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0, f"{where}: {wide} px too wide"
