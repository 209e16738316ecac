"""Decisions scored by an endpoint are the same decisions; a broken endpoint never makes another one."""

import json
import threading
import time
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from lending.adapters.aws import aws_client
from lending.breaker import Breaker
from lending.domain.errors import PolicyError
from lending.domain.roles import GRANTS, Permission
from lending.ports import Account
from lending.settings import ROOT
from serving.adapters.endpoint_scorer import RuntimeScorer
from serving.api.app import create_api
from serving.assembly_base import SystemClock
from serving.decide import LoanAsk
from serving.later import KIND
from serving.scored import BY_ENDPOINT, STOOD_IN, LaterError, ScorerRules, Scoring, read_rules
from serving.twin import create_twin
from serving.twin.live import Endpoints, OfPointer
from tests.bank import PASSWORD, open_bank
from tests.conftest import sized
from tests.fakes.endpoint import BREAKS, LIES, FakeEndpoint, on_a_port
from tests.serving.clients import TestClient
from tests.serving.standins import LinearModel
from tests.serving.test_routing import Stricter, a_routing

RULES = ScorerRules("in_process", tries=2, failures=3, rest_seconds=30.0)
PATIENT, BRIEF = 20.0, 1.0
"""Seconds that a test waits for a score that should come, and for one that should not."""


@pytest.fixture(scope="module")
def fake():
    endpoint = FakeEndpoint(LinearModel())
    yield endpoint
    endpoint.stop()


@pytest.fixture
def endpoint(fake):
    fake.lie = fake.fault = None
    fake.asked.clear()
    yield fake
    fake.lie = fake.fault = None


def a_scoring(url, rules=RULES, seconds=PATIENT):
    client = aws_client("sagemaker-runtime", seconds=seconds, tries=1, local=url)
    return Scoring(RuntimeScorer("candor", lambda: client, seconds), lambda: rules, Breaker(3, 30.0, SystemClock()))


@pytest.fixture
def bank(tmp_path, endpoint):
    place = open_bank(tmp_path)
    place.__dict__["quotes"] = replace(place.quotes, scoring=a_scoring(endpoint.url))
    return place


def an_ask(amount="6000"):
    return LoanAsk("car", Decimal(amount), 36)


def scored(bank, decision_id):
    found = [one for kind in (BY_ENDPOINT, STOOD_IN) for one in bank.records.attached.of(decision_id, kind)]
    return [json.loads(one) for one in found]


def quoted(bank, customer, ask):
    return bank.advice.quote(customer, ask, channel="api", actor="t")


def test_a_decision_through_the_endpoint_is_the_same_to_the_byte_and_says_who_scored_it(bank):
    for customer in list(bank.customers.ids())[: sized(4, 60)]:
        made = bank.quotes.make_for_record(customer, an_ask(), channel="api", actor="t")
        assert made.core == bank.quotes.make(customer, an_ask()).core
        assert made.scored is not None
        assert (made.scored.by, made.scored.variant) == ("endpoint", "AllTraffic")
    said = quoted(bank, customer, an_ask())
    assert scored(bank, said["decision_id"]) == [
        {"by": "endpoint", "because": "", "endpoint": "candor", "model_version": "candor-pd-test/1",
         "variant": "AllTraffic"}
    ]  # fmt: skip
    assert bank.replay.run().equal == 1


def test_only_what_is_recorded_asks_the_endpoint(bank, endpoint):
    bank.advice.look(bank.customers.ids()[0], an_ask())
    assert not endpoint.asked
    quoted(bank, bank.customers.ids()[0], an_ask())
    assert len(endpoint.asked) == 1


@pytest.mark.parametrize("lie", LIES)
def test_a_wrong_answer_is_refused_and_the_record_says_who_scored_instead(bank, endpoint, lie):
    customer = bank.customers.ids()[0]
    right = bank.quotes.make(customer, an_ask())
    endpoint.lie = lie
    said = quoted(bank, customer, an_ask())
    assert said["decision_id"] == right.decision_id
    (note,) = scored(bank, said["decision_id"])
    assert (note["by"], note["because"], note["variant"]) == ("in_process", "wrong_answer", "")
    assert bank.decisions.get(right.decision_id).core == right.core


