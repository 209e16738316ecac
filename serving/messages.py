"""Messages to customers: told in the transaction of what happened, read in the inbox, carried further by choice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lending.domain.record import named
from lending.message_ports import Channel, Event, Events, NoticeRow, Notices, Outbox, OutboxRow, PreferenceBox
from lending.ports import Clock
from serving.message_texts import MessageTexts

NOTICE = "notice"
CHANNEL = "channel"
EVENT = "event"
MOST = 200
"""Messages that an inbox shows."""


@dataclass(frozen=True, slots=True)
class Messages:
    """Tells customers, and shows them what they were told."""

    outbox: Outbox
    notices: Notices
    preferences: PreferenceBox
    texts: MessageTexts
    clock: Clock

    def tell(self, customer_id: str, kind: str, subject: str, once: str, **slots: str) -> str:
        """Have a customer told, in the transaction this thread is in.

        Args:
            customer_id: whom.
            kind: of kb/wording/messages.yaml.
            subject: id of what it is about; fills the link.
            once: the same text again tells nothing twice, such as `application a_… submitted`.
            slots: values of the text's slots; a `day` as ISO date.

        Returns:
            The id of the outbox row.

        Raises:
            InputError: there is no such kind, or a slot is missing.
        """
        self.texts.check(kind, slots)
        content = {"kind": kind, "subject": subject, "slots": slots}
        return self.outbox.add(NOTICE, customer_id, f"notice {once}", content)

    def inbox(self, customer_id: str, language: str | None = None) -> list[dict[str, Any]]:
        """What a customer was told, newest first, in their language unless another is named; JSON-ready."""
        written = language or self.preferences.get(customer_id).language or "en"
        return [self._shown(row, written) for row in self.notices.of(customer_id, MOST)]

    def read(self, customer_id: str, notice_id: str, language: str | None = None) -> dict[str, Any]:
        """Mark one as read. Raises NotFoundError when it is not there or not theirs."""
        written = language or self.preferences.get(customer_id).language or "en"
        return self._shown(self.notices.read(customer_id, notice_id), written)

    def read_all(self, customer_id: str) -> int:
        """Mark all as read; answers how many were not."""
        return self.notices.read_all(customer_id)

    def unread(self, customer_id: str) -> int:
        """How many are unread."""
        return self.notices.unread(customer_id)[0]

    def news(self, customer_id: str) -> dict[str, Any]:
        """`{unread, stamp}`; the stamp changes whenever a message comes or is read."""
        unread, stamp = self.notices.unread(customer_id)
        return {"unread": unread, "stamp": stamp}

    def _shown(self, row: NoticeRow, language: str) -> dict[str, Any]:
        told = self.texts.told(row.kind, row.subject, row.slots, language)
        return {
            "notice_id": row.notice_id, "kind": row.kind, "subject": row.subject, "title": told.title,
            "text": told.text, "link": told.link, "at": row.at.isoformat(),
            "read_at": row.read_at.isoformat() if row.read_at else None,
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class NoticeHandler:
    """Puts a message into the inbox, and asks for it to be carried over each channel the customer chose.

    Attributes:
        events: whether other systems are told that something happened.
    """

    messages: Messages
    channels: Mapping[str, Channel]
    events: bool = False

    def __call__(self, row: OutboxRow) -> None:
        """In one transaction; the notice's name follows from the row, so that a second try adds nothing."""
        assert row.customer_id is not None  # noqa: S101 - `tell` always names the customer
        content, messages = row.content, self.messages
        name = named("n", row.message_id.encode())
        notice = NoticeRow(
            name, row.customer_id, content["kind"], content["subject"], content["slots"], messages.clock.now()
        )
        with messages.outbox.together():
            messages.notices.add(notice)
            for channel in self._chosen(row.customer_id):
                again = {**content, "channel": channel}
                messages.outbox.add(CHANNEL, row.customer_id, f"{channel} {row.message_id}", again)
            if self.events:
                happened = {"kind": content["kind"], "subject": content["subject"]}
                messages.outbox.add(EVENT, row.customer_id, f"{EVENT} {row.message_id}", happened)

    def _chosen(self, customer_id: str) -> Sequence[str]:
        wanted = self.messages.preferences.get(customer_id).channels
        return [name for name in wanted if name in self.channels]


@dataclass(frozen=True, slots=True)
class ChannelHandler:
    """Sends one message over one channel, in the words of the customer's language."""

    messages: Messages
    channels: Mapping[str, Channel]

    def __call__(self, row: OutboxRow) -> None:
        """Nothing is sent when the customer has switched the channel off since. Raises what the channel raises."""
        assert row.customer_id is not None  # noqa: S101 - `NoticeHandler` always names the customer
        chosen, content = self.messages.preferences.get(row.customer_id), row.content
        name = str(content["channel"])
        to = chosen.email if name == "email" else chosen.phone
        if name not in chosen.channels or name not in self.channels or not to:
            return
        told = self.messages.texts.told(content["kind"], content["subject"], content["slots"], chosen.language or "en")
        text = told.text if name == "email" else told.short
        self.channels[name].send(to, told.title, text, row.message_id)


@dataclass(frozen=True, slots=True)
class EventHandler:
    """Tells other systems what happened, by ids and kinds alone."""

    events: Events

    def __call__(self, row: OutboxRow) -> None:
        """Raises what the other side raises."""
        told = row.content
        self.events.publish(Event(row.message_id, str(told["kind"]), str(told["subject"]), row.created_at))
