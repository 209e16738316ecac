"""No policy allows more than it says a reason for, and the roles allow what the adapters call."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from functools import lru_cache
from pathlib import Path
from typing import Any

import botocore.session
import pytest

from lending.settings import ROOT
from tests.infra.templates import listed, load, paths, resources, stack, statements

# Actions for which AWS knows no narrower resource than "*", each with the stack that may use it.
ANY_RESOURCE = {
    ("access", "ecr:GetAuthorizationToken"), ("models", "ecr:GetAuthorizationToken"),
    ("pipeline", "ecr:GetAuthorizationToken"),
    ("access", "sns:Publish"),  # to a phone; topics are taken out by a statement beside it
    ("access", "cloudwatch:DescribeAlarms"), ("access", "cloudwatch:GetMetricData"),
    ("access", "cloudwatch:GetMetricStatistics"), ("pipeline", "cloudwatch:DescribeAlarms"),
    ("models", "cloudwatch:PutMetricData"),
    ("access", "sagemaker:ListEndpointConfigs"), ("access", "sagemaker:ListModels"),
    ("access", "sagemaker:ListModelPackages"), ("access", "sagemaker:ListTrainingJobs"),
    ("access", "application-autoscaling:RegisterScalableTarget"),
    ("access", "application-autoscaling:DeregisterScalableTarget"),
    ("access", "application-autoscaling:DescribeScalableTargets"),
    ("access", "application-autoscaling:PutScalingPolicy"), ("access", "application-autoscaling:DeleteScalingPolicy"),
    ("models", "ec2:DescribeVpcs"), ("models", "ec2:DescribeSubnets"), ("models", "ec2:DescribeSecurityGroups"),
    ("models", "ec2:DescribeNetworkInterfaces"), ("models", "ec2:DescribeDhcpOptions"),
    ("pipeline", "cloudformation:ValidateTemplate"), ("pipeline", "cloudformation:ListExports"),
}  # fmt: skip
# Where "*" is this one thing: the policy of a key, or of a gateway that bounds by a condition.
OF_ITSELF = {("keys", "DataKey"), ("endpoints", "Objects")}
BROAD = {"PowerUserAccess"}  # of the role of CloudFormation alone, as its comment says
PREFIXES = {"sesv2": "ses", "sagemaker-runtime": "sagemaker", "bedrock-runtime": "bedrock"}
# boto3's own words for calls of other names; `None`: signed here, or done by the caller.
OTHERWISE = {
    ("s3", "GeneratePresignedPost"): "s3:PutObject",
    ("s3", "ListObjectsV2"): "s3:ListBucket",
    ("s3", "ListObjectVersions"): "s3:ListBucketVersions",
    ("s3", "HeadObject"): "s3:GetObject",
    ("s3", "HeadBucket"): "s3:ListBucket",
    ("bedrock", "Converse"): "bedrock:InvokeModel",
    ("bedrock", "ConverseStream"): "bedrock:InvokeModelWithResponseStream",
}
FOLDERS = ("lending/adapters", "serving/adapters", "serving/aws", "training/adapters", "rag/adapters")


def allowed() -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Stack, resource and statement of all that is allowed."""
    for path in paths():
        yield from ((path.stem, name, one) for name, one in statements(load(path)) if one["Effect"] == "Allow")


def too_wide(where: str, name: str, statement: dict[str, Any]) -> list[str]:
    """What a statement allows that nobody gave a reason for."""
    actions = listed(statement.get("Action", "*"))
    found = [f"{where}/{name}: {action}" for action in actions if "*" in action]
    if "NotAction" in statement or "NotResource" in statement:
        found.append(f"{where}/{name}: all but something")
    if "*" in listed(statement.get("Resource", [])) and (where, name) not in OF_ITSELF:
        found += [f"{where}/{name}: {action} on *" for action in actions if (where, action) not in ANY_RESOURCE]
    return found


def test_nothing_is_allowed_on_everything_but_where_aws_knows_nothing_narrower() -> None:
    assert [wide for where, name, one in allowed() for wide in too_wide(where, name, one)] == []


@pytest.mark.parametrize(
    "statement",
    [
        {"Action": "s3:*", "Resource": "arn:aws:s3:::papers/*"},
        {"Action": "s3:GetObject", "Resource": "*"},
        {"Action": ["s3:Get*"], "Resource": "arn:aws:s3:::papers/*"},
        {"NotAction": "iam:PassRole", "Resource": "arn:aws:s3:::papers/*"},
    ],
)
def test_the_check_sees_a_statement_that_is_too_wide(statement: dict[str, Any]) -> None:
    assert too_wide("access", "Serves", statement)


