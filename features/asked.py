"""The features of one person for many amounts and terms at once; each row is what `online_values` would say."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from features.build import INPUTS, Columns, derive, online_values
from features.feature_sets import FeatureSet
from lending.domain.application import Applicant, Collateral, LoanRequest

RISING = frozenset({"amount", "loan_to_income", "ltv"})
"""Features that grow with the amount and move with nothing else that is asked for."""
_ASKED = ("amount", "term_months", "collateral_value")
Numbers = NDArray[np.float64]


def columns_over(
    person: Applicant, request: LoanRequest, amounts: Numbers, terms: Numbers, feature_set: FeatureSet
) -> Columns:
    """The columns of `feature_set` for each amount and term.

    Args:
        person: whose record is scored.
        request: what is asked; its own amount and term are not looked at.
        amounts: in the market's currency, shape (n,).
        terms: months, shape (n,).
        feature_set: of the model.

    Raises:
        InputError: the bank's records cannot supply a feature.
    """
    names = feature_set.names
    moving = [name for name in names if set(INPUTS.get(name, ())) & set(_ASKED)]
    still = [name for name in names if name not in moving]
    own = online_values(person, request, still)
    inputs = {**_inputs(person, request.collateral, moving), "amount": amounts, "term_months": terms}
    values = {**own, **derive(inputs, moving)}
    return {name: _column(values[name], len(amounts)) for name in names}


def feature_over_amounts(
    person: Applicant, collateral: Collateral | None, feature: str
) -> Callable[[Numbers], Numbers]:
    """One feature as a function of the amount, shape (n,) to (n,)."""
    fixed = _inputs(person, collateral, [feature])
    return lambda amounts: np.asarray(derive({**fixed, "amount": amounts}, [feature])[feature], dtype=np.float64)


def _inputs(person: Applicant, collateral: Collateral | None, names: Sequence[str]) -> dict[str, Any]:
    """What the functions of these features read besides amount and term."""
    value = np.nan if collateral is None or collateral.value is None else float(collateral.value)
    needed = {i for name in names for i in INPUTS[name] if i not in _ASKED}
    return {"collateral_value": value, **{name: _number(person, name) for name in needed}}


def _number(person: Applicant, name: str) -> float:
    value = getattr(person, name)
    return np.nan if value is None else float(value)


def _column(value: Any, count: int) -> Any:
    if value is None or isinstance(value, str):
        return np.full(count, value, dtype=object)
    return np.broadcast_to(np.asarray(value, dtype=np.float64), count)
