"""The facts about one loan or many: one set of functions for training (columns) and for a quote (one row)."""

from __future__ import annotations

import difflib
import inspect
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from features.definitions import affordability, applicant, bureau
from features.feature_sets import FeatureSet
from lending.domain.application import Applicant, LoanRequest
from lending.domain.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

Columns = dict[str, "NDArray[np.float64] | NDArray[np.object_]"]
"""Feature name to a column of n values: float64 with NaN for missing numbers, object with None for categories."""

_APPLICANT = (
    "gross_monthly_income", "net_monthly_income", "monthly_obligations", "credit_score", "employment_status",
    "employment_months", "home_ownership", "oldest_account_months", "open_accounts", "revolving_balance",
    "revolving_utilisation", "inquiries_6m", "delinquencies_24m", "public_records", "months_since_delinquency",
)  # fmt: skip
_REQUEST = ("amount", "term_months", "collateral_value", "purpose")


def _functions() -> dict[str, Callable[..., Any]]:
    found: dict[str, Callable[..., Any]] = {}
    for module in (applicant, affordability, bureau):
        for name, function in inspect.getmembers(module, inspect.isfunction):
            if function.__module__ == module.__name__:
                found[name] = function
    return found


FUNCTIONS = _functions()
"""Feature name to its function; its arguments are named after its inputs."""

INPUTS = {name: tuple(inspect.signature(function).parameters) for name, function in FUNCTIONS.items()}

SUPPLIED: frozenset[str] = frozenset(
    name for name, inputs in INPUTS.items() if all(i in _APPLICANT or i in _REQUEST for i in inputs)
)
"""Features that the bank's records and a request can supply; the purpose of a loan is the product asked for."""


def derive(inputs: Mapping[str, Any], names: Sequence[str]) -> dict[str, Any]:
    """Feature values from raw columns (or single values) by the functions of `features.definitions`.

    Args:
        inputs: raw values by name; arrays of one length, or single values.
        names: features wanted, each a word of the contract whose inputs are all there.
    """
    return {name: FUNCTIONS[name](*(inputs[i] for i in INPUTS[name])) for name in names}


def online_values(person: Applicant, request: LoanRequest, names: Sequence[str]) -> dict[str, float | str | None]:
    """Feature values of one application; NaN for a missing number, None for a missing category.

    Raises:
        InputError: a name that the bank's records cannot supply; the message says which.
    """
    return online_rows([(person, request)], names)[0]


def online_rows(
    pairs: Sequence[tuple[Applicant, LoanRequest]], names: Sequence[str]
) -> list[dict[str, float | str | None]]:
    """`online_values` of many applications; what depends on the person alone is worked out once for each person."""
    own, asked = _apart(tuple(names))
    people: dict[int, tuple[dict[str, Any], dict[str, Any]]] = {}
    rows = []
    for person, request in pairs:
        if id(person) not in people:
            facts = {name: _number(getattr(person, name)) for name in _APPLICANT}
            people[id(person)] = facts, _plain(derive(facts, own))
        facts, values = people[id(person)]
        rows.append({**values, **_plain(derive(facts | _asked(request), asked))})
    return rows


def online_columns(pairs: Sequence[tuple[Applicant, LoanRequest]], feature_set: FeatureSet) -> Columns:
    """The columns of many applications as a model reads them; each row is what `online_values` says of it.

    Raises:
        InputError: a name that the bank's records cannot supply; the message says which.
    """
    _apart(feature_set.names)
    asked = [_asked(request) for _, request in pairs]
    needed = {name for feature in feature_set.names for name in INPUTS[feature]}
    inputs = {
        name: _column([row[name] for row in asked] if name in _REQUEST else [getattr(p, name) for p, _ in pairs])
        for name in needed
    }
    found = derive(inputs, feature_set.names)
    return {
        spec.name: found[spec.name] if spec.kind == "number" else _text_column(found[spec.name].tolist())
        for spec in feature_set.features
    }


def columns_for(values: Sequence[Mapping[str, float | str | None]], feature_set: FeatureSet) -> Columns:
    """Rows of values as the columns a model reads, in the order of its feature set; shape (n,) each."""
    wanted = [spec.name for spec in feature_set.features if spec.kind == "number"]
    table = np.array([[row[name] for name in wanted] for row in values], dtype=np.float64)  # None becomes NaN
    numbers = iter(table.reshape(len(values), len(wanted)).T)
    return {
        spec.name: next(numbers) if spec.kind == "number" else _text_column([row[spec.name] for row in values])
        for spec in feature_set.features
    }


def columns_from_frame(frame: pd.DataFrame, feature_set: FeatureSet) -> Columns:
    """The columns of a data set's frame as a model reads them; shape (n,) each."""
    return {
        spec.name: frame[spec.name].to_numpy(dtype=np.float64)
        if spec.kind == "number"
        else _text_column(frame[spec.name].tolist())
        for spec in feature_set.features
    }


@lru_cache(maxsize=64)
def _apart(names: tuple[str, ...]) -> tuple[list[str], list[str]]:
    """Features of the person alone, and those that look at the request too. Raises InputError."""
    if missing := [name for name in names if name not in SUPPLIED]:
        raise _not_supplied(missing)
    own = [name for name in names if all(i in _APPLICANT for i in INPUTS[name])]
    return own, [name for name in names if name not in own]


def _asked(request: LoanRequest) -> dict[str, float | str]:
    security = request.collateral
    return {
        "amount": float(request.amount),
        "term_months": float(request.term_months),
        "collateral_value": _number(None if security is None else security.value),
        "purpose": request.product,
    }


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
    """NumPy's single numbers as Python's."""
    return {name: value.item() if isinstance(value, np.generic) else value for name, value in values.items()}


def _number(value: Any) -> Any:
    if isinstance(value, str):
        return value
    return np.nan if value is None else float(value)


def _column(values: Sequence[Any]) -> NDArray[Any]:
    """Facts of many people: text as objects, else numbers with NaN where not known."""
    if any(isinstance(value, str) for value in values):
        return np.array(values, dtype=object)
    return np.array([np.nan if value is None else float(value) for value in values])


def _text_column(values: Sequence[Any]) -> NDArray[np.object_]:
    column = np.empty(len(values), dtype=object)
    column[:] = [v if isinstance(v, str) else None for v in values]
    return column


def _not_supplied(names: Sequence[str]) -> InputError:
    near = difflib.get_close_matches(names[0], sorted(SUPPLIED), n=1)
    hint = f"; the nearest one they hold is {near[0]}" if near else ""
    return InputError(
        f"the bank's records cannot supply {', '.join(names)}{hint}", code="feature_not_supplied", field=names[0],
        found=", ".join(names), expected="features that the records hold",
        do="Train on a data set mapped onto what the bank knows, or add the field to its records.",
    )  # fmt: skip