def test_every_exception_is_still_needed() -> None:
    used = {
        (where, action)
        for where, name, one in allowed()
        if "*" in listed(one.get("Resource", [])) and (where, name) not in OF_ITSELF
        for action in listed(one["Action"])
    }
    assert used == ANY_RESOURCE


def test_only_the_role_of_stacks_has_a_policy_of_awss_own() -> None:
    found = {
        (path.stem, name)
        for path in paths()
        for name, role in resources(load(path), "AWS::IAM::Role").items()
        if "iam::aws:policy" in str(role.get("ManagedPolicyArns", ""))
    }
    assert found == {("pipeline", "StacksRole")}
    assert [one for one in BROAD if one not in str(resources(load(paths()[-1]), "AWS::IAM::Role"))] == []


def test_a_role_is_handed_on_to_one_service_only() -> None:
    handing = [(where, one) for where, _, one in allowed() if "iam:PassRole" in listed(one["Action"])]
    bounded = [one for _, one in handing if "iam:PassedToService" in str(one.get("Condition", ""))]
    stacks = [one for where, one in handing if where == "pipeline" and one.get("Sid") == "RolesOfCandor"]
    assert handing
    assert len(bounded) + len(stacks) == len(handing)


@lru_cache(maxsize=16)
def operations(service: str) -> dict[str, str]:
    """Names of methods of a client to the service's own names of operations."""
    model: Any = botocore.session.get_session().get_service_model(service)
    return {botocore.xform_name(name): name for name in model.operation_names}


@lru_cache(maxsize=1)
def services() -> frozenset[str]:
    """Names of services, as boto3 takes them."""
    return frozenset(botocore.session.get_session().get_available_services())


@lru_cache(maxsize=256)
def called(source: Path) -> set[tuple[str, str]]:
    """Services and operations that an adapter calls, found by its text: every name that a named service has."""
    tree = ast.parse(source.read_text(encoding="utf-8"))
    texts = {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    names = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)} | texts
    known = texts & services()
    found = {(service, operations(service)[name]) for service in known for name in names if name in operations(service)}
    if "s3" in known and "generate_presigned_post" in names:
        found.add(("s3", "GeneratePresignedPost"))
    return found


def action_of(service: str, operation: str) -> str:
    """What a policy calls an operation."""
    prefix = PREFIXES.get(service, service)
    return OTHERWISE.get((prefix, operation), f"{prefix}:{operation}")


def adapters() -> list[Path]:
    """Adapters that speak to AWS by boto3."""
    files = (file for folder in FOLDERS for file in sorted((ROOT / folder).glob("*.py")))
    speaking = [file for file in files if re.search(r"aws_client|boto3|control\(", file.read_text(encoding="utf-8"))]
    return [file for file in speaking if called(file)]


def granted(*names: str) -> set[str]:
    """Actions that roles and policies of these stacks allow."""
    return {action for name in names for _, one in statements(stack(name)) if one["Effect"] == "Allow"
            for action in listed(one["Action"])}  # fmt: skip


def test_adapters_that_speak_to_aws_are_found() -> None:
    assert {"s3_objects.py", "s3_uploads.py", "ses_messages.py", "upload_event.py"} <= {f.name for f in adapters()}


@pytest.mark.parametrize("adapter", adapters(), ids=lambda file: file.name)
def test_roles_allow_what_an_adapter_calls(adapter: Path) -> None:
    wanted = {action_of(service, operation) for service, operation in called(adapter)}
    given = granted("access", "events", "models")
    assert {one for one in wanted if not any(fnmatchcase(one, pattern) for pattern in given)} == set()


def test_only_the_models_that_a_stage_names_may_be_asked_on_bedrock() -> None:
    asking = [one for _, one in statements(stack("access")) if "bedrock:InvokeModel" in listed(one["Action"])]
    places = [str(place) for one in asking for place in listed(one["Resource"])]
    assert len(places) == 2
    assert all(place.count("foundation-model/${") == 1 for place in places)
    assert {name for name in ("LanguageModel", "EmbeddingModel") if any(name in place for place in places)} == {
        "LanguageModel", "EmbeddingModel",
    }  # fmt: skip
