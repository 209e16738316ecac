"""Settings of what stands outside this machine; empty means that the embedded part does the work."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, SecretStr

from lending.guardrail_settings import GuardrailSettings
from lending.identity_settings import IdentitySettings
from lending.search_settings import SearchSettings


class CloudSettings(IdentitySettings, GuardrailSettings, SearchSettings):
    """A part of `lending.settings.Settings`. Credentials of AWS come as for any of its tools and are no settings."""

    aws_region: str = Field("", description="region of AWS services; empty means the one of AWS's own variables")
    prefect_database_url: str = Field(
        "", description="where Prefect's server keeps its runs (postgresql+asyncpg://…); empty means SQLite"
    )
    objects_bucket: str = Field("", description="S3 bucket for documents and artefacts; empty means a local folder")
    objects_kms_key: str = Field("", description="KMS key of that bucket's objects; empty means the bucket's default")
    upload_minutes: int = Field(15, ge=1, le=60, description="how long a ticket to upload straight to S3 holds")
    uploads_queue_url: str = Field("", description="SQS queue that tells of such uploads; empty: the sweep finds them")
    events_queue_url: str = Field("", description="SQS queue that tells other systems what happened; empty: none does")
    secrets_id: str = Field("", description="secret of AWS Secrets Manager with further settings; empty: none")
    endpoint_name: str = Field("", description="SageMaker endpoint that scores; empty: the model scores in process")
    endpoint_url: str = Field("", description="address of a local endpoint; empty means SageMaker Runtime on AWS")
    endpoint_seconds: float = Field(1.5, gt=0, le=60, description="longest wait for a score")
    sagemaker_bucket: str = Field("", description="S3 bucket of packages, jobs, captured calls; empty: objects_bucket")
    sagemaker_role: str = Field("", description="role that SageMaker takes on for endpoints and jobs, an ARN")
    sagemaker_image: str = Field("", description="image that serves a package on SageMaker")
    sagemaker_training_image: str = Field("", description="image in which jobs on SageMaker train and score books")
    sagemaker_subnets: tuple[str, ...] = Field((), description="subnets of SageMaker's containers; empty: no VPC")
    sagemaker_groups: tuple[str, ...] = Field((), description="security groups of SageMaker's containers")
    embed_model: str = Field("", description="model on Bedrock that embeds the knowledge base; empty: the one here")
    embed_seconds: float = Field(2.0, gt=0, le=30, description="longest wait for an answer of that model")
    otlp_url: str = Field("", description="collector for traces, such as http://127.0.0.1:4318; empty: none are sent")
    metrics_log: Literal["", "emf"] = Field("", description="emf: log lines that CloudWatch reads as metrics")
    metrics_token: SecretStr = Field(
        SecretStr(""), description="bearer token that reads /metrics from elsewhere; empty: this machine alone"
    )
