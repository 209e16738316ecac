"""Flow runs through REST, against a real Prefect server."""

import uuid
import warnings
from contextlib import closing

import httpx
import pytest

from flows.up_flows import Orchestrator, process_is_gone
from lending.domain.errors import InputError, NotFoundError, RefusedError, UnavailableError
from serving.adapters.prefect_api import PrefectFlowRuns, request_tag
from serving.one_id import OneId


@pytest.fixture(scope="module")
def api(prefect_server):
    from flows.validate_data import validate_data

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        validate_data.to_deployment("validate-data", _sync=True).apply(_sync=True)
    with closing(PrefectFlowRuns(prefect_server)) as client:
        yield client


def _set_state(server: str, run_id: str, kind: str) -> None:
    body = {"state": {"type": kind, "name": kind.title(), "message": f"now {kind.lower()}"}, "force": True}
    httpx.post(f"{server}/api/flow_runs/{run_id}/set_state", json=body).raise_for_status()


def test_a_started_run_waits_for_a_worker_and_can_be_asked_for(api):
    run = api.start("validate-data", {"request": {"data": "demo_bank"}})
    assert (run.flow, run.state, run.percent) == ("validate-data", "scheduled", None)
    assert api.get(run.run_id) == run
    assert run.url.endswith(run.run_id)


def test_the_latest_run_of_a_flow_is_found(api):
    run = api.start("validate-data", {})
    assert api.latest("validate-data").run_id == run.run_id
    assert api.latest("never-ran") is None
    assert run.run_id in {known.run_id for known in api.list(200)}


def test_progress_comes_from_the_runs_progress_artifact(api, prefect_server):
    run = api.start("validate-data", {})
    _set_state(prefect_server, run.run_id, "RUNNING")
    artifact = {"key": "some-progress", "type": "progress", "data": 42.5, "description": "reading the data",
                "flow_run_id": run.run_id}  # fmt: skip
    httpx.post(f"{prefect_server}/api/artifacts/", json=artifact).raise_for_status()
    now = api.get(run.run_id)
    assert (now.state, now.percent, now.message) == ("running", 42.5, "reading the data")
    _set_state(prefect_server, run.run_id, "COMPLETED")
    assert api.get(run.run_id).percent == 100.0


def test_an_unknown_deployment_or_run_is_not_found(api):
    with pytest.raises(NotFoundError, match="deployment nope"):
        api.start("nope", {})
    with pytest.raises(NotFoundError, match="flow run"):
        api.get(str(uuid.uuid4()))


@pytest.mark.parametrize("request_", [{"data": "Not A Name"}, {"data": 5}, {"unknown": 1}])
def test_parameters_that_the_flow_does_not_take_are_refused(api, request_):
    with pytest.raises(InputError, match="refused the parameters"):
        api.start("validate-data", {"request": request_})


def test_a_server_that_is_down_is_said_to_be_down():
    with pytest.raises(UnavailableError, match="does not answer"):
        PrefectFlowRuns("http://127.0.0.1:9").latest("train-model")


def test_a_server_that_breaks_or_talks_nonsense_is_unavailable():
    def broken(_request):
        return httpx.Response(500, text="<html>")

    with pytest.raises(UnavailableError, match="status 500"):
        PrefectFlowRuns("http://x", transport=httpx.MockTransport(broken)).list()
    with pytest.raises(UnavailableError, match="not JSON"):
        PrefectFlowRuns("http://x", transport=httpx.MockTransport(lambda _r: httpx.Response(200, text="<html>"))).list()


def test_a_run_whose_process_died_is_marked_as_crashed_and_the_others_are_left(api, prefect_server):
    lost, waiting = api.start("validate-data", {}), api.start("validate-data", {})
    _set_state(prefect_server, lost.run_id, "RUNNING")
    httpx.patch(f"{prefect_server}/api/flow_runs/{lost.run_id}", json={"infrastructure_pid": "here:999999999"})
    with closing(Orchestrator(prefect_server)) as orchestrator:
        assert len(orchestrator.crash_lost_runs(lambda run: run["id"] == lost.run_id and process_is_gone(run))) == 1
    assert api.get(lost.run_id).state == "crashed"
    assert api.get(waiting.run_id).state == "scheduled"


