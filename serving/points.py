"""Many amounts and terms of one application scored in one call and decided by the grid."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

import numpy as np

from features.asked import columns_over
from lending.domain.application import Application
from lending.domain.money import Money, Rate
from lending.domain.offers import Candidate
from lending.domain.people import assessed
from lending.domain.policy import Policy, Rulebook
from lending.grid.figures import Points
from lending.grid.requests import OUTCOMES, Grid
from lending.grid.scaled import CENTS, MICRO, RATE, Whole, whole
from serving.learned import learned_of
from training.servable.protocol import ServableModel

_APPROVE = 0
assert OUTCOMES[_APPROVE].value == "approve"  # noqa: S101 - the grid's numbers are read here


def scored_points(application: Application, model: ServableModel, book: Rulebook, cents: Whole, terms: Whole) -> Points:
    """Points with the PD that counts, of two people assessed as `lending.domain.decision.joint` says.

    Raises:
        InputError: the model reads a feature that the bank's records cannot supply.
    """
    amounts, months = cents / 100.0, terms.astype(np.float64)
    people = assessed(application, book)
    columns = (columns_over(p, application.request, amounts, months, model.feature_set) for p in people.values())
    pds = np.array([np.rint(model.predict(table) * 10**MICRO).astype(np.int64) for table in columns])
    counts = (np.argmin if book.product.assess == "strongest" else np.argmax)(pds, axis=0)  # of equals the first
    theirs = np.array([role == "co_applicant" for role in people])[counts]
    return Points(cents, terms, np.take_along_axis(pds, counts[None], axis=0)[0], theirs)


class Scanner:
    """Prices and tests many amounts and terms of one application (`lending.domain.offers.Scan`)."""

    def __init__(self, application: Application, model: ServableModel, policy: Policy, day: date) -> None:
        """Raises NotFoundError: no such product."""
        self._application, self._model = application, model
        self._grid = Grid(application, policy, day, model.horizon_months, learned_of(model))

    def __call__(self, points: Sequence[tuple[Money, int]]) -> Sequence[Candidate | None]:
        """What each amount and term would be approved at; None where it would not be.

        Raises:
            InexactError: the record holds more places than the grid counts.
        """
        cents = np.array([whole(amount, CENTS) for amount, _ in points], dtype=np.int64)
        terms = np.array([term for _, term in points], dtype=np.int64)
        asked = scored_points(self._application, self._model, self._grid.book, cents, terms)
        answers = self._grid.evaluate(asked)
        return [
            Candidate(amount, term, Rate(Decimal(rate).scaleb(-RATE)), Money(Decimal(due).scaleb(-CENTS)))
            if outcome == _APPROVE
            else None
            for (amount, term), outcome, rate, due in zip(
                points, answers.outcome.tolist(), answers.rate8.tolist(), answers.due.tolist(), strict=True
            )
        ]
