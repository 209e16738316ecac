"""Pages about generated texts: their states, wrong addresses, who may read what, a thumb down within one refresh."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import dash
import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from console.app import create_app
from lending.adapters.tables import audit_events
from serving.assembly import Platform
from serving.parse import loan_ask
from serving.parse_chat import ChatAsk
from tests.bank import open_bank, with_knowledge
from tests.console.staff import browser, drawn

REFUSED = "C00002"
Shown = Callable[..., str]


@pytest.fixture
def bank(tmp_path: Path) -> Iterator[Platform]:
    place = with_knowledge(open_bank(tmp_path))
    yield place
    place.records.database.engine.dispose()


@pytest.fixture
def app(bank: Platform) -> dash.Dash:
    return create_app(bank)


@pytest.fixture
def client_of(bank: Platform, app: dash.Dash) -> Callable[[str], FlaskClient]:
    return lambda name: browser(bank, name, app)


@pytest.fixture
def shown(app: dash.Dash, client_of: Callable[[str], FlaskClient]) -> Shown:
    """What a page draws, as JSON text."""

    def ask(name: str, path: str = "/staff/language", search: str = "") -> str:
        return drawn(app, client_of(name), path, search)

    return ask


def refused_thumb(bank: Platform, client: FlaskClient, comment: str = "You never told me why.") -> str:
    """The refused customer asks, reads why, and minds; answers the decision."""
    ask = loan_ask({"product": "car", "amount": "90000", "term_months": 60})
    decision = str(bank.quotes.quote(REFUSED, ask, channel="test", actor="refused")["decision_id"])
    list(bank.words.explanation(REFUSED, decision, "refused"))
    said = {"about": "decision", "id": decision, "thumb": "down", "reason": "unkind", "comment": comment}
    answer = client.post("/portal/feedback", json=said, headers={"Idempotency-Key": decision})
    assert answer.status_code == 200, answer.text
    return decision


def text_of(bank: Platform) -> str:
    return str(bank.language_texts.complaints(7)[0]["generation_id"])


def test_before_any_text_the_page_says_what_will_appear(shown: Shown) -> None:
    page = shown("risk")
    assert "No text was written in this span" in page
    assert "No thumbs down in this span" in page


def test_a_refused_customers_thumb_is_there_at_the_next_look_and_opens_its_trace(
    bank: Platform, client_of: Callable[[str], FlaskClient], shown: Shown
) -> None:
    assert "Unkind" not in shown("risk")
    refused_thumb(bank, client_of("refused"))
    page = shown("risk")
    for words in ("Unkind", "You never told me why.", f"/staff/language/{text_of(bank)}", "Failed a check"):
        assert words in page
    one = shown("risk", f"/staff/language/{text_of(bank)}")
    for words in ("Explanation", "Find sources", "passed at once", "monitor-language brings it", "Unkind"):
        assert words in one


def test_only_those_who_may_read_talk_read_the_words_and_each_reading_is_on_record(
    bank: Platform, client_of: Callable[[str], FlaskClient], shown: Shown
) -> None:
    refused_thumb(bank, client_of("refused"), "SECRET")
    path = f"/staff/language/{text_of(bank)}"
    for page in (shown("scientist"), shown("scientist", path)):
        assert "SECRET" not in page
        assert "may not read" in page
    assert "SECRET" in shown("auditor", path)
    with bank.records.database.look() as connection:
        read = connection.execute(select(audit_events).where(audit_events.c.act == "text.read")).all()
    assert [(row.actor, row.subject) for row in read] == [("auditor", text_of(bank))]


@pytest.mark.parametrize("name", ["officer", "senior", "admin"])
def test_other_roles_find_no_such_page(name: str, shown: Shown) -> None:
    assert "Failed a check" not in shown(name)
    assert "thumbs down" not in shown(name)


@pytest.mark.parametrize("search", ["?days=0", "?days=abc&by=century", "?days=28%00", "?by=", "?days=99999999999999"])
def test_a_wrong_address_falls_back_and_says_so(search: str, shown: Shown) -> None:
    page = shown("risk", "/staff/language", search)
    assert "Look back" in page
    assert ("which is no choice here" in page) == (search != "?by=")


def test_a_text_that_is_not_there_leads_nowhere(shown: Shown) -> None:
    assert "There is no such page" in shown("risk", "/staff/language/g_none")


def test_an_opinion_is_looked_at_once_by_who_may(
    bank: Platform, client_of: Callable[[str], FlaskClient], shown: Shown
) -> None:
    refused_thumb(bank, client_of("refused"))
    path = f"/staff/language/{text_of(bank)}"
    form = {"feedback_id": bank.feedbacks.list("new")[0].feedback_id, "state": "accepted"}
    assert client_of("auditor").post(f"{path}/review", data=form).status_code == 403
    assert "Count it in the evaluation" in shown("risk", path)
    answer = client_of("risk").post(f"{path}/review", data=form)
    assert (answer.status_code, answer.headers["Location"]) == (303, path)
    assert "Looked at by" in shown("risk", path)
    assert client_of("risk").post(f"{path}/review", data=form).status_code == 409
    assert client_of("risk").post(f"{path}/review", data={"feedback_id": "f_x"}).status_code == 404


def test_a_conversation_opens_from_its_answer(bank: Platform, shown: Shown) -> None:
    done: Any = list(bank.chat.say(REFUSED, ChatAsk("What fees are there?")))[-1][1]
    page = shown("risk", f"/staff/language/{done['generation_id']}")
    for words in ("What fees are there?", "The assistant", "this text", "Source "):
        assert words in page
