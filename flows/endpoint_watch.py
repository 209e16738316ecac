"""Who watches a canary of this machine: the endpoint's own process, as SageMaker does, whoever began the deployment."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from serving.assembly import Platform
    from training.endpoint_ports import Seen

WATCH = "endpoint watch"
"""Who stands in the trail for what no person did."""
EVERY_SECONDS = 1.0
"""Between two looks."""


class CanaryWatch:
    """Takes the next step of each deployment that runs: on, or back when an alarm rings; says so in the trail."""

    def __init__(self, place: Platform, url: str) -> None:
        """Remember the platform, and where the process listens that counts the calls."""
        self._place, self._url = place, url
        self._folder = place.settings.var / "endpoints" / "deployments"

    def look(self) -> None:
        """One look at each. Raises UnavailableError: the process does not answer yet, or a file cannot be written."""
        if any(self._folder.glob("*.json")):  # without one nothing of training is loaded
            self._step()

    def _step(self) -> None:
        from flows.deployments import rules_of
        from training.endpoint_ports import MOVING

        endpoints, rules = self._place.endpoints("local", self._url), rules_of(self._place, "local")
        for name in endpoints.running():
            there = endpoints.look(name, rules)
            if there.phase not in MOVING:
                self._tell(there)

    def _tell(self, there: Seen) -> None:
        told = {"target": "local", "version": there.version, "why": there.why}
        self._place.audit.add(WATCH, "model.deploy.ended", there.endpoint, told)
