"""News of uploads from a queue of Amazon SQS, put there by the function that S3 calls."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from lending.adapters.aws import aws_client, calling
from lending.document_ports import Told

_MOST, _WAIT = 10, 1


class SqsNews:
    """`lending.document_ports.ArrivalNews` on a queue. What is no news is left there, for its dead-letter queue."""

    def __init__(self, queue_url: str, region: str = "") -> None:
        self._queue, self._region = queue_url, region

    def next(self) -> Sequence[Told]:
        """Up to ten; a second of waiting asks all of SQS's servers."""
        with calling("sqs"):
            found = self._client.receive_message(QueueUrl=self._queue, MaxNumberOfMessages=_MOST, WaitTimeSeconds=_WAIT)
        return [Told(key, one["ReceiptHandle"]) for one in found.get("Messages", ()) if (key := _key(one["Body"]))]

    def done(self, told: Told) -> None:
        """Delete the message."""
        with calling("sqs"):
            self._client.delete_message(QueueUrl=self._queue, ReceiptHandle=told.receipt)

    @property
    def _client(self) -> Any:
        return aws_client("sqs", self._region)


def _key(body: str) -> str:
    """The key that a message tells; "" for anything else."""
    try:
        told: Any = json.loads(body)
        return str(told["key"]) if told["kind"] == "document.arrived" else ""
    except (ValueError, TypeError, KeyError):
        return ""
