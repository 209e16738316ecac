"""The recipe of the images and the compose file: every path, extra, port and command in them is there."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from containers.healthy import main as healthy
from containers.pins import main as pins
from containers.pins import read, strangers
from lending.settings import ROOT, Settings
from tests.fakes.postgres import postgres, postgres_url  # noqa: F401
from tests.infra.templates import containers

RECIPE = (ROOT / "containers" / "Dockerfile").read_text(encoding="utf-8")
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))
EXTRAS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
IMAGES = ("service", "worker", "model")
ON_WORKER = "job"  # the worker's packages and a command; SageMaker gives its folders to root
OURS = {"CANDOR_ROOT"}


def part(image: str) -> str:
    """The last stage of an image."""
    stage = rf"^FROM (?:base|papers) AS {image}\n(.*?)(?=^FROM |^# What|\Z)"
    found = re.search(stage, RECIPE, re.MULTILINE | re.DOTALL)
    assert found
    return found[1]


def extras(image: str) -> set[str]:
    """What an image installs beyond the base."""
    found = re.search(rf"AS {image}-packages\nRUN \./install\.sh ?(.*)$", RECIPE, re.MULTILINE)
    assert found
    return set(found[1].split())


def copied(image: str) -> list[str]:
    """Folders and files of the checkout that an image holds."""
    lines = re.findall(r"^COPY (?!--from)(.+) \S+$", part(image), re.MULTILINE)
    return [name for line in lines for name in line.split()]


def test_every_file_that_is_copied_is_there_and_reaches_the_builder() -> None:
    named = [name for line in re.findall(r"^COPY (?!--from)(.+) \S+$", RECIPE, re.MULTILINE) for name in line.split()]
    let_in = [line[1:] for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines() if line[:1] == "!"]
    assert [name for name in named if not (ROOT / name).exists()] == []
    assert [name for name in named if not {name, name.split("/")[0]} & set(let_in)] == []


@pytest.mark.parametrize("image", IMAGES)
def test_an_image_takes_extras_that_exist_and_none_it_does_not_need(image: str) -> None:
    assert extras(image) <= EXTRAS.keys()
    assert (
        not extras(image) & {"service": {"train", "monitor", "jobs"}, "worker": {"console"}, "model": {*EXTRAS}}[image]
    )


def test_images_run_without_rights_and_hold_no_secret() -> None:
    for stage in ("base", "papers"):
        body = RECIPE.partition(f" AS {stage}\n")[2].partition("\nFROM ")[0]
        assert re.findall(r"^USER (.*)$", body, re.MULTILINE)[-1] == "10001:10001"
    assert [image for image in IMAGES if "USER" in part(image)] == []
    assert re.findall(r"^USER root$", RECIPE, re.MULTILINE) == ["USER root"]
    assert f"FROM worker AS {ON_WORKER}\nUSER root\n" in RECIPE
    assert not re.search(r"(PASSWORD|MASTER_KEY|SECRET)", RECIPE)
    assert [image for image in ("service", "model") if "HEALTHCHECK" not in part(image)] == []


def test_the_model_image_starts_from_what_it_holds(tmp_path: Path) -> None:
    for name in copied("model"):
        (tmp_path / name).symlink_to(ROOT / name)
    done = subprocess.run(
        [sys.executable, "-m", "serving.container", "--help"], cwd=tmp_path, capture_output=True, text=True,
        check=False, env={"PATH": os.environ["PATH"], "PYTHONPATH": str(tmp_path), "PYTHONSAFEPATH": "1"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "serve" in done.stdout


def test_pins_of_an_image_are_pins_of_the_lock(tmp_path: Path) -> None:
    lock = ROOT / "requirements.lock"
    some = tmp_path / "image.lock"
    whole = read(lock.read_text(encoding="utf-8"))
    (name, version), hashes = next(iter(whole.items()))
    lines = " \\\n".join([f"{name}=={version}", *(f"    --hash={one}" for one in hashes)])
    some.write_text(lines + "\n", encoding="utf-8")
    assert pins(str(some), str(lock)) == 0


@pytest.mark.parametrize("line", ["pip==0.0.1 --hash=sha256:" + "0" * 64, "made-up==1.0", ""])
def test_a_pin_that_the_lock_does_not_have_is_refused(tmp_path: Path, line: str) -> None:
    some = tmp_path / "image.lock"
    some.write_text(line, encoding="utf-8")
    assert pins(str(some), str(ROOT / "requirements.lock")) == 1


def test_one_package_may_have_a_version_for_each_python() -> None:
    whole = read("a==1 \\\n --hash=sha256:" + "1" * 64 + "\na==2 \\\n --hash=sha256:" + "2" * 64 + "\n")
    assert list(strangers({("a", "1"): frozenset({"sha256:" + "1" * 64})}, whole)) == []


def test_health_is_told_by_the_exit_code() -> None:
    assert healthy("http://127.0.0.1:9/") == 1


def test_databases_are_made_where_they_are_missing(postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811
    import psycopg
    from sqlalchemy import make_url

    from containers.databases import main

    url = make_url(postgres_url)
    for name, value in (("PGHOST", url.host), ("PGPORT", str(url.port)), ("PGUSER", url.username),
                        ("PGPASSWORD", url.password), ("PGDATABASE", url.database)):  # fmt: skip
        monkeypatch.setenv(name, str(value))
    assert main(["prefect", "mlflow"]) == 0
    assert main(["prefect", "mlflow"]) == 0
    with psycopg.connect() as server:
        held = {row[0] for row in server.execute("SELECT datname FROM pg_database")}
    assert {"prefect", "mlflow"} <= held


@pytest.mark.parametrize("name", sorted(COMPOSE["services"]))
def test_a_part_of_the_compose_file_is_bound_to_this_machine_and_knows_its_settings(name: str) -> None:
    one = COMPOSE["services"][name]
    assert [port for port in one.get("ports", []) if not port.startswith("127.0.0.1:")] == []
    known = {f"CANDOR_{field.upper()}" for field in Settings.model_fields} | OURS
    said = one.get("environment", {})
    assert {variable for variable in said if variable.startswith("CANDOR_")} <= known
    assert not {"CANDOR_MASTER_KEY", "PGPASSWORD", "POSTGRES_PASSWORD"} & said.keys()
    assert set(one.get("depends_on", {})) <= COMPOSE["services"].keys()


def test_what_commands_read_of_infra_is_in_the_image_that_runs_them() -> None:
    read_there = {
        found
        for folder in ("flows", "training", "serving", "lending")
        for file in (ROOT / folder).rglob("*.py")
        for found in re.findall(r'ROOT / "infra" / "([\w.]+)"', file.read_text(encoding="utf-8"))
    }
    let_in = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert read_there
    assert [one for one in read_there if f"!infra/{one}" not in let_in] == []
    assert [one for one in read_there if f"COPY infra/{one} infra/" not in part("worker")] == []


def test_parts_wait_for_what_they_need_to_be_well() -> None:
    for name, one in COMPOSE["services"].items():
        for other, how in one.get("depends_on", {}).items():
            healthy_there = "healthcheck" in COMPOSE["services"][other]
            assert how["condition"] != "service_healthy" or healthy_there, (name, other)


def test_parts_are_built_from_images_of_the_recipe() -> None:
    targets = {one["build"]["target"] for one in COMPOSE["services"].values() if "build" in one}
    assert targets == set(IMAGES)


def test_containers_on_aws_run_what_their_image_holds() -> None:
    for name, one in containers():
        image = one["Image"]["Fn::Sub"].partition("candor-")[2].partition(":")[0]
        assert image in IMAGES, name
        program = one["Command"][0]
        needs = {"gunicorn": "console", "prefect": "train", "mlflow": "train"}.get(program)
        assert needs is None or needs in extras(image), name
        ports = {str(port["ContainerPort"]) for port in one.get("PortMappings", [])}
        assert [port for port in ports if not any(port in str(word) for word in one["Command"])] == []
