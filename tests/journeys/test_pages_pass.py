"""Every page of the portal passes: no serious finding of axe, no sideways scrolling, no console error, no stranger."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from console.app import PAGES
from console.pages.page import find, page_of
from lending.domain.roles import Role
from serving.parse import loan_ask
from tests.journeys.conftest import LOOKS, ONE_LOOK, Live, Watched, walked
from tests.journeys.test_portal import check

pytestmark = pytest.mark.browser
Visit = Callable[..., Watched]
CAR = {"product": "car", "amount": "12000", "term_months": 48}
LISTENING = """window.told = []; const send = navigator.sendBeacon.bind(navigator);
navigator.sendBeacon = (to, body) => { body.text().then((text) => window.told.push(text)); return send(to, body); };"""
OURS = [page_of(module) for module in PAGES]
PUBLIC = ("/start", "/start?product=car&amount=1&term=600", "/sign-in", "/sign-in?out=1", "/sign-in?ended=1")


@pytest.fixture(scope="module")
def addresses(live: Live) -> list[str]:
    """Every page of a customer, with real ids, in the states that can be reached by address."""
    bank = live.platform
    decided = bank.advice.customize("C00001", loan_ask(CAR), channel="portal", actor="good")
    draft = bank.applications.start("C00001", offer_id=decided["own"]["offer_id"], actor="good")
    one = draft["application_id"]
    steps = [f"/apply/{one}/{step['step']}" for step in draft["steps"] if step["fields"]]
    return [
        "/", "/loans/car", "/loans/car?amount=12000&term=48", "/loans/car?amount=90000&term=12",
        "/loans/gold", "/loans/home", "/loans/education", "/compare", "/applications", f"/applications/{one}",
        f"/applications/{one}/withdraw", *steps, f"/apply/{one}/papers", f"/apply/{one}/check", f"{steps[0]}/changed",
        "/invitation", "/invitation/agreed", "/messages", "/account", "/account/saved", "/account/disputed",
    ]  # fmt: skip


def test_the_walk_leaves_no_page_of_a_customer_out(addresses: list[str]) -> None:
    walked = {found[0].path for path in addresses if (found := find(OURS, path.split("?")[0], Role.CUSTOMER))}
    assert {page.path for page in OURS if page.open_to(Role.CUSTOMER)} == walked


@pytest.mark.parametrize(("width", "theme"), LOOKS)
def test_every_page_of_a_customer_passes(visit: Visit, axe: str, addresses: list[str], width: int, theme: str) -> None:
    here = visit(width, theme)
    here.sign_in()
    for path in walked(addresses, width):
        opened(here, path)
        check(here, axe, f"{path} at {width} px, {theme}")


@pytest.mark.parametrize(("width", "theme"), ONE_LOOK)
def test_the_public_pages_and_the_page_of_staff_pass(visit: Visit, axe: str, width: int, theme: str) -> None:
    here = visit(width, theme)
    for path in PUBLIC:
        here.page.goto(f"{here.address}{path}")
        check(here, axe, f"{path} at {width} px, {theme}")
    here.errors.clear()  # the browser reports the answer 422 itself
    here.sign_in("officer")
    here.page.wait_for_selector("#page h1")
    check(here, axe, f"staff at {width} px, {theme}")


@pytest.mark.parametrize(("width", "theme"), ONE_LOOK)
def test_the_menu_the_assistant_and_spanish_pass(visit: Visit, axe: str, width: int, theme: str) -> None:
    here = visit(width, theme)
    here.sign_in()
    here.page.wait_for_selector(".product")
    here.page.click("button:text-is('Español')")
    here.page.wait_for_selector("text=Préstamos de este banco")
    assert here.page.get_attribute("html", "lang") == "es"
    if width == 320:
        here.page.click("[data-menu-toggle]")
    check(here, axe, f"menu at {width} px, {theme}")
    here.page.click("[data-assistant-open]")
    here.page.fill("#assistant-message", "Does asking hurt my credit score?")
    here.page.press("#assistant-message", "Enter")
    here.page.wait_for_selector(".turn-us .note")
    check(here, axe, f"assistant at {width} px, {theme}")
    here.page.locator(".turn .cite").first.click()
    here.page.wait_for_selector("dialog[open]")
    check(here, axe, f"passage at {width} px, {theme}")


def test_what_the_bank_does_not_note_is_not_told(visit: Visit) -> None:
    here = visit()
    here.page.add_init_script(LISTENING)
    here.sign_in(at="/loans/nothing-like-it")
    here.page.wait_for_selector("#page h1")
    here.page.click("#menu a[href='/compare']")
    here.page.wait_for_url("**/compare")
    here.page.wait_for_selector("#page h1")
    late = {"event": "difference", "step": "confirmed", "product": "car"}
    here.page.evaluate("(detail) => document.dispatchEvent(new CustomEvent('candor-event', {detail}))", late)
    here.page.click("#menu a[href='/account']")
    here.page.wait_for_url("**/account")
    here.settle()
    told = [json.loads(one) for one in here.page.evaluate("window.told")]
    assert {"event": "view", "page": "loans"} in told
    assert {"event": "leave", "page": "compare"} in told
    assert "difference" not in {one["event"] for one in told}


def opened(here: Watched, path: str) -> None:
    """A page with everything that comes by itself, and what folds opened."""
    here.page.goto(f"{here.address}{path}")
    here.page.wait_for_selector("#page h1")
    here.settle()
    here.page.evaluate("document.querySelectorAll('#page details').forEach((one) => { one.open = true; })")
