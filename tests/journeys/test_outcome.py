"""A decision in a real browser: offers, comparison, ways to yes, why, and what one thinks of it."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import pytest
from playwright.sync_api import expect

from serving.parse import loan_ask
from tests.journeys.conftest import LOOKS, Live, Watched
from tests.journeys.test_portal import check

pytestmark = pytest.mark.browser
Visit = Callable[..., Watched]
CAR = {"amount": "20000", "term": "60"}
WORDED = [
    ("sentence", {"text": "Plainly said.", "cites": ["a@1#1"]}),
    ("citations", {"citations": [{"doc_id": "a", "version": 1, "passage": "a@1#1", "title": "A rule", "heading": "",
                                  "text": "The **rule** itself."}]}),
    ("status", {"step": "writing"}),
    ("replace", {"sentences": [{"text": "Warmly said.", "cites": ["a@1#1"]}], "written_by": "a-model"}),
    ("done", {"generation_id": "g_" + "a" * 26, "written_by": "a-model", "cached": False}),
]  # fmt: skip


def decided(here: Watched, name: str, product: str = "car", **asked: str) -> None:
    """Somebody signed in, in front of the bank's answer to a request."""
    here.sign_in(name, f"/loans/{product}?{urlencode(asked or CAR)}")
    here.page.wait_for_selector(".outcome-panel")


@pytest.mark.full
def test_offers_are_saved_and_compared_in_the_order_one_likes(visit: Visit, live: Live) -> None:
    here = visit()
    decided(here, "good")
    expect(here.page.locator(".offer")).to_have_count(4)
    here.page.click("[aria-label='Save this offer: Best balance']")
    expect(here.page.locator(".offer.is-recommended")).to_contain_text("✓ Saved")
    assert len(live.platform.applications.saved("C00001")) == 1
    here.page.click("summary:has-text('Side by side')")
    here.page.click("text=Compare on a page of its own")
    here.page.click(".orders a:has-text('Lowest monthly')")
    here.page.wait_for_url("**/compare?*order=month")
    expect(here.page.locator("thead .column-name").first).to_have_text("Lowest monthly payment")
    here.page.go_back()
    expect(here.page.locator("thead .column-name").first).to_have_text("Best balance")
    here.page.click("[aria-label^='Take this offer off the list: Best balance']")
    here.page.wait_for_selector(".compare-card")
    assert not live.platform.applications.saved("C00001")


@pytest.mark.full
def test_choosing_an_offer_moves_the_page_to_it_and_the_old_words_are_gone(visit: Visit) -> None:
    here = visit()
    decided(here, "good")
    here.page.click("[data-why-start]")
    here.page.wait_for_selector(".written-by")
    here.page.click("[aria-label='Choose this: Lowest cost in all']")
    expect(here.page.locator("#term")).to_have_value("18")
    here.page.wait_for_selector(".why-room:not(:has(*))", state="attached")
    expect(here.page.locator("[data-why-start]")).to_be_visible()


def test_why_is_told_with_sources_that_open_and_give_the_focus_back(visit: Visit, live: Live) -> None:
    here = visit()
    decided(here, "good")
    here.page.click("[data-why-start]")
    expect(here.page.locator(".written-by")).to_have_text("Written from the bank's checked sentences")
    expect(here.page.locator(".why-text")).to_contain_text("We recommend this offer")
    here.page.focus(".why-text .cite >> nth=0")
    here.page.keyboard.press("Enter")
    expect(here.page.locator("dialog.passage")).to_be_visible()
    assert here.page.evaluate("document.activeElement.closest('dialog') !== null")
    here.page.keyboard.press("Escape")
    assert here.page.evaluate("document.activeElement.className") == "cite"
    here.page.check("[name=thumb][value=up]")
    here.page.check("[name=reason][value=clear]")
    here.page.fill(".opinion textarea", "Now I see.")
    here.page.click(".opinion button[type=submit]")
    expect(here.page.locator(".thanks")).to_be_focused()
    row = live.platform.feedbacks.list()[-1]
    assert (row.customer_id, row.about, row.thumb, row.comment) == ("C00001", "generation", "up", "Now I see.")


def test_a_models_text_replaces_the_template_whole_and_is_labelled(visit: Visit) -> None:
    here = visit()
    decided(here, "good")
    lines = "".join(f"event: {name}\ndata: {json.dumps(data)}\n\n" for name, data in WORDED)
    here.page.route("**/explanation", lambda route: route.fulfill(content_type="text/event-stream", body=lines))
    here.page.click("[data-why-start]")
    expect(here.page.locator(".written-by")).to_have_text("Written by AI (a-model), every figure checked")
    expect(here.page.locator(".why-text")).to_have_text("Warmly said.1")
    here.page.click(".why-sources button")
    expect(here.page.locator("dialog.passage strong")).to_have_text("rule")


