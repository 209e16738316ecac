"""The page of models: who decides, who stands beside, how they compare, and what each role may start."""

import json
from dataclasses import replace
from decimal import Decimal
from types import SimpleNamespace

import pytest

from console.app import create_app
from console.pages.staff import models
from console.queries import Queries
from console.sign_in import COOKIE
from lending.domain.errors import UnavailableError
from lending.domain.roles import Role
from serving.api.app import create_api
from serving.decide import LoanAsk
from tests.bank import PASSWORD, open_bank
from tests.console.shown import text_of
from tests.console.staff import account, visit
from tests.serving.clients import TestClient
from tests.serving.test_routing import FIRST, SECOND, Stricter, a_routing
from tests.serving.test_shadow import SHADOW, THIRD, Models
from training.servable.routing import Routing

FIGURE = {"value": 0.712, "low": 0.68, "high": 0.74}


def a_row(version, **changes):
    return {
        "version": version, "aliases": "", "family": "gradient_boosting", "run_id": "a" * 32,
        "registered_at": "2026-11-02T09:00:00+00:00", "metrics": {"auc": FIGURE}, "gates_failed": [],
        "trained_by": "tom", "requested_by": None, "approver": None, "reason": None, "approved_at": None,
        "override": None, "rolled_back": None, **changes,
    }  # fmt: skip


@pytest.fixture
def bank(tmp_path):
    place = open_bank(tmp_path)
    place.__dict__["champion"] = Models(Routing(FIRST))
    place.champion.routing = None
    place.started = []
    place.__dict__["flow_runs"] = SimpleNamespace(
        start=lambda flow, parameters: place.started.append((flow, parameters["request"])), latest=lambda flow: None
    )
    rows = [a_row(THIRD), a_row(SECOND), a_row(FIRST, approver="ann", reason="better on new loans")]
    folder = place.settings.var / "models" / place.settings.portfolio
    folder.mkdir(parents=True)
    (folder / "versions.json").write_text(json.dumps({"data": "demo_bank", "at": "2026-11-02", "models": rows}))
    return place


def in_a_split(bank):
    bank.champion.routing, bank.champion.challenger = replace(a_routing(), shadow=SHADOW), Stricter()
    people = list(bank.customers.ids())[:40]
    bank.quotes.quote_many(
        [(one, LoanAsk("car", Decimal(6000), 36), None) for one in people], channel="api", actor="t"
    )  # fmt: skip
    bank.shadows.work(30, 1000)
    bank.alarm_desk.measure("models", "live", bank.shadows.compared(30))


def page(bank, role=Role.DATA_SCIENTIST, **query):
    return text_of(models.layout(visit(bank, role, **query)))


def post(bank, role, path, **form):
    client = create_app(bank).server.test_client()
    client.set_cookie(COOKIE, bank.records.sessions.open(account(bank, role))[0])
    return client.post(f"/staff/models/{path}", data=form, headers={"Origin": "http://localhost"})


def test_who_decides_is_shown_with_whoever_approved_it_and_why(bank):
    shown = page(bank)
    for word in ("version 1", "approved by ann: better on new loans", "The champion decides for everybody",
                 "0.712 (0.680 to 0.740)", "trained by", "tom"):  # fmt: skip
        assert word.lower() in shown.lower()
    assert "Nothing stands beside the champion" in shown


def test_a_split_is_shown_with_its_share_its_people_and_what_each_side_decided(bank):
    in_a_split(bank)
    shown = page(bank)
    assert "let by ann, asked for by tom: why" in shown
    for word in ("Each side decides for its own", "Planned share of the challenger", "Moves out", "not observed",
                 "would be found four times in five"):  # fmt: skip
        assert word in shown


def test_a_comparison_with_another_champion_is_shown_no_more(bank):
    in_a_split(bank)
    bank.champion.model = Stricter(version="candor-pd-test/9")
    assert "Not compared yet" in page(bank)


def test_a_challenger_that_cannot_be_used_is_said_first(bank):
    bank.champion.routing, bank.champion.challenger = a_routing(), None
    assert "The challenger's package cannot be used" in page(bank)


def test_without_what_the_registry_writes_the_page_says_how_to_get_it(bank):
    (bank.settings.var / "models" / bank.settings.portfolio / "versions.json").write_text("[1")
    assert "candor models" in page(bank)


def test_a_wrong_query_changes_nothing(bank):
    assert page(bank, done="<script>") == page(bank)


@pytest.mark.parametrize(
    ("role", "words", "without"),
    [
        (Role.DATA_SCIENTIST, ("Ask for a challenger", "Set a shadow", "Go back a champion"), ()),
        (Role.RISK_MANAGER, ("Go back a champion",), ("Ask for a challenger", "Set a shadow")),
        (Role.AUDITOR, (), ("Ask for a challenger", "Go back a champion", "What you may do")),
    ],
)
def test_each_role_finds_what_it_may_start(bank, role, words, without):
    shown = page(bank, role)
    assert all(word in shown for word in words)
    assert not any(word in shown for word in without)


