"""The pages update by themselves, and the forms of the account page are used with a browser."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.journeys.conftest import Live, Watched

GOOD = "C00001"


@pytest.mark.full
def test_the_inbox_updates_by_itself(visit: Callable[..., Watched], live: Live) -> None:
    here = visit()
    here.page.clock.install()
    here.sign_in(at="/messages")
    here.page.wait_for_selector("#inbox .state-empty")
    with here.page.expect_response("**/portal/news"):
        here.page.reload()
    here.page.wait_for_selector("#inbox .state-empty")
    live.platform.messages.tell(GOOD, "application.offered", "a_1", "live", reference="AB-12")
    live.platform.delivery.run()
    here.page.clock.fast_forward(15_000)
    here.page.wait_for_selector(".inbox .badge-new")
    assert "1 unread message" in here.page.inner_text("#unread")
    assert here.page.inner_text("#announcer") == "1 unread message"


@pytest.mark.full
def test_a_figure_is_called_wrong_on_a_phone(visit: Callable[..., Watched], live: Live) -> None:
    here = visit(width=320)
    here.sign_in()
    here.page.goto(f"{live.address}/account")
    here.page.locator("details.figure-form > summary").first.click()
    form = here.page.locator("details[open] form")
    form.locator("input[name=stated]").fill("9100")
    form.locator("textarea").fill("My pay was raised.")
    form.locator("button").click()
    here.page.wait_for_selector(".state-done")
    assert "You say $9,100" in here.page.inner_text("#figures")
    assert "My pay was raised." in here.page.inner_text("#requests")
    assert here.page.evaluate("document.documentElement.scrollWidth") <= 320
