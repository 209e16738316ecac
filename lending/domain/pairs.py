"""The cheapest two levers moved together: a walk along the stairs between what flips a decision and what does not."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from lending.domain.application import Application
from lending.domain.approval import Passes
from lending.domain.lever import Chosen, Lever, moved, weight

_Levels = tuple[int, int]
_Part = tuple[_Levels, _Levels, bool]
_BOXES_AT_ONCE = 4
ANY_WEIGHT = Decimal("Infinity")


@dataclass(frozen=True, slots=True)
class Pair:
    """Two levers to be moved together, each from level 1 to its top, while they weigh less than `below`."""

    first: Lever
    second: Lever
    tops: _Levels
    below: Decimal = ANY_WEIGHT

    def chosen(self, a: int, b: int) -> Chosen:
        """The levers with a level each."""
        return (self.first, a), (self.second, b)

    def weight(self, a: int, b: int) -> Decimal:
        """What two levels weigh together."""
        return weight(self.chosen(a, b))

    def at(self, application: Application, levels: _Levels) -> Application:
        """The application with both things changed."""
        return moved(application, self.chosen(*levels))


@dataclass(frozen=True, slots=True, order=True)
class _Box:
    """Levels of the first lever from `a[0]` to `a[1]` with those of the second from `b[0]` to `b[1]`, still open.

    `floor` is the least they weigh; `holds` says that the far corner passes or lies beside levels that do, so that a
    look at it would tell little.
    """

    floor: Decimal
    pair: int
    a: _Levels
    b: _Levels
    holds: bool = False

    @property
    def look(self) -> _Levels:
        """Where to look next: at the far corner, since nothing of the box passes where that does not, then inside."""
        return (sum(self.a) // 2, sum(self.b) // 2) if self.holds else (self.a[1], self.b[1])

    def after(self, hit: bool) -> list[_Part]:
        """What is left open of the box after the look."""
        a, b = self.look
        if not self.holds:
            return [(self.a, self.b, True)] if hit else []
        if hit:
            left = (self.a[0], a - 1), self.b, b == self.b[1]
            return [left, ((a, self.a[1]), (self.b[0], b - 1), a == self.a[1])]
        above = (self.a[0], a), (b + 1, self.b[1]), a == self.a[1]
        return [above, ((a + 1, self.a[1]), self.b, True)]


@dataclass(slots=True)
class _Stairs:
    """The cheapest levels found of each pair so far, and what they leave of interest."""

    pairs: Sequence[Pair]
    most: int
    best: dict[int, tuple[Decimal, _Levels]] = field(default_factory=dict[int, tuple[Decimal, _Levels]])

    def bound(self, pair: int) -> Decimal:
        """Levels of this pair are of interest only below this weight."""
        own = self.best[pair][0] if pair in self.best else ANY_WEIGHT
        ranked = sorted(weight for weight, _ in self.best.values())
        shared = ranked[self.most - 1] if len(ranked) >= self.most else ANY_WEIGHT
        return min(own, shared, self.pairs[pair].below)

    def box(self, pair: int, a: _Levels, b: _Levels, holds: bool = False) -> _Box | None:
        """What of these levels can be of interest."""
        if a[0] > a[1] or b[0] > b[1]:
            return None
        weight, bound = self.pairs[pair].weight, self.bound(pair)
        floor = weight(a[0], b[0])
        if floor >= bound:
            return None
        last_a = _last(a, lambda level: weight(level, b[0]) < bound)
        last_b = _last(b, lambda level: weight(a[0], level) < bound)
        return _Box(floor, pair, (a[0], last_a), (b[0], last_b), holds)

    def note(self, pair: int, levels: _Levels) -> None:
        """Keep levels that pass if they weigh less than what is known."""
        weight = self.pairs[pair].weight(*levels)
        if weight < self.bound(pair):
            self.best[pair] = (weight, levels)

    def chosen(self) -> list[Chosen]:
        """The cheapest pairs at their cheapest levels."""
        ranked = sorted((weight, n, levels) for n, (weight, levels) in self.best.items())[: self.most]
        return [self.pairs[n].chosen(*levels) for _, n, levels in ranked]


def cheapest_pairs(application: Application, pairs: Sequence[Pair], passes: Passes, most: int) -> list[Chosen]:
    """The `most` cheapest pairs, each at the cheapest levels that pass together.

    More of a lever is taken to help at least as much as less. So a look at the middle of a box rules out all below it
    where it does not pass, and all above it where it does; what is left is looked at in the order of the least it can
    weigh, until nothing can weigh less than what was found. What comes back is exact on the levers' own grid.
    """
    stairs = _Stairs(pairs, most)
    whole = [stairs.box(n, (1, pair.tops[0]), (1, pair.tops[1])) for n, pair in enumerate(pairs)]
    looked, heap = [box for box in whole if box is not None], list[_Box]()
    while looked:
        hits = passes([pairs[box.pair].at(application, box.look) for box in looked])
        for box, hit in zip(looked, hits, strict=True):
            if hit:
                stairs.note(box.pair, box.look)
        for box, hit in zip(looked, hits, strict=True):
            for part in box.after(hit):
                _push(heap, stairs.box(box.pair, *part))
        looked = _next(heap, stairs)
    return stairs.chosen()


def _push(heap: list[_Box], box: _Box | None) -> None:
    if box is not None:
        heapq.heappush(heap, box)


def _next(heap: list[_Box], stairs: _Stairs) -> list[_Box]:
    """The boxes of one round, cut to what can still be of interest."""
    taken: list[_Box] = []
    while heap and len(taken) < _BOXES_AT_ONCE:
        box = heapq.heappop(heap)
        part = stairs.box(box.pair, box.a, box.b, box.holds)
        if part is not None:
            taken.append(part)
    return taken


def _last(levels: _Levels, fits: Callable[[int], bool]) -> int:
    """The highest level that fits, where the lowest does and every one below a fitting one."""
    low, high = levels
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if fits(middle) else (low, middle - 1)
    return low