def test_a_challenger_waits_for_a_second_person_and_starts_with_their_yes(bank):
    asked = post(bank, Role.DATA_SCIENTIST, "challenger", version=SECOND, share="10", reason="newer loans")
    assert asked.headers["Location"] == "/staff/models?done=asked"
    assert bank.started == []
    (row,) = bank.approvals.waiting()
    assert (row.kind, row.subject, row.content["share"]) == ("model.challenger", SECOND, "0.1")
    risk = account(bank, Role.RISK_MANAGER)
    assert Queries(bank).approvals.decide(row.approval_id, risk, approved=True, reason="agreed") == "kept"
    ((flow, request),) = bank.started
    assert flow == "route-model"
    wanted = {"act": "challenger", "version": SECOND, "share": "0.1", "approver": risk.username, "reason": "agreed"}
    assert {name: request[name] for name in wanted} == wanted
    assert request["requested_by"] == account(bank, Role.DATA_SCIENTIST).username


def test_a_no_starts_nothing(bank):
    post(bank, Role.DATA_SCIENTIST, "challenger", version=SECOND, share="10", reason="newer loans")
    (row,) = bank.approvals.waiting()
    risk = account(bank, Role.RISK_MANAGER)
    Queries(bank).approvals.decide(row.approval_id, risk, approved=False, reason="not now")
    assert bank.started == []


def test_what_one_person_may_do_starts_at_once_in_their_own_name(bank):
    who = account(bank, Role.DATA_SCIENTIST).username
    assert post(bank, Role.DATA_SCIENTIST, "shadow", version=SECOND, reason="look").status_code == 303
    assert post(bank, Role.RISK_MANAGER, "end", act="rollback", reason="complaints").status_code == 303
    assert [(one["act"], one["version"], one["reason"]) for _, one in bank.started] == [
        ("shadow", SECOND, "look"), ("rollback", "", "complaints"),
    ]  # fmt: skip
    assert bank.started[0][1]["approver"] == who


@pytest.mark.parametrize(
    ("role", "path", "form", "status"),
    [
        (Role.DATA_SCIENTIST, "challenger", {"version": SECOND, "share": "51", "reason": "x"}, 422),
        (Role.DATA_SCIENTIST, "challenger", {"version": SECOND, "share": "ten", "reason": "x"}, 422),
        (Role.DATA_SCIENTIST, "challenger", {"version": SECOND, "share": "10", "reason": " "}, 422),
        (Role.DATA_SCIENTIST, "challenger", {"version": "../9", "share": "10", "reason": "x"}, 404),
        (Role.DATA_SCIENTIST, "challenger", {"version": FIRST, "share": "10", "reason": "x"}, 409),
        (Role.DATA_SCIENTIST, "shadow", {"version": "9", "reason": "x"}, 404),
        (Role.DATA_SCIENTIST, "end", {"act": "burn", "reason": "x"}, 422),
        (Role.DATA_SCIENTIST, "end", {"act": "end-split", "reason": "x" * 401}, 422),
        (Role.ADMIN, "end", {"act": "rollback", "reason": "x"}, 409),
        (Role.RISK_MANAGER, "challenger", {"version": SECOND, "share": "10", "reason": "x"}, 403),
        (Role.AUDITOR, "end", {"act": "rollback", "reason": "x"}, 403),
    ],
)
def test_what_may_not_or_cannot_be_done_starts_nothing(bank, role, path, form, status):
    assert post(bank, role, path, **form).status_code == status
    assert bank.started == []
    assert bank.approvals.waiting() == []


def test_an_orchestrator_that_is_down_is_said_and_nothing_is_started(bank):
    def down(flow, parameters):
        raise UnavailableError("no answer")

    bank.flow_runs.start = down
    answer = post(bank, Role.DATA_SCIENTIST, "shadow", version=SECOND, reason="look")
    assert answer.headers["Location"] == "/staff/models?done=down"
    assert "nothing was started" in page(bank, done="down")


def test_a_yes_while_the_orchestrator_is_down_is_kept_and_says_what_to_do(bank):
    def down(flow, parameters):
        raise UnavailableError("no answer")

    post(bank, Role.DATA_SCIENTIST, "challenger", version=SECOND, share="10", reason="newer loans")
    bank.flow_runs.start = down
    (row,) = bank.approvals.waiting()
    risk = account(bank, Role.RISK_MANAGER)
    assert Queries(bank).approvals.decide(row.approval_id, risk, approved=True, reason="agreed") == "by_hand"
    assert bank.approvals.closed()[0].state == "approved"


def test_the_api_answers_what_the_page_shows_to_those_who_may_read_models(bank):
    in_a_split(bank)
    client = TestClient(create_api(bank))
    client.post("/api/v1/login", json={"username": "risk", "password": PASSWORD})
    told = client.get("/api/v1/staff/models").json()
    assert (told["champion"], told["challenger"]["version"], told["shadow"]["version"]) == (FIRST, SECOND, THIRD)
    assert (told["split"], told["broken"]) == (a_routing().split, False)
    assert [one["version"] for one in told["versions"]] == [THIRD, SECOND, FIRST]
    assert told["compared"]["split"]["split"] == told["split"]
    client.post("/api/v1/login", json={"username": "officer", "password": PASSWORD})
    assert client.get("/api/v1/staff/models").status_code == 403
