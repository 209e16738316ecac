"""Finds the least change that flips a decision, with as few decisions as it can; many searches in lockstep."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from itertools import islice
from typing import TypeVar

from lending.domain.application import Application, Outcome
from lending.domain.approval import Passes
from lending.domain.offers import DecideMany

T = TypeVar("T")
Search = Generator[list[Application], list[bool], T]
"""Asks about applications, is told which of them pass, and returns what it found."""


def remembering(answer: Callable[[Sequence[Application]], Sequence[T]]) -> Callable[[Sequence[Application]], list[T]]:
    """The same answers, none of them asked for twice."""
    known: dict[Application, T] = {}

    def remembered(applications: Sequence[Application]) -> list[T]:
        new = [a for a in dict.fromkeys(applications) if a not in known]
        if new:
            known.update(zip(new, answer(new), strict=True))
        return [known[a] for a in applications]

    return remembered


def approving(decide_many: DecideMany) -> Passes:
    """Which applications would be approved."""
    return lambda applications: [d.outcome is Outcome.APPROVE for d in decide_many(applications)]


def in_lockstep(searches: Sequence[Search[T]], passes: Passes) -> list[T]:
    """Run searches side by side: each round is one call that holds the questions of all of them."""
    found: dict[int, T] = {}
    asked: dict[int, list[Application]] = {}

    def move(n: int, answers: list[bool] | None) -> None:
        try:
            asked[n] = next(searches[n]) if answers is None else searches[n].send(answers)
        except StopIteration as end:
            asked.pop(n, None)
            found[n] = end.value

    for n in range(len(searches)):
        move(n, None)
    while asked:
        answers = iter(passes([a for questions in asked.values() for a in questions]))
        for n, questions in list(asked.items()):
            move(n, list(islice(answers, len(questions))))
    return [found[n] for n in range(len(searches))]


def least(at: Callable[[int], Application], probes: Sequence[int], parts: int = 2) -> Search[int | None]:
    """The lowest level from 1 on that passes; None when no probe does.

    All probes are looked at first; then the level is found between the first one that passes and the one before it,
    where more is taken to help at least as much as less.

    Args:
        at: a level's application.
        probes: rising levels.
        parts: into how many parts a round splits what is left; 2 asks for the fewest levels, more for fewer rounds.
    """
    hits = yield [at(level) for level in probes]
    if True not in hits:
        return None
    first = hits.index(True)
    low: int = probes[first - 1] if first else 0
    high: int = probes[first]
    while high - low > 1:
        middles = _between(low, high, parts)
        hits = yield [at(level) for level in middles]
        low = max((m for m, hit in zip(middles, hits, strict=True) if not hit), default=low)
        high = min((m for m, hit in zip(middles, hits, strict=True) if hit and m > low), default=high)
    return high


def _between(low: int, high: int, parts: int) -> list[int]:
    """The levels that split what lies between two."""
    return sorted({low + max(1, (high - low) * part // parts) for part in range(1, parts)})
