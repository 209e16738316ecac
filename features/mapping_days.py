"""The days that a mapping names: how a column writes them, and which of them are used."""

from __future__ import annotations

from datetime import date

from features.mapping_reader import Place
from features.read_days import NUMBERED, is_day_format


def day_format(day: Place) -> str | None:
    """How the days of a section are written; None leaves it to the file."""
    form = day.text("format")
    if form and not is_day_format(form):
        expected = f"a format of strptime without a time zone, such as %d.%m.%Y, or {', '.join(NUMBERED)}"
        raise day.wrong("format", form, expected, "Correct it, or leave it out: usual formats are found.")
    return form or None


def day_range(place: Place) -> tuple[str | None, str | None]:
    """First and last day that are used, in that order."""
    first, last = day_of(place, "from"), day_of(place, "to")
    if first and last and first > last:
        raise place.wrong("from", first, f"a day up to {place.at('to')}, which is {last}", "Exchange the two.")
    return first, last


def day_of(place: Place, key: str) -> str | None:
    """A day as YYYY-MM-DD; None where the key is absent."""
    value = place.data.get(key)
    if value is None or isinstance(value, date):
        return None if value is None else str(value)[:10]
    try:
        return date.fromisoformat(str(value)).isoformat()
    except ValueError:
        raise place.wrong(key, value, "a day such as 2010-01-01", "Write year, month, day.") from None
