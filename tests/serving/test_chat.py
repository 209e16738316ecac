"""Conversations: who may speak, how often, what is streamed and kept, and what happens when parts are down."""

import json
import time
from threading import Event, Thread

import pytest

from lending.domain.errors import NotFoundError, UnavailableError
from rag.ports import Piece
from rag.retrieve import Retrieval
from serving.api.app import create_api
from serving.chat import TooManyMessagesError
from serving.fields import InvalidBody
from serving.parse_chat import ChatAsk, chat_ask
from tests.patience import given_up
from tests.rag.models import lines_of
from tests.serving.chat_bank import FINE, NEW, REFUSED, REVIEW, ChatBank, Gone, the_retrieval
from tests.serving.clients import TestClient

QUOTE = "what would 15,000 over 5 years cost me for a car?"


@pytest.fixture
def bank(tmp_path):
    return ChatBank(tmp_path)


@pytest.fixture
def client(bank):
    return TestClient(create_api(bank))


def told(bank, customer, message, conversation=None, about=None):
    """Everything that is told to a message, and what `done` carries."""
    events = list(bank.chat.say(customer, ChatAsk(message, conversation, about)))
    assert events[-1][0] == "done"
    return events, events[-1][1]


def text_of(events):
    return " ".join(data["text"] for name, data in events if name == "sentence")


def as_user(bank, number=1):
    return {"Authorization": f"Bearer {bank.identity.open(f'user{number}')[0]}"}


def streamed(reply):
    blocks = [block.split("\n") for block in reply.text.strip().split("\n\n")]
    return [(b[0].removeprefix("event: "), json.loads(b[1].removeprefix("data: "))) for b in blocks]


def test_an_answer_is_streamed_as_events_and_kept(bank, client):
    headers = as_user(bank)
    reply = client.post("/api/v1/chat", json={"message": QUOTE}, headers=headers)
    assert reply.headers["content-type"].startswith("text/event-stream")
    events = streamed(reply)
    assert events[0][0] == "status"
    assert [name for name, _ in events][-2:] == ["citations", "done"]
    done = events[-1][1]
    assert done["ai"]
    assert done["written_by"] == "template"
    assert done["tools"] == ["quote"]
    assert done["suggestions"]
    kept = client.get(f"/api/v1/conversations/{done['conversation_id']}", headers=headers).json()
    assert [turn["speaker"] for turn in kept["turns"]] == ["customer", "assistant"]
    assert kept["turns"][0]["text"] == QUOTE
    assert kept["turns"][1]["text"] == text_of(events)
    assert kept["turns"][1]["generation_id"] == done["generation_id"]
    assert "memory" not in kept["turns"][1]


def test_the_limit_of_the_monthly_payment_is_never_dropped_in_silence(bank, client):
    asked = {"message": "car loan 20,000 with a monthly payment of at most 350"}
    events = streamed(client.post("/api/v1/chat", json=asked, headers=as_user(bank)))
    assert "With a monthly payment of at most $350, the shortest time to repay is" in text_of(events)
    assert "You borrow $20,000" in text_of(events)


def test_how_an_answer_came_about_is_noted_without_its_text(bank):
    _, done = told(bank, FINE, QUOTE)
    row = bank.records.generations.get(done["generation_id"])
    assert (row.kind, row.written_by, row.customer_id) == ("chat", "template", FINE)
    assert row.detail["tools"] == ["quote"]
    assert "15,000" not in str(row)


def test_the_first_answer_says_that_a_program_writes_and_the_next_one_need_not(bank):
    events, done = told(bank, FINE, "hello")
    assert "a computer program" in text_of(events)
    events, _ = told(bank, FINE, "hello", done["conversation_id"])
    assert "a computer program" not in text_of(events)


def test_a_conversation_goes_on_where_it_stood(bank):
    _, done = told(bank, FINE, QUOTE)
    events, _ = told(bank, FINE, "and over 48 months?", done["conversation_id"])
    assert "over 4 years" in text_of(events)


def test_a_conversation_of_somebody_else_is_not_there(bank, client):
    _, done = told(bank, FINE, "hello")
    name = done["conversation_id"]
    with pytest.raises(NotFoundError):
        told(bank, REFUSED, "hello", name)
    theirs = as_user(bank, 2)
    assert client.get(f"/api/v1/conversations/{name}", headers=theirs).status_code == 404
    body = {"message": "hello", "conversation_id": name}
    assert client.post("/api/v1/chat", json=body, headers=theirs).status_code == 404


def test_a_decision_of_somebody_else_cannot_be_spoken_of(bank):
    (row,) = bank.records.decisions.of(REFUSED, 1)
    with pytest.raises(NotFoundError):
        told(bank, FINE, "why?", about=row.decision_id)
    events, _ = told(bank, REFUSED, "why was I refused?", about=row.decision_id)
    assert "credit score" in text_of(events)


def test_an_offer_can_be_spoken_of(bank):
    (row,) = bank.records.decisions.of(FINE, 1)
    offer = json.loads(bank.records.offers.of(row.decision_id)[0].content)
    events, _ = told(bank, FINE, "show me the payment plan", about=offer["offer_id"])
    assert offer["instalment"].removesuffix(".00") in text_of(events).replace(",", "")


def test_asking_leaves_no_decision_on_record(bank):
    before = bank.decided()
    for message in (QUOTE, "how much could I borrow", "compare 36 and 60 months", "can I get a home loan"):
        told(bank, FINE, message)
    assert bank.decided() == before


