"""Endpoints on SageMaker, by boto3: SageMaker shifts the calls, watches the alarms and goes back by itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from lending.adapters.aws import aws_client, calling
from lending.domain.errors import RefusedError
from training.adapters import sagemaker_requests as requests
from training.adapters.runtime_call import asked
from training.adapters.sagemaker_making import Making, archive_of
from training.adapters.sagemaker_plan import resources
from training.adapters.sagemaker_registry import enter
from training.adapters.sagemaker_requests import Place, stem
from training.adapters.sagemaker_seen import Found, alarms_of, control, seen, unless_missing
from training.endpoint_ports import MOVING, Resource, Seen, Wanted


class SagemakerEndpoints:
    """Implements `training.endpoint_ports.Endpoints`."""

    target = "sagemaker"

    def __init__(self, place: Place, invoke_seconds: float = 10.0) -> None:
        """Remember where; nothing is called."""
        self._place, self._invoke_seconds = place, invoke_seconds

    def plan(self, wanted: Wanted, rules: Mapping[str, Any]) -> Sequence[Resource]:
        """What `begin` would make; nothing is called or made. Raises InputError for a name that cannot be."""
        return resources(wanted, rules, self._place)

    def begin(self, wanted: Wanted, rules: Mapping[str, Any]) -> Seen:
        """Put alarms up, make models and configuration, then create the endpoint or change it as a canary.

        Raises:
            InputError: a setting is missing, or the name cannot be.
            RefusedError: another deployment runs, or an alarm is missing or rings.
            UnavailableError: a step failed; what was made before is gone again, or named with its command.
        """
        self._place.needs(role="CANDOR_SAGEMAKER_ROLE", image="CANDOR_SAGEMAKER_IMAGE", bucket="CANDOR_OBJECTS_BUCKET")
        requests.name_of(wanted, wanted.version)
        there = self.look(wanted.endpoint, rules)
        if there.phase in MOVING:
            return _same_or_refuse(there, wanted)
        _stop_when_broken(there)
        making = Making(wanted, rules, self._place, fresh=there.phase == "none")
        with making.undone_on_failure():
            watching = making.alarms()
            making.models()
            making.start(watching)
        return replace(self.look(wanted.endpoint, rules), before=there.version)

    def look(self, endpoint: str, rules: Mapping[str, Any]) -> Seen:
        """How it stands now; SageMaker itself takes the steps. Raises UnavailableError."""
        found = unless_missing("sagemaker", self._sagemaker.describe_endpoint, EndpointName=endpoint)
        if found is None:
            return Seen(endpoint, "none", why="there is no such endpoint")
        pending = found.get("PendingDeploymentSummary", {})
        names = {one.get("EndpointConfigName", "") for one in (found, pending)} - {""}
        versions = {name: self._version_of(name) for name in names}
        return seen(endpoint, Found(found, versions, alarms_of(endpoint, self._place)), rules)

    def running(self) -> Sequence[str]:
        """None: SageMaker watches by itself."""
        return ()

    def invoke(self, endpoint: str, body: bytes) -> Mapping[str, Any]:
        """The answer of SageMaker Runtime to a JSON body. Raises UnavailableError."""
        client = aws_client("sagemaker-runtime", self._place.region, seconds=self._invoke_seconds)
        return asked(client, "sagemaker-runtime", endpoint, body, self._invoke_seconds)

    def roll_back(self, endpoint: str, why: str, rules: Mapping[str, Any]) -> Seen:
        """Ring an alarm of a deployment that runs, at which SageMaker goes back.

        Raises:
            RefusedError: nothing is being deployed.
            UnavailableError: nobody answers.
        """
        there = self.look(endpoint, rules)
        if there.phase not in MOVING:
            raise RefusedError(
                f"{endpoint} is not being changed, so SageMaker has nothing to take back", code="nothing_to_undo",
                field="endpoint", found=there.phase, expected="a deployment that runs",
                do="Deploy the version before: candor endpoint deploy VERSION --target sagemaker",
            )  # fmt: skip
        name = requests.alarms(endpoint, rules)[0]["AlarmName"]
        with calling("cloudwatch"):
            cloudwatch = control("cloudwatch", self._place)
            cloudwatch.set_alarm_state(AlarmName=name, StateValue="ALARM", StateReason=why[:1000])
        return self.look(endpoint, rules)

    def settle(self, wanted: Wanted, rules: Mapping[str, Any], facts: Mapping[str, Any]) -> str:
        """Let it scale by its load, and enter the version in SageMaker's registry; answers the package's ARN."""
        with calling("application-autoscaling"):
            scaling = control("application-autoscaling", self._place)
            scaling.register_scalable_target(**requests.scalable(wanted.endpoint, rules))
            scaling.put_scaling_policy(**requests.scaling(wanted.endpoint, rules))
        archive = archive_of(wanted.data, wanted.version, wanted.sha256, self._place)
        return enter(wanted, facts, self._place, archive)

    def delete(self, endpoint: str) -> Sequence[str]:
        """Take scaling, endpoint, configurations, models and alarms away; packages and captured calls stay in S3.

        What is gone already is passed over, so that it may be called again. Raises UnavailableError.
        """
        client, gone = self._sagemaker, list[str]()
        scaling = control("application-autoscaling", self._place).deregister_scalable_target
        if unless_missing("application-autoscaling", scaling, **requests.target(endpoint)) is not None:
            gone.append(f"scaling of {endpoint}")
        if unless_missing("sagemaker", client.delete_endpoint, EndpointName=endpoint) is not None:
            gone.append(f"endpoint {endpoint}")
        for name in self._named(endpoint, "list_endpoint_configs", "EndpointConfigs", "EndpointConfigName"):
            unless_missing("sagemaker", client.delete_endpoint_config, EndpointConfigName=name)
            gone.append(f"configuration {name}")
        for name in self._named(endpoint, "list_models", "Models", "ModelName"):
            unless_missing("sagemaker", client.delete_model, ModelName=name)
            gone.append(f"model {name}")
        if names := [alarm["AlarmName"] for alarm in alarms_of(endpoint, self._place)]:
            with calling("cloudwatch"):
                control("cloudwatch", self._place).delete_alarms(AlarmNames=names)
        return [*gone, *(f"alarm {name}" for name in names)]

    @property
    def _sagemaker(self) -> Any:
        return control("sagemaker", self._place)

    def _version_of(self, config: str) -> str:
        """The version in the first container of a configuration; "" when it is gone or was not made by Candor."""
        found = unless_missing("sagemaker", self._sagemaker.describe_endpoint_config, EndpointConfigName=config)
        name = (found or {}).get("ProductionVariants", [{}])[0].get("ModelName")
        model = unless_missing("sagemaker", self._sagemaker.describe_model, ModelName=name) if name else None
        return (model or {}).get("PrimaryContainer", {}).get("Environment", {}).get(requests.VERSION, "")

    def _named(self, endpoint: str, call: str, listed: str, key: str) -> list[str]:
        with calling("sagemaker"):
            pages = self._sagemaker.get_paginator(call).paginate(NameContains=stem(endpoint))
            names = [row[key] for page in pages for row in page[listed]]
        return [name for name in names if name.startswith(stem(endpoint))]


def _stop_when_broken(there: Seen) -> None:
    if there.phase == "failed":
        raise RefusedError(
            f"{there.endpoint} is broken ({there.why}); SageMaker changes no such endpoint", code="endpoint_failed",
            field="endpoint", found=there.why, expected="an endpoint in service, or none",
            do=f"Take it away: candor endpoint teardown {there.endpoint} --target sagemaker, then deploy again.",
        )  # fmt: skip


def _same_or_refuse(there: Seen, wanted: Wanted) -> Seen:
    if there.version == wanted.version:
        return there
    raise RefusedError(
        f"{there.endpoint} is being changed to {there.version or 'another version'} already", code="deploying",
        field="version", found=there.version or "unknown", expected=wanted.version,
        do=f"Wait for its end: candor endpoint status {there.endpoint} --target sagemaker",
    )  # fmt: skip
