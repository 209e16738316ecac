"""Which channel a setting names: AWS's own by our two short forms, anything else by Apprise."""

from __future__ import annotations

from lending.message_ports import Channel
from serving.adapters import ses_messages, sns_messages
from serving.adapters.apprise_messages import AppriseMessages


def channel_of(target: str, setting: str, region: str = "") -> Channel:
    """The channel of a target, such as `ses://loans@example.com`, `sns://` or an Apprise URL with `{to}` in it.

    Args:
        target: the setting's value.
        setting: its name, for errors.
        region: of AWS services; empty means the one of the environment.

    Raises:
        InputError: nothing knows such a target.
    """
    if ses_messages.TARGET.fullmatch(target):
        return ses_messages.SesMessages(target, setting, region)
    if sns_messages.TARGET.fullmatch(target):
        return sns_messages.SnsMessages(target, setting, region)
    return AppriseMessages(target, setting)