@pytest.mark.parametrize("fault", BREAKS)
def test_an_endpoint_that_breaks_is_stood_in_for_within_its_time(bank, endpoint, fault):
    customer = bank.customers.ids()[0]
    right = bank.quotes.make(customer, an_ask())
    if fault in ("hang", "drip"):
        bank.__dict__["quotes"] = replace(bank.quotes, scoring=a_scoring(endpoint.url, seconds=BRIEF))
    with endpoint.broken(fault):
        began = time.monotonic()
        said = quoted(bank, customer, an_ask())
        took = time.monotonic() - began
    assert said["decision_id"] == right.decision_id
    (note,) = scored(bank, said["decision_id"])
    assert (note["by"], note["model_version"]) == ("in_process", "candor-pd-test/1")
    assert note["because"] in ("timeout", "unreachable", "refused", "wrong_answer")
    assert took < PATIENT + 5


def test_an_endpoint_that_drips_keeps_no_thread_once_nobody_waits(bank, endpoint):
    bank.__dict__["quotes"] = replace(bank.quotes, scoring=a_scoring(endpoint.url, seconds=BRIEF))
    with endpoint.broken("drip"):
        assert quoted(bank, bank.customers.ids()[0], an_ask())
        until = time.monotonic() + 15
        while (left := scoring_threads()) and time.monotonic() < until:
            time.sleep(0.05)
    assert not left


def scoring_threads():
    return [one for one in threading.enumerate() if one.name.startswith("candor-scorer")]


def test_after_failures_in_a_row_the_endpoint_is_left_alone(bank, endpoint):
    people = bank.customers.ids()
    with endpoint.broken("500"):
        for customer in people[:3]:
            bank.quotes.make_for_record(customer, an_ask(), channel="api", actor="t")
        asked = len(endpoint.asked)
        made = bank.quotes.make_for_record(people[3], an_ask(), channel="api", actor="t")
    assert made.scored.because == "resting"
    assert len(endpoint.asked) == asked
    assert bank.quotes.scoring.trouble == "resting"


def test_a_call_that_failed_is_tried_again_before_anybody_stands_in(bank, endpoint):
    customer, model = bank.customers.ids()[0], endpoint.reply
    first = iter([True])
    endpoint.reply = lambda asked: replace(model(asked), status=500) if next(first, False) else model(asked)
    try:
        made = bank.quotes.make_for_record(customer, an_ask(), channel="api", actor="t")
    finally:
        endpoint.reply = model
    assert (made.scored.by, len(endpoint.asked)) == ("endpoint", 2)


def test_where_policy_lets_nobody_stand_in_the_answer_comes_later_and_nothing_is_decided(bank, endpoint):
    later = replace(RULES, when_down="later")
    bank.__dict__["quotes"] = replace(bank.quotes, scoring=a_scoring(endpoint.url, later))
    bank.__dict__.pop("advice", None)
    with endpoint.broken("refused"), pytest.raises(LaterError) as said:
        quoted(bank, bank.customers.ids()[0], an_ask())
    assert said.value.code == "kept_for_later"
    assert not list(bank.decisions.ids())


def test_without_a_champion_nobody_is_asked(tmp_path, endpoint):
    place = open_bank(tmp_path, model=False)
    quotes = replace(place.quotes, scoring=a_scoring(endpoint.url))
    made = quotes.make_for_record(place.customers.ids()[0], an_ask(), channel="api", actor="t")
    assert (made.scored, endpoint.asked) == (None, [])


def test_a_split_aims_at_the_variant_of_each_applicants_model(bank, endpoint):
    bank.champion.routing, bank.champion.challenger = a_routing(), Stricter()
    for customer in list(bank.customers.ids())[:8]:
        endpoint.asked.clear()
        decider = bank.champion.for_customer(customer)
        endpoint.model = decider.model
        made = bank.quotes.make_for_record(customer, an_ask(), channel="api", actor="t")
        assert made.core == bank.quotes.make(customer, an_ask()).core
        aims = {name.lower(): value for name, value in endpoint.asked[0].headers.items()}
        assert aims["x-amzn-sagemaker-target-variant"] == decider.model.version.replace("/", "-")
        assert made.scored.model_version == decider.model.version
    endpoint.model = LinearModel()


