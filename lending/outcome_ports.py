"""What the record of how loans turned out needs from the world."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class OutcomeRow:
    """Whether a loan went bad within its horizon.

    Attributes:
        decision_id: the decision it was lent on.
        known_on: the day on which that was known; a good loan is known as such when its horizon ends.
        bad: True when it defaulted within the horizon.
        source: who says so, such as a file's name or `generated`.
    """

    decision_id: str
    known_on: date
    bad: bool
    source: str


@dataclass(frozen=True, slots=True)
class LentRow:
    """A decision on which a loan was lent: its sealed core opened, and what became of it so far.

    Attributes:
        core: canonical JSON.
        outcome: None while nothing is known.
    """

    decision_id: str
    customer_id: str
    core: bytes
    channel: str
    outcome: OutcomeRow | None


class Outcomes(Protocol):
    """How loans turned out; written once, never changed."""

    def known(self, decision_ids: Iterable[str]) -> Mapping[str, OutcomeRow]:
        """Those that are there."""
        ...

    def decided(self, decision_ids: Iterable[str]) -> Mapping[str, str]:
        """Of the ids that name a decision: approve, refer or decline; those whose customer was erased are left out."""
        ...

    def add(self, rows: Sequence[OutcomeRow], at: datetime) -> int:
        """Write down those that are not there yet, all or nothing; answers how many."""
        ...

    def lent(self) -> Iterator[LentRow]:
        """Every loan lent, oldest decision first; those whose customer was erased are left out."""
        ...

    def counts(self) -> tuple[int, int]:
        """How many outcomes are known, and how many of them are bad."""
        ...
