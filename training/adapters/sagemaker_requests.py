"""What is asked of SageMaker, CloudWatch and autoscaling for an endpoint, as plain dictionaries; nothing is called.

Each request is checked against botocore's own description of the service by the tests.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from lending.domain.errors import InputError
from training.endpoint_ports import Wanted
from training.servable.endpoint_config import ALL_TRAFFIC

OWNER = "candor:endpoint"
VERSION = "CANDOR_MODEL_VERSION"
SHADOW = "Shadow"
DIMENSION = "sagemaker:variant:DesiredInstanceCount"
_LONGEST = 63


@dataclass(frozen=True, slots=True)
class Place:
    """Where on AWS models are served and trained, from the settings; resources of infra/ fill them in.

    Attributes:
        region: of everything; "" means the one of AWS's own variables.
        role: ARN that SageMaker takes on.
        image: that serves a package.
        training_image: that trains and scores books.
        bucket: for packages, captured calls and results of jobs.
        kms_key: that encrypts them; "" means the bucket's default.
        subnets, groups: of the VPC in which containers run; both or none.
    """

    region: str = ""
    role: str = ""
    image: str = ""
    training_image: str = ""
    bucket: str = ""
    kms_key: str = ""
    subnets: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()

    def needs(self, **what: str) -> None:
        """Raise InputError naming the first setting that is empty; `what` is attribute to variable."""
        for name, variable in what.items():
            if not getattr(self, name):
                raise InputError(
                    f"{variable} is not set, and SageMaker needs it", code="setting", field=variable, found="nothing",
                    expected="what the stack in infra/ prints", do=f"Set {variable}; see docs/sagemaker.md.",
                )  # fmt: skip

    @property
    def vpc(self) -> dict[str, Any]:
        """`{VpcConfig}` or nothing."""
        inside = {"Subnets": list(self.subnets), "SecurityGroupIds": list(self.groups)}
        return {"VpcConfig": inside} if self.subnets and self.groups else {}


def stem(endpoint: str) -> str:
    """How the names of everything begin that is made for an endpoint and is not the endpoint itself."""
    return f"{endpoint}--"


def name_of(wanted: Wanted, version: str) -> str:
    """The name of a model or configuration, one for each version and time; at most 63 characters.

    Raises:
        InputError: the endpoint's name leaves no room for it, or could be taken for another's.
    """
    number = version.rpartition("/")[2]
    when = datetime.fromisoformat(wanted.at).strftime("%Y%m%d%H%M%S")
    name = f"{stem(wanted.endpoint)}{number}-{when}"
    if len(name) > _LONGEST or "--" in wanted.endpoint:
        raise InputError(
            f"{wanted.endpoint} cannot name an endpoint on SageMaker", field="endpoint", found=wanted.endpoint,
            expected="up to 40 letters, digits and single hyphens", do="Set CANDOR_ENDPOINT_NAME to a shorter name.",
        )  # fmt: skip
    return name


def model(wanted: Wanted, version: str, archive: str, place: Place) -> dict[str, Any]:
    """CreateModel: the image with one version's archive; its container may call nobody."""
    return {
        "ModelName": name_of(wanted, version),
        "PrimaryContainer": {"Image": place.image, "ModelDataUrl": archive, "Environment": {VERSION: version}},
        "ExecutionRoleArn": place.role,
        "EnableNetworkIsolation": True,
        "Tags": tags(wanted),
        **place.vpc,
    }


def config(wanted: Wanted, rules: Mapping[str, Any], place: Place) -> dict[str, Any]:
    """CreateEndpointConfig: one variant, always of the same name as a blue/green change asks for, and its shadow."""
    shadow = wanted.shadow.get("version", "")
    copies = {"ShadowProductionVariants": [_variant(SHADOW, name_of(wanted, shadow), rules)]} if shadow else {}
    key = {"KmsKeyId": place.kms_key} if place.kms_key else {}
    return {
        "EndpointConfigName": name_of(wanted, wanted.version),
        "ProductionVariants": [_variant(ALL_TRAFFIC, name_of(wanted, wanted.version), rules)],
        "DataCaptureConfig": _capture(wanted.endpoint, rules, place),
        "Tags": tags(wanted),
        **copies,
        **key,
    }


def deployment(alarms: list[str], wanted: Wanted, rules: Mapping[str, Any]) -> dict[str, Any]:
    """DeploymentConfig: blue/green with a canary, and the alarms at which SageMaker goes back by itself."""
    percent = max(1, round(100 * wanted.canary_share))
    routing = {
        "Type": "CANARY",
        "CanarySize": {"Type": "CAPACITY_PERCENT", "Value": percent},
        "WaitIntervalInSeconds": int(rules["canary_seconds"]),
    }
    policy = {
        "TrafficRoutingConfiguration": routing,
        "TerminationWaitInSeconds": int(rules["bake_seconds"]),
        "MaximumExecutionTimeoutInSeconds": int(rules["deploy_seconds_max"]),
    }
    rollback = {"Alarms": [{"AlarmName": name} for name in alarms]}
    return {"BlueGreenUpdatePolicy": policy, "AutoRollbackConfiguration": rollback}


