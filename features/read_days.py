"""Days as files hold them: many formats, two in one column, counts of seconds, a spreadsheet's own numbers."""

# pyright: reportArgumentType=false, reportAttributeAccessIssue=false, reportReturnType=false, reportCallIssue=false
# pyright: reportOptionalMemberAccess=false, reportGeneralTypeIssues=false
# (the types that pandas ships cannot tell a column from a frame)

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from features.dataset import DataFinding
from features.findings import passed, percent, warning
from lending.domain.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

ISO = "%Y-%m-%d"
FORMATS = (
    ISO, "%b-%Y", "%b-%y", "%m/%d/%Y", "%d/%m/%Y", "%Y%m%d", "%Y-%m", "%Y/%m/%d", "%d.%m.%Y", "%d-%b-%Y", "%d-%b-%y",
    "%d-%m-%Y", "%m-%d-%Y", "%Y.%m.%d", "%d %b %Y", "%d %B %Y", "%b %d, %Y", "%B %d, %Y", "%b %Y", "%B %Y", "%m/%Y",
    "%m/%d/%y", "%d/%m/%y", "%d.%m.%y", "%y-%b",
)  # fmt: skip
_TWINS = {"%m/%d/%Y": "%d/%m/%Y", "%m-%d-%Y": "%d-%m-%Y", "%m/%d/%y": "%d/%m/%y"}
_TWINS |= {second: first for first, second in _TWINS.items()}
NUMBERED = {
    "epoch": ("s", "1970-01-01", 3e8, 4.2e9),
    "epoch_ms": ("ms", "1970-01-01", 3e11, 4.2e12),
    "excel": ("D", "1899-12-30", 20_000, 60_000),
}
"""Days counted by numbers: unit, first day, least and most that is believed (1979 to 2103; Excel 1954 to 2064)."""
UNREADABLE_MAX = 0.02
"""Share of values that may be no day before reading stops."""
_AMONG = 0.02
"""Least share of values that a second format must fit to be believed."""


@dataclass(frozen=True)
class DaysRead:
    """Days as datetime64, NaT where blank or unreadable, and what should be said about how they were read."""

    days: pd.Series
    findings: tuple[DataFinding, ...] = ()


def is_day_format(form: str) -> bool:
    """Whether days can be read by a format at all; of a day with a time zone nobody could say which day it is."""
    import pandas as pd

    if form in NUMBERED:
        return True
    try:
        pd.to_datetime(pd.Series(["no day"]), format=form, errors="coerce", exact=True)
    except (ValueError, re.error):
        return False
    return re.search("%[zZ]", form.replace("%%", "")) is None


def read_days(series: pd.Series, form: str | None, place: str) -> DaysRead:
    """The days of a column.

    Args:
        series: texts, numbers or days.
        form: as in strptime, or epoch, epoch_ms, excel; None finds it.
        place: for messages, ending in the column's name.

    Raises:
        InputError: more than 2 % do not fit; the message shows one and, if there is one, a format that fits all.
    """
    import pandas as pd

    if pd.api.types.is_datetime64_any_dtype(series):
        plain = series.dt.tz_localize(None) if series.dt.tz is not None else series
        return DaysRead(plain.astype("datetime64[s]"))
    codes, values = pd.factorize(series, use_na_sentinel=True)
    words = _words(values)
    weights = np.bincount(codes[codes >= 0], minlength=len(words)).astype(float)
    read, said = _by(words, weights, form, place)
    _refuse_unreadable(words, read, weights, form, place)
    found = pd.Series(np.append(read.to_numpy(), np.datetime64("NaT", "s"))[codes], index=series.index)
    return DaysRead(found.astype("datetime64[s]"), (*said, *_odd_ones(words, read, weights, place)))


def looks_like_days(series: pd.Series) -> pd.Series | None:
    """The days of a text column in which nearly every value is one, else None."""
    import pandas as pd

    if pd.api.types.is_datetime64_any_dtype(series):
        return read_days(series, None, "").days
    if pd.api.types.is_numeric_dtype(series) or not series.notna().any():
        return None
    head = pd.Series(series.dropna().unique()[:200])
    words = _words(head)
    if not words.str.contains(r"\d", regex=True).mean() > 1 - UNREADABLE_MAX:
        return None
    if _together(words, np.ones(len(words)))[0].notna().mean() < 0.95:
        return None
    try:
        return read_days(series, None, "").days
    except InputError:
        return None


