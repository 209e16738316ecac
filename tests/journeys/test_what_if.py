"""The live what-if in a real browser: the estimate under the finger, one request, and the bank's own answer."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from lending.breaker import Breaker
from serving.scored import Scoring
from tests.bank import open_bank
from tests.journeys.conftest import LOOKS, PATIENCE_MS, Live, Watched, console
from tests.journeys.test_portal import check, tab_to
from tests.serving.stairs import Stairs
from tests.serving.test_later import RULES, Endpoint

pytestmark = pytest.mark.browser
Visit = Callable[..., Watched]
STEPS = {"amount": [3000.0, 9000.0, 12_345.67, 60_000.0], "loan_to_income": [0.1, 0.3333, 0.7],
         "term_months": [25.0, 61.5, 100.0]}  # fmt: skip
ASKING = ("/_dash-update-component", "/portal/surface")
ASK = "**/_dash-update-component*"
MOST_REQUESTS = 2
"""A drag may send, whatever its length."""


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    bank = open_bank(tmp_path_factory.mktemp("bank"), Stairs(steps=STEPS, height=0.0041, floor=0.008))
    with console(bank) as running:
        yield running


def enter(here: Watched, path: str = "/loans/car", who: str = "good") -> None:
    """Sign in and wait until a page of one loan type has its estimate and its map."""
    here.sign_in(who, path)
    ready(here)


def ready(here: Watched) -> None:
    here.page.wait_for_selector("#reach-picture svg")
    expect(state(here)).not_to_have_text("Waiting for the bank")


def state(here: Watched) -> Any:
    return here.page.locator("[data-live=state]")


def confirmed(here: Watched) -> None:
    expect(state(here)).to_have_text("Confirmed by the bank")


def figure(here: Watched, name: str) -> str:
    return here.page.inner_text(f"[data-live={name}]")


def asked(here: Watched) -> list[str]:
    """Questions sent from now on."""
    sent: list[str] = []
    here.page.on("request", lambda request: sent.append(request.url) if any(p in request.url for p in ASKING) else None)
    return sent


def held_back(here: Watched) -> list[Any]:
    """Questions to the bank from now on, none of them sent before somebody lets it go."""
    held: list[Any] = []
    here.page.route(ASK, lambda route: held.append(route))
    return held


def until(here: Watched, true: Callable[[], bool]) -> None:
    for _ in range(PATIENCE_MS // 20):
        if true():
            return
        here.page.wait_for_timeout(20)
    pytest.fail("it did not come")


def drag(here: Watched, name: str, movements: int = 40) -> None:
    """Hold a slider's thumb and move it in many small steps, pausing once."""
    box = here.page.locator(f"#{name}-range").bounding_box()
    middle = box["y"] + box["height"] / 2
    at = box["x"] + box["width"] * float(here.page.evaluate(
        f"(r => (r.value - r.min) / (r.max - r.min))(document.getElementById('{name}-range'))"))  # fmt: skip
    here.page.mouse.move(at, middle)
    here.page.mouse.down()
    for step in range(movements):
        here.page.mouse.move(at + step, middle)
        if step == movements // 2:
            here.page.wait_for_timeout(700)
    here.page.mouse.up()


def test_a_drag_writes_at_once_and_sends_at_most_two_requests(visit: Visit, live: Live) -> None:
    here = visit()
    enter(here)
    before = figure(here, "instalment")
    sent = asked(here)
    drag(here, "amount")
    assert figure(here, "instalment") != before
    confirmed(here)
    here.page.wait_for_timeout(600)
    assert 1 <= len(sent) <= MOST_REQUESTS
    shown = figure(here, "instalment")
    (result,) = [r for r in decisions(live) if r["amount"] == amount_of(here) and r["term_months"] == 48]
    assert shown == f"${result['instalment']}"


