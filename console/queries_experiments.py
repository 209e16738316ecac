"""What the pages of experiments ask, and what their forms do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lending.domain.errors import InputError
from serving.trial_catalogue import Catalogue, TrialLimits
from serving.trials import TrialAsk

if TYPE_CHECKING:
    from serving.assembly import Platform

ACTS = ("start", "stop", "conclude")
STATES = ("all", "running", "draft", "stopped", "concluded", "ended")


@dataclass(frozen=True, slots=True)
class ExperimentQueries:
    """Questions bound to one platform."""

    platform: Platform

    @property
    def catalogue(self) -> Catalogue:
        """What may be tried out and measured."""
        return self.platform.trial_desk.catalogue

    @property
    def limits(self) -> TrialLimits:
        """How long one may run, and what is worth acting on."""
        return self.platform.trial_desk.limits

    def all(self, state: str = "all") -> list[dict[str, Any]]:
        """Every experiment, or those in one state."""
        return [one for one in self.platform.trial_results.all() if state in ("all", one["state"])]

    def one(self, name: str) -> dict[str, Any]:
        """One with its results. Raises NotFoundError."""
        return self.platform.trial_results.of(name)

    def define(self, form: Mapping[str, str], guardrails: list[str], by: str) -> str:
        """Keep a draft; answers its name. Raises InputError naming the field; RefusedError when the name is taken."""
        names = ("name", "question", "owner", "place", "shares", "measure", "worth", "days")
        ask = TrialAsk(guardrails=guardrails, **{name: form.get(name, "").strip() for name in names})
        return self.platform.trial_desk.define(ask, by).experiment

    def act(self, name: str, act: str, form: Mapping[str, str], by: str) -> None:
        """Start, stop or conclude. Raises InputError, NotFoundError, RefusedError as `serving.trials`."""
        desk, version = self.platform.trial_desk, _version(form.get("version", ""))
        if act == "start":
            desk.start(name, version, by)
        elif act == "stop":
            desk.stop(name, version, by, form.get("why", ""))
        else:
            verdicts = self.platform.trial_results.verdicts
            desk.conclude(name, version, by, form.get("why", ""), form.get("winner", ""), verdicts)


def _version(text: str) -> int:
    if text.isascii() and text.isdigit() and len(text) < 10:
        return int(text)
    raise InputError("the version is missing", code="version", field="version", found=text[:20],
                     expected="the version that the page showed", do="Load the page again.")  # fmt: skip
