"""What watching texts needs from the world: texts and opinions counted by day, and one text found again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Protocol

from lending.word_ports import FeedbackRow


@dataclass(frozen=True, slots=True)
class TextGroup:
    """Texts of one day that are alike in the first six.

    Attributes:
        texts: how many.
        failed: those of which a try did not pass a check.
        unfound: answers of the assistant for which no document was found.
        cost: of all, in US dollars.
        took: milliseconds, two figures of them, to how many texts took so long; cached ones are left out.
    """

    kind: str
    prompt: str
    model: str
    index_version: str
    written_by: str
    cached: bool
    texts: int
    failed: int
    unfound: int
    tokens_in: int
    tokens_out: int
    cost: Decimal
    took: Mapping[int, int]


@dataclass(frozen=True, slots=True)
class DayTexts:
    """The texts of one day, counted; nothing that was written or asked stands in it.

    Attributes:
        failures: check to how often a try did not pass it.
        intents: kind of question to answers about it and customers who asked.
        passages: passage of the bank's documents to texts that cite it and customers they were for.
    """

    groups: Sequence[TextGroup] = ()
    failures: Mapping[str, int] = field(default_factory=dict[str, int])
    intents: Mapping[str, tuple[int, int]] = field(default_factory=dict[str, tuple[int, int]])
    passages: Mapping[str, tuple[int, int]] = field(default_factory=dict[str, tuple[int, int]])


@dataclass(frozen=True, slots=True)
class ThumbCount:
    """Opinions of one day that say the same."""

    day: str
    thumb: str
    reason: str
    state: str
    count: int


@dataclass(frozen=True, slots=True)
class Said:
    """A turn in which the assistant spoke.

    Attributes:
        content: canonical JSON, opened with the customer's key.
    """

    conversation_id: str
    seq: int
    content: bytes


@dataclass(frozen=True, slots=True)
class IndexRelease:
    """An index of documents that began to answer, and the share of golden questions that it finds among its first 5."""

    version: str
    at: datetime
    recall_at_5: float


class LanguageBook(Protocol):
    """Texts and opinions by day (UTC); `since` is included, `until` is not."""

    def days(self, since: date, until: date, over: date) -> Mapping[date, DayTexts]:
        """Days with texts, counted; those before `over` change no more, and are counted once for all time."""
        ...

    def thumbs(self, since: date, until: date) -> Sequence[ThumbCount]:
        """Opinions of decisions and texts; how it was to apply is no opinion of a text."""
        ...

    def thumbs_down(self, since: date, most: int) -> Sequence[FeedbackRow]:
        """The latest thumbs down of decisions and texts, newest first, each comment opened."""
        ...

    def said_of(self, subjects: Sequence[str]) -> Sequence[FeedbackRow]:
        """All that was said of these decisions and texts, newest first."""
        ...

    def latest_text(self, decision_ids: Sequence[str]) -> Mapping[str, str]:
        """Decision to the last text written about it; decisions without one are left out."""
        ...

    def said(self, customer_id: str, generation_id: str) -> Said | None:
        """What the assistant said by a generation, opened. Raises NotFoundError: the customer's key was deleted."""
        ...

    def releases(self, most: int) -> Sequence[IndexRelease]:
        """The latest indexes that began to answer, oldest first."""
        ...