def update(wanted: Wanted, alarms: list[str], rules: Mapping[str, Any]) -> dict[str, Any]:
    """UpdateEndpoint: keeps as many machines as the load asked for, and takes the new capture and weight."""
    return {
        "EndpointName": wanted.endpoint,
        "EndpointConfigName": name_of(wanted, wanted.version),
        "RetainAllVariantProperties": True,
        "ExcludeRetainedVariantProperties": [
            {"VariantPropertyType": "DataCaptureConfig"}, {"VariantPropertyType": "DesiredWeight"},
        ],
        "DeploymentConfig": deployment(alarms, wanted, rules),
    }  # fmt: skip


def alarms(endpoint: str, rules: Mapping[str, Any]) -> list[dict[str, Any]]:
    """PutMetricAlarm for each measure of the variant that answers; silence does not ring."""
    measured = {
        "errors": ("Invocation5XXErrors", {"Statistic": "Average"}, float(rules["error_share_max"])),
        "latency": ("ModelLatency", {"ExtendedStatistic": "p99"}, 1000 * float(rules["latency_p99_ms_max"])),
    }
    return [_alarm(endpoint, name, *found, rules) for name, found in measured.items()]


def scalable(endpoint: str, rules: Mapping[str, Any]) -> dict[str, Any]:
    """RegisterScalableTarget: between the machines that always run and the most there may be."""
    bounds = {"MinCapacity": int(rules["instances_min"]), "MaxCapacity": int(rules["instances_max"])}
    return {**target(endpoint), **bounds}


def scaling(endpoint: str, rules: Mapping[str, Any]) -> dict[str, Any]:
    """PutScalingPolicy: so many calls a minute and machine; quick to grow, slow to shrink."""
    metric = {"PredefinedMetricType": "SageMakerVariantInvocationsPerInstance"}
    aim = {
        "TargetValue": float(rules["calls_per_instance"]), "PredefinedMetricSpecification": metric,
        "ScaleOutCooldown": int(rules["alarm_seconds"]), "ScaleInCooldown": int(rules["canary_seconds"]),
    }  # fmt: skip
    kind = {"PolicyName": f"{stem(endpoint)}calls", "PolicyType": "TargetTrackingScaling"}
    return {**target(endpoint), **kind, "TargetTrackingScalingPolicyConfiguration": aim}


def target(endpoint: str) -> dict[str, str]:
    """What is scaled: the variant that answers."""
    what = f"endpoint/{endpoint}/variant/{ALL_TRAFFIC}"
    return {"ServiceNamespace": "sagemaker", "ResourceId": what, "ScalableDimension": DIMENSION}


def tags(wanted: Wanted) -> list[dict[str, str]]:
    """Whose it is, which version, and who answers for it."""
    said = {OWNER: wanted.endpoint, "candor:version": wanted.version, "candor:by": wanted.by}
    return [{"Key": key, "Value": value} for key, value in said.items()]


def _variant(name: str, made: str, rules: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "VariantName": name, "ModelName": made, "InitialInstanceCount": int(rules["instances_min"]),
        "InstanceType": rules["instance_type"], "InitialVariantWeight": 1.0,
    }  # fmt: skip


def _capture(endpoint: str, rules: Mapping[str, Any], place: Place) -> dict[str, Any]:
    key = {"KmsKeyId": place.kms_key} if place.kms_key else {}
    return {
        "EnableCapture": int(rules["capture_percent"]) > 0,
        "InitialSamplingPercentage": int(rules["capture_percent"]),
        "DestinationS3Uri": f"s3://{place.bucket}/capture/{endpoint}",
        "CaptureOptions": [{"CaptureMode": "Input"}, {"CaptureMode": "Output"}],
        "CaptureContentTypeHeader": {"JsonContentTypes": ["application/json"], "CsvContentTypes": ["text/csv"]},
        **key,
    }


def _alarm(
    endpoint: str, measure: str, metric: str, statistic: Mapping[str, str], limit: float, rules: Mapping[str, Any]
) -> dict[str, Any]:
    watched = {"EndpointName": endpoint, "VariantName": ALL_TRAFFIC}
    return {
        "AlarmName": f"{stem(endpoint)}{ALL_TRAFFIC}-{measure}",
        "AlarmDescription": f"{measure} of {endpoint}: by kb/endpoint.yaml a deployment that rings this goes back",
        "Namespace": "AWS/SageMaker",
        "MetricName": metric,
        "Dimensions": [{"Name": name, "Value": value} for name, value in watched.items()],
        "Period": int(rules["alarm_seconds"]),
        "EvaluationPeriods": int(rules["alarm_periods"]),
        "Threshold": limit,
        "ComparisonOperator": "GreaterThanThreshold",
        "TreatMissingData": "notBreaching",
        "Tags": [{"Key": OWNER, "Value": endpoint}],
        **statistic,
    }
