"""The model's word about an application, rounded and written as text."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from decimal import Decimal

from features.build import columns_for, online_values
from lending.domain.application import Applicant, Assessment, LoanRequest
from lending.domain.money import plain
from training.servable.protocol import ServableModel


def assess(model: ServableModel, person: Applicant, request: LoanRequest) -> Assessment:
    """Score one person for one request.

    Raises:
        InputError: the model reads a feature that the bank's records cannot supply.
    """
    return assess_many(model, [(person, request)])[0]


def assess_many(model: ServableModel, pairs: Sequence[tuple[Applicant, LoanRequest]]) -> list[Assessment]:
    """Score many in one call of the model; each as `assess` would."""
    values = [online_values(person, request, model.feature_set.names) for person, request in pairs]
    columns = columns_for(values, model.feature_set)
    words = zip(values, model.predict(columns), model.contributions(columns), strict=True)
    return [_word(model, *word) for word in words]


def _word(
    model: ServableModel, values: Mapping[str, float | str | None], pd: float, contributions: Sequence[float]
) -> Assessment:
    return Assessment(
        model_version=model.version,
        model_sha256=model.sha256,
        calibration=model.calibration,
        pd=Decimal(f"{pd:.6f}"),
        horizon_months=model.horizon_months,
        feature_set=model.feature_set.name,
        features=tuple((name, feature_text(value)) for name, value in _in_order(values, model)),
        contributions=tuple(
            (name, Decimal(f"{value:.4f}")) for name, value in zip(model.feature_set.names, contributions, strict=True)
        ),
    )


def feature_text(value: float | str | None) -> str | None:
    """The shortest text that reads back as the same number; None for a missing one.

    >>> feature_text(0.25), feature_text(36.0), feature_text(float("nan")), feature_text("rent")
    ('0.25', '36', None, 'rent')
    """
    if isinstance(value, str) or value is None:
        return value
    return None if math.isnan(value) else plain(Decimal(repr(float(value))))


def _in_order(values: Mapping[str, float | str | None], model: ServableModel) -> list[tuple[str, float | str | None]]:
    return [(name, values[name]) for name in model.feature_set.names]
