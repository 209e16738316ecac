"""What the pages about performance and fairness ask: stored measurements alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from serving.measured import Look, look_at

if TYPE_CHECKING:
    from serving.assembly import Platform


@dataclass(frozen=True, slots=True)
class MeasuredQueries:
    """Questions bound to one platform."""

    platform: Platform

    @property
    def now(self) -> datetime:
        """The time, for ages."""
        return self.platform.clock.now()

    def performance(self, query: Mapping[str, str]) -> Look | None:
        """The view that an address asks for; None while nothing was measured."""
        return look_at(self.platform.records.measurements, "performance", query)

    def fairness(self, query: Mapping[str, str]) -> Look | None:
        """The same of groups."""
        return look_at(self.platform.records.measurements, "fairness", query)
