"""`candor endpoint` as people give it: plan, package, deploy, status, teardown, on this machine and on SageMaker."""

from __future__ import annotations

import json
import tarfile
from decimal import Decimal
from types import SimpleNamespace
from urllib.request import Request, urlopen

import boto3
import pytest

from flows.cli import run
from serving.container import Scorer
from tests.fakes.endpoint import on_a_port
from tests.training.endpoint_bank import ONE, QUICK, TWO, given, rules_in, two_versions
from tests.training.releases import ApprovedPackage
from training.servable import load
from training.servable.endpoint_config import read_endpoint
from training.smoke import pinned

DEPLOY = f"endpoint deploy {TWO} --data small --approver ann --requested-by tom"
ACCOUNT = {
    "CANDOR_AWS_REGION": "us-east-1", "CANDOR_OBJECTS_BUCKET": "candor-test",
    "CANDOR_SAGEMAKER_ROLE": "arn:aws:iam::123456789012:role/candor",
    "CANDOR_SAGEMAKER_IMAGE": "123456789012.dkr.ecr.us-east-1.amazonaws.com/candor:1",
}  # fmt: skip


@pytest.fixture
def bank(trained, tmp_path, monkeypatch, capsys):
    """A home with two versions of which ann approved the second; `say` gives a command."""
    from serving.assembly import platform

    for name, value in {
        "CANDOR_HOME": tmp_path, "CANDOR_PROFILE": "test", "CANDOR_PORTFOLIO": "small",
        "CANDOR_KB": rules_in(tmp_path / "kb", **QUICK),
    }.items():  # fmt: skip
        monkeypatch.setenv(name, str(value))
    folders = two_versions(trained.folder, tmp_path)
    platform.cache_clear()
    platform().__dict__["registry"] = ApprovedPackage(folders[TWO])
    yield SimpleNamespace(home=tmp_path, folder=folders[TWO], say=given(capsys), place=platform(), capsys=capsys)
    platform.cache_clear()


@pytest.fixture
def twin(bank, monkeypatch):
    """The process of `candor endpoint serve` on a port, which the commands know of."""
    from flows.serve_endpoint import endpoint_app
    from serving.assembly import platform

    with on_a_port(endpoint_app(None)) as url:
        monkeypatch.setenv("CANDOR_ENDPOINT_URL", url)
        registry = bank.place.registry
        platform.cache_clear()
        platform().__dict__["registry"] = registry
        yield url


@pytest.fixture
def account(bank, aws, monkeypatch):
    """The settings of a stack, its bucket, and what moto shall answer to pinned rows."""
    from serving.assembly import platform

    for name, value in ACCOUNT.items():
        monkeypatch.setenv(name, value)
    registry = bank.place.registry
    platform.cache_clear()
    platform().__dict__["registry"] = registry
    boto3.client("s3").create_bucket(Bucket="candor-test")
    body, _ = pinned(bank.folder, 8)
    reply = Scorer(load(bank.folder)).reply({"content-type": "application/json"}, body)
    told = json.dumps({"results": [{"Body": reply.body.decode(), "ContentType": "application/json"}]}).encode()
    place = f"{aws.url}/moto-api/static/sagemaker/endpoint-results"
    headers = {"Content-Type": "application/json"}
    with urlopen(Request(place, told, headers, method="POST"), timeout=10):  # noqa: S310 - our own
        aws.calls.clear()
    return aws


def shown(bank, line, code=0):
    """What a person reads on the screen, whatever its width."""
    assert run(line.split()) == code
    return " ".join(bank.capsys.readouterr().out.split())


def test_a_plan_for_sagemaker_names_each_thing_its_price_with_day_and_page_and_what_is_unknown(bank, account):
    plan = bank.say(f"{DEPLOY} --target sagemaker --plan")
    lines = {one["kind"]: one for one in plan["resources"]}
    assert {"endpoint", "model", "configuration", "alarm", "scaling", "capture", "registry"} <= set(lines)
    assert lines["endpoint"]["usd"] == "167.90"
    assert "1460 x 0.115 USD per hour, read 2026-07-30" in lines["endpoint"]["why"]
    assert "sagemaker/ai/pricing" in lines["endpoint"]["source"]
    assert (lines["capture"]["usd"], lines["capture"]["item"]) == (None, "s3_standard")
    known = sum(Decimal(one["usd"]) for one in plan["resources"] if one["usd"])
    assert Decimal(plan["usd_a_month"]) == known
    assert "s3_standard" in plan["unknown"]
    assert (plan["region"], plan["dated"]) == ("us-east-1", "2026-10-05")
    assert plan["source"]
    assert account.calls == []


def test_people_read_the_same_plan(bank, account, monkeypatch):
    monkeypatch.setenv("COLUMNS", "300")
    text = shown(bank, f"{DEPLOY} --target sagemaker --plan")
    for word in ("167.90", "unknown", "at prices of us-east-1 on 2026-10-05", "not in the sum",
                 "https://aws.amazon.com/sagemaker/ai/pricing/", "read 2026-07-30"):  # fmt: skip
        assert word in text