def test_a_run_whose_process_lives_is_not_lost():
    import os
    from datetime import UTC, datetime

    now = datetime.now(UTC).isoformat()
    assert process_is_gone({"infrastructure_pid": f"{os.getpid()}", "updated": now}) is False
    assert process_is_gone({"infrastructure_pid": None, "updated": now}) is False
    assert process_is_gone({"infrastructure_pid": None, "updated": "2020-01-01T00:00:00+00:00"}) is True


def test_every_flow_that_can_be_started_tells_its_parameters_and_schedules(api, prefect_server):
    from flows.deliver_messages import deliver_messages

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        deliver_messages.to_deployment("deliver-messages", cron="17 * * * *", _sync=True).apply(_sync=True)
    flows = {one.name: one for one in api.deployed()}
    assert flows["deliver-messages"].schedules == ["17 * * * * UTC"]
    asked = flows["validate-data"]
    assert asked.schema["definitions"]["DataRequest"]["properties"]["data"]["default"] == "demo_bank"
    assert asked.url.startswith(f"{prefect_server}/deployments/deployment/")


def test_runs_that_are_planned_for_later_are_not_told_as_the_latest(api, prefect_server):
    run = api.start("validate-data", {})
    deployment = httpx.get(f"{prefect_server}/api/deployments/name/validate-data/validate-data").json()["id"]
    later = {"state": {"type": "SCHEDULED", "state_details": {"scheduled_time": "2099-01-01T00:00:00+00:00"}}}
    httpx.post(f"{prefect_server}/api/deployments/{deployment}/create_flow_run", json=later).raise_for_status()
    assert api.latest("validate-data").run_id == run.run_id
    assert api.latest("validate-data").at is not None


def test_what_a_run_left_for_people_is_told_in_its_order(api, prefect_server):
    run = api.start("validate-data", {})
    for key, text in (("first", "# One"), ("second", "# Two")):
        body = {"key": key, "type": "markdown", "data": text, "flow_run_id": run.run_id}
        httpx.post(f"{prefect_server}/api/artifacts/", json=body).raise_for_status()
    assert [(note.key, note.text) for note in api.notes(run.run_id)] == [("first", "# One"), ("second", "# Two")]


def test_a_run_is_stopped_once_and_one_that_ended_is_not_resumed(api, prefect_server):
    run = api.start("validate-data", {})
    api.cancel(run.run_id)
    assert api.get(run.run_id).state in ("cancelled", "cancelling")
    done = api.start("validate-data", {})
    _set_state(prefect_server, done.run_id, "COMPLETED")
    with pytest.raises(RefusedError, match="was not stopped"):
        api.cancel(done.run_id)
    with pytest.raises(RefusedError, match="was not resumed"):
        api.resume(done.run_id, {"approve": True})
    with pytest.raises(NotFoundError):
        api.resume(str(uuid.uuid4()), {})


def test_a_server_that_is_busy_for_a_moment_is_asked_again():
    answers = [httpx.Response(503), httpx.Response(200, json=[])]
    busy = PrefectFlowRuns("http://x", transport=httpx.MockTransport(lambda _r: answers.pop(0)))
    assert busy.list() == []
    assert answers == []


@pytest.mark.parametrize("asked", [True, False])
def test_what_a_flow_writes_into_the_trail_is_found_by_the_id_of_its_request_or_its_own(api, home, asked):
    from prefect import flow, runtime, tags, task

    from flows.errands import under_one_id
    from serving.assembly import platform

    request_id = uuid.uuid4().hex

    @task
    def write():
        platform().audit.add("a flow", "note.added", "something", {})
        return str(runtime.flow_run.id)

    @flow(name="writes")
    @under_one_id
    def writes():
        return write()

    with tags(*([request_tag(request_id)] if asked else [])), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        run_id = writes()
    found = OneId(platform().one_id.errands, api).of(request_id if asked else run_id)
    assert [one["act"] for one in found["acts"]] == ["note.added"]
    assert [run["run_id"] for run in found["flows"]] == [run_id]
