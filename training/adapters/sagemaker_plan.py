"""What a deployment to SageMaker makes, by name and price, before anything is called."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from training.adapters import sagemaker_requests as requests
from training.adapters.sagemaker_registry import group_of
from training.adapters.sagemaker_requests import Place
from training.endpoint_ports import Resource, Wanted

HOURS = 730
"""Of a month, as AWS's own calculator counts."""


def resources(wanted: Wanted, rules: Mapping[str, Any], place: Place) -> Sequence[Resource]:
    """Everything that would be there afterwards. Raises InputError for a name that cannot be."""
    config = requests.name_of(wanted, wanted.version)
    alarms = requests.alarms(wanted.endpoint, rules)
    return [
        Resource(
            "archive", f"s3://{place.bucket or '?'}/models/{wanted.data}", "the package, encrypted", "s3_standard"
        ),
        *(Resource("model", requests.name_of(wanted, version), version) for version in _versions(wanted)),
        Resource("configuration", config, _told(wanted, rules)),
        *_machines(wanted, rules),
        Resource("scaling", wanted.endpoint, _scaled(rules)),
        *(Resource("alarm", one["AlarmName"], _rings(one), "cloudwatch_alarm", "1") for one in alarms),
        Resource("capture", f"s3://{place.bucket or '?'}/capture/{wanted.endpoint}", _kept(rules), "s3_standard"),
        Resource("registry", group_of(wanted.data), "a package of the version, linked to MLflow"),
    ]


def _versions(wanted: Wanted) -> list[str]:
    return [wanted.version, *([wanted.shadow["version"]] if wanted.shadow else [])]


def _machines(wanted: Wanted, rules: Mapping[str, Any]) -> list[Resource]:
    kind, least = rules["instance_type"], int(rules["instances_min"])
    item, hours = f"sagemaker_hosting_{kind}", str(HOURS * least)
    roles = ["endpoint", *(["shadow"] if wanted.shadow else [])]
    return [Resource(role, wanted.endpoint, f"{least} x {kind}, always on", item, hours) for role in roles]


def _told(wanted: Wanted, rules: Mapping[str, Any]) -> str:
    share, wait = f"{wanted.canary_share:.0%}", rules["canary_seconds"]
    return f"canary of {share} for {wait} s, then all; the old machines stay {rules['bake_seconds']} s more"


def _scaled(rules: Mapping[str, Any]) -> str:
    least, most = rules["instances_min"], rules["instances_max"]
    return f"{least} to {most} machines, at {rules['calls_per_instance']} calls a minute and machine"


def _rings(one: Mapping[str, Any]) -> str:
    unit = " microseconds" if one["MetricName"] == "ModelLatency" else " of the calls"
    return f"{one['MetricName']} above {one['Threshold']:g}{unit} for {one['EvaluationPeriods']} x {one['Period']} s"


def _kept(rules: Mapping[str, Any]) -> str:
    return f"{rules['capture_percent']} % of the calls, encrypted; how much that is depends on use"
