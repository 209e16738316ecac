"""Which levers flip a decision, alone and in pairs, and how far each has to be moved."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import partial
from itertools import chain, combinations, pairwise

from lending.domain.application import Application
from lending.domain.approval import Passes
from lending.domain.decision import Decision
from lending.domain.lever import Chosen, Lever, weight
from lending.domain.offers import DecideMany
from lending.domain.pairs import ANY_WEIGHT, Pair, cheapest_pairs
from lending.domain.policy import Rulebook
from lending.domain.search import in_lockstep, least

_ROUNDS = 9
_TERM_ENDS = frozenset({"age_at_maturity_years", "term_months"})
"""What only another term can mend."""


@dataclass(frozen=True, slots=True)
class _Side:
    """A lever as one of a pair: how far it may go there, and what it weighs where it flips the decision alone."""

    lever: Lever
    top: int
    alone: Decimal = ANY_WEIGHT


@dataclass(frozen=True, slots=True)
class PlanSearch:
    """Looks for the levers that turn a declined application into an approved one.

    Attributes:
        application: what was declined.
        failed: fields of the rules that did not hold; only levers that can mend them all are looked at.
        decide: the whole pipeline for many at once, which remembers.
        passes: which of many it approves, which remembers.
        book: the product on the day.
    """

    application: Application
    failed: frozenset[str]
    decide: DecideMany
    passes: Passes
    book: Rulebook

    def run(self, now: Sequence[Lever], later: Sequence[Lever]) -> tuple[list[Chosen], list[Chosen]]:
        """What flips the decision at once, and what may do so later.

        Two levers are moved together where that saves enough against either alone; waiting is paired with another lever
        only where nothing else flips the decision.
        """
        levels = self._alone((*now, *later))
        sure = [((lever, levels[lever]),) for lever in now if lever in levels]
        sure += self._cheapest(combinations(now, 2), levels)
        after = [((lever, levels[lever]),) for lever in later if lever in levels]
        if not sure and not after:
            waiting = (two for two in combinations((*now, *later), 2) if any(lever.ask_again for lever in two))
            after = self._cheapest(waiting, levels)
        return sure, after

    def _alone(self, levers: Sequence[Lever]) -> dict[Lever, int]:
        """The levels at which levers flip the decision alone."""
        able = [lever for lever in levers if lever.mends >= self.failed]
        searches = [least(partial(lever.at, self.application), lever.probes, _parts(lever)) for lever in able]
        found = zip(able, in_lockstep(searches, self.passes), strict=True)
        return {lever: level for lever, level in found if level is not None}

    def _side(self, lever: Lever, level: int | None) -> _Side | None:
        if lever.changes == "term":
            fitted = self._longest(lever) if lever.action == "longer_term" else self._first_short_enough(lever)
            if fitted is None:
                return None
            lever = fitted
        return _Side(lever, lever.top) if level is None else _Side(lever, level - 1, weight(((lever, level),)))

    def _longest(self, lever: Lever) -> Lever | None:
        """A longer term as far as age and product allow; what ends a term ends every longer one."""
        low, high = 0, lever.top
        middle = high
        while low < high:
            low, high = (middle, high) if self._fits(lever, middle) else (low, middle - 1)
            middle = (low + high + 1) // 2
        return replace(lever, top=low) if low else None

    def _first_short_enough(self, lever: Lever) -> Lever | None:
        """In a pair a term gets shorter only where age or product ask for it, and no more than that."""
        if not self.failed & _TERM_ENDS:
            return None
        fits = (probe for probe in lever.probes if self._fits(lever, probe))
        first = next(fits, None)
        return None if first is None else replace(lever, first=lever.value(first), top=1)

    def _fits(self, lever: Lever, level: int) -> bool:
        (decision,) = self.decide([lever.at(self.application, level)])
        return not failed_fields(decision) & _TERM_ENDS

    def _can_help(self, one: Lever, other: Lever) -> bool:
        """Together they can mend what failed, and neither is idle: each mends some of it or what the other breaks."""
        idle = any(not (a.mends & self.failed or b.strains) for a, b in ((one, other), (other, one)))
        return one.changes != other.changes and one.mends | other.mends >= self.failed and not idle

    def _cheapest(self, levers: Iterable[tuple[Lever, Lever]], levels: Mapping[Lever, int]) -> list[Chosen]:
        """The cheapest pairs, each cheaper than either of its levers alone by what makes a second step worthwhile."""
        helpful, kept = [two for two in levers if self._can_help(*two)], 1 - self.book["recourse_second_step_share"]
        sides = {lever: self._side(lever, levels.get(lever)) for lever in dict.fromkeys(chain(*helpful))}
        usable = [(a, b) for one, other in helpful if (a := sides[one]) is not None and (b := sides[other]) is not None]
        pairs = [Pair(a.lever, b.lever, (a.top, b.top), min(a.alone, b.alone) * kept) for a, b in usable]
        return cheapest_pairs(self.application, pairs, self.passes, int(self.book["recourse_pairs_max"]))


def _parts(lever: Lever) -> int:
    """Into how many parts a round splits the levels between two probes, so that a few rounds do."""
    gap, parts = max(b - a for a, b in pairwise((0, *lever.probes))), 2
    while parts**_ROUNDS < gap:
        parts += 1
    return parts


def failed_fields(decision: Decision) -> frozenset[str]:
    """What the rules that did not hold look at."""
    return frozenset(f.field for f in decision.findings if not f.passed)
