"""Jobs on SageMaker: training through ModelTrainer of its SDK, scoring of books as a processing job."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from lending.adapters.aws import calling
from lending.domain.errors import UnavailableError
from training.adapters.sagemaker_files import fetch, send, unpacked
from training.adapters.sagemaker_requests import Place
from training.adapters.sagemaker_seen import control
from training.job_ports import ENVIRONMENT, Act, Job

_DONE, _ENDED = "Completed", ("Completed", "Failed", "Stopped")
_WORK = "/opt/ml/processing"
_DISK_GB = 30
_MOST_MISSED = 5
"""Looks in a row that may go unanswered: a job of an hour is not lost for a moment's silence."""


class SagemakerJobs:
    """Implements `training.job_ports.Jobs`.

    Args:
        place: where.
        wait: lets seconds pass.
    """

    def __init__(self, place: Place, wait: Callable[[float], None] = time.sleep) -> None:
        self._place, self._wait = place, wait

    def run(
        self, job: Job, into: Path, rules: Mapping[str, Any], progress: Callable[[float, str], None]
    ) -> Mapping[str, str]:
        """Send the inputs, wait for the end, and bring the outputs back; see the port."""
        self._place.needs(
            role="CANDOR_SAGEMAKER_ROLE", training_image="CANDOR_SAGEMAKER_TRAINING_IMAGE",
            bucket="CANDOR_OBJECTS_BUCKET",
        )  # fmt: skip
        began = time.monotonic()
        progress(0.02, "sending the inputs")
        sent = {name: send(folder, f"{_prefix(job)}/{name}", self._place) for name, folder in job.inputs.items()}
        name = self._start(job, sent, rules)
        self._follow(job.act, name, rules, progress)
        progress(0.95, "bringing the outputs")
        self._bring(job, name, into)
        return {"job": name, "where": "sagemaker", "seconds": f"{time.monotonic() - began:.0f}"}

    def _start(self, job: Job, sent: Mapping[str, str], rules: Mapping[str, Any]) -> str:
        """The job's name on SageMaker; the SDK puts a time behind that of a training."""
        client = control("sagemaker", self._place)
        if job.act == "score":
            with calling("sagemaker"):
                client.create_processing_job(**processing(job, sent, rules, self._place))
            return job.name
        start_training(job, sent, rules, self._place)
        with calling("sagemaker"):
            found = client.list_training_jobs(NameContains=job.name, SortBy="CreationTime", SortOrder="Descending")
        if not (there := found["TrainingJobSummaries"]):
            raise UnavailableError(
                f"SageMaker does not list the job {job.name} that it started", code="job", field="job",
                found="no such job", expected="a job of that name", do="Look for it on SageMaker; stop it there.",
            )  # fmt: skip
        return there[0]["TrainingJobName"]

    def _follow(self, act: Act, name: str, rules: Mapping[str, Any], progress: Callable[[float, str], None]) -> None:
        """Wait for the end, within the policy's time. Raises UnavailableError."""
        try:
            state, why = self._ended(act, name, rules, progress)
        except BaseException:  # whoever gives up waiting leaves no machine running that costs
            with suppress(UnavailableError):
                self._stop(act, name)
            raise
        if state != _DONE:
            raise UnavailableError(
                f"the job {name} on SageMaker {state.lower()}: {why or 'no reason was given'}", code="job",
                field="job", found=state, expected=_DONE, do=f"Read its log: /aws/sagemaker/…Jobs, stream {name}.",
            )  # fmt: skip

    def _ended(
        self, act: Act, name: str, rules: Mapping[str, Any], progress: Callable[[float, str], None]
    ) -> tuple[str, str]:
        """How it ended and why. Raises UnavailableError: several looks in a row were not answered."""
        most, spent, pause, missed = float(rules["job_seconds_max"]), 0.0, float(rules["look_seconds"]), 0
        while True:
            try:
                (state, why), missed = self._state(act, name), 0
            except UnavailableError as error:
                state, why, missed = "not seen", error.found, missed + 1
                if missed >= _MOST_MISSED:
                    raise
            if state in _ENDED:
                return state, why
            progress(min(0.9, 0.05 + 0.85 * spent / most), f"{name}: {state}")
            if spent > most + 10 * pause:
                self._stop(act, name)
                return "Stopped", f"not done after {most:.0f} s"
            self._wait(pause)
            spent += pause

    def _state(self, act: Act, name: str) -> tuple[str, str]:
        client = control("sagemaker", self._place)
        with calling("sagemaker"):
            if act == "train":
                found = client.describe_training_job(TrainingJobName=name)
                return found["TrainingJobStatus"], found.get("FailureReason", "")
            found = client.describe_processing_job(ProcessingJobName=name)
            return found["ProcessingJobStatus"], found.get("FailureReason", "")

    def _stop(self, act: Act, name: str) -> None:
        client = control("sagemaker", self._place)
        with calling("sagemaker"):
            if act == "train":
                client.stop_training_job(TrainingJobName=name)
            else:
                client.stop_processing_job(ProcessingJobName=name)

    def _bring(self, job: Job, name: str, into: Path) -> None:
        if job.act == "score":
            fetch(f"{_prefix(job)}/output", into / "output", self._place)
            return
        made = f"{_prefix(job)}/made/{name}/output"
        unpacked(f"{made}/model.tar.gz", into / "model", self._place)
        unpacked(f"{made}/output.tar.gz", into / "output", self._place)


