"""From an offer to an accepted loan, in a real browser over the real bank: steps, papers, sending, accepting."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from lending.domain.application import Collateral
from lending.domain.money import money
from serving.decide import LoanAsk
from tests.bank import PASSWORD, open_bank
from tests.journeys.conftest import LOOKS, Live, Watched, console, walked
from tests.journeys.test_portal import check, tab_to

pytestmark = pytest.mark.browser
Visit = Callable[..., Watched]
GOLD = Collateral("gold", weight_g=Decimal(120), purity_k=Decimal(22))
ANSWERS = {
    "car_model": "Toyota Corolla", "car_dealer": "Bright Motors", "car_year": "2021", "institution": "City College",
    "course": "Nursing", "course_start": "2027-09-01", "gold_items": "two bangles", "phone": "555 010 2030",
    "email": "name@example.com", "employer": "Acme", "business": "Acme", "platforms": "Acme",
    "payout_account": "0012345678",
}  # fmt: skip
CUSTOMERS = {
    "good": "C00001", "student": "C00003", "thin": "C00004", "selfemployed": "C00005", "couple": "C00006",
    "retired": "C00009", "review": "C00010",
}  # fmt: skip
CHOICES = {"car_condition": "new", "car_seller": "private", "relationship": "partner"}


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    bank = open_bank(Path(tmp_path_factory.mktemp("bank")))
    bank.delivery.start()
    with console(bank) as running:
        yield running
    bank.delivery.stop()


def test_a_car_loan_from_the_offer_to_the_accepted_loan(visit: Visit, live: Live, axe: str) -> None:
    here = begun(visit, live, "good", LoanAsk("car", money("20000"), 48))
    here.page.check("[name=car_condition][value=used]")
    here.page.check("[name=car_seller][value=dealer]")
    here.page.wait_for_selector("[name=car_dealer]")
    here.page.wait_for_selector("[name=car_year]")
    expect(here.page.locator("[name=car_seller][value=dealer]")).to_be_focused()
    complete(here)
    expect(here.page.locator(".sent-panel")).to_contain_text(application(live, "C00001")["reference"])
    expect(here.page.locator(".status-offered")).to_be_visible()
    check(here, axe, "an application with its offer")
    here.page.click("text=Accept the offer")
    here.page.wait_for_url("**/accept")
    here.page.click("text=Accept this offer")
    here.page.wait_for_selector(".problems")
    check(here, axe, "accepting, unread")
    here.page.check("[name=read_disclosure]")
    here.page.click("text=Accept this offer")
    here.page.wait_for_selector(".status-accepted")
    sheet = here.page.get_attribute("text=Download the disclosure sheet", "href")
    assert here.page.request.get(f"{here.address}{sheet}").headers["content-type"] == "application/pdf"
    assert application(live, "C00001")["state"] == "accepted"


@pytest.mark.full
def test_a_couple_applies_together_and_brings_the_papers_of_both(visit: Visit, live: Live) -> None:
    here = begun(visit, live, "couple", LoanAsk("car", money("15000"), 48, co_applicant="C00007"))
    complete(here, papers=False)
    mine = application(live, "C00006")
    assert mine["answers"]["relationship"] == "partner"
    assert {item["person"] for item in mine["checklist"]} == {"applicant", "co_applicant"}
    expect(here.page.locator(".papers-part")).to_contain_text("of the person who signs with you")
    expect(here.page.locator(".status-submitted")).to_be_visible()


@pytest.mark.full
def test_a_student_applies_with_a_parent(visit: Visit, live: Live) -> None:
    here = begun(visit, live, "student", LoanAsk("education", money("12000"), 84, co_applicant="C00008"), width=390)
    complete(here, papers=False)
    assert application(live, "C00003")["state"] == "submitted"
    expect(here.page.locator(".papers-part")).to_contain_text("Letter of admission")


@pytest.mark.full
def test_gold_stands_in_for_a_credit_history(visit: Visit, live: Live) -> None:
    here = begun(visit, live, "thin", LoanAsk("gold", money("3000"), 12, GOLD), width=390)
    complete(here)
    assert application(live, "C00004")["state"] in ("offered", "submitted")


def test_a_referred_request_goes_to_a_person(visit: Visit, live: Live) -> None:
    here = begun(visit, live, "review", LoanAsk("car", money("15000"), 48))
    expect(here.page.locator(".apply-summary")).to_contain_text("A person looks at this request first")
    complete(here, papers=False)
    expect(here.page.locator(".status-in_review")).to_contain_text("A person is looking")


def test_applying_needs_no_mouse(visit: Visit, live: Live) -> None:
    offer = an_offer(live, "C00009", LoanAsk("car", money("9000"), 36))
    live.platform.applications.start("C00009", offer, None, "retired")
    here = visit()
    here.page.goto(f"{here.address}/sign-in?next=/applications")
    for keys in ("retired", PASSWORD):
        tab_to(here, "['username', 'password'].includes(document.activeElement.id)")
        here.page.keyboard.type(keys)
    here.page.keyboard.press("Enter")
    here.page.wait_for_selector(".application-card")
    press(here, "document.activeElement.textContent.startsWith('Go on with')")
    here.page.wait_for_selector("#apply-form")
    answer_by_keyboard(here, ["car_condition", "car_seller", "car_dealer", "car_model"])
    press(here, "document.activeElement.textContent === 'Save and continue'")
    here.page.wait_for_selector("[name=phone]")
    answer_by_keyboard(here, ["phone", "email", "payout_account"])
    press(here, "document.activeElement.textContent === 'Save and continue'")
    here.page.wait_for_selector(".paper-list")
    for _ in range(here.page.locator("form[data-panel] button:has-text('Use the generated')").count()):
        left = here.page.locator(".demo-paper").count()
        press(here, "document.activeElement.textContent.startsWith('Use the generated demo paper')")
        settled(here)
        expect(here.page.locator(".demo-paper")).to_have_count(left - 1)
    press(here, "document.activeElement.textContent === 'Continue'")
    here.page.wait_for_selector("[name=may_check]")
    for name in ("true_and_complete", "may_check"):
        tab_to(here, f"document.activeElement.name === '{name}'")
        here.page.keyboard.press("Space")
    press(here, "document.activeElement.textContent === 'Send my application'")
    here.page.wait_for_selector(".sent-panel")


@pytest.mark.full
def test_a_double_click_sends_one_application(visit: Visit, live: Live) -> None:
    here = begun(visit, live, "selfemployed", LoanAsk("car", money("8000"), 36))
    complete(here, papers=False, send=False)
    here.page.dblclick("text=Send my application")
    here.page.wait_for_selector(".sent-panel")
    here.page.reload()
    here.page.wait_for_selector(".status-submitted")
    here.page.go_back()
    here.page.wait_for_selector("text=This application is sent")
    acts = [event["act"] for event in application(live, "C00005")["timeline"]]
    assert acts.count("submit") == 1


@pytest.mark.full
def test_nothing_typed_is_lost_by_reload_or_going_back(visit: Visit, live: Live) -> None:
    here = begun(visit, live, "good", LoanAsk("car", money("11000"), 36))
    here.page.fill("[name=car_model]", "Half a sent")
    here.page.reload()
    expect(here.page.locator("[name=car_model]")).to_have_value("Half a sent")
    fill_step(here)
    here.page.wait_for_selector("[name=phone]")
    here.page.fill("[name=employer]", "Half an empl")
    here.page.go_back()
    expect(here.page.locator("[name=car_model]")).to_have_value("Toyota Corolla")
    here.page.go_forward()
    expect(here.page.locator("[name=employer]")).to_have_value("Half an empl")


def test_an_ended_session_leads_to_signing_in_and_back_to_what_was_typed(visit: Visit, live: Live) -> None:
    here = begun(visit, live, "good", LoanAsk("car", money("12000"), 36))
    here.page.context.clear_cookies()
    here.page.fill("[name=car_model]", "Typed too late")
    here.page.click("text=Save and continue")
    expect(here.page).to_have_url(re.compile(r"/sign-in\?next="))  # two answers may say so: only the end counts
    here.page.wait_for_load_state("networkidle")
    here.page.fill("#username", "good")
    here.page.fill("#password", PASSWORD)
    here.page.press("#password", "Enter")
    here.page.wait_for_url("**/loan")
    expect(here.page.locator("[name=car_model]")).to_have_value("Typed too late")
    here.errors.clear()  # the browser reports the answer 401 itself


@pytest.mark.full
def test_the_second_of_two_tabs_keeps_what_was_typed_and_says_what_happened(visit: Visit, live: Live) -> None:
    first = begun(visit, live, "good", LoanAsk("car", money("13000"), 36))
    second = first.page.context.new_page()
    second.goto(first.page.url)
    second.wait_for_selector("[name=car_model]")
    fill_step(first)
    first.page.wait_for_selector("[name=phone]")
    second.fill("[name=car_model]", "Another car")
    second.click("text=Save and continue")
    second.wait_for_url("**/changed")
    second.wait_for_selector("text=changed in another window")
    expect(second.locator("[name=car_model]")).to_have_value("Another car")
    second.click("text=Save and continue")
    second.wait_for_selector("[name=phone]")
    assert latest_draft(live, "C00001")["answers"]["car_model"] == "Another car"
    first.errors.clear()  # the second tab is told 409


def test_a_file_is_sent_with_a_bar_checked_and_taken_back(visit: Visit, live: Live, tmp_path: Path) -> None:
    here = begun(visit, live, "good", LoanAsk("car", money("14000"), 36))
    mine = latest_draft(live, "C00001")["application_id"]
    paper = tmp_path / "my payslip.pdf"
    paper.write_bytes(live.platform.documents.demo_paper("C00001", mine, "income")[1])
    here.page.goto(f"{here.address}/apply/{mine}/papers")
    here.page.set_input_files("[data-file-box=income] input[type=file]", str(paper))
    settled(here)
    expect(here.page.locator(".paper-item:has-text('my payslip.pdf')")).to_contain_text("Accepted")
    wrong = tmp_path / "car.pdf"
    wrong.write_bytes(b"MZ this is a program")
    here.page.set_input_files("[data-file-box=car_offer] input[type=file]", str(wrong))
    expect(here.page.locator("[data-file-box=car_offer] .problem")).to_contain_text("was not sent")
    here.errors.clear()  # the browser reports the refusal itself


@pytest.mark.full
def test_an_invited_person_enters_the_code_and_agrees(visit: Visit, live: Live) -> None:
    here = signed_in(visit, "good")
    here.page.goto(f"{here.address}/invitation")
    here.page.click("text=Make a code")
    code = here.page.inner_text(".invite-code code")
    other = signed_in(visit, "retired")
    other.page.goto(f"{other.address}/invitation")
    other.page.fill("[name=code]", code)
    other.page.click("text=I agree to sign")
    other.page.wait_for_url("**/invitation/agreed")
    assert "C00009" in [who for who, _ in live.platform.records.customers.co_applicants("C00001")]
    other.page.goto(f"{other.address}/invitation")
    other.page.fill("[name=code]", code)
    other.page.click("text=I agree to sign")
    other.page.wait_for_url("**/invitation/unknown")


@pytest.mark.full
@pytest.mark.parametrize(("width", "theme"), LOOKS)
def test_every_page_of_applying_is_open_to_everyone(visit: Visit, live: Live, axe: str, width: int, theme: str) -> None:
    here = begun(visit, live, "good", LoanAsk("car", money(16000 + width), 36), width, theme)
    check(here, axe, "loan")
    here.page.click("text=Save and continue")
    here.page.wait_for_selector(".problems")
    check(here, axe, "loan with problems")
    mine = latest_draft(live, "C00001")["application_id"]
    pages = (
        (f"apply/{mine}/you", "#apply-form"), (f"apply/{mine}/papers", "[data-file-box] form"),
        (f"apply/{mine}/check", ".check"), ("applications", ".application-card"), (f"applications/{mine}", ".status"),
        (f"applications/{mine}/withdraw", "form[data-once]"), ("invitation", ".together"),
        ("invitation/unknown", "h1"),
    )  # fmt: skip
    for page, part in walked(pages, width):
        here.page.goto(f"{here.address}/{page}")
        here.page.wait_for_selector(part)
        check(here, axe, page)


def signed_in(visit: Visit, username: str, width: int = 1280, theme: str = "light") -> Watched:
    here = visit(width, theme)
    here.sign_in(username)
    here.page.wait_for_selector("#page h1")
    return here


def begun(visit: Visit, live: Live, username: str, ask: LoanAsk, width: int = 1280, theme: str = "light") -> Watched:
    """Somebody at the first step, having pressed "Apply" on the offer, or on the request that a person must see."""
    here = signed_in(visit, username, width, theme)
    customer = CUSTOMERS[username]
    quote = live.platform.advice.quote(customer, ask, channel="portal", actor=username)
    subject = {"offer_id": quote["offers"][0]["offer_id"]} if quote["offers"] else {"decision_id": quote["decision_id"]}
    answer = here.page.request.post(f"{here.address}/portal/apply", form=subject)
    here.page.goto(answer.url)
    here.page.wait_for_selector("#apply-form")
    return here


def an_offer(live: Live, customer: str, ask: LoanAsk) -> str:
    return live.platform.advice.quote(customer, ask, channel="portal", actor="test")["offers"][0]["offer_id"]


def complete(here: Watched, *, papers: bool = True, send: bool = True) -> None:
    """Answer every step from where one stands, and send."""
    while "/papers" not in here.page.url:
        at = here.page.url
        fill_step(here)
        here.page.wait_for_url(lambda url, at=at: url != at)
        here.page.wait_for_selector("#apply-form, .paper-list")
    if papers:
        use_demo_papers(here)
    here.page.click("a:text-is('Continue')")
    here.page.wait_for_selector("[name=may_check]")
    here.page.check("[name=true_and_complete]")
    here.page.check("[name=may_check]")
    if send:
        here.page.click("text=Send my application")
        here.page.wait_for_selector(".sent-panel")


def fill_step(here: Watched) -> None:
    for name, value in CHOICES.items():
        group = here.page.locator(f"[name={name}]")
        if group.count() and not here.page.locator(f"[name={name}]:checked").count():
            here.page.check(f"[name={name}][value={value}]")
    for name, value in ANSWERS.items():
        if here.page.locator(f"[name={name}]").count():
            here.page.fill(f"[name={name}]", value)
    here.page.click("text=Save and continue")


def use_demo_papers(here: Watched) -> None:
    while here.page.locator(".demo-paper button").count():
        left = here.page.locator(".demo-paper").count()
        here.page.locator(".demo-paper button").first.click()
        settled(here)
        expect(here.page.locator(".demo-paper")).to_have_count(left - 1)


def settled(here: Watched) -> None:
    """Wait until the paper just sent was checked."""
    here.page.wait_for_selector(".badge-quarantined, .badge-checking, .badge-accepted")
    expect(here.page.locator(".badge-quarantined, .badge-checking")).to_have_count(0)


def answer_by_keyboard(here: Watched, names: list[str]) -> None:
    for name in names:
        here.page.wait_for_selector(f"[name={name}]")
        tab_to(here, f"document.activeElement.name === '{name}'")
        here.page.keyboard.press("Space") if name in CHOICES else here.page.keyboard.type(ANSWERS[name])


def press(here: Watched, reached: str) -> None:
    tab_to(here, reached)
    here.page.keyboard.press("Enter")


def application(live: Live, customer: str) -> Any:
    """Their application that was begun last."""
    return live.platform.applications.of(customer)[0]


def latest_draft(live: Live, customer: str) -> Any:
    return next(one for one in live.platform.applications.of(customer) if one["state"] == "draft")
