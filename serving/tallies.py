"""Counts of decisions, kept as decisions happen, by followers beside the path of a decision.

A follower reads what the ledger gained since its mark and, in one transaction, adds the counts and moves the mark: a
process that dies at any moment loses nothing and doubles nothing, and of two that count the same one comes too late.
So a decision costs nothing more, and batches, the command line and every other writer are counted too. The sealed
core is opened here and nowhere else; what stays is numbers. Of several processes that run one, the one that counted
last goes on, and the others only look whether it does.

Events of applications and visits have no order of their own to follow. Their days are counted whole, today and the
day before again and again, and a day that is over stays.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from lending.ports import Clock
from lending.tally_ports import Countable, Counts, Key, Mark, Recorded, Tallies
from serving.background import LONGEST_REST_SECONDS, Background
from serving.behaviour import FunnelStep
from serving.monitor import rules_on
from serving.tally_cores import opened
from serving.tally_days import application_counts, funnel_counts
from serving.tally_sources import BATCH, Days, Features, Ledgers, Outcomes, References

EVERY_SECONDS, SHARE = 2.0, 0.02
"""How often a thread counts, and how much of its time it takes while there is much to count."""
TAKEN_OVER_SECONDS = LONGEST_REST_SECONDS + 2
"""After so long without a count of whoever counted last, another process goes on."""
APPLICATIONS_SECONDS, VISITS_SECONDS = 5.0, 60.0
"""How often open days are counted again, when something happened."""


class Follower:
    """All that is counted, in a thread of a web process, in a flow, or at once."""

    def __init__(self, ledgers: Ledgers, days: Sequence[Days]) -> None:
        self.ledgers, self.days = ledgers, days
        self._background = Background("tallies", self.look, EVERY_SECONDS, SHARE)
        self._counted_at: datetime | None = None

    def run(self) -> int:
        """Count all that there is; answers how many entries and days that were. Raises UnavailableError."""
        total = 0
        for source in (self.ledgers, *self.days):
            more = True
            while more and not self._background.ending:
                done, more = source.step()  # what comes meanwhile is for the next round, or this one would never end
                total += done
        return total

    def rebuild(self) -> Mapping[str, Recount]:
        """Catch up, then count everything from scratch and compare; days that are still stored are counted again.

        Raises:
            UnavailableError: the database cannot be used.
        """
        self.run()
        for one in self.days:
            one.again()
        return {one.prefix: recount(one) for one in self.ledgers.counted}

    def start(self) -> None:
        """Start the thread of this process; a second call does nothing."""
        self._background.start()

    def stop(self) -> None:
        """End the thread once its batch is counted."""
        self._background.stop()

    def look(self) -> None:
        """Count what there is unless another process does so; one round of the thread."""
        if not self._is_done_elsewhere():
            self.run()
            self._counted_at = self.ledgers.counted_at()

    def _is_done_elsewhere(self) -> bool:
        """Whether somebody else counted a moment ago, who then goes on with it; a clock far ahead holds nobody up."""
        last, now = self.ledgers.counted_at(), self.ledgers.clock.now()
        return last not in (None, self._counted_at) and abs((now - last).total_seconds()) < TAKEN_OVER_SECONDS


def follower(
    tallies: Tallies, countable: Countable, clock: Clock, kb: Path, funnel: Sequence[FunnelStep], references: References
) -> Follower:
    """The one that counts everything; arguments as in its sources."""

    def applications(first: date, last: date) -> Counts:
        return application_counts(countable.moves(first, last))

    def visits(first: date, last: date) -> Counts:
        return funnel_counts(countable.visits(first, last), funnel)

    counted = (
        Outcomes(tallies, countable, clock),
        Features(tallies, countable, clock, references, lambda: rules_on(kb, clock.now().date())),
    )
    return Follower(
        Ledgers(tallies, countable, clock, counted),
        [Days(tallies, countable, clock, "application", ("application", "time"), applications, APPLICATIONS_SECONDS),
         Days(tallies, countable, clock, "funnel", ("funnel",), visits, VISITS_SECONDS)],
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Recount:
    """Counts made from scratch, beside those that stand.

    Attributes:
        decisions: how many were counted.
        unreadable: of those, whose core can be opened no more: they were counted whole when they could.
        different: keys whose counts differ, most telling for whoever looks for the cause.
        replaced: whether the new counts were put in the place of the old.
    """

    decisions: int
    unreadable: int
    different: Sequence[Key]
    replaced: bool


def recount(source: Outcomes | Features) -> Recount:
    """Count ledgers from their beginning to the mark and compare; what differs is replaced, unless a core is gone.

    Raises:
        UnavailableError: the database cannot be used.
    """
    marks = [source.tallies.mark(f"{source.prefix} {writer}") for writer in source.countable.writers()]
    total, decisions, unreadable = dict[Key, Sequence[int]](), 0, 0
    for mark in marks:
        for entries in _up_to(source.countable, mark):
            found = opened(entries)
            decisions, unreadable = decisions + len(found), unreadable + sum(one.entry.core is None for one in found)
            _add_to(total, source.count(found) or {})
    stands = source.tallies.rows(source.kinds, date.min, date.max)
    different = sorted(key for key in {*total, *stands} if list(total.get(key, ())) != list(stands.get(key, ())))
    replaced = bool(different) and not unreadable and source.tallies.replace(
        marks[0], marks[0].seq, source.kinds, "", total, source.clock.now()
    )  # fmt: skip
    return Recount(decisions, unreadable, different, replaced)


def _up_to(countable: Countable, mark: Mark) -> Iterator[Sequence[Recorded]]:
    writer, after = mark.source.partition(" ")[2], 0
    while after < mark.seq and (some := countable.entries(writer, after, min(BATCH, mark.seq - after))):
        after = some[-1].seq
        yield some


def _add_to(total: dict[Key, Sequence[int]], counts: Counts) -> None:
    for key, new in counts.items():
        old = total.get(key)
        total[key] = [a + b for a, b in zip(old, new, strict=True)] if old else new
