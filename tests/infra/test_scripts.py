"""The scripts of infra/ do what they say, tried with commands that only write down how they were called."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import botocore.session
import pytest
import yaml

from lending.settings import ROOT
from tests.infra.templates import INFRA, order, resources, stack
from tests.test_docs import BLOCK, parse

SCRIPTS = sorted(INFRA.glob("*.sh"))
OF_THE_COMMAND = {("cloudformation", "deploy"), ("cloudformation", "wait"), ("ecr", "get-login-password")}
"""What the AWS command line adds to the services' own operations."""
Done = subprocess.CompletedProcess[str]
Run = Callable[..., Done]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Run a script beside an `aws` that writes its words down; what it answers is chosen by its second word."""
    calls = tmp_path / "calls"
    fake = tmp_path / "bin"
    fake.mkdir()

    def start(
        script: str, *words: str, answers: dict[str, str] | None = None, missing: str = "-", images: str = "none"
    ) -> subprocess.CompletedProcess[str]:
        known = "".join(f"  {name}) echo {shlex.quote(text)};;\n" for name, text in (answers or {}).items())
        (fake / "aws").write_text(
            f'#!/bin/bash\nprintf "%s\\n" "$*" >> {calls}\n'
            f'[[ "$1 $2" == "{missing}" ]] && exit 255\ncase "$2" in\n{known}  *) ;;\nesac\n', encoding="utf-8"
        )  # fmt: skip
        for name in ("docker", "curl"):
            (fake / name).write_text(f'#!/bin/bash\nprintf "{name} %s\\n" "$*" >> {calls}\n', encoding="utf-8")
        with (fake / "docker").open("a", encoding="utf-8") as docker:
            docker.write(f'[[ "$1" != manifest || "$3" == *"{images}"* ]]\n')
        for one in fake.iterdir():
            one.chmod(0o755)
        clean = {
            "PATH": f"{fake}:{os.environ['PATH']}",
            "HOME": str(tmp_path),
            "RELEASE": "0123abc",
            "WAIT_SECONDS": "0",
        }
        return subprocess.run(
            [str(INFRA / script), *words], env=clean, capture_output=True, text=True, check=False, timeout=60
        )

    start.calls = lambda: calls.read_text(encoding="utf-8").splitlines() if calls.exists() else []  # type: ignore[attr-defined]
    return start


def said(run: Run) -> list[str]:
    return run.calls()  # type: ignore[attr-defined,no-any-return]


REGISTRY = {"list-exports": "111122223333.dkr.ecr.us-east-1.amazonaws.com"}


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_a_script_is_sound_and_stops_at_the_first_failure(script: Path) -> None:
    assert subprocess.run(["bash", "-n", str(script)], check=False).returncode == 0
    assert "set -euo pipefail" in script.read_text(encoding="utf-8")
    assert os.access(script, os.X_OK)


def test_applying_deploys_every_stack_in_order(run: Run) -> None:
    done = run("deploy.sh", "staging", "apply", answers=REGISTRY)
    assert done.returncode == 0, done.stderr
    deployed = [
        line.split("--stack-name ")[1].split()[0] for line in said(run) if line.startswith("cloudformation deploy")
    ]
    assert deployed == [f"candor-staging-{name}" for name in order()]


def test_a_stack_is_told_the_stage_the_release_and_the_registry(run: Run) -> None:
    run("deploy.sh", "production", "apply", "api", answers=REGISTRY)
    (line,) = [line for line in said(run) if line.startswith("cloudformation deploy")]
    told, _ = json.JSONDecoder().raw_decode(line[line.index("[") :])
    assert {"Stage=production", "Release=0123abc", f"Registry={REGISTRY['list-exports']}"} <= set(told)


def test_planning_changes_nothing(run: Run) -> None:
    done = run("deploy.sh", "staging", "plan", answers=REGISTRY)
    assert done.returncode == 0, done.stderr
    deploys = [line for line in said(run) if line.startswith("cloudformation deploy")]
    assert deploys
    assert all("--no-execute-changeset" in line for line in deploys)
    assert not any(word in line for line in said(run) for word in ("execute-change-set", "delete-stack"))


def test_a_stack_that_is_not_there_is_planned_without_a_change_set(run: Run) -> None:
    done = run("deploy.sh", "staging", "plan", "api", answers=REGISTRY, missing="cloudformation describe-stacks")
    assert "new, made whole" in done.stdout
    assert not any(line.startswith("cloudformation deploy") for line in said(run))


def test_teardown_goes_the_other_way(run: Run) -> None:
    done = run("deploy.sh", "staging", "teardown")
    assert done.returncode == 0, done.stderr
    gone = [line.split()[-1] for line in said(run) if line.startswith("cloudformation delete-stack")]
    assert gone == [f"candor-staging-{name}" for name in reversed(order())]


@pytest.mark.parametrize("words", [[], ["test", "plan"], ["staging", "fly"], ["staging", "apply", "gone"]])
def test_wrong_use_is_refused_before_anything_is_called(run: Run, words: list[str]) -> None:
    assert run("deploy.sh", *words).returncode == 2
    assert said(run) == []


def test_without_a_registry_nothing_is_deployed(run: Run) -> None:
    done = run("deploy.sh", "staging", "apply")
    assert done.returncode == 1
    assert "registry" in done.stderr


def test_a_model_is_deployed_by_a_task_in_the_network(run: Run) -> None:
    answers = {"describe-services": '{"awsvpcConfiguration": {}}', "run-task": "arn:task", "describe-tasks": "0"}
    done = run("model.sh", "staging", "7", "plan", answers=answers)
    assert done.returncode == 0, done.stderr
    (line,) = [line for line in said(run) if line.startswith("ecs run-task")]
    command = json.loads(line[line.index('{"containerOverrides"') :])["containerOverrides"][0]["command"]
    parse(shlex.join(command))
    assert command[-1] == "--plan"


def test_a_task_that_fails_fails_the_pipeline(run: Run) -> None:
    answers = {"describe-services": '{"awsvpcConfiguration": {}}', "run-task": "arn:task", "describe-tasks": "1"}
    assert run("model.sh", "staging", "7", "apply", answers=answers).returncode == 1


def test_the_smoke_test_asks_the_console_and_the_endpoint(run: Run) -> None:
    assert run("smoke.sh", "staging", answers={"describe-endpoint": "InService"}).returncode == 0
    assert any(line.startswith("curl ") and "staging.loans.example.com/sign-in" in line for line in said(run))
    assert run("smoke.sh", "staging", answers={"describe-endpoint": "Failed"}).returncode == 1


def test_images_are_built_for_each_target_of_the_recipe(run: Run) -> None:
    assert run("images.sh", "registry", "0123abc").returncode == 0
    built = [line.split("--target ")[1].split()[0] for line in said(run) if line.startswith("docker build")]
    assert built == ["service", "worker", "job", "model"]


def test_an_image_that_is_there_is_left_as_it_is_when_a_build_is_tried_again(run: Run) -> None:
    assert run("images.sh", "registry", "0123abc", images="candor-worker:0123abc").returncode == 0
    assert [line for line in said(run) if line.startswith("docker push") and "worker" in line] == []
    assert len([line for line in said(run) if line.startswith("docker push")]) == 3


@pytest.mark.parametrize("act", ["plan", "apply"])
def test_a_stack_that_fails_fails_the_step_of_the_pipeline(tmp_path: Path, act: str) -> None:
    (tmp_path / "infra").mkdir()
    for name, code in (("deploy.sh", 1), ("model.sh", 0)):
        (tmp_path / "infra" / name).write_text(f"#!/bin/bash\nexit {code}\n", encoding="utf-8")
        (tmp_path / "infra" / name).chmod(0o755)
    steps = yaml.safe_load((INFRA / "buildspecs" / "deploy.yaml").read_text(encoding="utf-8"))
    env = {"PATH": os.environ["PATH"], "ACT": act, "STAGE": "staging", "MODEL_VERSION": "1"}
    ends = [
        subprocess.run(["bash", "-c", one], cwd=tmp_path, env=env, check=False).returncode
        for one in steps["phases"]["build"]["commands"]
    ]
    assert any(ends)


def test_the_code_of_the_function_is_all_that_it_needs(tmp_path: Path) -> None:
    text = (INFRA / "function.sh").read_text(encoding="utf-8")
    named = shlex.split(text[text.index("lending/__init__.py") : text.index("aws s3api")].replace("\\\n", " "))
    with zipfile.ZipFile(tmp_path / "uploads.zip", "w") as archive:
        for name in named:
            for file in [ROOT / name] if name.endswith(".py") else sorted((ROOT / name).glob("*.py")):
                archive.write(file, file.relative_to(ROOT))
    handler = resources(stack("events"), "AWS::Lambda::Function")["Uploads"]["Handler"]
    module = handler.rpartition(".")[0]
    code = str(tmp_path / "uploads.zip")
    look = f"import sys; sys.path.insert(0, {code!r}); import {module} as m; print(m.handler({{}}))"
    done = subprocess.run(
        [str(ROOT / ".venv" / "bin" / "python"), "-I", "-c", look], capture_output=True, text=True, check=False,
        cwd=tmp_path, env={"CANDOR_OBJECTS_BUCKET": "papers", "PATH": os.environ["PATH"]},
    )  # fmt: skip
    assert done.stdout.strip() == "{'told': 0, 'left': 0}", done.stderr


def aws_calls(file: Path) -> set[tuple[str, str]]:
    """Services and operations of a script, or of the commands on a page."""
    text = file.read_text(encoding="utf-8")
    if file.suffix == ".md":
        text = "\n".join(BLOCK.findall(text))
    return set(re.findall(r"\baws ([a-z0-9-]+) ([a-z0-9-]+)", text))


def unknown(calls: set[tuple[str, str]]) -> set[tuple[str, str]]:
    """Those that AWS does not have, by botocore's own list."""
    session: Any = botocore.session.get_session()
    services = {"s3" if service == "s3api" else service for service, _ in calls} & set(session.get_available_services())
    known = {
        (service, botocore.xform_name(name, "-"))
        for service in services
        for name in session.get_service_model(service).operation_names
    }  # fmt: skip
    return {("s3" if service == "s3api" else service, name) for service, name in calls} - known - OF_THE_COMMAND


