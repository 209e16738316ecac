"""A channel through Amazon SNS: SMS to one phone at a time."""

from __future__ import annotations

from lending.adapters.aws import aws_client, calling


class SnsMessages:
    """`lending.message_ports.Channel` on SNS. SNS knows no dedup for SMS: what is tried again may come twice.

    So a call is tried once, for its answer alone may be lost: the outbox tries again, later and seldom.
    """

    def __init__(self, sender: str = "", region: str = "") -> None:
        """Take the sender's id, where the country allows one; an empty region means the one of the environment."""
        self._region = region
        told = {"AWS.SNS.SMS.SMSType": "Transactional", "AWS.SNS.SMS.SenderID": sender}
        self._attributes = {name: _text(value) for name, value in told.items() if value}

    def send(self, to: str, title: str, text: str, message_id: str) -> None:
        """Send the text alone, for an SMS has no title. Raises UnavailableError when SNS did not take it."""
        with calling("sns"):
            aws_client("sns", self._region, tries=1).publish(
                PhoneNumber=to, Message=text, MessageAttributes=self._attributes
            )  # fmt: skip


def _text(value: str) -> dict[str, str]:
    return {"DataType": "String", "StringValue": value}
