"""Columns that a mapping does not name: numbers and categories become extra features, the rest is left out."""

# pyright: reportArgumentType=false, reportAttributeAccessIssue=false, reportReturnType=false, reportCallIssue=false
# pyright: reportOptionalMemberAccess=false, reportGeneralTypeIssues=false
# (the types that pandas ships cannot tell a column from a frame)

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from features.dataset import DataFinding
from features.feature_sets import Kind
from features.findings import warning
from features.mapped_values import comma_guessed, held, texts
from features.read_days import looks_like_days
from features.read_numbers import read_numbers

if TYPE_CHECKING:
    import pandas as pd

    _Typed = tuple[tuple[Kind, pd.Series] | None, list[DataFinding]]
    """Kind and values, None for a column that is left out; and what was odd."""

NUMBERS_SHARE = 0.98
"""Share of the values that must be numbers for a text column to be one."""
UNIQUE_SHARE = 0.5
"""Share of different texts from which a column is an id or free text."""
FREE_TEXT_CHARS = 60
FEWEST_ROWS = 50
_NO_UNIT = r"[^A-Za-z]|(?<=[\d.])[eE](?=[-+]?\d)|(?<=\d)[kKmM]$"
"""All but the letters of a unit: signs, digits, and those of 1e5, 25k and 1m."""


def extra_columns(extras: pd.DataFrame) -> tuple[dict[str, tuple[Kind, pd.Series]], list[DataFinding]]:
    """Each extra column as a feature (kind and values), and findings: for each that is left out, and odd values."""
    kept: dict[str, tuple[Kind, pd.Series]] = {}
    findings: list[DataFinding] = []
    for name in extras.columns:
        feature, odd = _typed(name, extras[name])
        findings += odd
        if feature is not None:
            kept[name] = feature
    return kept, findings


def _typed(name: str, column: pd.Series) -> _Typed:
    import pandas as pd

    if column.nunique(dropna=True) <= 1 and not _sometimes_missing(column):
        return None, [left_out_constant(name, column)]
    if pd.api.types.is_numeric_dtype(column):
        return _number(name, column.astype("float64"))
    if looks_like_days(column) is not None:
        do = "Left out; map it with months_before: date."
        return None, [warning("type", name, "days", "a number or a category", do)]
    return _number_or_category(name, texts(column))


def left_out_constant(name: str, column: pd.Series) -> DataFinding:
    """The finding for a column that tells no loans apart."""
    found = f"only {column.dropna().iloc[0]}" if column.notna().any() else "no value at all"
    return warning("constant", name, found[:60], "at least two values", "Left out.")


def _sometimes_missing(column: pd.Series) -> bool:
    return bool(column.isna().any() and column.notna().any())


def _number_or_category(name: str, words: pd.Series) -> _Typed:
    numbers, guessed = read_numbers(words)
    if numbers.notna().sum() < NUMBERS_SHARE * words.notna().sum() or not _one_unit(words[numbers.notna()]):
        return _category(name, words)
    feature, odd = _number(name, numbers)
    return feature, [*odd, *(comma_guessed(name, words) if guessed else [])]


def _one_unit(words: pd.Series) -> bool:
    """Whether all letters are the same, such as USD: AB1 and CD1 are codes and not one number."""
    units = words.drop_duplicates().str.replace(_NO_UNIT, "", regex=True)
    return units[units != ""].nunique() <= 1


def _number(name: str, numbers: pd.Series) -> _Typed:
    known, too_large = held(numbers, name)
    values = known.to_numpy()
    whole = not np.isnan(values).any() and bool((values == np.floor(values)).all())
    if len(values) >= FEWEST_ROWS and whole and known.is_unique:
        return None, [warning("type", name, "a different whole number for each loan", "a fact", "Left out as an id.")]
    return ("number", known), too_large


def _category(name: str, words: pd.Series) -> _Typed:
    present = words.dropna()
    different = present.nunique() / len(present)
    if len(present) >= FEWEST_ROWS and different > UNIQUE_SHARE:
        return None, [warning("type", name, f"{present.nunique()} different texts", "few texts", "Left out as an id.")]
    if present.str.len().mean() > FREE_TEXT_CHARS:
        return None, [warning("type", name, "long texts", "short words", "Left out as free text.")]
    return ("category", words), []
