"""What the pages about messages and one's own account ask."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lending.domain.errors import CandorError

if TYPE_CHECKING:
    from datetime import date

    from serving.account import Account
    from serving.assembly import Platform
    from serving.messages import Messages
    from serving.profile_fields import ProfileField

Record = Mapping[str, Any]
_TYPED = "typed"
"""What sealed content of a form is bound to."""


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

    def paid_off(self, customer_id: str) -> date | None:
        """About when the last loan that still runs will be paid off; None where none runs."""
        return self.platform.account.erasure.paid_off(customer_id)

    def seal(self, customer_id: str, content: Record) -> str:
        """Content that only this customer's key opens, as text for a cookie."""
        sealed = self.platform.records.envelopes.seal(customer_id, _TYPED, json.dumps(content).encode())
        return base64.urlsafe_b64encode(sealed).decode()

    def opened(self, customer_id: str, text: str) -> Record:
        """What `seal` made for this customer; empty for anything else."""
        try:
            sealed = base64.urlsafe_b64decode(text.encode("ascii", "replace"))
            return json.loads(self.platform.records.envelopes.open(customer_id, _TYPED, sealed)) if sealed else {}
        except (CandorError, ValueError):
            return {}

    def channels(self) -> Sequence[str]:
        """Channels that this bank has, besides the inbox."""
        return tuple(self.platform.channels)

    def writes_to_file(self) -> bool:
        """Whether messages go to a file instead of to people, as in the demo."""
        settings = self.platform.settings
        targets = (settings.messages_email, settings.messages_sms)
        return not any(target.get_secret_value() for target in targets)
