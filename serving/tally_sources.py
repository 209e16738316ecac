"""What is counted, step by step: ledgers by their entries, applications and visits by whole days."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import chain
from time import monotonic
from typing import Any, NamedTuple

from lending.ports import Clock
from lending.tally_ports import Countable, Counts, FixedBins, Mark, Tallies
from serving.monitor import Rules
from serving.tally_cores import Opened, opened
from serving.tally_counts import (
    Seen,
    bins_from_reference,
    bins_from_values,
    decision_counts,
    histograms,
    seen,
)

BATCH = 500
"""Entries counted in one transaction."""
_DAYS_OPEN = 1
"""Days before today that are counted again: a visit may go on past midnight, an event be written late."""
_DAYS_AT_ONCE = 7
_EARLY = timedelta(minutes=1)

References = Callable[[str], Mapping[str, Any]]
"""Version of a model to its `reference.json`; empty when it has none."""


class Step(NamedTuple):
    """How many entries or days were counted, and whether there was more than fits into a step."""

    done: int
    more: bool


_NOTHING = Step(0, more=False)


@dataclass(frozen=True, slots=True)
class Outcomes:
    """Follows every ledger for what was decided."""

    tallies: Tallies
    countable: Countable
    clock: Clock
    prefix: str = "ledger"
    kinds: tuple[str, ...] = ("outcome", "pd", "reason", "group")

    def count(self, found: Sequence[Opened], *, full: bool = True) -> Counts | None:
        """What some decisions add."""
        return decision_counts(found, self.countable.protected({one.entry.customer_id for one in found}))


@dataclass(frozen=True, slots=True)
class Features:
    """Follows every ledger for what the models saw and said, in bins that are fixed once.

    Bins come from the reference of the model that decided. Where a model has none, they come from its first decisions,
    and counting waits until there are enough.
    """

    tallies: Tallies
    countable: Countable
    clock: Clock
    references: References
    rules: Callable[[], Rules]
    prefix: str = "features"
    kinds: tuple[str, ...] = ("feature", "score")

    def count(self, found: Sequence[Opened], *, full: bool = True) -> Counts | None:
        """What some decisions add; None while bins have to wait for more of them, which they do unless it is `full`."""
        values, bins = seen(found), self.tallies.bins()
        if new := values.keys() - bins.keys():
            made = self._new_bins(new, values, full=full)
            if made is None:
                return None
            self.tallies.fix(made, self.clock.now())
            bins = self.tallies.bins()
        return histograms(values, bins)

    def _new_bins(self, names: set[str], values: Seen, *, full: bool) -> list[FixedBins] | None:
        found: dict[str, FixedBins] = {}
        for version in sorted({key.version for name in names for key in values[name]}):
            found = {**bins_from_reference(version, self.references(version)), **found}
        rules, left = self.rules(), sorted(names - found.keys())
        whole = {name: [*chain.from_iterable(values[name].values())] for name in left}
        if not full and any(len(some) < rules.limits.rows_least for some in whole.values()):
            return None
        own = [bins_from_values(name, some, rules) for name, some in whole.items()]
        return [*found.values(), *own]


@dataclass(slots=True)
class Days:
    """Counts whole days of what has no order to follow.

    Attributes:
        source: `application` or `funnel`, as `Countable` knows it.
        count: the counts of some days, both included.
    """

    tallies: Tallies
    countable: Countable
    clock: Clock
    source: str
    kinds: tuple[str, ...]
    count: Callable[[date, date], Counts]
    every_seconds: float = 0.0
    _next: float = field(default=0.0, init=False)

    def step(self) -> Step:
        """The next days; open ones only when something happened on them, and not all the time."""
        mark, today = self.tallies.mark(self.source), self.clock.now().date()
        oldest = self.countable.first_day(self.source)
        if oldest is None:
            return _NOTHING
        first = max(oldest, date.fromordinal(mark.seq)) if mark.seq else oldest  # what is deleted stays counted
        if mark.at and first >= today - timedelta(days=_DAYS_OPEN) and not self._due(mark):
            return _NOTHING
        last = min(first + timedelta(days=_DAYS_AT_ONCE - 1), today)
        still_open = max(first, min(last + timedelta(days=1), today - timedelta(days=_DAYS_OPEN)))
        counts = self.count(first, last)
        self._next = monotonic() + self.every_seconds
        self.tallies.replace(mark, still_open.toordinal(), self.kinds, first.isoformat(), counts, self.clock.now())
        return Step(0 if last == today else (last - first).days + 1, last < today)

    def again(self) -> None:
        """Count every day anew of which all rows are still there: old visits are deleted, their counts stay."""
        first, mark = self.countable.first_day(self.source), self.tallies.mark(self.source)
        if first is None or not mark.seq:
            return
        start = first if self.source == "application" else first + timedelta(days=1)
        today = self.clock.now().date()
        counts = self.count(start, today)
        open_day = max(start, today - timedelta(days=_DAYS_OPEN)).toordinal()
        self.tallies.replace(mark, open_day, self.kinds, start.isoformat(), counts, self.clock.now())

    def _due(self, mark: Mark) -> bool:
        assert mark.at  # noqa: S101 - only asked where there is a mark
        return monotonic() >= self._next and self.countable.newer(self.source, mark.at - _EARLY)


@dataclass(frozen=True, slots=True)
class Ledgers:
    """Follows every ledger for all that is counted of decisions; entries that several count are opened once."""

    tallies: Tallies
    countable: Countable
    clock: Clock
    counted: Sequence[Outcomes | Features]

    def step(self) -> Step:
        """The next entries of every ledger."""
        return _together(self._follow(writer) for writer in self.countable.writers())

    def counted_at(self) -> datetime | None:
        """When somebody last counted; None when nobody ever did."""
        marks = [self._mark(one, writer) for writer in self.countable.writers() for one in self.counted]
        return max((mark.at for mark in marks if mark.at), default=None)

    def _follow(self, writer: str) -> Step:
        marks = [(one, self._mark(one, writer)) for one in self.counted]
        places = {mark.seq for _, mark in marks}
        return _together(self._from(writer, place, [one for one in marks if one[1].seq == place]) for place in places)

    def _from(self, writer: str, after: int, here: Sequence[tuple[Outcomes | Features, Mark]]) -> Step:
        """Count the next entries of a ledger; who comes too late finds the mark moved next time."""
        entries, total = self.countable.entries(writer, after, BATCH), 0
        found, full = opened(entries), len(entries) == BATCH
        for one, before in here:
            counts = one.count(found, full=full) if entries else None
            if counts is not None:
                self.tallies.add(before, entries[-1].seq, counts, self.clock.now())
                total += len(entries)
        return Step(total, full)

    def _mark(self, one: Outcomes | Features, writer: str) -> Mark:
        return self.tallies.mark(f"{one.prefix} {writer}")


def _together(steps: Iterable[Step]) -> Step:
    done, more = zip(_NOTHING, *steps, strict=True)
    return Step(sum(done), any(more))
