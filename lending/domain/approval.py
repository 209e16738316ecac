"""Whether a decision would be an approval, told with as little work as that takes: the quick twin of `decide`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from functools import lru_cache
from typing import cast

from lending.domain.affordability import afford
from lending.domain.application import Application, Assessment
from lending.domain.eligibility import fields, holds, own_fields
from lending.domain.learned import is_outside
from lending.domain.money import Money
from lending.domain.policy import AFFORDABILITY_FIELDS, DatedRule, Policy, rulebook
from lending.domain.pricing import price_loan, word_fields
from lending.domain.terms import within_bounds

Passes = Callable[[Sequence[Application]], list[bool]]
"""Which of many applications would be approved."""

_BURDENS = ("dti", "dti_stressed", "foir", "ltv_at_maturity")
"""What is known once the instalment is."""


def approves(
    application: Application,
    assessment: Assessment,
    policy: Policy,
    as_of: date,
    suspects: frozenset[str] = frozenset(),
) -> bool:
    """True where `lending.domain.decision.decide` approves, and the product has such a loan.

    An approval is that every rule which applies holds. So the first one that does not ends the work, and neither
    reasons nor terms are made.

    Args:
        application: request and facts about everybody who signs.
        assessment: what the model says.
        policy: all dated rules and prices.
        as_of: whose day's values apply.
        suspects: fields whose rules are likely not to hold; they are looked at first.

    Raises:
        NotFoundError: the product is not in the catalogue; PolicyError: no value in force on that day.
    """
    book, request = rulebook(policy, application.request.product, as_of), application.request
    if not within_bounds(request.amount, request.term_months, book) or is_outside(request, assessment.learned):
        return False
    price = price_loan(assessment, book)
    values, own = fields(application, book, as_of), own_fields(application, book, as_of)
    own[assessment.person] |= word_fields(assessment, price)
    for dated in _in_order(policy, request.product, as_of, suspects):
        if dated.rule.field in _BURDENS and dated.rule.field not in values:
            gross = cast("Money | None", values["counted_income"])
            burden = afford(application, price.priced_rate, gross, book, as_of)
            values |= {name: getattr(burden, name) for name in _BURDENS}
        if not holds(dated, values, own):
            return False
    return True


@lru_cache(maxsize=256)
def _in_order(policy: Policy, product: str, as_of: date, suspects: frozenset[str]) -> tuple[DatedRule, ...]:
    """The rules, those that are likely not to hold before the others, and what is soon known before the rest."""
    rules = rulebook(policy, product, as_of).rules
    return tuple(sorted(rules, key=lambda dated: (dated.rule.field not in suspects, _known_at(dated.rule.field))))


def _known_at(field: str) -> int:
    return (field in AFFORDABILITY_FIELDS) + (field in _BURDENS)
