"""What SageMaker and CloudWatch say of an endpoint, read into one look at it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lending.adapters.aws import aws_client, calling, error_code
from training.adapters.sagemaker_requests import Place, alarms, stem
from training.endpoint_ports import Alarm, Phase, Seen
from training.servable.endpoint_config import ALL_TRAFFIC

SECONDS = 30.0
"""Longest wait for one answer of a control plane."""
_PHASES: Mapping[str, Phase] = {
    "Creating": "starting", "Updating": "starting", "SystemUpdating": "finishing", "RollingBack": "rolling_back",
    "InService": "serving", "Deleting": "finishing",
}  # fmt: skip
"""All other states are failures."""
_BAKING = "Baking"


@dataclass(frozen=True, slots=True)
class Found:
    """Answers about one endpoint.

    Attributes:
        described: of DescribeEndpoint.
        versions: configuration to the version that it serves.
        alarms: of DescribeAlarms.
    """

    described: Mapping[str, Any]
    versions: Mapping[str, str]
    alarms: Sequence[Mapping[str, Any]]


def control(service: str, place: Place) -> Any:
    """The client of a control plane."""
    return aws_client(service, place.region, seconds=SECONDS)


def unless_missing(service: str, call: Callable[..., Any], **asked: Any) -> dict[str, Any] | None:
    """What a call answers; None when the thing that it is about is not there. Raises UnavailableError."""
    from botocore.exceptions import ClientError

    with calling(service):
        try:
            return call(**asked) or {}
        except ClientError as error:
            if _is_missing(error):
                return None
            raise


def alarms_of(endpoint: str, place: Place) -> list[dict[str, Any]]:
    """The alarms that were put up for an endpoint. Raises UnavailableError."""
    with calling("cloudwatch"):
        return control("cloudwatch", place).describe_alarms(AlarmNamePrefix=stem(endpoint)).get("MetricAlarms", [])


def seen(endpoint: str, found: Found, rules: Mapping[str, Any]) -> Seen:
    """One look: the phase, who answers how much, and the alarms."""
    one = found.described
    pending = one.get("PendingDeploymentSummary")
    phase = _phase(one["EndpointStatus"], pending)
    config = (pending or one).get("EndpointConfigName", "")
    capture = one.get("DataCaptureConfig", {})
    return Seen(
        endpoint, phase, found.versions.get(config, ""), _share(phase, rules), _why(one, phase), _variants(found),
        _alarms(endpoint, found.alarms, rules), capture.get("DestinationS3Uri", ""),
    )  # fmt: skip


def _is_missing(error: Exception) -> bool:
    """SageMaker says of what is not there that the request is wrong, and only the words tell."""
    words = str(getattr(error, "response", {}).get("Error", {}).get("Message", "")).lower()
    gone = ("could not find", "no scalable target found", "does not exist", "not found")
    known = error_code(error) in ("ObjectNotFoundException", "ResourceNotFound", "ResourceNotFoundException")
    return known or (error_code(error).startswith("Validation") and any(part in words for part in gone))


def _phase(status: str, pending: Mapping[str, Any] | None) -> Phase:
    phase = _PHASES.get(status, "failed")
    states = [s["Status"] for v in (pending or {}).get("ProductionVariants", []) for s in v.get("VariantStatus", [])]
    return "canary" if phase == "starting" and _BAKING in states else phase


def _share(phase: Phase, rules: Mapping[str, Any]) -> float:
    """SageMaker does not tell the share of a canary; it is the one that was asked for."""
    return {"canary": float(rules["canary_share"]), "serving": 1.0}.get(phase, 0.0)


def _why(one: Mapping[str, Any], phase: Phase) -> str:
    words = {
        "starting": "machines start", "canary": "the alarms are watched at the canary's share",
        "finishing": "the old machines are let go", "rolling_back": "SageMaker goes back to the version before",
        "serving": "in service",
    }  # fmt: skip
    return one.get("FailureReason") or words.get(phase, f"its state is {one['EndpointStatus']}")


def _variants(found: Found) -> list[dict[str, Any]]:
    one = found.described
    rows = one.get("ProductionVariants", [])
    total = sum(row.get("CurrentWeight", 1.0) for row in rows) or 1.0
    version = found.versions.get(one.get("EndpointConfigName", ""), "")
    return [
        {"name": row["VariantName"], "version": version, "share": row.get("CurrentWeight", 1.0) / total,
         "machines": row.get("CurrentInstanceCount")}
        for row in rows
    ]  # fmt: skip


def _alarms(endpoint: str, there: Sequence[Mapping[str, Any]], rules: Mapping[str, Any]) -> list[Alarm]:
    states = {alarm["AlarmName"]: alarm["StateValue"] for alarm in there}
    names = [one["AlarmName"] for one in alarms(endpoint, rules)]
    limits = {"errors": float(rules["error_share_max"]), "latency": float(rules["latency_p99_ms_max"])}
    pairs = [(name, name.rpartition("-")[2]) for name in names if name in states]
    return [Alarm(name, ALL_TRAFFIC, m, limits[m], rings=states[name] == "ALARM") for name, m in pairs]
