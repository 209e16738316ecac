"""A trace of how a text came about, for whoever watches texts: steps, times and verdicts, and nobody's data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

STEPS = ("plan", "retrieve", "word", "verify")


@dataclass(frozen=True, slots=True)
class Opinion:
    """What a reader said of a text, after a person looked at it; never in the reader's own words."""

    good: bool
    reason: str


@dataclass(frozen=True, slots=True)
class Trace:
    """One text.

    Attributes:
        name: what kind of text it is.
        ended: when it was done; the steps end there, one after the other.
        steps: of `STEPS`, to milliseconds.
        inputs, outputs: by step, what went in and came out; "" for the whole.
        tags: short facts to search by.
    """

    name: str
    ended: datetime
    steps: Mapping[str, int]
    inputs: Mapping[str, Mapping[str, Any]]
    outputs: Mapping[str, Mapping[str, Any]]
    tags: Mapping[str, str]
    opinions: Sequence[Opinion] = field(default_factory=list[Opinion])


class Traces(Protocol):
    """Where traces are kept."""

    def write(self, traces: Sequence[Trace]) -> Sequence[str]:
        """Keep traces; answers the id of each, in order. Raises UnavailableError: none was kept."""
        ...

    def say(self, trace_id: str, opinion: Opinion) -> None:
        """Add an opinion to a kept trace. Raises UnavailableError."""
        ...
