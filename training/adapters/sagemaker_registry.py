"""SageMaker's model registry: a package for each served version, linked to its version and run in MLflow."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lending.adapters.aws import calling
from training.adapters.sagemaker_requests import Place
from training.adapters.sagemaker_seen import control, unless_missing
from training.endpoint_ports import Wanted

_CONTENT = ["application/json", "text/csv"]


def enter(wanted: Wanted, facts: Mapping[str, Any], place: Place, archive: str) -> str:
    """Enter a version once; answers its ARN, the one that it has already when it was entered before.

    Args:
        wanted: the version.
        facts: `{run_id, approver, metrics}` of the registry's row.
        place: whose image runs it.
        archive: address of its `model.tar.gz`.

    Raises:
        UnavailableError: SageMaker refused or did not answer.
    """
    client, group = control("sagemaker", place), group_of(wanted.data)
    described = unless_missing("sagemaker", client.describe_model_package_group, ModelPackageGroupName=group)
    if described is None:
        with calling("sagemaker"):
            client.create_model_package_group(**group_request(wanted))
    elif there := _entered(client, group, wanted.version):
        return there
    with calling("sagemaker"):
        return client.create_model_package(**package_request(wanted, facts, place, archive))["ModelPackageArn"]


def group_of(data: str) -> str:
    """The group of a data set's models, as its registered model is called in MLflow, in SageMaker's form."""
    return f"candor-pd-{data.replace('_', '-')}"


def group_request(wanted: Wanted) -> dict[str, Any]:
    """CreateModelPackageGroup."""
    said = f"Probability of default on {wanted.data}; each version is one of candor-pd-{wanted.data} in MLflow"
    return {"ModelPackageGroupName": group_of(wanted.data), "ModelPackageGroupDescription": said}


def package_request(wanted: Wanted, facts: Mapping[str, Any], place: Place, archive: str) -> dict[str, Any]:
    """CreateModelPackage: approved, as a deployment refuses what is not; metrics and links in its properties."""
    metrics = {f"metric_{name}": f"{figure['value']:.6f}" for name, figure in facts["metrics"].items()}
    links = {
        "mlflow_version": wanted.version, "mlflow_run_id": facts["run_id"], "manifest_sha256": wanted.sha256,
        "approver": facts["approver"], "endpoint": wanted.endpoint,
    }  # fmt: skip
    runs = {
        "Containers": [{"Image": place.image, "ModelDataUrl": archive}],
        "SupportedContentTypes": _CONTENT,
        "SupportedResponseMIMETypes": _CONTENT[:1],
    }
    return {
        "ModelPackageGroupName": group_of(wanted.data),
        "ModelPackageDescription": f"{wanted.version}, manifest {wanted.sha256[:16]}",
        "InferenceSpecification": runs,
        "ModelApprovalStatus": "Approved",
        "CustomerMetadataProperties": {key: value for key, value in {**links, **metrics}.items() if value},
    }


def _entered(client: Any, group: str, version: str) -> str:
    """The ARN of a version that was entered before; "" when it was not."""
    with calling("sagemaker"):
        pages = client.get_paginator("list_model_packages").paginate(ModelPackageGroupName=group)
        arns = [row["ModelPackageArn"] for page in pages for row in page["ModelPackageSummaryList"]]
        for arn in arns:
            known = client.describe_model_package(ModelPackageName=arn).get("CustomerMetadataProperties", {})
            if known.get("mlflow_version") == version:
                return arn
    return ""
