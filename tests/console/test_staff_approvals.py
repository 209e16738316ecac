"""The page of approvals: what is shown to whoever decides, who may, and an answer that is kept whatever is down."""

from types import SimpleNamespace

import pytest

from console.pages.staff import approvals
from lending.domain.errors import UnavailableError
from lending.domain.roles import Role
from serving.approvals import Release
from tests.bank import open_bank
from tests.conftest import HandClock
from tests.console.shown import text_of
from tests.console.staff import account, browser, visit

VERSION = "candor-pd-demo_bank/2"
BESIDE = {
    "champion": "candor-pd-demo_bank/1", "loans": 1200, "bads": 90, "auc": {}, "log_loss": {},
    "auc_change": {"value": 0.02, "low": 0.01, "high": 0.03},
    "log_loss_change": {"value": -0.01, "low": -0.02, "high": 0.001},
}  # fmt: skip


def a_release(**changes):
    gates = [{"name": "auc", "passed": True, "found": 0.71234, "limit": 0.55, "detail": "ranking power"}]
    metrics = {"auc": {"value": 0.712, "low": 0.68, "high": 0.74}}
    shown = Release("demo_bank", VERSION, "candor-pd-demo_bank/1", "income moved in 2026-03", "tom", "run-9", gates,
                    metrics, BESIDE).as_dict()  # fmt: skip
    return {**shown, **changes}


@pytest.fixture
def bank(tmp_path, clock: HandClock):
    place = open_bank(tmp_path / "bank", clock=clock)
    place.resumed = []
    place.__dict__["flow_runs"] = SimpleNamespace(
        resume=lambda run, said: place.resumed.append((run, said)), latest=lambda flow: None
    )
    return place


@pytest.fixture
def asked(bank):
    return bank.approvals.ask("model.release", VERSION, "drift watch", a_release(), "run-1")


def test_with_nothing_to_decide_the_page_says_what_would_bring_something(bank):
    assert "Nothing waits for a yes" in text_of(approvals.layout(visit(bank, Role.RISK_MANAGER)))


def test_whoever_decides_sees_cause_figures_with_intervals_gates_and_the_champion(bank, asked):
    shown = text_of(approvals.layout(visit(bank, Role.RISK_MANAGER)))
    for word in (
        "income moved in 2026-03", "0.712", "0.680 to 0.740: 95% interval", "1 of 1 gates passed", "ranks better",
        "On the same 1,200 loans (90 bad)", "+0.0200", "Asked by drift watch", "Trained by tom",
    ):  # fmt: skip
        assert word in shown


@pytest.mark.parametrize(("low", "high", "words"), [(-0.01, 0.01, "cannot tell"), (-0.03, -0.01, "ranks worse")])
def test_a_change_within_its_interval_is_called_so(bank, low, high, words):
    change = {**BESIDE, "auc_change": {"value": (low + high) / 2, "low": low, "high": high}}
    bank.approvals.ask("model.release", VERSION, "drift watch", a_release(beside=change), None)
    assert words in text_of(approvals.layout(visit(bank, Role.RISK_MANAGER)))


def test_a_yes_is_kept_with_its_person_and_the_run_goes_on(bank, asked):
    answer = browser(bank, Role.RISK_MANAGER).post(
        f"/staff/approvals/{asked.approval_id}/answer", data={"answer": "yes", "reason": "better everywhere"}
    )
    assert (answer.status_code, answer.location) == (303, "/staff/approvals?done=kept")
    name = account(bank, Role.RISK_MANAGER).username
    assert bank.resumed == [("run-1", {"approve": True, "approver": name, "reason": "better everywhere"})]
    shown = text_of(approvals.layout(visit(bank, Role.AUDITOR)))
    assert "better everywhere" in shown
    assert "Nothing waits for a yes" in shown


def test_an_approved_challenger_is_carried_out_by_its_own_flow(bank):
    row = bank.approvals.ask("model.challenger", VERSION, "scientist", {"share": "0.1"}, None)
    carried = []
    bank.__dict__["model_desk"] = SimpleNamespace(answered=carried.append)
    form = {"answer": "yes", "reason": "worth a look"}
    browser(bank, Role.RISK_MANAGER).post(f"/staff/approvals/{row.approval_id}/answer", data=form)
    assert [(one.subject, one.state) for one in carried] == [(VERSION, "approved")]


def test_an_answer_counts_while_the_orchestrator_is_down(bank, asked):
    def down(*_):
        raise UnavailableError("down")

    bank.flow_runs.resume = down
    answer = browser(bank, Role.RISK_MANAGER).post(
        f"/staff/approvals/{asked.approval_id}/answer", data={"answer": "no", "reason": "too early"}
    )
    assert answer.location == "/staff/approvals?done=later"
    assert bank.records.approvals.get(asked.approval_id).state == "refused"


@pytest.mark.parametrize(
    ("form", "status"),
    [({"answer": "yes", "reason": " "}, 422), ({"answer": "maybe", "reason": "x"}, 422), ({}, 422)],
)
def test_an_answer_that_is_none_changes_nothing(bank, asked, form, status):
    answer = browser(bank, Role.RISK_MANAGER).post(f"/staff/approvals/{asked.approval_id}/answer", data=form)
    assert answer.status_code == status
    assert bank.records.approvals.get(asked.approval_id).state == "waiting"


def test_who_asked_is_told_why_they_do_not_answer_and_is_refused(bank):
    name = account(bank, Role.RISK_MANAGER).username
    row = bank.approvals.ask("model.release", VERSION, name, a_release(), None)
    assert "somebody else must answer" in text_of(approvals.layout(visit(bank, Role.RISK_MANAGER)))
    client = browser(bank, Role.RISK_MANAGER)
    answer = client.post(f"/staff/approvals/{row.approval_id}/answer", data={"answer": "yes", "reason": "mine"})
    assert answer.status_code == 409


def test_an_unknown_approval_is_not_there(bank):
    client = browser(bank, Role.RISK_MANAGER)
    assert client.post("/staff/approvals/y_nope/answer", data={"answer": "yes", "reason": "x"}).status_code == 404


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.RISK_MANAGER])
def test_nobody_else_reaches_the_answer(bank, asked, role):
    answer = browser(bank, role).post(
        f"/staff/approvals/{asked.approval_id}/answer", data={"answer": "yes", "reason": "x"}
    )
    assert answer.status_code in (403, 404)
    assert bank.records.approvals.get(asked.approval_id).state == "waiting"