def decisions(live: Live) -> list[dict[str, Any]]:
    bank = live.platform
    cores = [json.loads(bank.records.decisions.get(one).core) for one in bank.records.decisions.ids()]
    return [{**core["request"], "instalment": (core["terms"] or {}).get("instalment"),
             "term_months": int(core["request"]["term_months"])} for core in cores]  # fmt: skip


def amount_of(here: Watched) -> str:
    return f"{here.page.input_value('#amount').replace(',', '')}.00"


def test_the_estimate_stands_before_any_answer_and_equals_it(visit: Visit) -> None:
    here = visit()
    enter(here)
    held = held_back(here)
    here.page.fill("#amount", "31,250")
    said = here.page.inner_text("[data-live=sentence]")
    assert said.startswith("You borrow $31,250, you pay back $")
    expect(state(here)).to_have_text(re.compile("Estimate"))
    figures = [figure(here, name) for name in ("instalment", "rate", "apr", "cost")]
    until(here, lambda: len(held) == 1)
    held[0].continue_()
    confirmed(here)
    assert [figure(here, name) for name in ("instalment", "rate", "apr", "cost")] == figures
    expect(here.page.locator("#announcer")).to_contain_text("Approved in principle. You borrow $31,250")
    assert here.page.is_hidden("[data-live=note]")


def test_an_older_answer_is_dropped(visit: Visit, live: Live) -> None:
    here = visit()
    enter(here)
    held = held_back(here)
    here.page.fill("#amount", "15000")
    until(here, lambda: len(held) == 1)
    here.page.fill("#amount", "25000")
    until(here, lambda: len(held) == 2)
    held[1].continue_()
    confirmed(here)
    with here.page.expect_response(ASK):
        held[0].continue_()
    here.settle()
    assert "You borrow $25,000" in here.page.inner_text("[data-live=sentence]")
    confirmed(here)
    decision_id = here.page.inner_text("#quote-result .reference code")
    core = json.loads(live.platform.records.decisions.get(decision_id).core)
    assert core["request"]["amount"] == "25000.00"


def test_keys_and_buttons_move_the_figures(visit: Visit) -> None:
    here = visit()
    enter(here)
    here.page.fill("#amount", "20,000")
    here.page.click("#amount-more")
    assert here.page.input_value("#amount") == "20,100"
    assert here.page.input_value("#amount-range") == "20100"
    here.page.focus("#amount-range")
    here.page.keyboard.press("ArrowLeft")
    assert here.page.input_value("#amount") == "20,000"
    here.page.click("#term-less")
    assert here.page.input_value("#term") == "42"
    assert "You borrow $20,000" in here.page.inner_text("[data-live=sentence]")
    confirmed(here)


def test_a_number_outside_the_bounds_is_said_at_its_field_and_sent_nowhere(visit: Visit) -> None:
    here = visit()
    enter(here)
    sent = asked(here)
    here.page.fill("#amount", "500")
    assert here.page.inner_text("#amount-problem") == "Enter an amount between $1,000 and $100,000."
    assert here.page.get_attribute("#amount", "aria-describedby") == "amount-problem"
    assert here.page.input_value("#amount") == "500"
    here.page.fill("#amount", "much")
    assert "as a number" in here.page.inner_text("#amount-problem")
    here.page.wait_for_timeout(600)
    assert not sent
    here.page.fill("#amount", "$ 20,000.50")
    assert here.page.is_hidden("#amount-problem")
    confirmed(here)
    assert "You borrow $20,000.50" in here.page.inner_text("[data-live=sentence]")


