"""The policy lab's pages: four states, a replay that is small or goes to a flow, and the way to publication."""

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from console.pages.staff import lab, lab_draft
from lending.domain.errors import NotFoundError, UnavailableError
from lending.domain.roles import Permission, Role, may
from tests.conftest import HandClock
from tests.console.shown import text_of
from tests.console.staff import browser, visit
from tests.serving.lab_bank import open_lab

DRAFT = {"title": "A higher score for cars", "car.score_min": "700"}
READERS = [role for role in Role if may(role, Permission.POLICY_READ)]


@pytest.fixture
def bank(tmp_path, clock: HandClock):
    place: Any = open_lab(tmp_path / "bank", clock=clock)
    place.begun = []
    place.runs = {}

    def start(flow, parameters):
        place.begun.append((flow, parameters))
        return SimpleNamespace(run_id="run-1")

    place.__dict__["flow_runs"] = SimpleNamespace(
        start=start, get=lambda run: place.runs[run], latest=lambda flow: None
    )
    return place


@pytest.fixture
def risk(bank):
    return browser(bank, Role.RISK_MANAGER)


@pytest.fixture
def drafted(bank, risk):
    answer = risk.post("/staff/lab/drafts", data=DRAFT)
    assert answer.status_code == 303
    return answer.location.rsplit("/", 1)[1]


@pytest.fixture
def tried(risk, drafted):
    answer = risk.post(f"/staff/lab/{drafted}/run", data={"data": "demo_bank", "size": "quick"})
    assert answer.status_code == 303
    return drafted


def _page(bank, draft_id, role=Role.RISK_MANAGER):
    return text_of(lab_draft.layout(visit(bank, role), draft_id))


def _version(bank, draft_id):
    return str(bank.records.drafts.get(draft_id).version)


def _propose(bank, risk, draft_id):
    form = {"effective_on": bank.clock.now().date().isoformat(), "reason": "safer", "version": _version(bank, draft_id)}
    return risk.post(f"/staff/lab/{draft_id}/propose", data=form)


def _answer(bank, draft_id, role=Role.SENIOR_OFFICER, said="yes"):
    form = {"answer": said, "reason": "agreed", "version": _version(bank, draft_id)}
    return browser(bank, role).post(f"/staff/lab/{draft_id}/answer", data=form)


@pytest.mark.parametrize("role", READERS)
def test_without_drafts_the_page_says_what_brings_one(bank, role):
    shown = text_of(lab.layout(visit(bank, role)))
    assert "There is no draft yet" in shown
    assert ("New draft" in shown) is may(role, Permission.POLICY_DRAFT)


def test_the_form_tells_of_every_figure_what_stands_there_its_bounds_source_and_what_it_does(bank):
    shown = text_of(lab.layout(visit(bank, Role.RISK_MANAGER)))
    for leaf in bank.draft_desk.leaves():
        assert leaf.does in shown
        assert leaf.source in shown
    assert "From 450 to 800 (points)" in shown


def test_a_draft_says_what_it_changes_and_that_it_was_not_replayed(bank, drafted):
    shown = _page(bank, drafted)
    for words in ("650", "700", "car.score_min", "It was not replayed yet", "Nothing is published yet"):
        assert words in shown
    assert "A higher score for cars" in text_of(lab.layout(visit(bank, Role.AUDITOR)))


def test_a_sample_is_replayed_at_once_and_every_finding_is_shown(bank, tried):
    shown = _page(bank, tried)
    expected = ("What it would have done", "Who moves", "move in", "Cut-off explorer", "Groups", "four fifths",
                "Parts of the book", "intervals of 95%", "left out of both policies", "unobserved")  # fmt: skip
    assert [words for words in expected if words not in shown] == []
    assert bank.begun == []


def test_everything_is_replayed_by_a_flow_and_the_page_says_how_far_it_is(bank, risk, drafted):
    answer = risk.post(f"/staff/lab/{drafted}/run", data={"data": "demo_bank", "size": "all"})
    assert answer.status_code == 303
    request = {"draft_id": drafted, "data": "demo_bank", "product": "", "most": 0}
    assert bank.begun == [("run-lab", {"request": request})]
    bank.runs["run-1"] = SimpleNamespace(state="RUNNING", percent=42.0, message="deciding by the draft: 5 of 9")
    assert "deciding by the draft: 5 of 9" in _page(bank, drafted)
    bank.runs["run-1"] = SimpleNamespace(state="CRASHED", percent=None, message="out of memory")
    assert "The replay failed. out of memory" in _page(bank, drafted)


def test_while_the_orchestrator_is_down_the_page_stands_and_a_replay_says_what_to_do(bank, risk, drafted):
    def down(*_):
        raise UnavailableError("down")

    risk.post(f"/staff/lab/{drafted}/run", data={"data": "demo_bank", "size": "all"})
    bank.flow_runs.start = bank.flow_runs.get = down
    assert "does not answer" in _page(bank, drafted)
    answer = risk.post(f"/staff/lab/{drafted}/run", data={"data": "demo_bank", "size": "all"})
    assert answer.status_code == 503


