"""What training hands over, and what it asks of a registry."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeVar

from training.evaluate import Figure
from training.servable.routing import Routing

if TYPE_CHECKING:
    from training.models.catalogue import Family

T = TypeVar("T")
R = TypeVar("R")
Role = Literal["challenger", "shadow"]
"""What a version may be beside the champion."""


@dataclass(frozen=True)
class Gate:
    """One condition of release: what was found against its limit."""

    name: str
    passed: bool
    found: float | int | str
    limit: float | int | str
    detail: str

    def as_dict(self) -> dict[str, Any]:
        """As in the train result and the card."""
        return asdict(self)


@dataclass
class TrainResult:
    """What a training run found. The registry fills in `run_id` and `model_version` when it keeps the run.

    Attributes:
        metrics: of the family that was packaged, on the test rows.
        candidates: every family, the chosen one first: `{family, serves, chosen, simplicity, auc, ks, brier, ece,
            log_loss, folds: {auc, ks, brier, ece, log_loss}, seconds, left_out, settings}`; figures are on the test
            loans, under `folds` on held-out folds of training; those of a family that was left out are None, and
            `left_out` says why.
        gates: conditions of release; the package is registered only when all passed.
        reasons: what named reasons are worth: `{rows, factors, named_lift, random_lift, faithful, stable}`.
        plans: what the caller's look at plans after a decline found (see `train`); empty when nobody looked.
        fairness: a row for each group, on training and test loans that the scoring model did not see: `{attribute,
            group, count, selection_rate, adverse_impact_ratio, ..., verdict, why}`, see `fairness.fairness`.
        slices: a row for each part of the test loans, see `slices.slices`.
        curves: ROC, gains, calibration and scores on the test loans, see `curves.curves`.
        less_discriminatory: what was tried for groups to fare more alike, see `less_discriminatory.search`.
        features: `{name, kept, stability, mutual_information, importance}` of every feature of the data set.
        choice: `{winner, chosen, why, interval}`.
        study: trials of the search for settings: `{family, trial, settings, log_loss}`.
        repeat: what another run needs to do the same, see `budget.Repeat`.
        model_sha256: of the package's manifest as training sealed it; the registry stamps a version on it later.
        parameters: settings, seed, sizes and dates, as logged.
        tags: hashes of data, mapping and code.
    """

    data: str
    family: str
    metrics: dict[str, Figure]
    candidates: list[dict[str, Any]]
    gates: list[Gate]
    fairness: list[dict[str, Any]]
    seconds: float
    reasons: dict[str, Any] = field(default_factory=dict)
    plans: dict[str, Any] = field(default_factory=dict)
    features: list[dict[str, Any]] = field(default_factory=list)
    choice: dict[str, Any] = field(default_factory=dict)
    study: list[dict[str, Any]] = field(default_factory=list)
    repeat: dict[str, Any] = field(default_factory=dict)
    slices: list[dict[str, Any]] = field(default_factory=list)
    curves: dict[str, Any] = field(default_factory=dict)
    less_discriminatory: dict[str, Any] = field(default_factory=dict)
    model_sha256: str = ""
    parameters: dict[str, Any] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    run_id: str | None = None
    model_version: str | None = None

    @property
    def passed(self) -> bool:
        """No gate failed."""
        return all(gate.passed for gate in self.gates)

    def as_dict(self) -> dict[str, Any]:
        """The train result of the command line; training alone never promotes."""
        return {
            "data": self.data,
            "run_id": self.run_id,
            "model_version": self.model_version,
            "family": self.family,
            "metrics": dict(self.metrics),
            "candidates": self.candidates,
            "gates": [gate.as_dict() for gate in self.gates],
            "fairness": self.fairness,
            "slices": self.slices,
            "curves": self.curves,
            "less_discriminatory": self.less_discriminatory,
            "reasons": self.reasons,
            "plans": self.plans,
            "features": self.features,
            "choice": self.choice,
            "study": self.study,
            "repeat": self.repeat,
            "model_sha256": self.model_sha256,
            "promoted": False,
            "seconds": self.seconds,
        }


class Runner(Protocol):
    """Where fits that do not wait for each other run: threads of this process, or a cluster."""

    def map(self, call: Callable[[T], R], items: Iterable[T], check: Callable[[], None] | None = None) -> Iterator[R]:
        """What `call` makes of each item, in their order; the same bytes wherever it runs.

        Args:
            call: a function of a module, with what all items share bound to it.
            items: small; each is sent to where it is worked on.
            check: asked here before each item is begun; what it raises ends the whole.
        """
        ...

    def spread(self, family: Family, rows: int) -> Family | None:
        """The family with one fit done by many machines together; None when so many rows need no such thing."""
        ...

    @property
    def notes(self) -> Mapping[str, str]:
        """For the record: what was done in a way whose bytes may differ from those of one process."""
        ...


class Registry(Protocol):
    """Runs, registered models `candor-pd-<data>` and their aliases.

    A version is written `candor-pd-<data>/<number>`; the number alone is understood too.
    """

    def register(self, result: TrainResult, package: Path, trained_by: str = "") -> str:
        """Keep the run; register the package as challenger when every gate passed. Answers the version or ""."""
        ...

    def adopt(self, dataset: str, run_id: str, gate: str) -> str:
        """Register a run that only `gate` kept out; answers its version. Raises NotFoundError, RefusedError."""
        ...

    def result(self, run_id: str) -> dict[str, Any]:
        """What a run found: its train result and its `tags`. Raises NotFoundError."""
        ...

    def champion(self, dataset: str) -> str | None:
        """The version that decides; None while there is none."""
        ...

    def package(self, dataset: str, version: str) -> Path:
        """A folder with the verified package of a version. Raises NotFoundError, RefusedError."""
        ...

    def trained_by(self, dataset: str, version: str) -> str:
        """Who trained a version; "" when that was not kept. Raises NotFoundError."""
        ...

    def promote(
        self, dataset: str, version: str, approver: str, reason: str, *, expected: str | None,
        requested_by: str = "", override: Mapping[str, str] | None = None,
    ) -> dict[str, Any]:  # fmt: skip
        """Let a version decide: export, alias, pointer. Refused when another one than `expected` decides by now."""
        ...

    def rollback(self, dataset: str, by: str, reason: str, today: date) -> dict[str, Any]:
        """Let the champion before the present one decide again. Raises RefusedError."""
        ...

    def routing(self, dataset: str) -> Routing | None:
        """What stands beside the champion; None for nothing."""
        ...

    def stand_beside(
        self, dataset: str, role: Role, version: str, said: Mapping[str, str], *, expected: str
    ) -> Routing:
        """Let a version stand beside the champion `expected`; answers what stands there then.

        `said`: approver, requested_by, reason and, for a challenger, share. Raises NotFoundError, RefusedError.
        """
        ...

    def stand_down(self, dataset: str, role: Role, by: str) -> Routing | None:
        """Take the challenger or the shadow away; answers what stood there before, None for nothing."""
        ...

    def note(self, dataset: str, version: str, facts: Mapping[str, str]) -> None:
        """Keep facts about a version beside it, as tags; empty ones are left out. Raises NotFoundError."""
        ...

    def list(self, dataset: str) -> Sequence[dict[str, Any]]:
        """Versions, newest first; what was not said is None.

        Each is `{version, aliases, family, run_id, registered_at, metrics, gates_failed, trained_by, requested_by,
        approver, reason, approved_at, override, rolled_back}`.
        """
        ...
