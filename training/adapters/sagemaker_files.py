"""Folders to S3 and archives back: what a job on SageMaker reads and what it left."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

from lending.adapters.aws import calling
from lending.domain.errors import UnavailableError
from training.adapters.sagemaker_requests import Place
from training.adapters.sagemaker_seen import control


def send(folder: Path, prefix: str, place: Place) -> str:
    """Put every file of a folder below a prefix, encrypted; answers the prefix's address. Raises UnavailableError."""
    sealed = {"ServerSideEncryption": "aws:kms"} | ({"SSEKMSKeyId": place.kms_key} if place.kms_key else {})
    with calling("s3"):
        for file in sorted(path for path in folder.rglob("*") if path.is_file()):
            key = f"{prefix}/{file.relative_to(folder).as_posix()}"
            with file.open("rb") as body:
                control("s3", place).put_object(Bucket=place.bucket, Key=key, Body=body, **sealed)
    return f"s3://{place.bucket}/{prefix}"


def fetch(prefix: str, into: Path, place: Place) -> None:
    """Bring every object below a prefix into a folder. Raises UnavailableError."""
    client, root = control("s3", place), into.resolve()
    with calling("s3"):
        pages = client.get_paginator("list_objects_v2").paginate(Bucket=place.bucket, Prefix=f"{prefix}/")
        for key in [row["Key"] for page in pages for row in page.get("Contents", [])]:
            target = (root / key.removeprefix(f"{prefix}/")).resolve()
            if target.is_relative_to(root) and not key.endswith("/"):
                target.parent.mkdir(parents=True, exist_ok=True)
                client.download_file(place.bucket, key, str(target))


def unpacked(key: str, into: Path, place: Place) -> Path:
    """The folder of a tar.gz that SageMaker made; plain files only. Raises UnavailableError."""
    into.mkdir(parents=True)
    with calling("s3"):
        raw = control("s3", place).get_object(Bucket=place.bucket, Key=key)["Body"].read()
    try:
        with tarfile.open(fileobj=io.BytesIO(raw), mode="r:gz") as tar:
            tar.extractall(into, filter="data")
    except (tarfile.TarError, EOFError, OSError) as error:
        raise UnavailableError(
            f"{key.rpartition('/')[2]} of the job cannot be unpacked: {type(error).__name__}", code="job_output",
            field="job", found=type(error).__name__, expected="a tar.gz of plain files", do="Start the job again.",
        ) from None  # fmt: skip
    return into
