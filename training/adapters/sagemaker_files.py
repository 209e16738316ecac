"""Folders to S3 and archives back: what a job on SageMaker reads and what it left."""

from __future__ import annotations

import io
import tarfile
import zlib
from pathlib import Path

from lending.adapters.aws import calling
from lending.adapters.s3_objects import S3Objects, encryption
from lending.domain.errors import UnavailableError
from training.adapters.sagemaker_requests import Place
from training.adapters.sagemaker_seen import SECONDS, control

_MOST_UNPACKED = 4 << 30
"""Bytes of all files of a job's archive together: many times what a training leaves, and far from a full disk."""


def store(place: Place) -> S3Objects:
    """The bucket of a place."""
    return S3Objects(place.bucket, place.kms_key, place.region, seconds=SECONDS)


def send(folder: Path, prefix: str, place: Place) -> str:
    """Put every file of a folder below a prefix, encrypted; answers the prefix's address. Raises UnavailableError."""
    with calling("s3"):
        for file in sorted(path for path in folder.rglob("*") if path.is_file()):
            key = f"{prefix}/{file.relative_to(folder).as_posix()}"
            with file.open("rb") as body:
                control("s3", place).put_object(Bucket=place.bucket, Key=key, Body=body, **encryption(place.kms_key))
    return f"s3://{place.bucket}/{prefix}"


def fetch(prefix: str, into: Path, place: Place) -> None:
    """Bring every object below a prefix into a folder; their keys are plain paths. Raises UnavailableError."""
    objects = store(place)
    for key in objects.keys(f"{prefix}/"):
        target = into / key.removeprefix(f"{prefix}/")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(objects.get(key))


def unpacked(key: str, into: Path, place: Place) -> Path:
    """The folder of a tar.gz that SageMaker made; plain files only, none before all are known to fit.

    Raises:
        NotFoundError: there is none.
        UnavailableError: S3 does not answer, or it is no such archive, or one of more than 4 GiB.
    """
    into.mkdir(parents=True)
    raw = store(place).get(key)
    try:
        with tarfile.open(fileobj=io.BytesIO(raw), mode="r:gz") as tar:
            _stop_when_too_large(tar)
            tar.extractall(into, filter="data")
    except (tarfile.TarError, EOFError, OSError, zlib.error) as error:
        raise UnavailableError(
            f"{key.rpartition('/')[2]} of the job cannot be unpacked: {type(error).__name__}", code="job_output",
            field="job", found=type(error).__name__, expected="a tar.gz of plain files", do="Start the job again.",
        ) from None  # fmt: skip
    return into


def _stop_when_too_large(tar: tarfile.TarFile) -> None:
    """Raise ReadError once the files together are too large; nothing is unpacked by then."""
    size = 0
    for member in tar:
        size += member.size
        if size > _MOST_UNPACKED:
            raise tarfile.ReadError(f"more than {_MOST_UNPACKED} bytes")