def _words(values: object) -> pd.Series:
    """Trimmed texts; whole numbers without a point."""
    import pandas as pd

    from features.mapping import as_text

    return pd.Series([as_text(v) or None for v in values], dtype=object)


def _by(words: pd.Series, weights: np.ndarray, form: str | None, place: str) -> tuple[pd.Series, list[DataFinding]]:
    if form in NUMBERED:
        return _numbered(words, form), []
    if form is not None:
        return _parsed(words, form), []
    for name in NUMBERED:
        days = _numbered(words, name)
        if len(words) and days.notna().all():
            return days, [passed("date", _column(place), f"read as {name}", "days", f"To be sure: format: {name}.")]
    days, used = _together(words, weights)
    return days, _said(words, used, place)


def _numbered(words: pd.Series, name: str) -> pd.Series:
    import pandas as pd

    unit, origin, low, high = NUMBERED[name]
    numbers = pd.to_numeric(words, errors="coerce")
    inside = numbers.where(numbers.between(low, high))
    return pd.to_datetime(inside, unit=unit, origin=origin, errors="coerce").astype("datetime64[s]").dt.floor("D")


def _together(words: pd.Series, weights: np.ndarray) -> tuple[pd.Series, list[str]]:
    """The first format that fits all, else the fewest formats that together read the most; days and those used."""
    days = _parsed(words, ISO)
    used = [ISO] if days.notna().any() else []
    total = max(weights[words.notna().to_numpy()].sum(), 1.0)
    while (open_ones := (days.isna() & words.notna()).to_numpy()).any():
        rest = words[open_ones]
        fits = [(weights[open_ones][_parsed(rest, f).notna().to_numpy()].sum(), -n, f) for n, f in enumerate(FORMATS)]
        most, _, best = max(fits)
        if most < _AMONG * total and used:
            break
        if most == 0:
            break
        days = days.where(~open_ones, _parsed(words, best))
        used.append(best)
    return days, used


def _parsed(words: pd.Series, form: str) -> pd.Series:
    """Days by one format; a time of day behind an ISO day is cut off."""
    import pandas as pd

    if form == ISO:
        words = words.where(~words.astype("str").str.match(r"\d{4}-\d\d-\d\d[T ]\d"), words.astype("str").str[:10])
    return pd.to_datetime(words, format=form, errors="coerce", exact=True).astype("datetime64[s]")


def _said(words: pd.Series, used: list[str], place: str) -> list[DataFinding]:
    found = []
    column = _column(place)
    if len(used) > 1:
        limit, do = "one format", "Check some of them."
        found.append(warning("date", column, "days in several formats: " + " and ".join(used), limit, do))
    for form in used:
        twin = _TWINS.get(form)
        if twin and twin not in used:
            own = _parsed(words, form).notna()
            if _parsed(words[own], twin).notna().all():
                said = f"days that fit {form} and {twin} alike; read as {form}"
                do = f'Write format: "{form}" or format: "{twin}".'
                found.append(warning("date", column, said, "a day above 12 somewhere", do))
    return found


def _refuse_unreadable(words: pd.Series, read: pd.Series, weights: np.ndarray, form: str | None, place: str) -> None:
    bad = (read.isna() & words.notna()).to_numpy()
    if weights[bad].sum() <= UNREADABLE_MAX * max(weights.sum(), 1.0):
        return
    fits = [f for f in FORMATS if _parsed(words, f).notna().sum() == words.notna().sum()]
    fits += [n for n in NUMBERED if _numbered(words, n).notna().all()]
    example = str(words[bad].iloc[0])
    raise InputError(
        f"{place}: {int(weights[bad].sum())} of {int(weights.sum())} values do not fit the format {form or ISO}, "
        f"for example {example!r}" + (f"; {fits[0]} fits all" if fits else ""),
        code="date_format", field=place, found=example, expected=f"days written as {form or ISO}",
        do=f'Write format: "{fits[0]}".' if fits else "Correct the format, or the values.",
    )  # fmt: skip


def _odd_ones(words: pd.Series, read: pd.Series, weights: np.ndarray, place: str) -> list[DataFinding]:
    bad = (read.isna() & words.notna()).to_numpy()
    if not bad.any():
        return []
    said = f"{int(weights[bad].sum())} values that are no day, such as {str(words[bad].iloc[0])!r}"
    return [warning("date", _column(place), said, percent(UNREADABLE_MAX), "They count as missing.")]


def _column(place: str) -> str:
    return place.rpartition(" ")[2]
