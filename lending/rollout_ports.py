"""What a new model did beside the champion, counted from what every model said of each decision."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class ShadowCount:
    """Decisions that a shadow scored as well, and those of them that it would have ended otherwise."""

    decisions: int
    turned: int


@dataclass(frozen=True, slots=True)
class SplitCount:
    """Decisions of a challenger and of the champion beside it, and those of each that were approved."""

    decisions: int
    approved: int
    others: int
    others_approved: int


class Beside(Protocol):
    """Counts of what stands beside a champion."""

    def shadow(self, version: str, since: datetime) -> ShadowCount:
        """Of a version in the shadow, since it stands there."""
        ...

    def split(self, split: str, version: str) -> SplitCount:
        """Of a challenger's version in a split, which `Routing.split` names."""
        ...
