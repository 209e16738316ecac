"""The time of a run: what still fits into it, and what a run tried, so that another can repeat it without a clock."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

NO_TIME = "did not fit into the time"


class OutOfTimeError(Exception):
    """Something that may be left out is left out, because its time is over."""


class Clock:
    """Seconds of one run, some of them kept for what has to come at the end."""

    def __init__(self, seconds: float, now: Callable[[], float] = time.monotonic) -> None:
        """Start it.

        Args:
            seconds: of the whole run; infinite when it repeats another.
            now: seconds that only grow.
        """
        self._now, self._start, self._seconds = now, now(), seconds
        self.reserve = 0.0

    def spent(self) -> float:
        """Seconds since the start."""
        return self._now() - self._start

    def left(self) -> float:
        """Seconds until only the reserve is left; below zero when it is being used up."""
        return self._seconds - self.spent() - self.reserve

    def check(self) -> None:
        """Raise OutOfTimeError when only the reserve is left."""
        if self.left() <= 0:
            raise OutOfTimeError


@dataclass(frozen=True)
class Repeat:
    """What a run tried, as its record keeps it.

    Attributes:
        seed: of every draw.
        threads: processor threads.
        budget: seconds that it had.
        as_of: the day whose gate limits held, ISO.
        trials: family to the number of trials of its search.
        left_out: family to why it was not tried.
        changes: how many changes the search for a less discriminatory model tried; None plans them.
    """

    seed: int
    threads: int
    budget: float
    as_of: str
    trials: Mapping[str, int] = field(default_factory=dict)
    left_out: Mapping[str, str] = field(default_factory=dict)
    changes: int | None = None

    def as_dict(self) -> dict[str, Any]:
        """As in the train result."""
        return {
            "seed": self.seed,
            "threads": self.threads,
            "budget": self.budget,
            "as_of": self.as_of,
            "trials": dict(self.trials),
            "left_out": dict(self.left_out),
            "changes": self.changes,
        }
