"""Objects in a bucket of S3."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from hashlib import sha256
from importlib import import_module
from typing import Any

from lending.adapters.aws import aws_client, calling, error_code, read_whole
from lending.adapters.object_keys import is_plain, no_object, plain_key
from lending.domain.errors import RefusedError

ABSENT = frozenset({"NoSuchKey", "404", "NotFound"})
_LINK_SECONDS = 3600


class S3Objects:
    """Implements `Objects` on a bucket; whole writes and a sum over the content are S3's own.

    In a bucket that keeps versions `drop` leaves older ones to the bucket's lifecycle rule. What is about a person is
    sealed with that person's own key before it comes here, so erasing the key erases every version.
    """

    def __init__(self, bucket: str, kms_key: str = "", region: str = "", *, seconds: float = 10.0) -> None:
        """Take the bucket.

        Args:
            bucket: its name.
            kms_key: id or ARN of the key that encrypts at rest; empty means what the bucket does by itself.
            region: empty means the one of the environment.
            seconds: longest wait for a part of an answer; reading one object ends after six times that.
        """
        self._bucket, self._region, self._seconds = bucket, region, seconds
        self._at_rest = encryption(kms_key)

    def put(self, key: str, content: bytes) -> None:
        """Write or replace; S3 refuses a content that arrives otherwise than it was sent.

        Raises:
            InputError: the key is no plain path.
            UnavailableError: S3 did not take it; what was there before is there still.
        """
        plain_key(key)
        digest = b64encode(sha256(content).digest()).decode()
        with calling("s3"):
            self._client.put_object(
                Bucket=self._bucket, Key=key, Body=content, ChecksumAlgorithm="SHA256", ChecksumSHA256=digest,
                **self._at_rest,
            )  # fmt: skip

    def get(self, key: str) -> bytes:
        """The object's bytes.

        Raises:
            NotFoundError: there is none.
            RefusedError: they are not those that were put (`tampered`).
            UnavailableError: S3 did not answer, or not in time.
        """
        with calling("s3"):
            found = found_object(self._client, self._bucket, key)
            content = read_object(found["Body"], 6 * self._seconds)
        _check(key, content, found.get("ChecksumSHA256", ""))
        return content

    def keys(self, prefix: str) -> Sequence[str]:
        """Keys that begin with a prefix, in order, page by page; what others put under no plain path is not ours."""
        with calling("s3"):
            pages = self._client.get_paginator("list_objects_v2").paginate(Bucket=self._bucket, Prefix=prefix)
            return sorted(one["Key"] for page in pages for one in page.get("Contents", ()) if is_plain(one["Key"]))

    def drop(self, key: str) -> None:
        """Remove; nothing happens where there is none."""
        plain_key(key)
        with calling("s3"):
            self._client.delete_object(Bucket=self._bucket, Key=key)

    def link(self, key: str) -> str | None:
        """Sign an address; nothing is sent, and whether the object is there shows when it is used."""
        asked = {
            "Bucket": self._bucket, "Key": plain_key(key),
            "ResponseContentDisposition": f'attachment; filename="{key.rpartition("/")[2]}"',
        }  # fmt: skip
        with calling("s3"):
            return str(self._client.generate_presigned_url("get_object", Params=asked, ExpiresIn=_LINK_SECONDS))

    @property
    def _client(self) -> Any:
        return aws_client("s3", self._region, seconds=self._seconds)


def encryption(kms_key: str) -> dict[str, Any]:
    """How S3 is told to encrypt at rest, with the bucket's data key so that KMS is not asked for every object."""
    if not kms_key:
        return {}
    return {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": kms_key, "BucketKeyEnabled": True}


def found_object(client: Any, bucket: str, key: str) -> Any:
    """What S3 answers for an object, its body not read yet. Raises NotFoundError; what boto3 raises for all else."""
    raised: Any = import_module("botocore.exceptions")
    try:
        return client.get_object(Bucket=bucket, Key=plain_key(key), ChecksumMode="ENABLED")
    except raised.ClientError as error:
        if error_code(error) in ABSENT:
            raise no_object(key) from None
        raise


def read_object(body: Any, seconds: float) -> bytes:
    """The body of an object. Raises UnavailableError when it is not whole in time; RefusedError for other bytes."""
    raised: Any = import_module("botocore.exceptions")
    try:
        return read_whole("s3", body, seconds)
    except raised.FlexibleChecksumError:
        raise _changed() from None


def _check(key: str, content: bytes, digest: str) -> None:
    if digest and "-" not in digest and digest != b64encode(sha256(content).digest()).decode():
        raise _changed(key)


def _changed(key: str = "") -> RefusedError:
    return RefusedError(
        "an object is not the one that was put", code="tampered", field="key", found=key[:80],
        expected="the content that was put", do="Restore an earlier version of it.",
    )  # fmt: skip
