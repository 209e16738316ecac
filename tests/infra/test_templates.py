"""The stacks are valid, fit together, and set only what Candor knows."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest
from cfnlint.api import ManualArgs, lint
from cfnlint.context.parameters import ParameterSet

from lending.domain.roles import Role
from lending.settings import ROOT, Settings
from tests.infra.templates import (
    INFRA,
    ONCE,
    STAGES,
    containers,
    environment,
    exports,
    imports,
    listed,
    load,
    order,
    parameters,
    paths,
    resources,
    stack,
    statements,
    walk,
)

OWN = {"CANDOR_ROOT"}  # read by prefect.yaml, not a setting
REGION = "us-east-1"


def lint_with(text: str, said: dict[str, str]) -> list[str]:
    """What cfn-lint finds in a template with these parameters."""
    config = ManualArgs(
        regions=[REGION],
        ignore_checks=["W2001"],
        parameters=[ParameterSet(source=None, parameters=said)] if said else [],
    )
    return [f"line {one.linenumber}: {one.rule.id} {one.message}" for one in lint(text, config=config)]


@pytest.mark.parametrize("path", paths(), ids=lambda path: path.stem)
def test_a_template_is_what_cloudformation_takes(path: Path) -> None:
    assert lint_with(path.read_text(encoding="utf-8"), {}) == []


@pytest.mark.full
@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("name", order())
def test_a_stack_is_valid_with_what_a_stage_says(name: str, stage: str) -> None:
    asked = load(INFRA / "stacks" / f"{name}.yaml")["Parameters"]
    said = {key: value for key, value in parameters(stage).items() if key in asked}
    assert lint_with((INFRA / "stacks" / f"{name}.yaml").read_text(encoding="utf-8"), said) == []


def test_the_check_of_templates_sees_a_wrong_one() -> None:
    text = "Resources: {Papers: {Type: 'AWS::S3::Bucket', Properties: {Versioned: true}}}"
    assert any("E3002" in found for found in lint_with(text, {}))


def test_the_check_sees_a_value_of_a_stage_that_a_stack_does_not_take() -> None:
    text = (INFRA / "stacks" / "network.yaml").read_text(encoding="utf-8")
    assert lint_with(text, {"Stage": "test", "CidrPrefix": "10.20", "NatPerZone": "no"})


@pytest.mark.parametrize("name", order())
def test_what_a_stack_takes_was_given_by_one_before_it(name: str) -> None:
    before = [*ONCE, *order()[: order().index(name)]]
    assert imports(stack(name)) <= {given for one in before for given in exports(stack(one))}


def test_everything_given_is_taken_or_said_to_people() -> None:
    taken = {name for path in paths() for name in imports(load(path))}
    to_people = {"candor-${Stage}-ApiUrl", "candor-${Stage}-BalancerHost", "candor-${Stage}-People", "candor-Registry"}
    given = {name for path in paths() for name in exports(load(path))}
    assert given - taken - to_people == set()


def test_every_stack_is_deployed_and_every_deployed_one_is_there() -> None:
    assert sorted([*order(), *ONCE]) == sorted(path.stem for path in (INFRA / "stacks").glob("*.yaml"))


@pytest.mark.parametrize("stage", STAGES)
def test_a_stage_says_all_that_is_asked_and_nothing_else(stage: str) -> None:
    asked = {name for one in order() for name, about in stack(one)["Parameters"].items() if "Default" not in about}
    assert set(parameters(stage)) == asked


def test_production_is_kept_apart_protected_and_in_two_zones() -> None:
    staging, production = (parameters(stage) for stage in STAGES)
    assert staging["CidrPrefix"] != production["CidrPrefix"]
    assert (production["DatabaseTwoZones"], production["DatabaseProtected"]) == ("true", "true")
    assert int(production["TasksLeast"]) >= 2


@pytest.mark.parametrize(("name", "container"), containers(), ids=lambda value: value if isinstance(value, str) else "")
def test_a_container_sets_only_settings_that_exist(name: str, container: dict[str, object]) -> None:
    known = {f"CANDOR_{field.upper()}" for field in Settings.model_fields} | OWN
    assert {one for one in environment(container) if one.startswith("CANDOR_")} <= known


@pytest.mark.parametrize(("name", "container"), containers(), ids=lambda value: value if isinstance(value, str) else "")
def test_a_container_writes_to_no_root_and_gets_no_secret_as_text(name: str, container: dict[str, object]) -> None:
    assert container["ReadonlyRootFilesystem"] is True
    as_text = {one["Name"] for one in container["Environment"] if "Name" in one}  # type: ignore[attr-defined]
    assert {"CANDOR_MASTER_KEY", "PGPASSWORD"} & as_text == set()


def test_console_api_and_worker_are_told_the_same() -> None:
    told = {name: _settings(environment(one)) for name, one in containers()}
    console, api, worker = (told[name] for name in ("console/console", "api/api", "flows/worker"))
    shared = console.keys() & worker.keys()
    assert console == api
    assert {name: console[name] for name in shared} == {name: worker[name] for name in shared}


def _settings(told: Mapping[str, object]) -> dict[str, object]:
    return {name: value for name, value in told.items() if name != "PROMETHEUS_MULTIPROC_DIR"}


def test_groups_and_claims_of_the_pool_are_those_that_signing_in_knows() -> None:
    rules = load(ROOT / "kb" / "sign_in.yaml")
    known = rules["groups"]["values"][max(rules["groups"]["values"])]["value"]
    groups = resources(stack("identity"), "AWS::Cognito::UserPoolGroup").values()
    assert sorted(group["GroupName"] for group in groups) == sorted(known)
    assert sorted(known.values()) == sorted(Role)
    pool = resources(stack("identity"), "AWS::Cognito::UserPool")["People"]
    client = resources(stack("identity"), "AWS::Cognito::UserPoolClient")["Console"]
    own = [f"custom:{one['Name']}" for one in pool["Schema"]]
    assert own == [rules["claims"]["customer"]]
    assert set(own) <= set(client["ReadAttributes"])
    assert not set(own) & set(client["WriteAttributes"]), "who signs in could say which customer they are"


def test_the_key_may_do_what_its_stack_makes_of_it() -> None:
    """Rights of the account are bounded by the key's own policy, also those of an administrator."""
    actions = {one for _, said in statements(stack("keys")) for one in listed(said["Action"])}
    assert {"kms:CreateAlias", "kms:UpdateAlias", "kms:DeleteAlias"} <= actions


