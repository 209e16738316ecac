"""A case goes through two pairs of eyes: proposed by one, confirmed by another, and only then read by its customer."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from serving.applications import ApplyAsk
from tests.applying import ANSWERS, REVIEW, a_quote
from tests.journeys.conftest import Live, Watched
from tests.journeys.test_portal import check

pytestmark = pytest.mark.browser
Visit = Callable[..., Watched]


@pytest.fixture
def case(live: Live) -> str:
    decision = a_quote(live.platform, REVIEW, "10000")["decision_id"]
    return live.platform.applications.apply(REVIEW, ApplyAsk(None, decision, ANSWERS), "review")["application_id"]


def at_case(visit: Visit, name: str, case: str, width: int = 1280, theme: str = "light") -> Watched:
    here = visit(width, theme)
    here.sign_in(name, f"/staff/cases/{case}")
    here.page.wait_for_selector("#page h1:has-text('Case')")
    return here


def state(live: Live, case: str) -> str:
    return live.platform.applications.get(REVIEW, case)["state"]


def test_an_override_is_proposed_confirmed_and_then_offered(visit: Visit, live: Live, axe: str, case: str) -> None:
    senior = at_case(visit, "senior", case)
    senior.page.click("text=Take this case")
    senior.page.wait_for_selector("text=You work on it.")
    senior.page.click("summary:has-text('Against the record: make the offer')")
    senior.page.select_option("[name=reason]", "flag_cleared")
    senior.page.fill("[name=comment]", "The compliance desk cleared it.")
    senior.page.click("button:has-text('Decide against the record')")
    senior.page.wait_for_selector("text=It waits for a second person.")
    check(senior, axe, "a case that waits for a second person")
    assert state(live, case) == "in_review"
    deputy = at_case(visit, "deputy", case, 390, "dark")
    check(deputy, axe, "the case of the second person at 390 px, dark")
    deputy.page.click("button:has-text('Confirm: it is decided')")
    deputy.page.wait_for_selector("text=Nobody needs to decide this any more.")
    assert state(live, case) == "offered"


@pytest.mark.full
def test_a_page_that_is_out_of_date_says_so(visit: Visit, live: Live, case: str) -> None:
    officer = at_case(visit, "officer", case)
    senior = at_case(visit, "senior", case)
    senior.page.click("text=Take this case")
    senior.page.wait_for_selector("text=You work on it.")
    with officer.page.expect_navigation():
        officer.page.click("text=Take this case")
    assert "Ask them to let it go" in officer.page.inner_text("body")
    assert live.platform.records.cases.holder(case) == "senior"
    officer.errors.clear()  # the browser notes the conflict too
