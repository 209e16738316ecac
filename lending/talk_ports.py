"""What conversations, and the papers that customers bring, need from the world."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from lending.ports import DecisionRow

Speaker = Literal["customer", "assistant"]


@dataclass(frozen=True, slots=True)
class Turn:
    """What one side said.

    Attributes:
        seq: place in its conversation, from 1.
        content: canonical JSON of all that belongs to it; sealed with the customer's key where it is kept.
        generation_id: the generation that wrote it; None for what a customer said.
    """

    seq: int
    speaker: Speaker
    content: bytes
    generation_id: str | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Conversation:
    """A conversation of one customer, its turns in order."""

    conversation_id: str
    customer_id: str
    started_at: datetime
    turns: Sequence[Turn] = ()


class Conversations(Protocol):
    """What customers and the assistant said to each other; only its customer finds a conversation."""

    def start(self, customer_id: str) -> str:
        """A new conversation; answers its id."""
        ...

    def get(self, customer_id: str, conversation_id: str) -> Conversation:
        """Raises NotFoundError when it is not there or somebody else's, and never says which."""
        ...

    def add(
        self, customer_id: str, conversation_id: str, speaker: Speaker, content: bytes, generation_id: str | None = None
    ) -> int:
        """Write the next turn down; answers its place. Raises NotFoundError as `get`."""
        ...

    def said(self, customer_id: str, since: datetime) -> Sequence[datetime]:
        """When the customer said something from a moment on, oldest first, over all conversations and processes."""
        ...


class PastDecisions(Protocol):
    """Decisions by customer."""

    def of(self, customer_id: str, count: int) -> Sequence[DecisionRow]:
        """A customer's latest decisions, newest first. Raises RefusedError when one was tampered with."""
        ...

    def refusals(self, customer_id: str) -> Sequence[DecisionRow]:
        """Of each loan type, the newest decision that the customer was shown, where that is a refusal.

        Raises:
            RefusedError: one was tampered with.
        """
        ...


@dataclass(frozen=True, slots=True)
class OwnDocument:
    """A paper that a customer brought: its text as read from it, which nobody vouches for."""

    document_id: str
    title: str
    text: str
    at: datetime


class OwnDocuments(Protocol):
    """Texts of customers' own papers, sealed with each one's key; nobody else's search ever meets them."""

    def put(self, customer_id: str, document_id: str, title: str, text: str) -> None:
        """Write or replace."""
        ...

    def of(self, customer_id: str) -> Sequence[OwnDocument]:
        """All of one customer's, oldest first."""
        ...

    def drop(self, customer_id: str, document_id: str) -> bool:
        """Take one out; False where there is none of theirs with that id."""
        ...
