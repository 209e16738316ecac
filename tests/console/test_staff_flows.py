"""The page of flows: what runs by itself, a form from a flow's own parameters, progress, and a server that is down."""

from datetime import UTC, datetime

import pytest

from console.pages.staff import flows
from lending.domain.errors import NotFoundError, RefusedError, UnavailableError
from lending.domain.roles import Role
from serving.ports import Deployed, FlowNote, FlowRun
from tests.bank import open_bank
from tests.console.shown import parts_of, text_of
from tests.console.staff import account, browser, visit

RUN = "00000000-0000-4000-8000-000000000001"
SCHEMA = {
    "properties": {"request": {"$ref": "#/definitions/TrainRequest"}},
    "definitions": {"TrainRequest": {"properties": {
        "data": {"type": "string", "default": "demo_bank", "pattern": "^[a-z_]+$", "description": "a data set"},
        "budget_seconds": {"type": "number", "minimum": 1, "maximum": 7200, "default": 240.0},
        "trained_by": {"anyOf": [{"type": "string"}, {"type": "null"}], "default": None},
        "cluster": {"type": "string", "default": ""},
    }}},
}  # fmt: skip


class Runs:
    """An orchestrator in memory."""

    def __init__(self):
        self.started, self.stopped = [], []
        self.run = FlowRun(
            RUN, "train-model", "running", 40.0, "fitting <b>", "http://p/run", datetime(2026, 11, 2, 9, tzinfo=UTC), 61
        )

    def deployed(self):
        return [Deployed("train-model", "Trains.", ["20 5 * * * UTC"], SCHEMA), Deployed("seed-bank", "Fills.")]

    def list(self, limit=20):
        return [self.run]

    def latest(self, flow):
        return None

    def get(self, run_id):
        if run_id != RUN:
            raise NotFoundError("no such run")
        return self.run

    def notes(self, run_id):
        return [FlowNote("training-summary", "markdown", "# Metrics"), FlowNote("page", "link", "http://elsewhere")]

    def start(self, deployment, parameters):
        self.started.append((deployment, parameters))
        return self.run

    def cancel(self, run_id):
        self.stopped.append(run_id)


@pytest.fixture
def bank(tmp_path):
    place = open_bank(tmp_path / "bank")
    place.__dict__["flow_runs"] = Runs()
    return place


def _visit(bank, search=""):
    return visit(bank, Role.DATA_SCIENTIST, search)


def _client(bank, role=Role.DATA_SCIENTIST):
    return browser(bank, role)


def _names(page):
    return [part.name for part in parts_of(page) if getattr(part, "name", None)]


def test_every_flow_says_when_it_runs_by_itself_and_how_it_last_did(bank):
    shown = text_of(flows.layout(_visit(bank)))
    for word in ("train-model", "daily at 05:20", "running", "61 s", "none lately"):
        assert word in shown


CRONS = {
    "17 * * * * UTC": "hourly at minute 17", "*/15 * * * * UTC": "every 15 minutes",
    "0 2 1 * * UTC": "monthly on day 1 at 02:00", "0 2 * * 1 UTC": "0 2 * * 1 UTC",
    "5,35 * * * * UTC": "5,35 * * * * UTC",
}  # fmt: skip


@pytest.mark.parametrize("cron", CRONS)
def test_a_plain_schedule_is_put_into_words(cron):
    assert flows.schedule_words(cron) == CRONS[cron]


def test_only_flows_of_ones_own_work_can_be_started(bank):
    def offered(role):
        page = flows.layout(visit(bank, role))
        return {part.href for part in parts_of(page) if "start=" in str(getattr(part, "href", ""))}

    assert offered(Role.DATA_SCIENTIST) == {"/staff/flows?start=train-model"}
    assert offered(Role.ADMIN) == {"/staff/flows?start=seed-bank"}
    assert offered(Role.AUDITOR) == set()


def test_the_form_asks_for_the_flows_parameters_and_never_for_a_name_of_a_person(bank):
    page = flows.layout(_visit(bank, search="?start=train-model"))
    assert {"data", "budget_seconds"} <= set(_names(page))
    assert {"trained_by", "cluster"} & set(_names(page)) == set()


