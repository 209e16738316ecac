"""What generated texts need from the world: how each came about, texts kept for next time, what readers say of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal, Protocol

About = Literal["decision", "generation", "application"]
State = Literal["new", "accepted", "rejected"]


@dataclass(frozen=True, slots=True)
class GenerationRow:
    """How one text came about; nothing here says what it told or to whom beyond ids.

    Attributes:
        generation_id: `g_` and 26 characters.
        kind: such as `explanation`, `comparison`, `case_summary`, `analysis` or `chat`.
        prompt: `id@version`; empty where no model was asked.
        model: name of the model that was asked; empty where none was.
        written_by: `template` or `model`: whose words were shown.
        failures: name of each check that a try did not pass, and the words at fault without their figures.
        cost: in US dollars.
        detail: steps to milliseconds, passages cited, codes of the claims, the model's sentences with open slots.
    """

    generation_id: str
    kind: str
    customer_id: str | None
    decision_id: str | None
    prompt: str
    model: str
    index_version: str
    written_by: str
    failures: tuple[tuple[str, str], ...]
    tokens_in: int
    tokens_out: int
    cost: Decimal
    milliseconds: int
    cached: bool
    at: datetime
    trace_id: str | None = None
    detail: Mapping[str, Any] = field(default_factory=dict[str, Any])


class Generations(Protocol):
    """The diary of generated texts."""

    def add(self, row: GenerationRow) -> None: ...

    def get(self, generation_id: str) -> GenerationRow:
        """Raises NotFoundError."""
        ...

    def since(self, moment: datetime) -> Sequence[GenerationRow]:
        """Those from a moment on, oldest first."""
        ...

    def untraced(self, most: int) -> Sequence[GenerationRow]:
        """Those that no trace was written of yet, oldest first."""
        ...

    def traced(self, generation_id: str, trace_id: str) -> None:
        """Note the trace that tells of a generation."""
        ...


class KeptTexts(Protocol):
    """Texts that would come out the same again, sealed with each customer's key."""

    def get(self, customer_id: str, key: str) -> bytes | None: ...

    def keep(self, customer_id: str, key: str, content: bytes) -> None:
        """Write or replace."""
        ...


@dataclass(frozen=True, slots=True)
class FeedbackRow:
    """What a reader says of a decision, a text, or of applying.

    Attributes:
        subject: id of the decision, the generation or the application.
        reason: one of a list; of applying `rated_1` (very hard) to `rated_5` (very easy).
        comment: in the reader's words; sealed where it is kept.
        state: a person looks at it before it counts in any evaluation.
    """

    feedback_id: str
    customer_id: str
    about: About
    subject: str
    thumb: Literal["up", "down"]
    reason: str
    comment: str
    at: datetime
    state: State = "new"
    reviewed_by: str | None = None


class FeedbackBox(Protocol):
    """Feedback, and what staff made of it."""

    def add(self, row: FeedbackRow) -> None: ...

    def list(self, state: State | None = None) -> Sequence[FeedbackRow]:
        """In one state or all, oldest first. A comment whose customer was erased is empty."""
        ...

    def review(self, feedback_id: str, state: State, by: str) -> FeedbackRow:
        """Accept or reject. Raises NotFoundError; RefusedError when somebody did so before."""
        ...


class Attached(Protocol):
    """What was chained to decisions, read back."""

    def of(self, decision_id: str, kind: str) -> Sequence[bytes]:
        """Contents of one kind, in the order in which they were chained.

        Raises:
            RefusedError: one was changed; NotFoundError: the customer's key was deleted.
        """
        ...