@pytest.mark.parametrize("file", [*SCRIPTS, *sorted((INFRA / "buildspecs").glob("*.yaml")), ROOT / "docs" / "aws.md"],
                         ids=lambda path: path.name)  # fmt: skip
def test_calls_of_aws_exist(file: Path) -> None:
    assert unknown(aws_calls(file)) == set()


def test_the_check_of_calls_sees_one_that_does_not_exist() -> None:
    assert unknown({("s3api", "fly"), ("ecs", "run-task")}) == {("s3", "fly")}


@pytest.mark.parametrize("file", sorted((INFRA / "buildspecs").glob("*.yaml")), ids=lambda path: path.stem)
def test_a_build_runs_commands_that_are_there(file: Path) -> None:
    spec = yaml.safe_load(file.read_text(encoding="utf-8"))
    lines = [line for phase in spec["phases"].values() for line in phase["commands"]]
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    assert {name for line in lines for name in re.findall(r"\bmake ([a-z-]+)", line)} <= targets
    scripts = {name for line in lines for name in re.findall(r"infra/[a-z]+\.sh", line)}
    assert [name for name in scripts if not (ROOT / name).is_file()] == []


def test_the_pipeline_goes_from_tests_to_production_and_back_on_alarm() -> None:
    from tests.infra.templates import load

    pipeline = resources(load(INFRA / "pipeline.yaml"), "AWS::CodePipeline::Pipeline")["Pipeline"]
    stages = {stage["Name"]: stage for stage in pipeline["Stages"]}
    assert list(stages) == ["Source", "Test", "Build", "Plan", "Staging", "Approval", "Production"]
    for name in ("Staging", "Production"):
        assert stages[name]["OnFailure"] == {"Result": "ROLLBACK"}
        (condition,) = stages[name]["OnSuccess"]["Conditions"]
        alarm = condition["Rules"][0]["Configuration"]["AlarmName"]
        alarms = resources(stack("watch"), "AWS::CloudWatch::CompositeAlarm")["Released"]["AlarmName"]["Fn::Sub"]
        assert (condition["Result"], alarm) == ("ROLLBACK", alarms.replace("${Stage}", name.lower()))
    assert stages["Approval"]["Actions"][-1]["ActionTypeId"]["Category"] == "Approval"