def test_telling_can_be_stopped_and_what_fails_can_be_tried_again(visit: Visit) -> None:
    here = visit()
    decided(here, "good")
    here.page.route("**/explanation", lambda _route: None)  # never answered
    here.page.click("[data-why-start]")
    here.page.click(".why-acts button")
    expect(here.page.locator(".why-state")).to_have_text("Stopped. What is above stays.")
    expect(here.page.locator("#connection")).to_be_hidden()
    here.page.unroute("**/explanation")
    here.page.route(
        "**/explanation",
        lambda route: route.fulfill(
            content_type="text/event-stream", body='event: failed\ndata: {"reference": "ab12"}\n\n'
        ),
    )
    here.page.click(".why-acts button")
    expect(here.page.locator(".why [role=alert]")).to_contain_text("Reference: ab12")
    here.page.unroute("**/explanation")
    here.page.click(".why-acts button")
    expect(here.page.locator(".written-by")).to_be_visible()


def test_a_refused_couple_finds_a_way_to_yes_and_takes_it(visit: Visit) -> None:
    here = visit(width=390)
    decided(here, "couple", "home", amount="300000", term="240", value="400000")
    here.page.select_option("#co-applicant", "-")
    expect(here.page.locator(".outcome-panel")).to_contain_text("A way to yes")
    here.page.click("[aria-label='Try way 1']")
    here.page.wait_for_url("**co_applicant=C00007*")
    here.page.wait_for_selector(".outcome-approve")
    assert "value=400000" in here.page.url


def test_a_way_that_asks_for_other_figures_moves_the_page_to_them(visit: Visit) -> None:
    here = visit()
    decided(here, "good", amount="90000", term="60")
    here.page.click("[aria-label='Try way 1']")
    expect(here.page.locator("#term")).to_have_value("64")
    here.page.wait_for_selector(".outcome-approve")


def test_a_student_is_led_to_the_loan_that_is_open(visit: Visit) -> None:
    here = visit(width=390)
    decided(here, "student", amount="10000", term="48")
    here.page.click("[aria-label='Look at this loan: Education loan']")
    here.page.wait_for_url("**/loans/education?*")
    here.page.wait_for_selector(".outcome-approve")


def test_a_letter_opens_from_the_answer(visit: Visit) -> None:
    here = visit()
    decided(here, "refused", amount="20000", term="48")
    with here.page.context.expect_page() as opened:
        here.page.click("text=Read the notice")
    expect(opened.value.locator("body")).to_contain_text("Equal Credit Opportunity Act")


def test_applying_is_rated_once_with_a_comment(visit: Visit, live: Live) -> None:
    here = visit()
    offer = live.platform.advice.customize(
        "C00001", loan_ask({"product": "car", "amount": "12000", "term_months": 36}), channel="portal", actor="good"
    )["own"]
    name = live.platform.applications.start("C00001", offer["offer_id"], None, "good")["application_id"]
    here.sign_in("good")
    here.page.wait_for_selector("#page h1")
    show_rating(here, name)
    here.page.check("[name=rating][value='4']")
    here.page.fill(".opinion textarea", "Quick.")
    here.page.dblclick(".opinion button[type=submit]")
    expect(here.page.locator(".thanks")).to_be_visible()
    rows = [row for row in live.platform.feedbacks.list() if row.subject == name]
    assert [(row.reason, row.thumb, row.comment) for row in rows] == [("rated_4", "up", "Quick.")]


def show_rating(here: Watched, application_id: str) -> None:
    """Put the form on the page as the component makes it."""
    from types import SimpleNamespace

    from console.components.outcome_why import rate_process
    from console.words import Say

    made: Any = rate_process(application_id, SimpleNamespace(say=Say()))  # type: ignore[arg-type]
    here.page.evaluate(
        """([id, words]) => {
          const place = document.createElement("section"), room = document.createElement("div");
          place.dataset.rate = id; place.dataset.feedbackWords = words; room.className = "rating-room";
          place.append(room); document.getElementById("page").append(place);
        }""",
        [application_id, getattr(made, "data-feedback-words")],
    )


@pytest.mark.full
@pytest.mark.parametrize(("width", "theme"), LOOKS)
def test_no_answer_has_a_serious_finding_or_scrolls_sideways(visit: Visit, axe: str, width: int, theme: str) -> None:
    here = visit(width, theme)
    decided(here, "good", amount="90000", term="60")  # offers, ways to yes, alternatives, the letter: all at once
    here.page.click("[data-why-start]")
    here.page.wait_for_selector(".opinion")
    here.page.check("[name=thumb][value=down]")
    for summary in here.page.query_selector_all(".outcome-panel summary"):
        summary.click()
    check(here, axe, "answer")
    here.page.click(".why-text .cite >> nth=0")
    check(here, axe, "passage")
    here.page.keyboard.press("Escape")
    here.page.goto(f"{here.address}/compare")
    here.page.wait_for_selector("#comparison .compare")
    check(here, axe, "compare")
