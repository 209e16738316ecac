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


def test_every_parameter_is_described():
    from prefect.utilities.callables import parameter_schema

    for deployment in FILE["deployments"]:
        schema = parameter_schema(_flow(deployment)).model_dump()
        assert list(schema["properties"]) == ["request"]
        for model in schema["definitions"].values():
            assert all(field.get("description") for field in model["properties"].values()), model


def test_only_one_training_runs_at_a_time():
    training = next(d for d in FILE["deployments"] if d["name"] == "train-model")
    assert training["concurrency_limit"] == {"limit": 1, "collision_strategy": "ENQUEUE"}


def test_the_work_folder_is_absolute_and_from_the_environment():
    (step,) = FILE["pull"]
    assert step["prefect.deployments.steps.set_working_directory"]["directory"] == "{{ $CANDOR_ROOT }}"
    assert {d["work_pool"]["name"] for d in FILE["deployments"]} == {POOL}
