"""The features of one person for many amounts and terms at once; each row is what `online_values` would say."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from features.build import INPUTS, Columns, derive, online_values
from features.feature_sets import FeatureSet
from lending.domain.application import Applicant, Collateral, LoanRequest
from lending.domain.money import ZERO

_ASKED = ("amount", "term_months", "collateral_value")
Numbers = NDArray[np.float64]


def columns_over(
    person: Applicant, collateral: Collateral | None, amounts: Numbers, terms: Numbers, feature_set: FeatureSet
) -> Columns:
    """The columns of `feature_set` for each amount and term.

    Args:
        person: whose record is scored.
        collateral: what secures the loan.
        amounts: in the market's currency, shape (n,).
        terms: months, shape (n,).
        feature_set: of the model.

    Raises:
        InputError: the bank's records cannot supply a feature.
    """
    names = feature_set.names
    moving = [name for name in names if set(INPUTS.get(name, ())) & set(_ASKED)]
    still = [name for name in names if name not in moving]
    own = online_values(person, LoanRequest("", ZERO, 0, collateral), still)
    value = np.nan if collateral is None or collateral.value is None else float(collateral.value)
    inputs: dict[str, Any] = {"amount": amounts, "term_months": terms, "collateral_value": value}
    inputs |= {i: _number(person, i) for name in moving for i in INPUTS[name] if i not in _ASKED}
    values = {**own, **derive(inputs, moving)}
    return {name: _column(values[name], len(amounts)) for name in names}


def _number(person: Applicant, name: str) -> float:
    value = getattr(person, name)
    return np.nan if value is None else float(value)


def _column(value: Any, count: int) -> Any:
    if value is None or isinstance(value, str):
        return np.full(count, value, dtype=object)
    return np.broadcast_to(np.asarray(value, dtype=np.float64), count)
