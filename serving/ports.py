"""What the use cases need besides the ports of lending."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from serving.routing import Decider, Standing
from training.servable.protocol import Columns, ServableModel

REQUEST_TAG = "request:"
"""What a flow run's tag begins with that names the request which started it."""


class Champion(Protocol):
    """The model that decides for a portfolio; None while there is none. Cached, and renewed after a promotion."""

    def current(self) -> ServableModel | None:
        """The champion itself, whoever stands beside it."""
        ...

    def standing(self) -> Standing:
        """Champion and challenger as of now; for many requests at once."""
        ...

    def for_customer(self, customer_id: str) -> Decider:
        """Who decides for a (main) applicant: quotes, surfaces, offers, plans and chat all ask this."""
        ...

    def by_version(self, version: str) -> ServableModel | None:
        """Any version exported before, for replay."""
        ...


class EndpointScorer(Protocol):
    """A model endpoint that scores in place of the package in this process, and says the same to the last digit."""

    @property
    def name(self) -> str:
        """Of the endpoint."""
        ...

    def score(
        self, model: ServableModel, columns: Columns, *, targeted: bool, tries: int
    ) -> tuple[NDArray[np.float64], NDArray[np.float64], str]:
        """PD, contributions, and the variant that answered; equal to what `model.score` says.

        Raises:
            UnavailableError: no usable answer; the code is `timeout`, `unreachable`, `refused` or `wrong_answer`.
        """
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
    at: datetime | None = None
    """When it was due to begin, in UTC."""
    seconds: float | None = None
    """How long it has run."""


@dataclass(frozen=True, slots=True)
class FlowNote:
    """What a run left for people: a page of markdown, or a link; `key` names it."""

    key: str
    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Deployed:
    """A flow that can be started.

    Attributes:
        name: of the flow and of its deployment.
        schedules: what starts it by itself, as cron texts with their time zone.
        schema: JSON schema of its parameters.
        parameters: what they are when nobody says otherwise.
        at_once: runs that may go on side by side; None for any number.
        url: its page on the orchestrator.
    """

    name: str
    description: str
    schedules: Sequence[str] = ()
    schema: Mapping[str, Any] = field(default_factory=dict[str, Any])
    parameters: Mapping[str, Any] = field(default_factory=dict[str, Any])
    at_once: int | None = None
    url: str = ""


class FlowRuns(Protocol):
    """Starts, watches and stops flows on the orchestrator, through its REST API. Raises UnavailableError.

    Runs that are planned for later are left out of `latest` and `list`.
    """

    def start(self, deployment: str, parameters: Mapping[str, Any]) -> FlowRun: ...

    def get(self, run_id: str) -> FlowRun: ...

    def latest(self, flow: str) -> FlowRun | None: ...

    def list(self, limit: int = 20) -> Sequence[FlowRun]: ...

    def asked_by(self, request_id: str) -> Sequence[FlowRun]:
        """The runs that were started in a request, by its id."""
        ...

    def deployed(self) -> Sequence[Deployed]:
        """Every flow that can be started, by name."""
        ...

    def notes(self, run_id: str) -> Sequence[FlowNote]:
        """What a run left for people, oldest first."""
        ...

    def cancel(self, run_id: str) -> None:
        """Ask a run to stop. Raises NotFoundError; RefusedError when it has ended."""
        ...

    def resume(self, run_id: str, answer: Mapping[str, Any]) -> None:
        """Let a paused run go on with typed input. Raises NotFoundError; RefusedError when it is not paused."""
        ...
