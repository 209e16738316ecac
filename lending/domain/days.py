"""A day as people and programs write it to us."""

from __future__ import annotations

import re
from datetime import date

_WRITTEN = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def day_from(text: object) -> date:
    """The day of a text in the one form that is taken, YYYY-MM-DD; ISO 8601 knows weeks and shorter forms too.

    Raises:
        ValueError: it is no such text, or no day of the calendar.

    >>> day_from("2028-02-29")
    datetime.date(2028, 2, 29)
    """
    if not isinstance(text, str) or not _WRITTEN.fullmatch(text):
        raise ValueError(text)
    return date.fromisoformat(text)
