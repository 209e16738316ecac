"""A channel through Amazon SNS: SMS to one phone at a time."""

from __future__ import annotations

import re

from lending.adapters.aws import aws_client, calling
from lending.domain.errors import InputError

TARGET = re.compile(r"sns://(?P<sender>[A-Za-z0-9]{1,11})?")
"""Our own form of the setting. What names keys, a region or `{to}` as well is one of Apprise's and goes there."""


class SnsMessages:
    """`lending.message_ports.Channel` on SNS. SNS knows no dedup for SMS: what is tried again may come twice."""

    def __init__(self, target: str, setting: str, region: str = "") -> None:
        """Take the target.

        Args:
            target: `sns://`, and the sender's id to show where the country allows one.
            setting: the setting's name, for errors.
            region: empty means the one of the environment.

        Raises:
            InputError: the target has another form.
        """
        named = TARGET.fullmatch(target)
        if named is None:
            raise InputError(
                f"{setting} is no sns:// target", code="settings", field=setting, found="another text",
                expected="sns:// and, if you like, a sender's id of up to 11 letters and digits",
                do="Write it, for example sns:// or sns://MYBANK",
            )  # fmt: skip
        self._region = region
        told = {"AWS.SNS.SMS.SMSType": "Transactional", "AWS.SNS.SMS.SenderID": named["sender"]}
        self._attributes = {name: _text(value) for name, value in told.items() if value}

    def send(self, to: str, title: str, text: str, message_id: str) -> None:
        """Send the text alone, for an SMS has no title. Raises UnavailableError when SNS did not take it."""
        with calling("sns"):
            aws_client("sns", self._region).publish(
                PhoneNumber=to, Message=text, MessageAttributes=self._attributes
            )  # fmt: skip


def _text(value: str) -> dict[str, str]:
    return {"DataType": "String", "StringValue": value}
