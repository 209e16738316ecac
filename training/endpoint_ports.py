"""What a deployment asks of the place where models answer: the twin on this machine, or SageMaker."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal, Protocol

Phase = Literal["none", "starting", "canary", "finishing", "serving", "rolling_back", "failed"]
"""none: no such endpoint; serving: at rest on the version named, whichever was asked for."""
MOVING: tuple[Phase, ...] = ("starting", "canary", "finishing", "rolling_back")
"""Phases that end by themselves when somebody goes on looking."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What shall answer.

    Attributes:
        endpoint: its name, in SageMaker's form.
        data: the data set whose model it is.
        version: registered version, `candor-pd-<data>/<number>`.
        folder: its verified package.
        sha256: of the package's manifest.
        by: who answers for it.
        at: when it was asked for, ISO, UTC; names what is made for it.
        shadow: folder, version and sha256 of a version that only watches; empty for none.
        canary_share: of the calls while it is watched, above 0 and at most 0.5.
    """

    endpoint: str
    data: str
    version: str
    folder: Path
    sha256: str
    by: str
    at: str
    canary_share: float
    shadow: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True)
class Alarm:
    """One condition that takes a new version back.

    Attributes:
        name: of the alarm.
        variant: whose calls it watches.
        measure: `errors` (share of 5xx) or `latency` (p99, milliseconds).
        limit: beyond which it rings.
        found: latest figure; None while there is none.
        rings: it is beyond its limit now.
    """

    name: str
    variant: str
    measure: str
    limit: float
    found: float | None = None
    rings: bool = False


@dataclass(frozen=True, slots=True)
class Seen:
    """How an endpoint stands at one look.

    Attributes:
        endpoint: its name.
        phase: see `Phase`.
        version: the one that answers, or is to answer once the phase has ended; "" when that is not known.
        share: of the calls that `version` answers, 0 to 1.
        why: what is waited for, or what happened, in a sentence.
        variants: `{name, version, share, calls, errors, p99_ms}` each, as far as it is known.
        alarms: every condition with what it found.
        capture: where calls are kept; "" for nowhere.
        before: the version that answered until `begin` changed that, which alone knows it; "" for none.
    """

    endpoint: str
    phase: Phase
    version: str = ""
    share: float = 0.0
    why: str = ""
    variants: Sequence[Mapping[str, Any]] = ()
    alarms: Sequence[Alarm] = ()
    capture: str = ""
    before: str = ""

    def as_dict(self) -> dict[str, Any]:
        """As commands and flows print it."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Resource:
    """One thing that a deployment makes, for its plan: what it is, its name, and what it costs by infra/prices.yaml.

    Attributes:
        kind: such as `endpoint`.
        name: of the thing.
        detail: what about it matters, in a few words.
        item: entry of the prices; "" for what costs nothing by itself.
        quantity: units of that entry in a month, as text; "" where it depends on use.
    """

    kind: str
    name: str
    detail: str
    item: str = ""
    quantity: str = ""


class Endpoints(Protocol):
    """Where models answer. Every call is bounded in time; none leaves half of a change unsaid."""

    target: str

    def plan(self, wanted: Wanted, rules: Mapping[str, Any]) -> Sequence[Resource]:
        """What `begin` would make; nothing is called or made."""
        ...

    def begin(self, wanted: Wanted, rules: Mapping[str, Any]) -> Seen:
        """Start to deploy, or say how the deployment of the same version that runs already stands.

        Raises:
            RefusedError: another deployment runs, an alarm rings already, or there are no alarms.
            UnavailableError: something failed; it says what was made before and how to take it away.
        """
        ...

    def look(self, endpoint: str, rules: Mapping[str, Any]) -> Seen:
        """How it stands now; where nobody else does so, this look also takes the next step.

        Raises:
            UnavailableError: nobody answers.
        """
        ...

    def running(self) -> Sequence[str]:
        """Endpoints whose deployment goes on only when somebody looks; none where the place watches by itself."""
        ...

    def invoke(self, endpoint: str, body: bytes) -> Mapping[str, Any]:
        """The answer to a body of `application/json`, by the runtime's own path. Raises UnavailableError."""
        ...

    def roll_back(self, endpoint: str, why: str, rules: Mapping[str, Any]) -> Seen:
        """Give all calls to the version before. Raises RefusedError where there is none; UnavailableError."""
        ...

    def settle(self, wanted: Wanted, rules: Mapping[str, Any], facts: Mapping[str, Any]) -> str:
        """Once it serves: scaling, and the version's entry in the place's own registry; answers its name there or "".

        `facts`: run_id, approver and metrics of the version. Raises UnavailableError.
        """
        ...

    def delete(self, endpoint: str) -> Sequence[str]:
        """Take the endpoint and all that was made for it away; answers what was taken. Raises UnavailableError."""
        ...