def test_deployments_find_their_pool_and_their_server() -> None:
    tasks = dict(containers())
    words = tasks["flows/deployments"]["Command"][-1]
    pools = {one["work_pool"]["name"] for one in load(ROOT / "prefect.yaml")["deployments"]}
    assert [f"prefect work-pool create {pool} --type process --overwrite" in words for pool in pools] == [True]
    assert load(INFRA / "stacks" / "flows.yaml")["Resources"]["Worker"]["DependsOn"] == "Prefect"


def test_what_sagemaker_reads_and_writes_lies_where_its_role_may() -> None:
    told = environment(dict(containers())["flows/worker"])["CANDOR_SAGEMAKER_BUCKET"]
    allowed = str(resources(stack("models"), "AWS::IAM::Role")["ScorerRole"]["Policies"])
    assert told["Fn::ImportValue"]["Fn::Sub"] in allowed


def test_bytes_pass_the_gate_of_the_api_as_they_are() -> None:
    body = resources(stack("edge"), "AWS::ApiGateway::RestApi")["Api"]["Body"]
    assert {"application/pdf", "multipart/form-data"} <= set(body["x-amazon-apigateway-binary-media-types"])
    assert "application/json" not in body["x-amazon-apigateway-binary-media-types"], "its form could not be checked"


def test_buckets_are_closed_encrypted_and_reached_by_tls_alone() -> None:
    for path in paths():
        buckets = resources(load(path), "AWS::S3::Bucket")
        policies = resources(load(path), "AWS::S3::BucketPolicy").values()
        for name, bucket in buckets.items():
            assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}, (path.stem, name)
            assert bucket["BucketEncryption"]
            assert bucket["OwnershipControls"]["Rules"] == [{"ObjectOwnership": "BucketOwnerEnforced"}]
            own = next(one for one in policies if one["Bucket"] == {"Ref": name})
            assert any("aws:SecureTransport" in str(one) for one in own["PolicyDocument"]["Statement"])


def test_what_holds_data_outlives_its_stack() -> None:
    keeping = {"AWS::S3::Bucket", "AWS::KMS::Key", "AWS::RDS::DBInstance", "AWS::EFS::FileSystem",
               "AWS::Cognito::UserPool", "AWS::OpenSearchService::Domain", "AWS::ECR::Repository"}  # fmt: skip
    held = {
        f"{path.stem}/{name}": one.get("DeletionPolicy")
        for path in paths() for name, one in load(path)["Resources"].items() if one["Type"] in keeping
    }  # fmt: skip
    assert held
    assert [name for name, policy in held.items() if policy not in ("RetainExceptOnCreate", "Snapshot")] == []


def test_nothing_but_the_console_is_open_to_the_world() -> None:
    groups = resources(stack("walls"), "AWS::EC2::SecurityGroup")
    open_in = {
        n for n, group in groups.items() for rule in group.get("SecurityGroupIngress", []) if "0.0.0.0/0" in str(rule)
    }
    assert open_in == {"BalancerGroup"}


def test_the_dashboard_shows_metrics_that_candor_writes() -> None:
    from serving import telemetry

    source = Path(telemetry.__file__).read_text(encoding="utf-8")
    body = resources(stack("watch"), "AWS::CloudWatch::Dashboard")["Board"]["DashboardBody"]["Fn::Sub"][0]
    board = json.loads(body)
    shown = {
        one[1]
        for widget in board["widgets"]
        for one in widget["properties"]["metrics"]
        if one[0] == telemetry.NAMESPACE
    }
    assert {"Submissions", "Decisions", "TimeToDecisionSeconds", "RequestSeconds", "Requests"} == shown
    assert [name for name in shown if f'"{name}"' not in source] == []


def test_the_sign_in_comes_back_to_addresses_that_the_console_has() -> None:
    from lending.identity_settings import RETURN_PATH
    from serving.adapters import oidc

    client = resources(stack("identity"), "AWS::Cognito::UserPoolClient")["Console"]
    said = [one["Fn::Sub"].partition("${ConsoleHost}")[2] for one in (*client["CallbackURLs"], *client["LogoutURLs"])]
    told = dict(containers())["console/console"]
    assert said[0] == RETURN_PATH
    assert said[1] in Path(oidc.__file__).read_text(encoding="utf-8")
    assert environment(told)["CANDOR_OIDC_RETURN_URL"] == {"Fn::Sub": "https://${ConsoleHost}" + RETURN_PATH}
    assert client["AllowedOAuthFlows"] == ["code"]
    assert client["GenerateSecret"] is False


def test_no_account_or_key_stands_in_a_template() -> None:
    for path in paths():
        texts = [value for _, value in walk(load(path)) if isinstance(value, str)]
        assert [text for text in texts if "111122223333" in text and "such as" not in text] == []