def test_starting_sends_typed_values_with_the_starters_own_name_and_is_on_record(bank):
    form = {"flow": "train-model", "data": "demo_bank", "budget_seconds": "30", "trained_by": "somebody"}
    answer = _client(bank).post("/staff/flows/start", data=form)
    assert (answer.status_code, answer.location) == (303, f"/staff/flows?run={RUN}")
    name = account(bank, Role.DATA_SCIENTIST).username
    sent = {"request": {"data": "demo_bank", "budget_seconds": 30.0, "trained_by": name}}
    assert bank.flow_runs.started == [("train-model", sent)]
    newest = bank.audit_book.page(flows_asked()).events[0]
    assert (newest.actor, newest.act, newest.subject) == (name, "flow.started", "train-model")


def flows_asked():
    from serving.audit_book import asked_by

    return asked_by({"act": "flow"})


def test_what_does_not_fit_leads_back_to_the_form_with_what_was_typed(bank):
    form = {"flow": "train-model", "data": "demo_bank", "budget_seconds": "0"}
    answer = _client(bank).post("/staff/flows/start", data=form)
    assert answer.status_code == 303
    page = flows.layout(_visit(bank, search="?" + answer.location.partition("?")[2]))
    assert "budget_seconds is 0" in text_of(page)
    assert bank.flow_runs.started == []


@pytest.mark.parametrize(
    ("role", "flow"),
    [
        (Role.DATA_SCIENTIST, "seed-bank"),
        (Role.DATA_SCIENTIST, "nope"),
        (Role.DATA_SCIENTIST, ""),
        (Role.ADMIN, "train-model"),
    ],
)
def test_a_flow_of_somebody_elses_work_is_not_started(bank, role, flow):
    assert _client(bank, role).post("/staff/flows/start", data={"flow": flow}).status_code == 409
    assert bank.flow_runs.started == []


def test_a_run_shows_its_progress_what_it_left_and_moves_by_itself(bank):
    page = flows.layout(_visit(bank, search=f"?run={RUN}"))
    assert "Training summary" in text_of(page)
    assert any(type(part).__name__ == "Progress" for part in parts_of(page))
    told = _client(bank).get(f"/staff/flows/progress?run={RUN}").get_json()
    assert (told["state"], told["percent"], told["ended"]) == ("running", 40.0, False)


def test_asking_for_progress_keeps_no_session_alive():
    from console.gate import QUIET

    assert "/staff/flows/progress" in QUIET


@pytest.mark.parametrize("run", ["x", "../../etc", RUN.replace("1", "2")])
def test_an_unknown_run_is_said_to_be_unknown(bank, run):
    assert "no such run" in text_of(flows.layout(_visit(bank, search=f"?run={run}")))
    assert _client(bank).get("/staff/flows/progress", query_string={"run": run}).status_code in (404, 422)


def test_a_run_is_stopped_by_those_who_may_start_its_flow(bank):
    assert _client(bank, Role.ADMIN).post("/staff/flows/stop", data={"run": RUN}).status_code == 409
    assert _client(bank).post("/staff/flows/stop", data={"run": RUN}).status_code == 303
    assert bank.flow_runs.stopped == [RUN]


def test_a_run_that_ended_meanwhile_is_a_refusal(bank):
    def ended(_):
        raise RefusedError("it has ended")

    bank.flow_runs.cancel = ended
    assert _client(bank).post("/staff/flows/stop", data={"run": RUN}).status_code == 409


def test_an_orchestrator_that_is_down_is_said_on_the_page_and_never_a_broken_one(bank):
    def down(*_):
        raise UnavailableError("the orchestrator does not answer")

    bank.flow_runs.list = bank.flow_runs.get = bank.flow_runs.deployed = down
    for search in ("", f"?run={RUN}", "?start=train-model"):
        assert "Flows cannot be shown now" in text_of(flows.layout(_visit(bank, search=search)))
