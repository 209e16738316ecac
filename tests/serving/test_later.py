"""What nobody can score now is kept, answered once the model is back, and the customer told; nobody is told a guess."""

import json
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from lending.domain.application import Collateral
from lending.domain.errors import UnavailableError
from serving.decide import LoanAsk
from serving.later import KIND, READY
from serving.scored import BY_ENDPOINT, LaterError, ScorerRules, Scoring
from tests.bank import open_bank

RULES = ScorerRules("later", tries=1, failures=3, rest_seconds=0.0)


class Endpoint:
    """Scores with the model itself, or is down."""

    name = "candor"
    down = True

    def score(self, model, columns, *, targeted, tries):
        if self.down:
            raise UnavailableError("down", code="unreachable")
        return *model.score(columns), "AllTraffic"


class Open:
    """A breaker that always lets through."""

    def lets_through(self):
        return True

    def passed(self):
        """Nothing is counted."""

    failed = passed


@pytest.fixture
def endpoint():
    return Endpoint()


@pytest.fixture
def bank(tmp_path, endpoint):
    place = open_bank(tmp_path)
    scoring = Scoring(endpoint, lambda: RULES, Open())
    scoring.on_return = place.later_requests.try_again
    place.__dict__["scoring"] = scoring
    place.__dict__["quotes"] = replace(place.quotes, scoring=scoring, later=place.later_requests)
    return place


ASKS = (
    LoanAsk("car", Decimal("6000"), 36),
    LoanAsk("home", Decimal("90000.00"), 240, Collateral("property", Decimal("120000"))),
    LoanAsk("gold", Decimal("3000"), 12, Collateral("gold", None, Decimal(90), Decimal(22))),
    LoanAsk("car", Decimal("7000"), None),
)


def ask_in_vain(bank, customer, ask):
    with pytest.raises(LaterError):
        bank.advice.quote(customer, ask, channel="api", actor="t")


@pytest.mark.parametrize("ask", ASKS)
def test_a_kept_request_is_answered_as_it_was_asked_and_the_customer_told(bank, endpoint, ask):
    customer = bank.customers.ids()[0]
    ask_in_vain(bank, customer, ask)
    assert not list(bank.decisions.ids())
    endpoint.down = False
    expected = bank.quotes.make(customer, ask)
    bank.delivery.run()
    (name,) = bank.decisions.ids()
    assert bank.decisions.get(name).core == expected.core
    (told,) = bank.messages.inbox(customer)
    assert (told["kind"], told["subject"], told["link"]) == (READY, name, f"/loans/{ask.product}")


def test_the_same_request_is_kept_once(bank):
    customer = bank.customers.ids()[0]
    for _ in range(3):
        ask_in_vain(bank, customer, ASKS[0])
    assert [row.kind for row in bank.records.outbox.list(given_up=False)] == [KIND]


def test_while_the_model_is_away_the_request_waits_and_nothing_is_recorded(bank):
    ask_in_vain(bank, bank.customers.ids()[0], ASKS[0])
    assert bank.delivery.run().failed == 1
    assert not list(bank.decisions.ids())
    assert bank.records.outbox.list(given_up=False)[0].trouble == "kept_for_later"


def test_what_was_given_up_is_due_again_once_the_model_scores(bank, endpoint):
    customer, other = bank.customers.ids()[:2]
    ask_in_vain(bank, customer, ASKS[0])
    (row,) = bank.records.outbox.list(given_up=False)
    for _ in range(8):
        bank.records.outbox.failed(replace(row, attempts=8), "kept_for_later")
    with bank.records.database.write() as connection:
        connection.exec_driver_sql("UPDATE outbox SET attempts = 8")
    assert bank.records.outbox.list(given_up=True)
    endpoint.down = False
    bank.advice.quote(other, ASKS[0], channel="api", actor="t")
    bank.delivery.run()
    assert bank.messages.inbox(customer)


def test_a_kept_request_is_scored_while_others_may_write(bank, endpoint, monkeypatch):
    ask_in_vain(bank, bank.customers.ids()[0], ASKS[0])
    endpoint.down, inside = False, []
    score = endpoint.score

    def watched(*asked, **how):
        inside.append(bank.records.database.is_joined)
        return score(*asked, **how)

    monkeypatch.setattr(endpoint, "score", watched)
    assert bank.delivery.run().failed == 0
    assert inside == [False]


def test_a_request_that_is_tried_in_vain_on_the_next_day_is_not_kept_twice(bank, monkeypatch):
    ask_in_vain(bank, bank.customers.ids()[0], ASKS[0])
    tomorrow = bank.clock.now() + timedelta(days=1)
    monkeypatch.setattr(bank.clock, "now", lambda: tomorrow, raising=False)
    assert bank.delivery.run().failed == 1
    assert len(bank.records.outbox.list(given_up=False)) == 1


def test_whoever_is_scored_first_after_the_return_bears_no_fault_of_what_waited(bank, endpoint, monkeypatch):
    customer = bank.customers.ids()[0]
    ask_in_vain(bank, customer, ASKS[0])
    endpoint.down = False

    def gone(*_):
        raise UnavailableError("the database is locked", code="database")

    monkeypatch.setattr(bank.records.outbox, "again", gone)
    said = bank.advice.quote(customer, ASKS[0], channel="api", actor="t")
    assert bank.records.attached.of(said["decision_id"], BY_ENDPOINT)


def test_what_was_given_up_for_another_reason_is_left(bank):
    ask_in_vain(bank, bank.customers.ids()[0], ASKS[0])
    with bank.records.database.write() as connection:
        connection.exec_driver_sql("UPDATE outbox SET attempts = 8, trouble = 'restricted'")
    assert bank.records.outbox.again("kept_for_later") == 0
    assert bank.records.outbox.again("restricted", "kept_for_later") == 1
    assert bank.records.outbox.again("restricted") == 0


def test_what_waits_is_sealed_to_its_customer(bank):
    ask_in_vain(bank, bank.customers.ids()[0], ASKS[0])
    with bank.records.database.look() as connection:
        content = connection.exec_driver_sql("SELECT content FROM outbox").scalar_one()
    assert b"6000" not in bytes(content)
    assert "6000" not in json.dumps([row.once for row in bank.records.outbox.list(given_up=False)])