def test_the_twin_is_asked_by_the_same_client(bank):
    app = create_twin(Endpoints(None, OfPointer(LinearModel)), None, SystemClock())
    with on_a_port(app) as url:
        bank.__dict__["quotes"] = replace(bank.quotes, scoring=a_scoring(url))
        made = bank.quotes.make_for_record(bank.customers.ids()[0], an_ask(), channel="api", actor="t")
    assert (made.scored.by, made.scored.variant) == ("endpoint", "AllTraffic")


def test_the_rules_are_dated_and_read_strictly(tmp_path):
    rules = read_rules(ROOT / "kb" / "degraded.yaml", datetime.now(UTC).date())
    assert rules == RULES
    text = (ROOT / "kb" / "degraded.yaml").read_text()
    for wrong in (text.replace("in_process\n", "guess\n"), text.replace("tries: 2", "tries: two"), "scorer: []",
                  text.replace("2026-01-01:", "soon:"), "scorer: {description: d, values: {}}"):  # fmt: skip
        file = Path(tmp_path) / "degraded.yaml"
        file.write_text(wrong)
        with pytest.raises(PolicyError):
            read_rules(file, date(2026, 6, 1))


def test_staff_see_today_how_many_decisions_were_scored_without_the_endpoint(bank, endpoint):
    role = next(role for role, grants in GRANTS.items() if Permission.MONITOR_READ in grants)
    watcher = Account("watcher", role, None, "Watcher")
    quoted(bank, bank.customers.ids()[0], an_ask())
    assert not [task for task in bank.today.tasks(watcher) if "without the model endpoint" in task.what]
    with endpoint.broken("500"):
        quoted(bank, bank.customers.ids()[1], an_ask())
    (task,) = [task for task in bank.today.tasks(watcher) if "without the model endpoint" in task.what]
    assert (task.count, task.late) == (1, True)


def test_readiness_says_who_scores(bank, endpoint):
    client = TestClient(create_api(bank))
    assert client.get("/readyz").json()["checks"]["scorer"] == "endpoint"
    with endpoint.broken("500"):
        quoted(bank, bank.customers.ids()[0], an_ask())
        assert client.get("/readyz").json()["checks"]["scorer"] == "in_process"
    quoted(bank, bank.customers.ids()[1], an_ask())
    assert client.get("/readyz").json()["checks"]["scorer"] == "endpoint"


def test_the_settings_alone_make_decisions_go_to_an_endpoint(tmp_path, endpoint):
    named = {"endpoint_name": "candor", "endpoint_url": endpoint.url, "endpoint_seconds": PATIENT}
    place = open_bank(tmp_path, **named)
    customer = place.customers.ids()[0]
    said = place.quotes.quote(customer, an_ask(), channel="api", actor="t")
    assert [one["by"] for one in scored(place, said["decision_id"])] == ["endpoint"]
    assert endpoint.asked[-1].path == "/endpoints/candor/invocations"
    assert "customer" not in endpoint.asked[-1].body.decode()
    assert customer not in endpoint.asked[-1].body.decode()


def test_a_customer_is_told_that_the_request_is_kept_and_never_a_server_error(bank, endpoint):
    later = replace(RULES, when_down="later")
    scoring = a_scoring(endpoint.url, later)
    bank.__dict__["quotes"] = replace(bank.quotes, scoring=scoring, later=bank.later_requests)
    with TestClient(create_api(bank)) as client, endpoint.broken("500"):
        token = client.post("/api/v1/login", json={"username": "good", "password": PASSWORD}).json()["token"]
        body = {"product": "car", "amount": "6000", "term_months": 36}
        reply = client.post("/api/v1/loans/predict", json=body, headers={"Authorization": f"Bearer {token}"})
    assert (reply.status_code, reply.json()["code"]) == (409, "kept_for_later")
    assert not list(bank.decisions.ids())
    assert [row.kind for row in bank.records.outbox.list(given_up=False)] == [KIND]