def test_in_a_region_whose_prices_nobody_read_every_price_is_unknown(bank, monkeypatch):
    from serving.assembly import platform

    monkeypatch.setenv("CANDOR_AWS_REGION", "eu-central-1")
    platform.cache_clear()
    platform().__dict__["registry"] = bank.place.registry
    plan = bank.say(f"{DEPLOY} --target sagemaker --plan")
    assert (plan["region"], plan["usd_a_month"]) == ("eu-central-1", "0.00")
    assert "sagemaker_hosting_ml.m5.large" in plan["unknown"]


def test_a_plan_for_this_machine_is_a_file_that_costs_nothing_and_is_not_written(bank):
    plan = bank.say(f"{DEPLOY} --plan")
    assert [(one["kind"], one["usd"]) for one in plan["resources"]] == [("file", "0.00")]
    assert plan["unknown"] == []
    assert not (bank.home / "endpoints").exists()


def test_what_nobody_approved_has_no_plan(bank):
    bank.place.registry.approver = None
    assert bank.say(f"{DEPLOY} --plan", 1)["error"]["found"] == "nobody approved it"


def test_a_package_is_the_same_bytes_each_time_and_holds_what_was_sealed(bank):
    first, second = (bank.say(f"endpoint package {TWO} --data small --out {bank.home / name}") for name in "ab")
    assert (bank.home / "a").read_bytes() == (bank.home / "b").read_bytes()
    assert (first["sha256"], first["version"]) == (second["sha256"], TWO)
    with tarfile.open(bank.home / "a") as archive:
        assert {"manifest.json", "archive.json"} <= set(archive.getnames())


def test_where_nothing_was_deployed_the_champion_answers(bank, twin):
    there = bank.say("endpoint status candor --data small")
    assert (there["phase"], there["version"]) == ("serving", ONE)
    assert "nothing was deployed" in there["why"]


def test_where_nobody_decides_either_an_endpoint_is_nothing(bank):
    (bank.home / "models" / "small" / "champion.json").unlink()
    there = bank.say("endpoint status candor --data small")
    assert (there["phase"], there["version"]) == ("none", "")
    assert "no version" in shown(bank, "endpoint status candor --data small")


def test_a_version_on_this_machine_is_deployed_shown_and_taken_away_with_nothing_left(bank, twin):
    done = bank.say(f"{DEPLOY} --endpoint candor --reason newer")
    assert (done["phase"], done["version"], done["smoke"]["rows"]) == ("serving", TWO, 8)
    assert bank.say("endpoint status candor --data small")["version"] == TWO
    gone = bank.say("endpoint teardown candor --reason over --by ann")["gone"]
    assert len(gone) == 1
    assert not [path for path in (bank.home / "endpoints").rglob("*") if path.is_file()]
    assert bank.say("endpoint teardown candor --reason over --by ann")["gone"] == []
    assert "nothing of candor is there" in shown(bank, "endpoint teardown candor --reason over --by ann")


def test_without_the_endpoints_process_a_deployment_writes_nothing_and_says_what_to_start(bank, monkeypatch):
    from serving.assembly import platform

    monkeypatch.setenv("CANDOR_ENDPOINT_URL", "http://127.0.0.1:9")
    platform.cache_clear()
    platform().__dict__["registry"] = bank.place.registry
    error = bank.say(f"{DEPLOY} --endpoint candor --reason newer", 3)["error"]
    assert "candor endpoint serve" in error["do"]
    assert read_endpoint(bank.home, "candor") is None


@pytest.mark.full
def test_a_version_on_sagemaker_is_deployed_shown_and_taken_away_with_nothing_left(bank, account):
    assert bank.say("endpoint status candor --target sagemaker --data small")["phase"] == "none"
    plan = bank.say(f"{DEPLOY} --endpoint candor --target sagemaker --plan")
    done = bank.say(f"{DEPLOY} --endpoint candor --target sagemaker --reason newer")
    assert (done["phase"], done["version"], done["smoke"]["rows"]) == ("serving", TWO, 8)
    assert done["package"].startswith("arn:aws:sagemaker:")
    there = bank.say("endpoint status candor --target sagemaker --data small")
    alarms = {one["name"] for one in plan["resources"] if one["kind"] == "alarm"}
    assert (there["version"], {one["name"] for one in there["alarms"]}) == (TWO, alarms)
    gone = bank.say("endpoint teardown candor --target sagemaker --reason over --by ann")["gone"]
    assert {one.split()[0] for one in gone} == {"scaling", "endpoint", "configuration", "model", "alarm"}
    sagemaker = boto3.client("sagemaker")
    assert sagemaker.list_models()["Models"] == sagemaker.list_endpoint_configs()["EndpointConfigs"] == []
    assert bank.say("endpoint teardown candor --target sagemaker --reason over --by ann")["gone"] == []


def test_a_setting_that_sagemaker_needs_is_named_before_anything_is_called(bank, aws):
    error = bank.say(f"{DEPLOY} --endpoint candor --target sagemaker --reason newer", 2)["error"]
    assert error["field"] == "CANDOR_SAGEMAKER_ROLE"
    assert aws.calls == []
