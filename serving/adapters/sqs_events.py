"""Events for other systems on a queue of Amazon SQS: what happened to what, by id, and nothing about anybody."""

from __future__ import annotations

import json

from lending.adapters.aws import aws_client, calling
from lending.message_ports import Event


class SqsEvents:
    """`lending.message_ports.Events` on a queue, standard or FIFO.

    Each event arrives at least once, and its `event_id` is the same each time. A FIFO queue drops the second within
    five minutes by itself and keeps the order of one subject; readers of any queue drop what they have seen.
    """

    def __init__(self, queue_url: str, region: str = "") -> None:
        self._queue, self._region = queue_url, region

    def publish(self, event: Event) -> None:
        """Put it on the queue. Raises UnavailableError when SQS did not take it."""
        told = {
            "event_id": event.event_id, "kind": event.kind, "subject": event.subject, "at": event.at.isoformat(),
        }  # fmt: skip
        kind = {"kind": {"DataType": "String", "StringValue": event.kind}}
        with calling("sqs"):
            aws_client("sqs", self._region).send_message(
                QueueUrl=self._queue, MessageBody=json.dumps(told), MessageAttributes=kind, **self._order(event)
            )

    def _order(self, event: Event) -> dict[str, str]:
        if not self._queue.endswith(".fifo"):
            return {}
        return {"MessageDeduplicationId": event.event_id, "MessageGroupId": event.subject or event.kind}
