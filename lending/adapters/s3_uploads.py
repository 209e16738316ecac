"""Files that browsers send straight to a bucket of S3, by forms that we sign."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from lending.adapters.aws import aws_client, calling
from lending.adapters.object_keys import plain_key
from lending.adapters.s3_objects import found_object, read_object
from lending.document_ports import Uploaded, UploadForm
from lending.domain.errors import InputError
from lending.upload_keys import ARRIVALS, arrival_of

_NOTE = "note"


class S3Uploads:
    """`lending.document_ports.DirectUploads` on a bucket.

    Every field of a form is a condition of its signed policy as well: S3 refuses a form in which one of them was
    changed, left out or added, and a file outside the range of sizes.
    """

    def __init__(self, bucket: str, kms_key: str = "", region: str = "", *, seconds: float = 10.0) -> None:
        """Take the bucket.

        Args:
            bucket: its name.
            kms_key: id or ARN of the key that encrypts at rest; empty means what the bucket does by itself.
            region: empty means the one of the environment.
            seconds: longest wait for a part of an answer.
        """
        self._bucket, self._region, self._seconds = bucket, region, seconds
        self._at_rest = {
            "x-amz-server-side-encryption": "aws:kms", "x-amz-server-side-encryption-aws-kms-key-id": kms_key,
        } if kms_key else {}  # fmt: skip

    def form(self, key: str, media_type: str, most_bytes: int, note: str, seconds: int) -> UploadForm:
        """Sign a form; nothing is sent. Raises UnavailableError without credentials."""
        fields = {
            "Content-Type": media_type, f"x-amz-meta-{_NOTE}": note, "success_action_status": "201", **self._at_rest,
        }  # fmt: skip
        # boto3 itself makes conditions of bucket and key alone.
        conditions = [*({name: value} for name, value in fields.items()), ["content-length-range", 1, most_bytes]]
        with calling("s3"):
            signed = self._client.generate_presigned_post(
                self._bucket, plain_key(key), Fields=fields, Conditions=conditions, ExpiresIn=seconds
            )
        return UploadForm(signed["url"], signed["fields"])

    def keys(self, customer_id: str | None = None) -> Sequence[str]:
        """What has arrived, page by page; what is no key of ours is left to the lifecycle rule."""
        prefix = ARRIVALS if customer_id is None else f"{ARRIVALS}{customer_id}/"
        with calling("s3"):
            pages = self._client.get_paginator("list_objects_v2").paginate(Bucket=self._bucket, Prefix=prefix)
            return sorted(one["Key"] for page in pages for one in page.get("Contents", ()) if arrival_of(one["Key"]))

    def get(self, key: str, most_bytes: int) -> Uploaded:
        """The file and its note; one that is too large is not read."""
        with calling("s3"):
            found = found_object(self._client, self._bucket, key)
            if found["ContentLength"] > most_bytes:
                found["Body"].close()
                raise _too_large(found["ContentLength"], most_bytes)
            return Uploaded(read_object(found["Body"], 6 * self._seconds), found["Metadata"].get(_NOTE, ""))

    def drop(self, key: str) -> None:
        """Remove it and, where the bucket keeps versions, each of them."""
        with calling("s3"):
            pages = self._client.get_paginator("list_object_versions").paginate(
                Bucket=self._bucket, Prefix=plain_key(key)
            )
            for page in pages:
                for one in (*page.get("Versions", ()), *page.get("DeleteMarkers", ())):
                    if one["Key"] == key:
                        self._client.delete_object(Bucket=self._bucket, Key=key, VersionId=one["VersionId"])

    @property
    def _client(self) -> Any:
        return aws_client("s3", self._region, seconds=self._seconds)


def _too_large(size: int, most: int) -> InputError:
    return InputError(
        f"the file has {size} bytes", code="too_large", field="file", found=f"{size} bytes",
        expected=f"at most {most} bytes", do="Send a smaller file.",
    )  # fmt: skip
