"""Where the surface of one application may change: the last cents and months before the model or a rule does."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from features.asked import RISING, feature_over_amounts
from lending.domain.application import Applicant, Application, Collateral, Span
from lending.domain.eligibility import collateral_value
from lending.domain.people import assessed, refinanced_payoff
from lending.grid.cuts import LAST_TERM, amount_cuts, between, last_below, spans
from lending.grid.figures import Points
from lending.grid.requests import Grid
from lending.grid.scaled import CENTS, MOST_CENTS, ceiled, floored, whole
from training.servable.protocol import ServableModel

_BY_TERM = ("age_at_maturity_years", "counted_income", "term_months")
"""What rules look at that moves with the term before model and price have spoken."""


def cents_of_change(application: Application, grid: Grid, model: ServableModel) -> list[int]:
    """Last cents of runs of amounts on which model and rules say the same, rising; the last one is MOST_CENTS.

    Steps of the model outside the product's amounts are left out: there nothing is lent.
    """
    book, security = grid.book, collateral_value(application, grid.book)
    secured = None if security is None else whole(security, CENTS)
    payoff = whole(refinanced_payoff(application), CENTS)
    least, most = floored(book["amount_min"], CENTS) - 1, floored(book["amount_max"], CENTS)
    found = amount_cuts(book, grid.rules, secured, payoff)
    for person in assessed(application, book).values():
        cuts = _of_the_model(model, person, application.request.collateral, most + 1)
        found |= {cut for cut in cuts if least < cut < most}
    positive = [cut for cut in found | _of_learning(grid.learned and grid.learned.amount, CENTS) if cut > 0]
    return between(positive, min(positive), MOST_CENTS)


def months_of_change(grid: Grid, model: ServableModel) -> list[int]:
    """The same of terms; the last one is LAST_TERM."""
    book = grid.book
    least, most = int(book["term_months_min"]) - 1, int(book["term_months_max"])
    found = {least, most, int(book.get("moratorium_months") or 0)} | _of_rules(grid)
    if "term_months" in model.feature_set.names:
        thresholds = model.breakpoints("term_months")
        cuts = last_below(lambda terms: terms.astype(np.float64), thresholds, most).tolist()
        found |= {cut for cut in cuts if least < cut < most}
    positive = [cut for cut in found | _of_learning(grid.learned and grid.learned.term_months, 0) if cut > 0]
    return between(positive, min(positive), LAST_TERM)


def _of_the_model(model: ServableModel, person: Applicant, collateral: Collateral | None, top: int) -> Iterator[int]:
    """The last cents before a feature that grows with the amount crosses a breakpoint of the model."""
    for feature in RISING & set(model.feature_set.names):
        over = feature_over_amounts(person, collateral, feature)
        thresholds = model.breakpoints(feature)
        yield from last_below(lambda cents, over=over: over(cents / 100.0), thresholds, top).tolist()


def _of_learning(span: Span | None, places: int) -> set[int]:
    """The last values before the model begins to have a say and before it has none any more."""
    return set() if span is None else {ceiled(span.low, places) - 1, floored(span.high, places)}


def _of_rules(grid: Grid) -> set[int]:
    """The last months before a rule that moves with the term alone changes its mind, for each tier of the amount."""
    terms, found = np.arange(1, LAST_TERM + 1), set[int]()
    for rule in grid.rules:
        for _, last, _ in spans(rule) if rule.rule.field in _BY_TERM else ():
            points = Points(np.full_like(terms, last), terms, np.zeros_like(terms))
            for whose in grid.looks_at(rule):
                _, _, passed = grid.figures(points).holds(rule, whose)
                found |= set(terms[:-1][np.diff(passed)].tolist())
    return found
