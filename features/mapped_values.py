"""Turns the values of a column into numbers, words or days, as a mapping says."""

# pyright: reportArgumentType=false, reportAttributeAccessIssue=false, reportReturnType=false, reportCallIssue=false
# pyright: reportOptionalMemberAccess=false, reportGeneralTypeIssues=false
# (the types that pandas ships cannot tell a column from a frame)

from __future__ import annotations

from collections.abc import Mapping as PairsBy
from typing import TYPE_CHECKING, Any

import numpy as np

from features.dataset import DataFinding
from features.findings import critical, percent, warning
from features.mapping import FieldRule, as_text
from features.read_days import read_days
from features.read_numbers import LARGEST, can_be_held, read_numbers
from lending.domain.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

Pairs = PairsBy[str, tuple[str, ...]]
UNREADABLE_MAX = 0.02
"""Share of values that may be no number before a field stops training."""


def texts(series: pd.Series) -> pd.Series:
    """Values as mappings compare them: text, None where missing or blank."""
    import pandas as pd

    if pd.api.types.is_bool_dtype(series) and not series.isna().any():
        return series.astype("int8").astype(str).astype(object)
    codes, values = pd.factorize(series, use_na_sentinel=True)
    if pd.api.types.is_integer_dtype(values):
        words: list[str | None] = [str(v) for v in values.tolist()]
    else:
        words = [as_text(v) or None for v in values]
    looked_up = np.empty(len(words) + 1, dtype=object)
    looked_up[:-1], looked_up[-1] = words, None
    return pd.Series(looked_up[codes], index=series.index, dtype=object)


def without_markers(frame: pd.DataFrame, everywhere: tuple[str, ...], by_column: Pairs) -> pd.DataFrame:
    """The frame with every value that means "not known" made missing.

    Args:
        frame: columns as in the file.
        everywhere: such values of every column, as text.
        by_column: such values of one column.
    """
    changed = {}
    for name in frame:
        markers = (*everywhere, *by_column.get(name, ()))
        if markers and (hit := _is_marker(frame[name], markers)).any():
            changed[name] = frame[name].mask(hit)
    return frame.assign(**changed) if changed else frame


def _is_marker(column: pd.Series, markers: tuple[str, ...]) -> pd.Series:
    import pandas as pd

    if not pd.api.types.is_numeric_dtype(column) or pd.api.types.is_bool_dtype(column):
        return texts(column).isin(markers)
    numbers = pd.to_numeric(pd.Series(markers, dtype=object), errors="coerce").dropna().astype("float64")
    return column.isin(numbers.tolist())


def parse_days(series: pd.Series, form: str | None, place: str) -> pd.Series:
    """Days as datetime64; NaT where blank. Raises InputError as `read_days` does."""
    return read_days(series, form, place).days


def field_values(rule: FieldRule, column: pd.Series, days: pd.Series | None, word: str, is_number: bool) -> tuple[
    pd.Series, list[DataFinding]
]:  # fmt: skip
    """A word of the contract from its column: float64 or text, one value a row, and what was odd about it."""
    if rule.months_before:
        return _months_before(rule, column, days, word), []
    words = _mapped(rule, column) if rule.strip or rule.map or not is_number else column
    if not is_number:
        filled = words if rule.empty is None else words.where(words.notna(), str(rule.empty))
        return filled.astype(object), []
    numbers, findings = to_numbers(words, word, rule.column)
    numbers, too_large = held(numbers / (100.0 if rule.percent else 1.0) / rule.divide * rule.multiply, word)
    return (numbers if rule.empty is None else numbers.fillna(float(rule.empty))), [*findings, *too_large]


def to_numbers(column: pd.Series, word: str, source: str) -> tuple[pd.Series, list[DataFinding]]:
    """Float64 of a column; what is no number becomes missing, with a finding that says how often."""
    import pandas as pd

    if pd.api.types.is_numeric_dtype(column):
        return column.astype("float64"), []
    numbers, guessed = read_numbers(column)
    words = texts(column)
    bad = numbers.isna() & words.notna()
    findings = comma_guessed(word, words) if guessed else []
    if not bad.any():
        return numbers, findings
    share, example = float(bad.mean()), str(words[bad].iloc[0])
    make = critical if share > UNREADABLE_MAX else warning
    found = f"{int(bad.sum())} values ({percent(share)}) such as {example!r}"
    do = f"Write {word}: {{column: {source}, strip: …}}, map them, or name them under missing."
    return numbers, [*findings, make("type", word, found, "numbers", do)]


def held(numbers: pd.Series, name: str) -> tuple[pd.Series, list[DataFinding]]:
    """Numbers without those that no model can hold, with a finding that counts them."""
    beyond = numbers.notna() & ~can_be_held(numbers.to_numpy())
    if not beyond.any():
        return numbers, []
    found = f"{int(beyond.sum())} values such as {numbers[beyond].iloc[0]:g}"
    do = "They count as missing; correct them, or name them under missing."
    return numbers.mask(beyond), [warning("range", name, found, f"numbers up to {LARGEST:.2g} in size", do)]


def comma_guessed(name: str, words: pd.Series) -> list[DataFinding]:
    """The finding for a column of numbers whose commas may mark thousands or decimals."""
    example = next(w for w in words.dropna() if "," in w)
    found = f"values such as {example}, whose comma may mark thousands or decimals; read as thousands"
    limit, do = "numbers that can be read in one way", 'If decimals: decimal: "," under source.'
    return [warning("type", name, found, limit, do)]


def _mapped(rule: FieldRule, column: pd.Series) -> pd.Series:
    words = texts(column)
    if rule.strip:
        words = words.map(lambda w: as_text(w.replace(rule.strip.strip() or rule.strip, "")), na_action="ignore")
    changes = {key: None if value is None else as_text(value) for key, value in rule.map}
    changed = [changes.get(w, w) for w in words]
    return type(words)([w or None for w in changed], index=words.index, dtype=object)


def _months_before(rule: FieldRule, column: pd.Series, days: pd.Series | None, word: str) -> pd.Series:
    if days is None:
        raise InputError(
            f"fields.{word} counts months before the decision, but the mapping has no date", code="mapping",
            field=f"fields.{word}.months_before", found="no date", expected="a date section", do="Add date.",
        )  # fmt: skip
    start = parse_days(column, None, f"fields.{word}")
    months = (days.dt.year - start.dt.year) * 12 + (days.dt.month - start.dt.month)
    months = months - (days.dt.day < start.dt.day)
    values: Any = months.astype("float64")
    return values if rule.empty is None else values.fillna(float(rule.empty))
