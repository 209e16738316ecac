"""A channel through Amazon SES: e-mail from one verified sender."""

from __future__ import annotations

import re

from lending.adapters.aws import aws_client, calling
from lending.domain.errors import InputError

TARGET = re.compile(r"ses://(?P<sender>[^/?#{}\s@]+@[^/?#{}\s@]+)")
"""Our own form of the setting. What names keys, a region or `{to}` as well is one of Apprise's and goes there."""


class SesMessages:
    """`lending.message_ports.Channel` on SES. SES knows no dedup: a message that is tried again may come twice."""

    def __init__(self, target: str, setting: str, region: str = "") -> None:
        """Take the sender.

        Args:
            target: `ses://` and the address that SES verified.
            setting: the setting's name, for errors.
            region: empty means the one of the environment.

        Raises:
            InputError: the target has another form.
        """
        named = TARGET.fullmatch(target)
        if named is None:
            raise InputError(
                f"{setting} is no ses:// target", code="settings", field=setting, found="another text",
                expected="ses:// and a verified sender", do="Write it, for example ses://loans@example.com",
            )  # fmt: skip
        self._sender, self._region = named["sender"], region

    def send(self, to: str, title: str, text: str, message_id: str) -> None:
        """Send it as plain text, tagged with our id. Raises UnavailableError when SES did not take it."""
        with calling("sesv2"):
            aws_client("sesv2", self._region).send_email(
                FromEmailAddress=self._sender,
                Destination={"ToAddresses": [to]},
                Content={"Simple": {"Subject": _part(title), "Body": {"Text": _part(text)}}},
                EmailTags=[{"Name": "message_id", "Value": message_id}],
            )


def _part(text: str) -> dict[str, str]:
    return {"Data": text, "Charset": "UTF-8"}
