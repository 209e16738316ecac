"""What one request left behind, as records tell it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class TracedEntry:
    """A decision, or what was attached to one, that a request wrote into the ledger."""

    decision_id: str
    kind: str
    channel: str
    at: datetime


@dataclass(frozen=True, slots=True)
class TracedAct:
    """An act of the audit trail; `seq` is its number there."""

    seq: int
    act: str
    subject: str
    actor: str
    at: datetime


@dataclass(frozen=True, slots=True)
class TracedText:
    """A text that was told; `trace_id` names its trace in MLflow once it is there."""

    generation_id: str
    kind: str
    trace_id: str | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Traced:
    """All that a request wrote. What only looked, or asked what was decided before, left nothing but its log line."""

    entries: Sequence[TracedEntry]
    acts: Sequence[TracedAct]
    texts: Sequence[TracedText]


class Errands(Protocol):
    """Finds what was written down in a request."""

    def __call__(self, request_id: str) -> Traced: ...
