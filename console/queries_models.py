"""What the page about models asks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from lending.domain.errors import UnavailableError
from serving.model_desk import Act, Shelf

if TYPE_CHECKING:
    from serving.assembly import Platform


@dataclass(frozen=True, slots=True)
class ModelQueries:
    """Questions bound to one platform; MLflow is never opened for them."""

    platform: Platform

    def shelf(self) -> Shelf:
        """Versions, who decides, and the newest comparison."""
        return self.platform.model_desk.shelf()

    def now(self) -> datetime:
        """The platform's time."""
        return self.platform.clock.now()

    def share_max(self) -> float:
        """Largest share that a challenger may get, as a fraction."""
        return float(self.platform.model_desk.share_max())

    def ask_challenger(self, version: str, share: str, reason: str, asked_by: str) -> str:
        """Ask a second person; answers what was done. Raises InputError, NotFoundError, RefusedError."""
        self.platform.model_desk.ask_challenger(version, share, reason, asked_by)
        return "asked"

    def start(self, act: Act, by: str, reason: str, version: str = "") -> str:
        """Start the flow; `down` when the orchestrator does not answer. Raises InputError, NotFoundError."""
        try:
            self.platform.model_desk.start(act, by, reason, version)
        except UnavailableError:
            return "down"
        return "started"
