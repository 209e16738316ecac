"""The stacks are made, changed and removed in order, as far as moto's CloudFormation goes.

moto keeps what it is told: it is evidence that names, references and the order fit together, and none about AWS. The
types that it does not know are listed below and in docs/aws.md, so that the list does not grow unseen.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from lending.adapters.aws import aws_client
from lending.settings import ROOT
from tests.fakes.aws import FakeAws
from tests.infra.templates import ONCE, Template, order, parameters, resources, stack, walk

# moto's parser of CloudFormation warns in the server's own thread of types that it leaves out.
pytestmark = pytest.mark.filterwarnings("ignore")
NOT_IN_MOTO = {
    "AWS::ApiGateway::Stage", "AWS::ApiGateway::UsagePlan", "AWS::ApiGateway::VpcLink",
    "AWS::ApplicationAutoScaling::ScalableTarget", "AWS::ApplicationAutoScaling::ScalingPolicy",
    "AWS::Budgets::Budget", "AWS::CloudWatch::CompositeAlarm",
    "AWS::Cognito::UserPool", "AWS::Cognito::UserPoolClient", "AWS::Cognito::UserPoolDomain",
    "AWS::Cognito::UserPoolGroup", "AWS::EC2::SecurityGroupEgress", "AWS::OpenSearchService::Domain",
    "AWS::S3::BucketPolicy", "AWS::SES::ConfigurationSet", "AWS::SES::ConfigurationSetEventDestination",
    "AWS::SES::EmailIdentity", "AWS::SNS::TopicPolicy", "AWS::SQS::QueuePolicy",
    "AWS::SageMaker::ModelPackageGroup", "AWS::SecretsManager::Secret",
    "AWS::ServiceDiscovery::PrivateDnsNamespace", "AWS::ServiceDiscovery::Service", "AWS::WAFv2::WebACL",
    "AWS::WAFv2::WebACLAssociation", "AWS::CloudWatch::Alarm",
}  # fmt: skip
# moto knows the type, but not this of it.
NOT_AS_ASKED = {"AWS::ApiGateway::Deployment"}  # it wants methods, and reads no OpenAPI body
UNKNOWN_ATTRIBUTES = {
    ("AWS::RDS::DBInstance", "MasterUserSecret.SecretArn"),
    ("AWS::ElasticLoadBalancingV2::LoadBalancer", "LoadBalancerFullName"),
}
# Nor does it know a listener of a network balancer, whose protocol is TCP.
UNKNOWN_PROPERTIES = {"AWS::RDS::DBInstance": ("DBParameterGroupName",)}
STAND_IN = "not-in-moto"


def supported(template: Template) -> Template:
    """The template without what moto does not know; what points there gets a text in its place."""
    kinds = {name: one["Type"] for name, one in template["Resources"].items()}
    gone = {name for name, kind in kinds.items() if kind in NOT_IN_MOTO | NOT_AS_ASKED}
    gone |= {
        f"{name}.{attribute}" for name, kind in kinds.items() for of, attribute in UNKNOWN_ATTRIBUTES if of == kind
    }
    gone |= {name for name, one in template["Resources"].items() if one.get("Properties", {}).get("Protocol") == "TCP"}
    kept = {name: _less(one) for name, one in template["Resources"].items() if name not in gone}
    return {**template, "Resources": _without(kept, gone), "Outputs": _without(template.get("Outputs", {}), gone)}


def _less(resource: dict[str, Any]) -> dict[str, Any]:
    unknown = UNKNOWN_PROPERTIES.get(resource["Type"], ())
    said = resource.get("Properties", {})
    return {**resource, "Properties": {name: value for name, value in said.items() if name not in unknown}}


def _without(value: Any, gone: set[str]) -> Any:
    if isinstance(value, list):
        return [_without(one, gone) for one in value]
    if not isinstance(value, dict):
        return value
    if isinstance(name := value.get("Ref"), str) and name in gone:
        return STAND_IN
    if isinstance(path := value.get("Fn::GetAtt"), list) and {path[0], ".".join(path)} & gone:
        return STAND_IN
    found = {key: _without(one, gone) for key, one in value.items() if not (key == "DependsOn" and str(one) in gone)}
    if isinstance(text := found.get("Fn::Sub"), str):
        found["Fn::Sub"] = re.sub(r"\$\{(\w+)[.\w]*\}", lambda m: STAND_IN if m[1] in gone else m[0], text)
    return found


@pytest.fixture
def cloudformation(aws: FakeAws) -> Any:
    return aws_client("cloudformation", tries=1, seconds=60)


def say(template: Template, stage: str, **changed: str) -> list[dict[str, str]]:
    """Parameters as the call takes them, those that the template asks for."""
    said = {**parameters(stage), **changed}
    return [{"ParameterKey": name, "ParameterValue": said[name]} for name in template.get("Parameters", {})]


def make(cloudformation: Any, name: str, stage: str, certificate: str) -> None:
    template = supported(stack(name))
    cloudformation.create_stack(
        StackName=f"candor-{stage}-{name}", TemplateBody=json.dumps(template), Capabilities=["CAPABILITY_NAMED_IAM"],
        Parameters=say(template, stage, CertificateArn=certificate),
    )  # fmt: skip


def state(cloudformation: Any, name: str, stage: str) -> str:
    return cloudformation.describe_stacks(StackName=f"candor-{stage}-{name}")["Stacks"][0]["StackStatus"]


def test_the_stacks_of_a_stage_are_made_in_order_changed_and_removed(cloudformation: Any) -> None:
    stage = "staging"
    certificate = aws_client("acm").request_certificate(DomainName="loans.example.com")["CertificateArn"]
    for name in (*ONCE, *order()):
        make(cloudformation, name, stage, certificate)
        assert state(cloudformation, name, stage) == "CREATE_COMPLETE", name
    given = {one["Name"] for one in cloudformation.list_exports()["Exports"]}
    assert {"candor-staging-Vpc", "candor-staging-Objects", "candor-staging-WorkerRole"} <= given
    buckets = {one["Name"] for one in aws_client("s3").list_buckets()["Buckets"]}
    assert any(name.startswith("candor-staging-objects-") for name in buckets)
    template = supported(stack("events"))
    changes = say(template, stage, Release="4")
    cloudformation.update_stack(
        StackName="candor-staging-events", TemplateBody=json.dumps(template), Parameters=changes
    )
    assert state(cloudformation, "events", stage) == "UPDATE_COMPLETE"
    (changed,) = cloudformation.describe_stacks(StackName="candor-staging-events")["Stacks"]
    assert {"ParameterKey": "Release", "ParameterValue": "4"} in changed["Parameters"]
    for name in reversed((*ONCE, *order()[1:])):  # moto never lets go of the network cards of file systems
        cloudformation.delete_stack(StackName=f"candor-{stage}-{name}")
    assert [one["StackName"] for one in cloudformation.describe_stacks()["Stacks"]] == ["candor-staging-network"]


def test_every_type_that_moto_leaves_out_is_listed_and_told() -> None:
    used = {one["Type"] for name in (*ONCE, *order()) for one in stack(name)["Resources"].values()}
    known = set(known_to_moto())
    assert used - known == NOT_IN_MOTO
    told = (ROOT / "docs" / "aws.md").read_text(encoding="utf-8")
    assert [one for one in NOT_IN_MOTO | NOT_AS_ASKED if f"`{one}`" not in told] == []


def known_to_moto() -> Iterator[str]:
    """Types that moto's CloudFormation makes."""
    import moto.cloudformation.parsing  # noqa: F401  # pyright: ignore[reportMissingTypeStubs]
    from moto.core.common_models import CloudFormationModel  # pyright: ignore[reportMissingTypeStubs]

    def below(kind: type) -> Iterator[type]:
        for one in kind.__subclasses__():
            yield one
            yield from below(one)

    yield from (str(one.cloudformation_type()) for one in below(CloudFormationModel))  # type: ignore[attr-defined]


