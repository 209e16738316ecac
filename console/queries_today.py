"""What the first page of staff asks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lending.ports import Account
    from serving.assembly import Platform
    from serving.today import Answer, Task


@dataclass(frozen=True, slots=True)
class TodayQueries:
    """Questions bound to one platform."""

    platform: Platform

    def answers(self) -> Sequence[Answer]:
        """How inputs, score and outcomes are."""
        return self.platform.today.answers()

    def tasks(self, who: Account) -> Sequence[Task]:
        """What waits for somebody."""
        return self.platform.today.tasks(who)
