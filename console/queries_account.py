"""What the pages about messages and one's own account ask."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from serving.account import Account
    from serving.assembly import Platform
    from serving.messages import Messages
    from serving.profile_fields import ProfileField

Record = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class AccountQueries:
    """Questions of one customer; every one names the customer and finds only what is theirs."""

    platform: Platform

    @property
    def use(self) -> Account:
        """Profile, requests, export, erasure, sessions, choices."""
        return self.platform.account

    @property
    def messages(self) -> Messages:
        """The inbox."""
        return self.platform.messages

    def field(self, name: str) -> ProfileField:
        """What may be stated for a figure. Raises InputError for a name that is none."""
        return self.platform.account.profiles.fields.field(name)

    def erasable_on(self, customer_id: str) -> tuple[str, str]:
        """The first day on which the data could be erased, and what keeps it until then; empty when nothing does."""
        day, source = self.platform.account.erasure.earliest(customer_id)
        return day.isoformat(), source

    def channels(self) -> Sequence[str]:
        """Channels that this bank has, besides the inbox."""
        return tuple(self.platform.channels)

    def writes_to_file(self) -> bool:
        """Whether messages go to a file instead of to people, as in the demo."""
        settings = self.platform.settings
        targets = (settings.messages_email, settings.messages_sms)
        return not any(target.get_secret_value() for target in targets)