def test_an_upload_that_the_rule_forwards_is_read_by_the_function(
    aws: FakeAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    from lending.upload_keys import arrival_key
    from serving.aws.upload_event import handler

    rule = resources(stack("events"), "AWS::Events::Rule")["Uploaded"]
    key = arrival_key("C00001", "20261102T1200", "f_" + "a" * 26)
    facts = {"bucket": '"papers"', "key": json.dumps(key), "size": "120"}
    text = rule["Targets"][0]["InputTransformer"]["InputTemplate"]
    for name, value in facts.items():
        text = text.replace(f"<{name}>", value)
    queue = aws_client("sqs").create_queue(QueueName="uploads")["QueueUrl"]
    monkeypatch.setenv("CANDOR_OBJECTS_BUCKET", "papers")
    monkeypatch.setenv("CANDOR_UPLOADS_QUEUE_URL", queue)
    assert handler(json.loads(text)) == {"told": 1, "left": 0}
    assert resources(stack("events"), "AWS::Lambda::Function")["Uploads"]["Handler"] == f"{handler.__module__}.handler"


def test_what_has_no_place_in_moto_is_replaced_everywhere() -> None:
    for name in (*ONCE, *order()):
        pruned = supported(stack(name))
        texts = [value for key, value in walk(pruned["Resources"]) if key == "Ref"]
        unknown = set(texts) - {*pruned["Resources"], *pruned.get("Parameters", {})}
        assert [text for text in unknown if not text.startswith("AWS::")] == []
