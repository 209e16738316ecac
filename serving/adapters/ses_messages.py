"""A channel through Amazon SES: e-mail from one verified sender."""

from __future__ import annotations

from lending.adapters.aws import aws_client, calling


class SesMessages:
    """`lending.message_ports.Channel` on SES. SES knows no dedup: a message that is tried again may come twice.

    So a call is tried once, for its answer alone may be lost: the outbox tries again, later and seldom.
    """

    def __init__(self, sender: str, region: str = "") -> None:
        """Take the address that SES verified; an empty region means the one of the environment."""
        self._sender, self._region = sender, region

    def send(self, to: str, title: str, text: str, message_id: str) -> None:
        """Send it as plain text, tagged with our id. Raises UnavailableError when SES did not take it."""
        with calling("sesv2"):
            aws_client("sesv2", self._region, tries=1).send_email(
                FromEmailAddress=self._sender,
                Destination={"ToAddresses": [to]},
                Content={"Simple": {"Subject": _part(title), "Body": {"Text": _part(text)}}},
                EmailTags=[{"Name": "message_id", "Value": message_id}],
            )


def _part(text: str) -> dict[str, str]:
    return {"Data": text, "Charset": "UTF-8"}