def test_an_amount_out_of_reach_shows_the_nearest_that_works_and_takes_it(visit: Visit) -> None:
    here = visit(width=390)
    enter(here)
    here.page.fill("#amount", "99,000")
    here.page.fill("#term", "36")
    expect(here.page.locator("[data-live=outcome]")).to_have_text("We cannot offer this amount now")
    confirmed(here)
    assert here.page.locator("#quote-actions button").count() == 0
    nearest = here.page.locator("[data-live=nearest]")
    expect(nearest).to_contain_text("Nearest amount that works: $")
    amount = nearest.inner_text().split("$")[1]
    nearest.click()
    assert here.page.input_value("#amount") == amount
    expect(here.page.locator("[data-live=outcome]")).to_have_text("Approved in principle")
    confirmed(here)
    here.page.click("#amount-more")
    expect(here.page.locator("[data-live=outcome]")).to_have_text("We cannot offer this amount now")


@pytest.mark.full
def test_the_table_of_the_map_leads_to_its_amounts_by_keyboard(visit: Visit) -> None:
    here = visit()
    enter(here)
    tab_to(here, "document.activeElement.matches('#reach-figures summary')")
    here.page.keyboard.press("Enter")
    here.page.wait_for_selector("#reach-table button")
    tab_to(here, "document.activeElement.matches('#reach-table button')")
    name = here.page.evaluate("document.activeElement.getAttribute('aria-label')")
    here.page.keyboard.press("Enter")
    assert name == f"Take ${here.page.input_value('#amount')} over 6 months"
    assert here.page.input_value("#term") == "6"
    confirmed(here)


def test_reload_back_and_a_link_keep_the_figures(visit: Visit) -> None:
    here = visit()
    enter(here, "/loans/car?amount=12500&term=30")
    confirmed(here)
    here.page.fill("#amount", "13,700")
    confirmed(here)
    assert here.page.url.endswith("/loans/car?amount=13700&term=30")
    here.page.reload()
    ready(here)
    assert (here.page.input_value("#amount"), here.page.input_value("#term")) == ("13,700", "30")
    here.page.click("text=← All loans")
    here.page.wait_for_selector("#what-if", state="detached")
    here.page.go_back()
    ready(here)
    assert here.page.input_value("#amount") == "13,700"
    confirmed(here)


@pytest.mark.full
def test_an_expired_surface_is_fetched_again(visit: Visit) -> None:
    here = visit()
    fetched: list[str] = []

    def once_expired(route: Any) -> None:
        fetched.append(route.request.url)
        answer = route.fetch()
        late = {"expires_at": "2020-01-01T00:00:00+00:00"} if len(fetched) == 1 else {}
        route.fulfill(response=answer, body=json.dumps({**answer.json(), **late}))

    here.page.route("**/portal/surface*", once_expired)
    enter(here)
    assert len(fetched) == 2
    assert figure(here, "instalment").startswith("$")


def test_without_a_surface_the_bank_still_answers_and_the_page_says_so(visit: Visit) -> None:
    here = visit()
    here.page.route("**/portal/surface*", lambda route: route.fulfill(status=503, body="{}"))
    here.sign_in()
    here.page.wait_for_selector("#page h1")
    here.page.goto(f"{here.address}/loans/car")
    expect(here.page.locator("[data-live=note]")).to_contain_text("We cannot estimate here now")
    here.page.fill("#amount", "20,000")
    confirmed(here)
    assert "You borrow $20,000" in here.page.inner_text("[data-live=sentence]")
    here.errors.clear()  # the browser reports the answer 503 itself


def test_what_secures_the_loan_asks_for_a_new_surface(visit: Visit) -> None:
    here = visit()
    enter(here, "/loans/gold", "thin")
    here.page.fill("#amount", "3,000")
    here.page.fill("#term", "12")
    with here.page.expect_response("**/portal/surface*weight_g*"):
        here.page.fill("#gold-weight", "120.5")
    ready(here)
    expect(here.page.locator("[data-live=outcome]")).to_have_text("Approved in principle")
    confirmed(here)
    assert "weight_g=120.5" in here.page.url


