"""What the use cases need besides the ports of lending."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from training.servable.protocol import ServableModel


class Champion(Protocol):
    """The model that decides for a portfolio; None while there is none. Cached, and renewed after a promotion."""

    def current(self) -> ServableModel | None: ...

    def by_version(self, version: str) -> ServableModel | None:
        """Any version exported before, for replay."""
        ...


@dataclass(frozen=True, slots=True)
class FlowRun:
    """A flow run as people watch it."""

    run_id: str
    flow: str
    state: str
    """`scheduled`, `running`, `completed`, `failed` …"""
    percent: float | None
    message: str
    url: str


class FlowRuns(Protocol):
    """Starts and watches flows on the orchestrator, through its REST API. Raises UnavailableError."""

    def start(self, deployment: str, parameters: Mapping[str, Any]) -> FlowRun: ...

    def get(self, run_id: str) -> FlowRun: ...

    def latest(self, flow: str) -> FlowRun | None: ...

    def list(self, limit: int = 20) -> Sequence[FlowRun]: ...
