"""What the comparison of models on the bank's own decisions needs from the world."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class ScoreRow:
    """What one model says of one decision at the policy of its day; nothing about the person.

    Attributes:
        version: the model.
        role: champion, challenger or shadow, when it was scored.
        decided: whether it is the one that decided.
        split: the split that the decision was made in; "" without one.
        outcome: approve, refer or decline; None where the decision can be read no more, or nobody scored.
        pd: probability of default over the model's horizon, six places, as text; None as `outcome`.
        day: of the decision's facts and rules.
    """

    decision_id: str
    version: str
    role: str
    decided: bool
    split: str
    product: str
    outcome: str | None
    pd: str | None
    day: date


@dataclass(frozen=True, slots=True)
class ScoredPair:
    """A decision as two models see it.

    Attributes:
        person: a number that stands for the applicant within one answer, and for nothing outside it.
        bad: whether the loan went bad; None where it was not lent or that is not known yet.
    """

    person: int
    product: str
    split: str
    decided_by: str
    first_outcome: str
    first_pd: float
    other_outcome: str
    other_pd: float
    bad: bool | None


class ModelScores(Protocol):
    """What models say of decisions; each decision once a model."""

    def unscored(self, version: str, since: datetime, count: int) -> Sequence[str]:
        """Decisions recorded since then of which a model has said nothing yet, oldest first, at most `count`."""
        ...

    def keep(self, rows: Sequence[ScoreRow], at: datetime) -> int:
        """Write down those that are not there yet; answers how many."""
        ...

    def pairs(self, first: str, other: str, since: date) -> Sequence[ScoredPair]:
        """Latest decision of each applicant and product since a day that both models scored."""
        ...