def test_while_there_is_no_model_a_person_looks_and_the_page_says_why(visit: Visit, live: Live) -> None:
    champion = live.platform.champion
    model, champion.model = champion.model, None
    try:
        here = visit()
        enter(here)
        expect(here.page.locator("[data-live=note]")).to_contain_text("The bank cannot decide by itself yet")
        here.page.click("#quote-submit")
        confirmed(here)
        expect(here.page.locator("#quote-actions button")).to_have_text("Ask a person to look")
    finally:
        champion.model = model


@pytest.mark.full
def test_a_request_that_is_kept_is_said_so_and_moving_on_keeps_no_others(visit: Visit, live: Live) -> None:
    bank = live.platform
    quotes, scoring = bank.quotes, Scoring(Endpoint(), lambda: RULES, Breaker(9, 1.0, bank.clock))
    bank.__dict__["quotes"] = replace(quotes, scoring=scoring, later=bank.later_requests)
    bank.__dict__.pop("advice", None)  # made of the quotes of before, where another test asked first
    try:
        here = visit()
        enter(here, "/loans/car?amount=21000&term=48")
        answer = here.page.locator("#quote-result")
        expect(answer).to_contain_text("Your request is kept")
        sent = asked(here)
        for _ in range(3):
            here.page.click("#amount-more")
        here.page.wait_for_timeout(1000)
        assert not sent
        assert len(bank.records.outbox.list(given_up=False)) == 1
        here.page.click("#quote-form button[type=submit]")
        here.settle()
        assert sent
        here.page.click("#quote-result a")
        here.page.wait_for_url("**/messages")
    finally:
        bank.__dict__["quotes"] = quotes
        del bank.__dict__["advice"]


@pytest.mark.full
def test_the_plans_table_and_file_hold_every_month(visit: Visit) -> None:
    here = visit()
    enter(here, "/loans/car?amount=20000&term=48")
    confirmed(here)
    here.page.click("#plan-figures summary")
    expect(here.page.locator("#plan-table tbody tr")).to_have_count(48)
    with here.page.expect_download() as download:
        here.page.click("#plan-file")
    read = list(csv.reader(io.StringIO(Path(download.value.path()).read_text(encoding="utf-8"))))
    assert len(read) == 49
    assert sum(Decimal(line[3]) for line in read[1:]) == Decimal("20000.00")
    assert read[-1][4] == "0.00"


@pytest.mark.full
def test_paying_more_on_paper_says_what_it_saves_and_goes_with_the_figures(visit: Visit) -> None:
    here = visit()
    enter(here, "/loans/car?amount=20000&term=48")
    confirmed(here)
    here.page.fill("#paper-amount", "100")
    here.page.press("#paper-amount", "Enter")
    expect(here.page.locator("#paper-result")).to_contain_text("of interest and finish")
    here.page.click("#amount-more")
    expect(here.page.locator("#paper-result")).to_be_empty()


@pytest.mark.full
def test_the_page_speaks_spanish(visit: Visit) -> None:
    here = visit()
    here.page.context.add_cookies([{"name": "candor_language", "value": "es", "url": here.address}])
    enter(here, "/loans/car?amount=20000&term=48")
    expect(state(here)).to_have_text("Confirmado por el banco")
    assert "4 años" in here.page.inner_text("[data-live=sentence]")
    assert "En 4 años podría pedir hasta" in here.page.inner_text("#reach-finding")


@pytest.mark.full
@pytest.mark.parametrize(("width", "theme"), LOOKS)
def test_nothing_serious_is_found_on_the_page_and_it_does_not_scroll_sideways(
    visit: Visit, axe: str, width: int, theme: str
) -> None:
    here = visit(width, theme)
    enter(here, "/loans/car?amount=20000&term=48")
    confirmed(here)
    for summary in here.page.query_selector_all("#what-if summary"):
        summary.click()
    check(here, axe, "approved")
    here.page.fill("#amount", "99,000")
    here.page.fill("#term", "12")
    confirmed(here)
    check(here, axe, "refused")
    here.page.fill("#amount", "5")
    check(here, axe, "wrong")
