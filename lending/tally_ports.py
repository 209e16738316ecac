"""What counting needs from the world: what was decided since, the counts, how far each source was counted."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple, Protocol


class Key(NamedTuple):
    """What is counted; what does not matter for a kind is empty.

    Attributes:
        day: the day on which it was recorded (UTC), `2026-11-02`.
        kind: `outcome`, `pd`, `score`, `feature`, `reason`, `group`, `application`, `time` or `funnel`.
        name: the feature, the score (`pd`), the code of a reason or rule, the act of an application.
        version: the model that decided; empty where none did.
        outcome: of the decision, or the state that an application came to.
        grouping: `sex=female` for groups (crossed ones joined by ` & `), `reason` or `rule` for reasons,
            `experiment: variant` for funnels.
    """

    day: str
    kind: str
    name: str = ""
    product: str = ""
    channel: str = ""
    version: str = ""
    outcome: str = ""
    grouping: str = ""


Counts = Mapping[Key, Sequence[int]]
"""Whole numbers, so that adding them up in any order gives the same:
`outcome`, `reason`, `group`, `application`: [how many]; `score`, `feature`: one a bin of `FixedBins`, then values that
the reference never had, then missing ones; `pd`: [how many, sum of PD in millionths, sum of its squares in
trillionths]; `time`: one a bucket of hours; `funnel`: visits that came to each step."""


@dataclass(frozen=True, slots=True)
class Mark:
    """How far a source was counted: `seq` is the last entry of a ledger, or for days the first that is still open."""

    source: str
    seq: int = 0
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class FixedBins:
    """How a feature or the score (`pd`) is cut, fixed once so that every day is counted alike.

    Attributes:
        bins: as `serving.counts.Bins.as_dict`.
        reference: `{source, rows, counts}`: how often what the bins come from met each of them.
    """

    name: str
    bins: Mapping[str, Any]
    reference: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Recorded:
    """An entry of a ledger.

    Attributes:
        kind: `decision`, or that of an attachment, which is not counted.
        core: canonical bytes; None when they can be opened no more.
    """

    seq: int
    kind: str
    decision_id: str
    customer_id: str
    recorded_at: datetime
    channel: str
    product: str = ""
    outcome: str = ""
    core: bytes | None = None


@dataclass(frozen=True, slots=True)
class Moved:
    """An event of an application: its act, where it led, and when the application had been sent."""

    at: datetime
    product: str
    act: str
    from_state: str | None
    to_state: str
    submitted_at: datetime | None


@dataclass(frozen=True, slots=True)
class Visited:
    """What one visit did on a page, said once however often it did so; `first` is when the visit began."""

    visitor: str
    first: datetime
    event: str
    page: str
    step: str
    product: str
    variants: str


class Tallies(Protocol):
    """Counts of decisions and of how the portal is used; no identity among them."""

    def changes(self) -> int:
        """A number that grows whenever counts change."""
        ...

    def mark(self, source: str) -> Mark:
        """How far a source was counted; `seq` 0 when it never was."""
        ...

    def add(self, before: Mark, seq: int, counts: Counts, at: datetime) -> bool:
        """Add counts and move the mark, both or neither; False, and nothing done, when the mark is not `before`."""
        ...

    def replace(self, before: Mark, seq: int, kinds: Collection[str], since: str, counts: Counts, at: datetime) -> bool:
        """As `add`, but counts of those kinds from a day on are put in the place of what was there."""
        ...

    def rows(self, kinds: Collection[str], first: date, last: date, where: Mapping[str, str] | None = None) -> Counts:
        """Counts of some days, both included; of fields that must have a value, as in `sums`."""
        ...

    def sums(
        self, kind: str, first: date, last: date, by: Sequence[str], where: Mapping[str, str] | None = None
    ) -> Mapping[tuple[str, ...], int]:
        """How many of a kind that counts one number, added up by some fields of `Key`.

        Args:
            kind: `outcome`, `reason`, `group` or `application`.
            first: day from which on.
            last: day to which, included.
            by: names of fields; the answer's keys have their values in this order.
            where: fields that must have a value.
        """
        ...

    def bins(self) -> Mapping[str, FixedBins]:
        """By name."""
        ...

    def fix(self, bins: Sequence[FixedBins], at: datetime) -> int:
        """Fix those that are not there yet; answers how many were new."""
        ...


class Countable(Protocol):
    """What there is to count."""

    def writers(self) -> Sequence[str]:
        """Whose ledgers there are."""
        ...

    def latest_by(self, actor: str) -> datetime | None:
        """When an actor last had a decision recorded; None when never."""
        ...

    def entries(self, writer: str, after: int, most: int) -> Sequence[Recorded]:
        """Entries of a ledger in their order, opened."""
        ...

    def protected(self, customer_ids: Collection[str]) -> Mapping[str, Mapping[str, str]]:
        """Protected attributes of those for whom some are held; for counting groups alone."""
        ...

    def first_day(self, of: str) -> date | None:
        """Day of the oldest row of `application` or `funnel`; None when there is none."""
        ...

    def newer(self, of: str, than: datetime) -> bool:
        """Whether there are rows of `application` or `funnel` after a moment."""
        ...

    def moves(self, first: date, last: date) -> Sequence[Moved]:
        """Events of applications on some days, both included."""
        ...

    def visits(self, first: date, last: date) -> Sequence[Visited]:
        """All that visits did which began on some days, both included."""
        ...
