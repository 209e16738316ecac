"""Which channel a setting names: AWS's own by our two short forms, anything else by Apprise."""

from __future__ import annotations

import re

from lending.message_ports import Channel
from serving.adapters.apprise_messages import AppriseMessages
from serving.adapters.ses_messages import SesMessages
from serving.adapters.sns_messages import SnsMessages

# What names keys, a region or `{to}` as well is one of Apprise's forms and goes there.
_SES = re.compile(r"ses://([^/?#{}\s@]+@[^/?#{}\s@]+)")
_SNS = re.compile(r"sns://([A-Za-z0-9]{0,11})")


def channel_of(target: str, setting: str, region: str = "") -> Channel:
    """The channel of a target, such as `ses://loans@example.com`, `sns://` or an Apprise URL with `{to}` in it.

    Args:
        target: the setting's value.
        setting: its name, for errors.
        region: of AWS services; empty means the one of the environment.

    Raises:
        InputError: nothing knows such a target.
    """
    if ses := _SES.fullmatch(target):
        return SesMessages(ses[1], region)
    if sns := _SNS.fullmatch(target):
        return SnsMessages(sns[1], region)
    return AppriseMessages(target, setting)
