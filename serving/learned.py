"""What a model may be asked about, in the words of the decision."""

from __future__ import annotations

from decimal import Decimal

from lending.domain.application import Learned, Span
from training.servable.protocol import ServableModel


def learned_of(model: ServableModel) -> Learned | None:
    """The requests that a model's loans speak of; None for a package that does not say."""
    ranges = model.ranges
    if not ranges:
        return None
    return Learned(_span(ranges.get("amount")), _span(ranges.get("term_months")), _products(model))


def _span(ends: tuple[float, float] | None) -> Span | None:
    return None if ends is None else Span(Decimal(repr(ends[0])), Decimal(repr(ends[1])))


def _products(model: ServableModel) -> tuple[str, ...] | None:
    """A model that reads what a loan is for speaks of the purposes it knows; that of a quote is its product."""
    known = (spec.categories for spec in model.feature_set.features if spec.name == "purpose")
    return next(known, None)
