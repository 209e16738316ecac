"""The AWS Lambda function that S3 calls when a file arrived: it puts the file's key on a queue, and does nothing else.

Handler: `serving.aws.upload_event.handler`. It reads no file, has no database and no secret: what it needs is
`sqs:SendMessage` on one queue. A queue rather than a call of the API, because a key waits there while the API is away.
Environment: `CANDOR_OBJECTS_BUCKET`, `CANDOR_UPLOADS_QUEUE_URL`.
Source: the structure of S3's event messages, versions 2.x, https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html.
"""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import unquote_plus

from lending.adapters.aws import aws_client, calling
from lending.upload_keys import arrival_of

BUCKET, QUEUE = "CANDOR_OBJECTS_BUCKET", "CANDOR_UPLOADS_QUEUE_URL"
_log = logging.getLogger("candor.uploads")


def handler(event: Mapping[str, Any], context: object = None) -> dict[str, int]:
    """Tell the queue of every file that an event names; what is not ours is counted and left.

    A file that is told twice is taken once, so an event may be repeated, also after half of it was told.

    Returns:
        `{told, left}`: counts.

    Raises:
        UnavailableError: the queue did not take a key; Lambda then tries the event again.
    """
    records = list(_records(event))
    keys = [key for record in records if (key := _key(record, os.environ[BUCKET]))]
    for key in keys:
        with calling("sqs"):
            aws_client("sqs").send_message(
                QueueUrl=os.environ[QUEUE], MessageBody=json.dumps({"kind": "document.arrived", "key": key})
            )
    if len(keys) < len(records):
        _log.warning("%d of %d records name no file of ours", len(records) - len(keys), len(records))
    return {"told": len(keys), "left": len(records) - len(keys)}


def _records(event: object) -> Iterator[object]:
    """The records of an event; none in the test event that S3 sends first."""
    found = event.get("Records") if isinstance(event, Mapping) else None  # type: ignore[union-attr]
    yield from found if isinstance(found, list) else ()  # type: ignore[misc]


def _key(record: Any, bucket: str) -> str:
    """The key of a file that was created in our bucket where files arrive; "" for anything else."""
    try:
        ours = (
            record["eventSource"] == "aws:s3"
            and str(record["eventVersion"]).startswith("2.")
            and str(record["eventName"]).startswith("ObjectCreated:")
            and record["s3"]["bucket"]["name"] == bucket
            and int(record["s3"]["object"]["size"]) > 0
        )
        key = unquote_plus(str(record["s3"]["object"]["key"]), errors="strict")
    except (KeyError, TypeError, ValueError):
        return ""
    return key if ours and arrival_of(key) else ""
