"""A refused customer minds in the portal; whoever watches sees it at the next look, and opens what it was about."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.journeys.conftest import Watched
from tests.journeys.test_outcome import decided

pytestmark = pytest.mark.browser


def test_a_refused_customers_thumb_down_reaches_staff_at_the_next_look_and_opens_its_trace(
    visit: Callable[..., Watched],
) -> None:
    staff, customer = visit(), visit()
    staff.sign_in("risk", "/staff/language")
    staff.page.wait_for_selector("h1:has-text('Language')")
    expect(staff.page.locator("text=You never told me why")).to_have_count(0)
    decided(customer, "refused", amount="90000", term="60")
    customer.page.click("[data-why-start]")
    customer.page.wait_for_selector(".written-by")
    customer.page.check("[name=thumb][value=down]")
    customer.page.check("[name=reason][value=unkind]")
    customer.page.fill(".opinion textarea", "You never told me why.")
    customer.page.click(".opinion button[type=submit]")
    customer.page.wait_for_selector(".thanks")
    staff.page.reload()
    expect(staff.page.locator("text=You never told me why.")).to_have_count(1)
    staff.page.click("td a:has-text('A text')")
    staff.page.wait_for_selector("h1:has-text('Explanation')")
    for words in ("You never told me why.", "Find sources", "passed at once"):
        expect(staff.page.locator(f"main >> text={words}").first).to_be_visible()
