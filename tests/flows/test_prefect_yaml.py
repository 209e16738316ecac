"""prefect.yaml: what is deployed is there, under the names that others start."""

import importlib

import yaml

from flows.up_flows import DEPLOYMENTS
from flows.up_services import POOL
from lending.settings import ROOT

FILE = yaml.safe_load((ROOT / "prefect.yaml").read_text(encoding="utf-8"))


def _flow(deployment):
    module, name = deployment["entrypoint"].rsplit(".", 1)
    return getattr(importlib.import_module(module), name)


def test_every_deployment_carries_the_name_of_its_flow():
    assert tuple(d["name"] for d in FILE["deployments"]) == DEPLOYMENTS
    assert [_flow(d).name for d in FILE["deployments"]] == list(DEPLOYMENTS)


def test_every_flow_works_under_one_id():
    assert [d["name"] for d in FILE["deployments"] if not hasattr(_flow(d).fn, "__wrapped__")] == []


def test_every_parameter_is_described():
    from prefect.utilities.callables import parameter_schema

    for deployment in FILE["deployments"]:
        schema = parameter_schema(_flow(deployment)).model_dump()
        assert list(schema["properties"]) == ["request"]
        for model in schema["definitions"].values():
            assert all(field.get("description") for field in model["properties"].values()), model


SCHEDULED = {
    "retrain", "advance-release", "score-shadow", "monitor-inputs", "monitor-language", "record-outcomes",
    "monitor-performance", "monitor-fairness", "expire-applications", "deliver-messages", "check-records",
    "watch-overrides",
}  # fmt: skip
UNLIMITED = {"validate-data"}
"""Only reads, and leaves a page of its own: any number may run side by side."""


def _named(name):
    return next(one for one in FILE["deployments"] if one["name"] == name)


def _trigger(name):
    from prefect.cli.deploy._triggers import _initialize_deployment_triggers

    (made,) = _initialize_deployment_triggers(name, _named(name)["triggers"])
    return made


def _fires(name, event):
    """Whether the automation of a deployment would start it on an event."""
    from prefect.server.events.schemas.automations import EventTrigger

    spec = _trigger(name).model_dump(mode="json", include={"match", "match_related", "expect", "posture", "threshold",
                                                           "within", "after", "for_each"})  # fmt: skip
    trigger = EventTrigger(**spec)
    return trigger.expects(event.event) and trigger.covers(event)


def _received(name, resource, payload=None, related=()):
    from datetime import UTC, datetime

    from prefect.server.events.schemas.events import ReceivedEvent

    return ReceivedEvent(occurred=datetime.now(UTC), event=name, resource=resource, payload=payload or {},
                         related=list(related), id="5f1d7f7e-0000-4000-8000-000000000001")  # fmt: skip


def _filled(name, **context):
    """The parameters that an automation would send, as the orchestrator fills them in."""
    import json

    from jinja2 import Template
    from prefect.server.events.actions import RunDeployment

    def fill(value):
        if isinstance(value, dict):
            return {key: fill(one) for key, one in value.items()}
        if "{{" not in value:
            return value
        shape = RunDeployment._wrap_v1_template(value)
        if shape["__prefect_kind"] == "json":
            return json.loads(Template(shape["value"]["template"]).render(**context))
        return Template(shape["template"]).render(**context)

    return fill(_trigger(name).parameters)


def test_every_flow_has_a_deployment():
    from prefect import Flow

    modules = [path.stem for path in (ROOT / "flows").glob("*.py") if path.stem != "__init__"]
    found = {
        value.name
        for name in modules
        for value in vars(importlib.import_module(f"flows.{name}")).values()
        if isinstance(value, Flow)
    }
    assert found == set(DEPLOYMENTS)


def test_what_should_happen_by_itself_has_its_hour():
    from prefect.client.schemas.schedules import CronSchedule

    assert {one["name"] for one in FILE["deployments"] if "schedules" in one} == SCHEDULED
    for one in FILE["deployments"]:
        assert all(CronSchedule(**each).timezone == "UTC" for each in one.get("schedules", ()))


def test_what_writes_runs_once_at_a_time():
    limited = {one["name"] for one in FILE["deployments"] if one.get("concurrency_limit", {}).get("limit") == 1}
    assert {one["name"] for one in FILE["deployments"]} - limited == UNLIMITED


def test_an_alarm_of_drift_as_it_is_told_starts_a_retraining_with_its_cause(monkeypatch):
    from flows import monitor_inputs
    from flows.parameters import RetrainRequest

    told = []
    monkeypatch.setattr(monitor_inputs, "emit_event", lambda *event, payload: told.append((*event, payload)))
    alarm = {"alarm_id": "w_1", "verdict": "moved", "features": ["income"], "since": "2026-03",
             "cause": 'income "moved"'}  # fmt: skip
    monitor_inputs.announce({"data": "live", "alarms": [alarm], "rang": ["w_1"]}, "demo_bank")
    ((name, resource, payload),) = told
    event = _received(name, resource, payload)
    assert _fires("retrain", event)
    asked = RetrainRequest(**_filled("retrain", event=event)["request"])
    assert (asked.data, asked.why, asked.asked_by) == ("demo_bank", 'income "moved"', "drift watch")
    assert not _fires("retrain", _received("candor.drift.quiet", resource, payload))


def test_a_run_that_fails_becomes_an_alarm_unless_it_is_the_one_that_tells():
    from types import SimpleNamespace
    from uuid import UUID

    from flows.parameters import FailureRequest

    def ended(state, flow):
        run = {"prefect.resource.id": "prefect.flow-run.7", "prefect.resource.name": "busy-bee"}
        related = {"prefect.resource.id": "prefect.flow.1", "prefect.resource.role": "flow",
                   "prefect.resource.name": flow}  # fmt: skip
        return _received(f"prefect.flow-run.{state}", run, related=[related])

    assert _fires("report-failure", ended("Failed", "retrain"))
    assert _fires("report-failure", ended("Crashed", "retrain"))
    assert not _fires("report-failure", ended("Completed", "retrain"))
    assert not _fires("report-failure", ended("Failed", "report-failure"))
    run = SimpleNamespace(id=UUID(int=7), state=SimpleNamespace(name="Failed", message="gate auc failed"))
    asked = FailureRequest(**_filled("report-failure", flow=SimpleNamespace(name="retrain"), flow_run=run)["request"])
    assert (asked.flow, asked.run_id, asked.message) == ("retrain", str(UUID(int=7)), "gate auc failed")


def test_only_one_training_runs_at_a_time():
    training = next(d for d in FILE["deployments"] if d["name"] == "train-model")
    assert training["concurrency_limit"] == {"limit": 1, "collision_strategy": "ENQUEUE"}


def test_the_work_folder_is_absolute_and_from_the_environment():
    (step,) = FILE["pull"]
    assert step["prefect.deployments.steps.set_working_directory"]["directory"] == "{{ $CANDOR_ROOT }}"
    assert {d["work_pool"]["name"] for d in FILE["deployments"]} == {POOL}
