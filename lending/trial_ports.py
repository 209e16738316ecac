"""What experiments of staff need from the world: where they are kept, and what was counted of people and visits."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal, Protocol

from lending.domain.errors import NotFoundError, RefusedError

TrialState = Literal["draft", "running", "stopped", "concluded"]
Did = Literal["applied", "accepted", "asked", "liked", "disliked"]
"""What people do after they were shown a variant."""


@dataclass(frozen=True, slots=True)
class TrialRow:
    """An experiment that staff defined.

    Attributes:
        version: grows by 1 with each change.
        content: what is tried, on whom, how it is measured, and what became of it; JSON-ready.
    """

    experiment: str
    state: TrialState
    version: int
    author: str
    content: Mapping[str, Any]
    created_at: datetime
    changed_at: datetime


class Trials(Protocol):
    """Experiments that staff defined."""

    def add(self, row: TrialRow) -> None:
        """Keep a new one. Raises RefusedError when its name is taken."""
        ...

    def get(self, experiment: str) -> TrialRow:
        """Raises NotFoundError."""
        ...

    def list(self) -> Sequence[TrialRow]:
        """All, changed last first."""
        ...

    def replace(self, row: TrialRow) -> TrialRow:
        """Write over the version that it was made on. Raises RefusedError when that is not the newest."""
        ...


@dataclass(frozen=True, slots=True)
class Exposed:
    """People who saw a variant for the first time on a day."""

    day: date
    variant: str
    people: int


@dataclass(frozen=True, slots=True)
class VisitCount:
    """Visits of a day with a variant, and how many of them went on."""

    day: date
    variant: str
    visits: int
    went_on: int


@dataclass(frozen=True, slots=True)
class Seen:
    """An event of a visit, as often as it came; nobody is named."""

    visitor: str
    event: str
    page: str
    step: str
    variants: Mapping[str, str]


class TrialCounts(Protocol):
    """People and visits of experiments, counted."""

    def exposed(self, experiment: str) -> Sequence[Exposed]:
        """By day and variant, oldest first."""
        ...

    def shown(self, experiment: str, subjects: Iterable[str]) -> Mapping[str, tuple[str, datetime]]:
        """Of these subjects (keyed hashes) the variant that each saw, and when first."""
        ...

    def prompted(self, prompts: Sequence[str], since: date) -> Mapping[str, tuple[str, datetime]]:
        """Customer to the prompt that first worded a text for them, and when."""
        ...

    def acts(self, did: Did, since: date) -> Sequence[tuple[str, datetime]]:
        """Customers who did it from a day on, and when; one of them may stand there more than once."""
        ...

    def seen(self, day: date) -> Sequence[Seen]:
        """The events of a day, each kind once for a visit."""
        ...

    def visits(self, experiment: str, measure: str) -> Sequence[VisitCount]:
        """What was kept of days that are over."""
        ...

    def keep(self, experiment: str, measure: str, day: date, counts: Sequence[VisitCount]) -> None:
        """Keep the counts of a day that is over, once."""
        ...


def trial_changed(version: int) -> RefusedError:
    """The refusal of a change that was made on another version than the newest."""
    return RefusedError(
        "somebody changed the experiment since you loaded it", code="changed", field="version", found=str(version),
        expected="the newest version", do="Load the page again and repeat the change.",
    )  # fmt: skip


def no_trial(experiment: str) -> NotFoundError:
    """There is none of this name."""
    return NotFoundError(
        f"there is no experiment {experiment[:40]}", code="not_found", field="experiment", found=experiment[:40],
        expected="a name of the list of experiments", do="Open it from /staff/experiments.",
    )  # fmt: skip


def name_taken(experiment: str) -> RefusedError:
    """Another experiment is called so, or was."""
    return RefusedError(
        f"there is an experiment {experiment} already", code="taken", field="name", found=experiment,
        expected="a name that none ever had: it divides the people", do="Choose another name.",
    )  # fmt: skip
