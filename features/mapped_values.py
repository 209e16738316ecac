"""Turns the values of a column into numbers, words or days, as a mapping says."""

# pyright: reportArgumentType=false, reportAttributeAccessIssue=false, reportReturnType=false, reportCallIssue=false
# pyright: reportOptionalMemberAccess=false, reportGeneralTypeIssues=false
# (the types that pandas ships cannot tell a column from a frame)

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from features.dataset import DataFinding
from features.findings import critical, percent, warning
from features.mapping import FieldRule, as_text
from lending.domain.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

FORMATS = ("%Y-%m-%d", "%b-%Y", "%b-%y", "%m/%d/%Y", "%d/%m/%Y", "%Y%m%d", "%Y-%m", "%Y/%m/%d", "%d.%m.%Y", "%d-%b-%Y")
UNREADABLE_MAX = 0.02
"""Share of values that may be no number before a field stops training."""


def texts(series: pd.Series) -> pd.Series:
    """Values as mappings compare them: text, None where missing or blank."""
    import pandas as pd

    codes, values = pd.factorize(series, use_na_sentinel=True)
    words = [as_text(v) or None for v in values]
    return pd.Series([words[c] if c >= 0 else None for c in codes], index=series.index, dtype=object)


def without_markers(frame: pd.DataFrame, markers: tuple[str, ...]) -> pd.DataFrame:
    """The frame with every value that means "not known" made missing."""
    if not markers:
        return frame
    return frame.apply(lambda column: column.mask(texts(column).isin(markers)))


def parse_days(series: pd.Series, form: str | None, place: str) -> pd.Series:
    """Days as datetime64; NaT where blank.

    Raises:
        InputError: a value does not fit; the message shows one and, if there is one, a format that fits all.
    """
    import pandas as pd

    if pd.api.types.is_datetime64_any_dtype(series):
        return series.dt.tz_localize(None) if series.dt.tz is not None else series
    words = texts(series)
    days = _days(words, form or "%Y-%m-%d")
    bad = days.isna() & words.notna()
    if not bad.any():
        return days
    fits = [f for f in FORMATS if _days(words, f).notna().sum() == words.notna().sum()]
    if form is None and fits:
        return _days(words, fits[0])
    example = str(words[bad].iloc[0])
    raise InputError(
        f"{place}: {int(bad.sum())} of {len(words)} values do not fit the format {form or '%Y-%m-%d'}, "
        f"for example {example!r}" + (f"; {fits[0]} fits all" if fits else ""),
        code="date_format", field=place, found=example, expected=f"days written as {form or '%Y-%m-%d'}",
        do=f'Write format: "{fits[0]}".' if fits else "Correct the format, or the values.",
    )  # fmt: skip


def looks_like_days(series: pd.Series) -> pd.Series | None:
    """The days of a text column in which nearly every value is one, else None."""
    import pandas as pd

    if pd.api.types.is_datetime64_any_dtype(series):
        return parse_days(series, None, "")
    if pd.api.types.is_numeric_dtype(series) or not series.notna().any():
        return None
    words = texts(series)
    head = words.dropna().head(200)
    for form in FORMATS:
        if _days(head, form).notna().mean() > 0.95:
            return _days(words, form)
    return None


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
    numbers, findings = to_numbers(words, word, rule.column, strip_percent=rule.percent)
    numbers = numbers / (100.0 if rule.percent else 1.0) / rule.divide * rule.multiply
    return (numbers if rule.empty is None else numbers.fillna(float(rule.empty))), findings


def to_numbers(column: pd.Series, word: str, source: str, *, strip_percent: bool) -> tuple[
    pd.Series, list[DataFinding]
]:  # fmt: skip
    """Float64 of a column; what is no number becomes missing, with a finding that says how often."""
    import pandas as pd

    if pd.api.types.is_numeric_dtype(column):
        return column.astype("float64"), []
    words = texts(column)
    cleaned = words.str.removesuffix("%").str.strip() if strip_percent and words.notna().any() else words
    numbers = pd.to_numeric(cleaned, errors="coerce").astype("float64")
    bad = numbers.isna() & words.notna()
    if not bad.any():
        return numbers, []
    share, example = float(bad.mean()), str(words[bad].iloc[0])
    make = critical if share > UNREADABLE_MAX else warning
    found = f"{int(bad.sum())} values ({percent(share)}) such as {example!r}"
    return numbers, [make("type", word, found, "numbers", f"Write {word}: {{column: {source}, strip: …}} or map them.")]


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


def _days(words: pd.Series, form: str) -> pd.Series:
    import pandas as pd

    return pd.to_datetime(words, format=form, errors="coerce").astype("datetime64[s]")
