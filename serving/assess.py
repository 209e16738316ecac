"""The model's word about an application, rounded and written as text."""

from __future__ import annotations

import math
from collections.abc import Sequence
from decimal import Decimal
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from features.build import Columns, columns_for, online_columns, online_rows
from lending.domain.application import Applicant, Assessment, LoanRequest
from lending.domain.money import plain
from serving.learned import learned_of
from training.servable.protocol import ServableModel

Pairs = Sequence[tuple[Applicant, LoanRequest]]
"""Who asks, and for what."""
FEW = 4
"""Up to so many, rows one by one are sooner made than columns; both are the same."""


def assess(model: ServableModel, person: Applicant, request: LoanRequest) -> Assessment:
    """Score one person for one request.

    The contributions say how far each fact moves the log-odds of default from the model's average over the loans it
    learned from; that average is the reference.

    Raises:
        InputError: the model reads a feature that the bank's records cannot supply.
    """
    return assess_many(model, [(person, request)])[0]


def assess_many(model: ServableModel, pairs: Pairs) -> list[Assessment]:
    """Score many in one call of the model; each is equal to what `assess` says about it.

    Raises:
        InputError: as `assess`.
    """
    if not pairs:
        return []
    columns = _columns(model, pairs)
    found, contributions = model.score(columns)
    names = model.feature_set.names
    seen = zip(*(_texts(columns[name]) for name in names), strict=True)
    said = (model.version, model.sha256, model.calibration)
    horizon, feature_set, learned = model.horizon_months, model.feature_set.name, learned_of(model)
    return [
        Assessment(
            *said, _fixed(pd, 6), horizon, feature_set, tuple(zip(names, texts, strict=True)),
            tuple([(name, _part(part)) for name, part in zip(names, parts, strict=True)]), learned=learned,
        )
        for pd, texts, parts in zip(found.tolist(), seen, contributions.tolist(), strict=True)
    ]  # fmt: skip


def pds(model: ServableModel, pairs: Pairs) -> list[Decimal]:
    """Only the PD of each, over `horizon_months`, as its assessment would say; one call of the model.

    Raises:
        InputError: as `assess`.
    """
    return [_fixed(pd, 6) for pd in model.predict(_columns(model, pairs)).tolist()] if pairs else []


def _texts(column: NDArray[np.float64] | NDArray[np.object_]) -> list[str | None]:
    """`feature_text` of each value of a column."""
    if column.dtype == object:
        return [feature_text(value) for value in column.tolist()]
    return [_number_text(value) if value == value else None for value in column.tolist()]  # a missing one is no number


def feature_text(value: float | str | None) -> str | None:
    """The shortest text that reads back as the same number; None for a missing one.

    >>> feature_text(0.25), feature_text(36.0), feature_text(float("nan")), feature_text("rent"), feature_text(1e-05)
    ('0.25', '36', None, 'rent', '0.00001')
    """
    if isinstance(value, str) or value is None:
        return value
    return None if math.isnan(value) else _number_text(value)


@lru_cache(maxsize=16_384)
def _number_text(value: float) -> str:
    """Kept, as people share values."""
    text = repr(value)
    return plain(Decimal(text)) if "e" in text or value <= 0 else text.removesuffix(".0")


def _columns(model: ServableModel, pairs: Pairs) -> Columns:
    if len(pairs) <= FEW:
        return columns_for(online_rows(pairs, model.feature_set.names), model.feature_set)
    return online_columns(pairs, model.feature_set)


def _fixed(value: float, places: int) -> Decimal:
    return Decimal(f"{value:.{places}f}")


@lru_cache(maxsize=65_536)
def _part(value: float) -> Decimal:
    """A contribution; kept, as there are few of four places."""
    return _fixed(value, 4)
