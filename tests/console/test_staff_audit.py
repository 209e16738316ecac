"""The page of the record: filters in the address, pages by keys, a file, the chains, and one decision again."""

import pytest

from console.pages.staff import audit
from console.sign_in import COOKIE
from lending.domain.roles import Role
from tests.bank import open_bank
from tests.conftest import HandClock
from tests.console import staff
from tests.console.shown import parts_of, text_of
from tests.serving.test_account import decided


@pytest.fixture
def bank(tmp_path, clock: HandClock):
    place = open_bank(tmp_path / "bank", clock=clock)
    for number in range(120):
        place.audit.add("ann", "model.promote.done", f"v/{number}", {"reason": f"<b>{number}</b>"})
    return place


@pytest.fixture
def visit(bank):
    return staff.visit(bank, Role.AUDITOR)


@pytest.fixture
def client(bank):
    return staff.browser(bank, Role.AUDITOR)


def _links(page):
    return [part.href for part in parts_of(page) if getattr(part, "href", None)]


def test_acts_are_shown_newest_first_and_lead_to_older_ones(visit):
    page = audit.layout(visit)
    assert "v/119" in text_of(page)
    assert "v/69" not in text_of(page)
    older = next(link for link in _links(page) if "before=" in link)
    assert "v/69" in text_of(audit.layout(visit.asking(older.partition("?")[2])))


def test_a_filter_stays_in_every_link_of_the_page(visit):
    page = audit.layout(visit.asking("?act=model&from=2026-01-01"))
    inner = [link for link in _links(page) if link.startswith("/staff/audit?")]
    assert inner
    assert all("act=model" in link and "from=2026-01-01" in link for link in inner)


def test_what_an_address_gets_wrong_is_said_and_left_out(visit):
    shown = text_of(audit.layout(visit.asking("?from=soon&before=x")))
    assert "'soon'" in shown
    assert "v/119" in shown


def test_a_filter_that_nothing_fits_says_so(visit):
    assert "No act fits" in text_of(audit.layout(visit.asking("?actor=nobody")))


def test_the_file_holds_what_the_filter_asks_for(client):
    answer = client.get("/staff/audit/acts.csv?actor=ann&subject=v/7")
    assert answer.content_type.startswith("text/csv")
    assert answer.text.splitlines()[1:] == [answer.text.splitlines()[1]]
    assert "v/7" in answer.text


def test_the_chains_are_not_checked_until_somebody_does(bank, visit, client):
    assert text_of(audit.layout(visit)).count("Not checked") == 2
    assert client.post("/staff/audit/check").status_code == 303
    assert text_of(audit.layout(visit)).count("Whole") == 2
    assert visit.ask.audit.page(visit.ask.audit.asked({})).events[0].actor == visit.account.username


def test_a_decision_is_replayed_by_a_button_and_who_did_so_is_on_record(bank, visit, client):
    decision_id = decided(bank)
    answer = client.post("/staff/audit/replay", data={"decision_id": f" {decision_id} "})
    assert answer.status_code == 303
    assert decision_id in answer.location
    shown = text_of(audit.layout(visit.asking(answer.location.partition("?")[2].partition("#")[0])))
    assert "Equal" in shown
    newest = visit.ask.audit.page(visit.ask.audit.asked({})).events[0]
    assert (newest.actor, newest.act, newest.subject) == (visit.account.username, "decision.replayed", decision_id)


@pytest.mark.parametrize("name", ["", "d_", "d_" + "1" * 26, "'; drop table decisions"])
def test_what_is_no_decision_is_refused_without_a_trace(bank, visit, client, name):
    before = visit.ask.audit.page(visit.ask.audit.asked({})).events[0].seq
    assert client.post("/staff/audit/replay", data={"decision_id": name}).status_code == 422
    assert visit.ask.audit.page(visit.ask.audit.asked({})).events[0].seq == before
    assert "Unknown" in text_of(audit.layout(visit.asking(f"?replayed={name}"))) or not name


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.AUDITOR])
def test_nobody_but_the_auditor_reaches_any_of_it(bank, client, role):
    account = next(one for one in bank.accounts.list() if one.role is role)
    client.set_cookie(COOKIE, bank.records.sessions.open(account)[0])
    answers = [
        client.get("/staff/audit/acts.csv"),
        client.post("/staff/audit/check"),
        client.post("/staff/audit/replay"),
    ]
    assert {answer.status_code for answer in answers} <= {403, 404}
