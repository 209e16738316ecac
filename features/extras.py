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
from features.mapped_values import texts
from features.read_days import looks_like_days

if TYPE_CHECKING:
    import pandas as pd

NUMBERS_SHARE = 0.98
"""Share of the values that must be numbers for a text column to be one."""
UNIQUE_SHARE = 0.5
"""Share of different texts from which a column is an id or free text."""
FREE_TEXT_CHARS = 60
FEWEST_ROWS = 50


def extra_columns(extras: pd.DataFrame) -> tuple[dict[str, tuple[Kind, pd.Series]], list[DataFinding]]:
    """Each extra column as a feature (kind and values), and a finding for each that is left out."""
    kept: dict[str, tuple[Kind, pd.Series]] = {}
    findings: list[DataFinding] = []
    for name in extras.columns:
        found = _typed(name, extras[name])
        if isinstance(found, DataFinding):
            findings.append(found)
        else:
            kept[name] = found
    return kept, findings


def _typed(name: str, column: pd.Series) -> tuple[Kind, pd.Series] | DataFinding:
    import pandas as pd

    if column.nunique(dropna=True) <= 1 and not _sometimes_missing(column):
        return left_out_constant(name, column)
    if pd.api.types.is_numeric_dtype(column):
        return _number(name, column.astype("float64"))
    if looks_like_days(column) is not None:
        return warning("type", name, "days", "a number or a category", "Left out; map it with months_before: date.")
    words = texts(column)
    numbers = pd.to_numeric(words, errors="coerce").astype("float64")
    if numbers.notna().sum() >= NUMBERS_SHARE * words.notna().sum():
        return _number(name, numbers)
    return _category(name, words)


def left_out_constant(name: str, column: pd.Series) -> DataFinding:
    """The finding for a column that tells no loans apart."""
    found = f"only {column.dropna().iloc[0]}" if column.notna().any() else "no value at all"
    return warning("constant", name, found[:60], "at least two values", "Left out.")


def _sometimes_missing(column: pd.Series) -> bool:
    return bool(column.isna().any() and column.notna().any())


def _number(name: str, numbers: pd.Series) -> tuple[Kind, pd.Series] | DataFinding:
    values = numbers.to_numpy()
    whole = not np.isnan(values).any() and bool((values == np.floor(values)).all())
    if len(values) >= FEWEST_ROWS and whole and numbers.is_unique:
        return warning("type", name, "a different whole number for each loan", "a fact", "Left out as an id.")
    return "number", numbers.where(np.isfinite(values))


def _category(name: str, words: pd.Series) -> tuple[Kind, pd.Series] | DataFinding:
    present = words.dropna()
    different = present.nunique() / len(present)
    if len(present) >= FEWEST_ROWS and different > UNIQUE_SHARE:
        return warning("type", name, f"{present.nunique()} different texts", "few texts", "Left out as an id.")
    if present.str.len().mean() > FREE_TEXT_CHARS:
        return warning("type", name, "long texts", "short words", "Left out as free text.")
    return "category", words