def test_too_many_messages_wait_and_say_how_long(bank, client):
    most = bank.chat.assistant.talk.count("messages_a_minute")
    for _ in range(most):
        told(bank, FINE, "thanks")
    with pytest.raises(TooManyMessagesError):
        told(bank, FINE, "thanks")
    reply = client.post("/api/v1/chat", json={"message": "hello"}, headers=as_user(bank))
    assert reply.status_code == 429
    assert 1 <= int(reply.headers["retry-after"]) <= 61
    assert told(bank, NEW, "thanks")


@pytest.mark.parametrize(
    "body",
    [{}, {"message": ""}, {"message": "x" * 2001}, {"message": 7}, {"message": "hi", "customer": "C2"},
     {"message": "hi", "conversation_id": "t_1"}, {"message": "hi", "about": "C00001"}, {"message": "?!"}],
)  # fmt: skip
def test_a_body_out_of_contract_is_refused(bank, client, body):
    assert client.post("/api/v1/chat", json=body, headers=as_user(bank)).status_code == 422
    with pytest.raises(InvalidBody):
        chat_ask(body, 2000)


def test_nobody_talks_without_a_session_and_staff_is_no_customer(bank, client):
    assert client.post("/api/v1/chat", json={"message": "hi"}).status_code == 401
    officer = {"Authorization": f"Bearer {bank.identity.open('officer')[0]}"}
    assert client.post("/api/v1/chat", json={"message": "hi"}, headers=officer).status_code == 403


def test_a_hidden_check_shows_in_no_answer(bank):
    for message in ("why does a person have to look?", "what is the status of my request?", "am I flagged for fraud?"):
        events, _ = told(bank, REVIEW, message)
        assert "sanction" not in text_of(events).lower()


class Hanging:
    """A model that never says anything."""

    name = "hanging"

    def __init__(self):
        self.stopped = False

    def write(self, task):
        try:
            time.sleep(0.2)
            raise UnavailableError("too slow", code="too_slow")
            yield Piece("")
        finally:
            self.stopped = True


class Fluent:
    """A model that says the claims as they are, in a friendlier way."""

    name = "fluent"

    def __init__(self):
        self.stopped = False

    def write(self, task):
        try:
            for line in lines_of(task):
                yield Piece(line.replace("The monthly payment is", "Your monthly payment is") + "\n")
        finally:
            self.stopped = True


@pytest.mark.parametrize(
    "retrieval",
    [Retrieval(Gone(), Gone()), Retrieval(Gone(), None)],
    ids=["index and model of meaning down", "index down"],
)
@pytest.mark.parametrize(
    "message", [QUOTE, "is there a late fee?", "why was I refused?", "hello", "which papers for a car"]
)
def test_without_an_index_the_answer_is_honest_and_quick(tmp_path, retrieval, message):
    embedder = retrieval.embedder or the_retrieval().embedder
    bank = ChatBank(tmp_path, Retrieval(retrieval.index, embedder), Hanging())
    told(bank, NEW, "hello")
    with given_up():
        events = bank.chat.say(REFUSED, ChatAsk(message))
        assert next(data["text"] for name, data in events if name == "sentence")
    rest = text_of(list(events))
    if message == "is there a late fee?":
        assert "cannot look that up" in rest
    if message == "why was I refused?":
        assert "credit score" in rest


def test_a_model_that_hangs_leaves_the_template_standing(tmp_path):
    bank = ChatBank(tmp_path, writer=Hanging())
    events, done = told(bank, FINE, QUOTE)
    assert "The monthly payment is" in text_of(events)
    assert done["written_by"] == "template"


def test_a_model_may_word_claims_and_its_words_replace_the_template(tmp_path):
    bank = ChatBank(tmp_path, writer=Fluent())
    events, done = told(bank, FINE, QUOTE)
    (replaced,) = [data for name, data in events if name == "replace"]
    assert done["written_by"] == replaced["written_by"] == "fluent"
    kept = bank.chat.history(FINE, done["conversation_id"])["turns"][-1]
    assert kept["sentences"] == replaced["sentences"]
    assert replaced["sentences"][0]["text"].startswith("I am Candor's assistant")


def test_a_refusal_is_never_worded_by_a_model(tmp_path):
    bank = ChatBank(tmp_path, writer=Fluent())
    _, done = told(bank, REFUSED, "why was I refused?")
    assert done["written_by"] == "template"


class Endless:
    """A model that writes on and on, until somebody stops it."""

    name = "endless"

    def __init__(self):
        self.began, self.stopped = Event(), Event()

    def write(self, task):
        try:
            while not self.stopped.wait(0.01):
                self.began.set()
                yield Piece("")
        finally:
            self.stopped.set()


def test_when_the_reader_leaves_the_model_stops_and_what_was_told_is_kept(tmp_path):
    writer = Endless()
    bank = ChatBank(tmp_path, writer=writer)
    events = bank.chat.say(FINE, ChatAsk(QUOTE))
    reader = Thread(target=lambda: list(events))
    reader.start()
    assert writer.began.wait(5)
    events.close()
    reader.join(5)
    assert writer.stopped.is_set()
    assert not reader.is_alive()
    (conversation,) = _conversations(bank)
    assert len(bank.chat.history(FINE, conversation)["turns"]) == 2


def _conversations(bank):
    from sqlalchemy import select

    from lending.adapters.tables import conversations

    with bank.records.database.read() as connection:
        return connection.execute(select(conversations.c.conversation_id)).scalars().all()
