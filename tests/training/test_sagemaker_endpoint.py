"""A model on SageMaker: what is asked is what AWS describes, and what fails half way leaves nothing behind."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from types import SimpleNamespace

import boto3
import pytest
from botocore.exceptions import ReadTimeoutError
from botocore.stub import ANY, Stubber

from lending.domain.errors import InputError, RefusedError, UnavailableError
from lending.settings import ROOT
from tests.botocore_models import problems
from tests.fakes.aws import aws, moto_server  # noqa: F401 - fixtures
from tests.training.books import a_book
from tests.training.families import a_package
from training.adapters import sagemaker_requests as requests
from training.adapters import sagemaker_seen
from training.adapters.sagemaker_endpoint import SagemakerEndpoints
from training.adapters.sagemaker_registry import group_request, package_request
from training.adapters.sagemaker_requests import Place
from training.deploy import rules_for
from training.endpoint_ports import Wanted
from training.gates import dated

RULES = rules_for("sagemaker", dated(ROOT / "kb" / "endpoint.yaml", date(2026, 11, 1)))
PLACE = Place(
    "us-east-1", "arn:aws:iam::123456789012:role/candor", "123456789012.dkr.ecr.us-east-1.amazonaws.com/candor:1",
    "123456789012.dkr.ecr.us-east-1.amazonaws.com/candor-training:1", "candor-test",
    "arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab", ("subnet-12345678",),
    ("sg-12345678",),
)  # fmt: skip
FACTS = {"run_id": "r" * 32, "approver": "ann", "metrics": {"auc": {"value": 0.7512345, "low": 0.7, "high": 0.8}}}
NOTHING = Wanted(
    "candor", "small", "candor-pd-small/1", Path("/none"), "1" * 64, "ann", "2026-11-21T23:00:00+00:00", 0.1
)


@pytest.fixture(scope="module")
def package(tmp_path_factory):
    return a_package(tmp_path_factory.mktemp("model"), "logistic", a_book(600))


@pytest.fixture
def wanted(package):
    return replace(NOTHING, folder=package.folder, sha256=package.sha256)


@pytest.fixture
def account(aws):  # noqa: F811
    boto3.client("s3").create_bucket(Bucket=PLACE.bucket)
    return SimpleNamespace(
        server=aws, sagemaker=boto3.client("sagemaker"), cloudwatch=boto3.client("cloudwatch"),
        s3=boto3.client("s3"), scaling=boto3.client("application-autoscaling"),
    )  # fmt: skip


@pytest.mark.parametrize("shadow", [{}, {"version": "candor-pd-small/2", "folder": "/none", "sha256": "2" * 64}])
@pytest.mark.parametrize("place", [PLACE, replace(PLACE, kms_key="", subnets=(), groups=())])
def test_every_request_is_one_that_the_services_own_models_take(shadow, place):
    wish = replace(NOTHING, shadow=shadow)
    found = [
        *problems("sagemaker", "CreateModel", requests.model(wish, wish.version, "s3://b/m.tar.gz", place)),
        *problems("sagemaker", "CreateEndpointConfig", requests.config(wish, RULES, place)),
        *problems("sagemaker", "UpdateEndpoint", requests.update(wish, ["one", "two"], RULES)),
        *problems("sagemaker", "CreateModelPackageGroup", group_request(wish)),
        *problems("sagemaker", "CreateModelPackage", package_request(wish, FACTS, place, "s3://b/m.tar.gz")),
        *problems("application-autoscaling", "RegisterScalableTarget", requests.scalable("candor", RULES)),
        *problems("application-autoscaling", "PutScalingPolicy", requests.scaling("candor", RULES)),
        *(p for one in requests.alarms("candor", RULES) for p in problems("cloudwatch", "PutMetricAlarm", one)),
    ]
    assert found == []


def test_the_check_of_requests_finds_what_is_wrong():
    wrong = requests.config(NOTHING, {**RULES, "instance_type": "ml.huge"}, PLACE)
    assert "ml.huge" in problems("sagemaker", "CreateEndpointConfig", wrong)[0]
    assert problems("sagemaker", "CreateModel", {"ModelName": 1}) != []


def test_a_canary_goes_back_by_the_alarms_that_the_policy_names():
    asked = requests.update(NOTHING, [one["AlarmName"] for one in requests.alarms("candor", RULES)], RULES)
    routing = asked["DeploymentConfig"]["BlueGreenUpdatePolicy"]["TrafficRoutingConfiguration"]
    assert routing == {
        "Type": "CANARY", "CanarySize": {"Type": "CAPACITY_PERCENT", "Value": 10}, "WaitIntervalInSeconds": 600,
    }  # fmt: skip
    names = [one["AlarmName"] for one in asked["DeploymentConfig"]["AutoRollbackConfiguration"]["Alarms"]]
    assert names == ["candor--AllTraffic-errors", "candor--AllTraffic-latency"]
    latency = requests.alarms("candor", RULES)[1]
    assert (latency["Threshold"], latency["ExtendedStatistic"]) == (150_000.0, "p99")


@pytest.mark.parametrize("name", ["a--b", "x" * 50])
def test_a_name_that_leaves_no_room_is_refused_before_anything_is_called(name):
    with pytest.raises(InputError, match="cannot name an endpoint"):
        requests.name_of(replace(NOTHING, endpoint=name), "candor-pd-small/1")


def test_a_missing_setting_is_named():
    with pytest.raises(InputError, match="CANDOR_SAGEMAKER_ROLE is not set"):
        SagemakerEndpoints(Place()).begin(NOTHING, RULES)


def test_a_new_endpoint_has_its_package_alarms_scaling_and_entry_and_all_goes_again(account, wanted):
    endpoints = SagemakerEndpoints(PLACE)
    assert endpoints.look("candor", RULES).phase == "none"
    there = endpoints.begin(wanted, RULES)
    assert (there.phase, there.version) == ("serving", "candor-pd-small/1")
    assert [alarm.name for alarm in there.alarms] == ["candor--AllTraffic-errors", "candor--AllTraffic-latency"]
    (kept,) = account.s3.list_objects_v2(Bucket=PLACE.bucket)["Contents"]
    assert kept["Key"] == f"models/small/1/{wanted.sha256[:16]}/model.tar.gz"
    arn = endpoints.settle(wanted, RULES, FACTS)
    told = account.sagemaker.describe_model_package(ModelPackageName=arn)
    assert told["CustomerMetadataProperties"]["mlflow_version"] == "candor-pd-small/1"
    assert told["ModelApprovalStatus"] == "Approved"
    assert endpoints.settle(wanted, RULES, FACTS) == arn
    (policy,) = account.scaling.describe_scaling_policies(ServiceNamespace="sagemaker")["ScalingPolicies"]
    assert policy["ResourceId"] == "endpoint/candor/variant/AllTraffic"
    gone = endpoints.delete("candor")
    assert len(gone) == 6
    assert left_of(account) == []
    assert endpoints.delete("candor") == []


@pytest.mark.parametrize("step", ["CreateModel", "CreateEndpointConfig", "CreateEndpoint"])
def test_what_fails_half_way_leaves_nothing_behind(account, wanted, step):
    def only(environ):
        return environ.get("HTTP_X_AMZ_TARGET", "").endswith(f".{step}")

    with account.server.fault("denied", only), pytest.raises(UnavailableError):
        SagemakerEndpoints(PLACE).begin(wanted, RULES)
    assert left_of(account) == []


def test_what_cannot_be_taken_away_is_named_with_the_command_that_does(account, wanted):
    def only(environ):
        return environ.get("HTTP_X_AMZ_TARGET", "").rpartition(".")[2] in ("CreateEndpoint", "DeleteModel")

    with account.server.fault("denied", only), pytest.raises(UnavailableError) as told:
        SagemakerEndpoints(PLACE).begin(wanted, RULES)
    (model,) = left_of(account)
    assert told.value.found == f"model {model}"
    assert "candor endpoint teardown candor --target sagemaker" in told.value.do
    SagemakerEndpoints(PLACE).delete("candor")
    assert left_of(account) == []


class Lost:
    """A client whose call does its work and whose answer never comes."""

    def __init__(self, client, unseen=()):
        self._client, self._unseen = client, unseen

    def __getattr__(self, name):
        if name in self._unseen:
            return self._silence
        return getattr(self._client, name)

    def create_endpoint(self, **asked):
        self._client.create_endpoint(**asked)
        self._silence()

    def _silence(self, **asked):
        raise ReadTimeoutError(endpoint_url="https://sagemaker")


def with_lost_answers(monkeypatch, *unseen):
    there = sagemaker_seen.control
    monkeypatch.setattr(
        "training.adapters.sagemaker_making.control",
        lambda service, place: Lost(there(service, place), unseen) if service == "sagemaker" else there(service, place),
    )


def test_what_sagemaker_took_is_not_taken_away_though_its_answer_was_lost(account, wanted, monkeypatch):
    with_lost_answers(monkeypatch)
    there = SagemakerEndpoints(PLACE).begin(wanted, RULES)
    assert (there.phase, there.version) == ("serving", "candor-pd-small/1")


def test_while_nobody_knows_whether_it_began_nothing_is_taken_away(account, wanted, monkeypatch):
    with_lost_answers(monkeypatch, "describe_endpoint")
    with pytest.raises(UnavailableError, match="left behind: config candor--1") as told:
        SagemakerEndpoints(PLACE).begin(wanted, RULES)
    assert told.value.code == "half_made"
    assert SagemakerEndpoints(PLACE).look("candor", RULES).version == "candor-pd-small/1"


def test_a_full_disk_here_leaves_nothing_behind_there(account, wanted, monkeypatch):
    def full(folder, out):
        raise OSError(28, "No space left on device", str(out))

    monkeypatch.setattr("training.adapters.sagemaker_making.pack", full)
    with pytest.raises(OSError, match="No space"):
        SagemakerEndpoints(PLACE).begin(wanted, RULES)
    assert left_of(account) == []


def test_an_alarm_that_rings_already_stops_a_deployment_before_it_begins(account, wanted, monkeypatch):
    endpoints = SagemakerEndpoints(PLACE)
    endpoints.begin(wanted, RULES)
    name = requests.alarms("candor", RULES)[0]["AlarmName"]
    monkeypatch.setattr(
        "training.adapters.sagemaker_making.alarms_of",
        lambda endpoint, place: [{"AlarmName": name, "StateValue": "ALARM"}],
    )
    with pytest.raises(RefusedError, match=f"{name} is ALARM"):
        endpoints.begin(replace(wanted, at="2026-11-22T00:00:00+00:00"), RULES)
    assert len(account.sagemaker.list_models()["Models"]) == 1


class TestAnUpdate:
    """moto has no UpdateEndpoint: these answers have the shapes of botocore's models, and were not AWS's."""

    CONFIG = "candor--1-20261121230000"

    @pytest.fixture
    def stub(self, monkeypatch):
        client = boto3.client("sagemaker", region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="x")
        monkeypatch.setattr(sagemaker_seen, "control", lambda service, place: client)
        monkeypatch.setattr("training.adapters.sagemaker_endpoint.control", lambda service, place: client)
        monkeypatch.setattr("training.adapters.sagemaker_endpoint.alarms_of", lambda endpoint, place: [])
        with Stubber(client) as stub:
            yield stub

    def described(self, stub, status, pending=None, **more):
        at, arn = datetime(2026, 11, 21, tzinfo=UTC), "arn:aws:sagemaker:us-east-1:123456789012:endpoint/candor"
        config = {"EndpointConfigName": self.CONFIG}
        body = {"EndpointName": "candor", "EndpointArn": arn, "EndpointStatus": status, "CreationTime": at,
                "LastModifiedTime": at, **config, **more}  # fmt: skip
        if pending:
            states = [{"Status": pending}]
            body["PendingDeploymentSummary"] = {
                **config, "ProductionVariants": [{"VariantName": "AllTraffic", "VariantStatus": states}],
            }  # fmt: skip
        stub.add_response("describe_endpoint", body, {"EndpointName": "candor"})
        variants = [{"VariantName": "AllTraffic", "ModelName": "m"}]
        stub.add_response(
            "describe_endpoint_config",
            {**config, "EndpointConfigArn": arn, "ProductionVariants": variants, "CreationTime": at},
            {"EndpointConfigName": ANY},
        )  # fmt: skip
        stub.add_response(
            "describe_model",
            {"ModelName": "m", "ModelArn": arn, "CreationTime": at,
             "PrimaryContainer": {"Environment": {requests.VERSION: "candor-pd-small/1"}}},
            {"ModelName": "m"},
        )  # fmt: skip

    @pytest.mark.parametrize(
        ("status", "pending", "phase"),
        [
            ("Creating", None, "starting"), ("Updating", "Creating", "starting"), ("Updating", "Baking", "canary"),
            ("RollingBack", None, "rolling_back"), ("InService", None, "serving"), ("Failed", None, "failed"),
            ("UpdateRollbackFailed", None, "failed"),
        ],
    )  # fmt: skip
    def test_each_state_of_sagemaker_has_its_phase(self, stub, status, pending, phase):
        self.described(stub, status, pending, FailureReason="one alarm rang" if phase == "failed" else "-")
        there = SagemakerEndpoints(PLACE).look("candor", RULES)
        assert (there.phase, there.version) == (phase, "candor-pd-small/1")

    def test_another_deployment_that_runs_is_not_disturbed(self, stub):
        self.described(stub, "Updating", "Baking")
        with pytest.raises(RefusedError, match="is being changed to candor-pd-small/1 already"):
            SagemakerEndpoints(PLACE).begin(replace(NOTHING, version="candor-pd-small/2"), RULES)

    def test_the_same_deployment_asked_again_goes_on(self, stub):
        self.described(stub, "Updating", "Baking")
        assert SagemakerEndpoints(PLACE).begin(NOTHING, RULES).phase == "canary"

    def test_a_broken_endpoint_is_said_to_be_broken(self, stub):
        self.described(stub, "Failed", FailureReason="the image cannot be pulled")
        with pytest.raises(RefusedError, match="the image cannot be pulled"):
            SagemakerEndpoints(PLACE).begin(NOTHING, RULES)


def left_of(account):
    """Names of models, configurations, endpoints and alarms that are there."""
    sagemaker = account.sagemaker
    return [
        *(one["ModelName"] for one in sagemaker.list_models()["Models"]),
        *(one["EndpointConfigName"] for one in sagemaker.list_endpoint_configs()["EndpointConfigs"]),
        *(one["EndpointName"] for one in sagemaker.list_endpoints()["Endpoints"]),
        *(one["AlarmName"] for one in account.cloudwatch.describe_alarms()["MetricAlarms"]),
    ]