def start_training(job: Job, sent: Mapping[str, str], rules: Mapping[str, Any], place: Place) -> None:
    """Start a training job through the SDK. Raises UnavailableError."""
    from botocore.exceptions import BotoCoreError, ClientError

    _region(place)
    from sagemaker.core.helper.iam_role_resolver import RoleValidationError

    try:  # the SDK asks IAM about the role when its trainer is made
        model_trainer(job, sent, rules, place).train(wait=False, logs=False)
    except (ClientError, BotoCoreError, RoleValidationError, ValueError) as error:
        raise UnavailableError(
            f"SageMaker does not start the job {job.name}: {type(error).__name__}", code="aws", field="sagemaker",
            found=type(error).__name__, expected="a job that starts", do="Check role, image, quota and permissions.",
        ) from None  # fmt: skip


def model_trainer(job: Job, sent: Mapping[str, str], rules: Mapping[str, Any], place: Place) -> Any:
    """The SDK's ModelTrainer for a job: the image's own program `train`, no code is sent.

    The region is set before its modules are imported, as they ask for one at import.
    """
    region = _region(place)
    import boto3
    from sagemaker.core.helper.session_helper import Session
    from sagemaker.train import configs
    from sagemaker.train.model_trainer import ModelTrainer

    seconds = int(rules["job_seconds_max"])
    inside = configs.Networking(subnets=list(place.subnets), security_group_ids=list(place.groups))
    made = f"s3://{place.bucket}/{_prefix(job)}/made"
    return ModelTrainer(
        sagemaker_session=Session(boto3.Session(region_name=region or None), default_bucket=place.bucket),
        role=place.role,
        base_job_name=job.name,
        training_image=place.training_image,
        compute=configs.Compute(
            instance_type=rules["training_instance_type"], instance_count=1, volume_size_in_gb=_DISK_GB
        ),
        stopping_condition=configs.StoppingCondition(max_runtime_in_seconds=seconds),
        output_data_config=configs.OutputDataConfig(
            s3_output_path=made, **({"kms_key_id": place.kms_key} if place.kms_key else {})
        ),
        input_data_config=[configs.InputData(channel_name=name, data_source=uri) for name, uri in sent.items()],
        environment={ENVIRONMENT: json.dumps(dict(job.facts), sort_keys=True)},
        **({"networking": inside} if place.subnets and place.groups else {}),
    )


def _region(place: Place) -> str:
    """The region, set where the SDK looks for it."""
    region = place.region or os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or ""
    if region:
        os.environ.setdefault("AWS_DEFAULT_REGION", region)
    return region


def processing(job: Job, sent: Mapping[str, str], rules: Mapping[str, Any], place: Place) -> dict[str, Any]:
    """CreateProcessingJob: the training image with the program of jobs, on inputs and outputs in S3."""
    key = {"KmsKeyId": place.kms_key} if place.kms_key else {}
    return {
        "ProcessingJobName": job.name,
        "RoleArn": place.role,
        "AppSpecification": {
            "ImageUri": place.training_image,
            "ContainerEntrypoint": ["python", "-m", "flows.job"],
            "ContainerArguments": [job.act],
        },
        "Environment": {ENVIRONMENT: json.dumps(dict(job.facts), sort_keys=True)},
        "ProcessingInputs": [_input(name, uri) for name, uri in sent.items()],
        "ProcessingOutputConfig": {"Outputs": [_output(job, place)], **key},
        "ProcessingResources": {"ClusterConfig": {**_machine(rules["batch_instance_type"]), **_volume(key)}},
        "StoppingCondition": {"MaxRuntimeInSeconds": int(rules["job_seconds_max"])},
        **({"NetworkConfig": place.vpc} if place.vpc else {}),
    }


def _machine(kind: str) -> dict[str, Any]:
    return {"InstanceCount": 1, "InstanceType": kind, "VolumeSizeInGB": _DISK_GB}


def _input(name: str, uri: str) -> dict[str, Any]:
    read = {"S3Uri": uri, "LocalPath": f"{_WORK}/input/{name}", "S3DataType": "S3Prefix", "S3InputMode": "File"}
    return {"InputName": name, "S3Input": read}


def _output(job: Job, place: Place) -> dict[str, Any]:
    uri = f"s3://{place.bucket}/{_prefix(job)}/output"
    written = {"S3Uri": uri, "LocalPath": f"{_WORK}/output", "S3UploadMode": "EndOfJob"}
    return {"OutputName": "output", "S3Output": written}


def _volume(key: Mapping[str, str]) -> dict[str, str]:
    return {"VolumeKmsKeyId": key["KmsKeyId"]} if key else {}


def _prefix(job: Job) -> str:
    return f"jobs/{job.name}"