def test_a_replay_that_failed_says_why(bank, drafted):
    failed = {"found": "no loan of bank says which product it was", "do": "Choose one."}
    bank.draft_desk.keep_result(drafted, {"failed": failed, "data": "bank"})
    assert "no loan of bank says which product it was" in _page(bank, drafted)


def test_what_is_proposed_is_approved_by_somebody_else_and_then_decides(bank, risk, tried, clock):
    assert _propose(bank, risk, tried).status_code == 303
    assert "Waits for a yes" in _page(bank, tried)
    assert "Approve" in _page(bank, tried, Role.SENIOR_OFFICER)
    assert _answer(bank, tried, Role.RISK_MANAGER).status_code == 409
    assert _answer(bank, tried).status_code == 303
    clock.move(seconds=2)
    assert "It has decided since" in _page(bank, tried)
    assert bank.policy.current.product("car").parameters["score_min"].values[-1].value == 700
    answer = risk.post(f"/staff/lab/{tried}/take-back", data={})
    assert "It takes back" in _page(bank, answer.location.rsplit("/", 1)[1])


def test_a_proposal_can_be_refused_and_withdrawn(bank, risk, tried):
    _propose(bank, risk, tried)
    form = {"reason": "second thoughts", "version": _version(bank, tried)}
    assert risk.post(f"/staff/lab/{tried}/withdraw", data=form).status_code == 303
    assert "It was withdrawn" in _page(bank, tried)
    assert _answer(bank, tried, said="no").status_code == 409


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({"title": "x", "car.rate_min": "0.2"}, "kb/products/car.yaml: rate_min"),
        ({"title": "x", "car.score_min": "9999"}, "bounds"),
        ({"title": "x", "car.nothing": "1"}, "one of these"),
        ({"title": " ", "car.score_min": "700"}, "what it is for"),
        ({"title": "x"}, "Change a figure"),
    ],
)
def test_a_draft_that_cannot_be_is_refused_with_what_to_do(bank, risk, form, words):
    answer = risk.post("/staff/lab/drafts", data=form, headers={"Accept": "text/html"})
    assert answer.status_code == 422
    assert words in answer.text
    assert bank.records.drafts.list() == []


@pytest.mark.parametrize(
    ("act", "form", "status"),
    [
        ("run", {"data": "nothing"}, 404),
        ("run", {"data": "demo_bank", "product": "boat"}, 422),
        ("propose", {"effective_on": "soon", "reason": "x", "version": "2"}, 422),
        ("propose", {"effective_on": "2026-12-01", "reason": "x", "version": "two"}, 422),
        ("propose", {"effective_on": "2026-12-01", "reason": "x", "version": "1"}, 409),
        ("answer", {"answer": "maybe", "reason": "x", "version": "2"}, 422),
        ("withdraw", {"reason": "", "version": "2"}, 422),
        ("take-back", {}, 409),
    ],
)
def test_a_form_that_is_wrong_changes_nothing(bank, risk, tried, act, form, status):
    before = bank.records.drafts.get(tried)
    assert risk.post(f"/staff/lab/{tried}/{act}", data=form).status_code == status
    assert bank.records.drafts.get(tried) == before


def test_a_draft_for_another_policy_says_that_it_was_overtaken(bank, risk, tried, clock):
    other = risk.post("/staff/lab/drafts", data={"title": "Homes", "home.score_min": "735"}).location.rsplit("/", 1)[1]
    risk.post(f"/staff/lab/{other}/run", data={"data": "demo_bank", "size": "quick"})
    _propose(bank, risk, tried)
    _answer(bank, tried)
    clock.move(seconds=2)
    assert "The policy in force changed since" in _page(bank, other)


def test_a_day_to_come_is_said(bank, risk, tried):
    soon = bank.clock.now().date() + timedelta(days=9)
    form = {"effective_on": soon.isoformat(), "reason": "safer", "version": _version(bank, tried)}
    risk.post(f"/staff/lab/{tried}/propose", data=form)
    _answer(bank, tried)
    assert "It decides from November 11, 2026 on" in _page(bank, tried)


def test_an_unknown_draft_is_not_there(bank):
    with pytest.raises(NotFoundError):
        _page(bank, "pd_nothing")


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("act", ["run", "propose", "withdraw", "take-back", "answer"])
def test_each_act_needs_its_permission(bank, drafted, role, act):
    need = Permission.POLICY_PUBLISH if act == "answer" else Permission.POLICY_DRAFT
    answer = browser(bank, role).post(f"/staff/lab/{drafted}/{act}", data={})
    assert (answer.status_code in (403, 404)) is (not may(role, need) or (act == "run" and answer.status_code == 404))
