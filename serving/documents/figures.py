"""Figures of a paper: what stands behind or below a label, read by its form."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from serving.documents.lines import Line, Reading, Word
from serving.documents.recognise import normal
from serving.documents.rules import Figure

_MONTHS = {
    month: number
    for number, months in enumerate(
        ("january jan", "february feb", "march mar", "april apr", "may", "june jun", "july jul", "august aug",
         "september sept sep", "october oct", "november nov", "december dec"), start=1)
    for month in months.split()
}  # fmt: skip
_NUMBER = re.compile(r"\d[\d.,']*")
_ISO = re.compile(r"\b(\d{4})-(\d{2})-(\d{2})\b")
_DAY_MONTH = re.compile(r"\b(\d{1,2})(?:st|nd|rd|th)?\s*[.-]?\s*([A-Za-z]{3,9})[.,]?\s+(\d{4})\b")
_MONTH_DAY = re.compile(r"\b([A-Za-z]{3,9})\.?\s+(\d{1,2})(?:st|nd|rd|th)?,?\s+(\d{4})\b")
_SLASHES = re.compile(r"\b(\d{1,2})[/.](\d{1,2})[/.](\d{4})\b")
_MOST_TEXT = 80


class Found(NamedTuple):
    """A figure as plain text (money and numbers with a point, days as ISO) and its confidence, 0 to 1."""

    value: str
    confidence: Decimal


def read_figures(reading: Reading, figures: Mapping[str, Figure], *, day_first: bool) -> dict[str, Found]:
    """Those figures that are there.

    Args:
        reading: of the paper.
        figures: of its kind.
        day_first: whether 03/04/2026 is in April.
    """
    labels = [normal(label).split() for figure in figures.values() for label in figure.labels]
    found = {name: _read(reading.lines, figure, labels, day_first=day_first) for name, figure in figures.items()}
    return {name: one for name, one in found.items() if one is not None}


def _read(lines: Sequence[Line], figure: Figure, labels: Sequence[Sequence[str]], *, day_first: bool) -> Found | None:
    for label in figure.labels:
        for behind in _behind(lines, normal(label).split(), labels):
            value = _value(" ".join(word.text for word in behind), figure.form, day_first=day_first)
            if value is not None:
                return Found(value, _confidence(behind, figure.form))
    return None


def _behind(lines: Sequence[Line], label: Sequence[str], labels: Sequence[Sequence[str]]) -> Iterator[Line]:
    """Words that follow a label on its line, or else stand on the next one; labels that begin a line come first."""
    for first in (True, False):
        for number, line in enumerate(lines):
            words = [normal(word.text).strip() for word in line]
            for place in range(len(words) - len(label) + 1):
                if (place == 0) != first or words[place : place + len(label)] != list(label):
                    continue
                rest = _until_label(line[place + len(label) :], labels)
                yield rest or (lines[number + 1] if number + 1 < len(lines) else ())


def _until_label(line: Line, labels: Sequence[Sequence[str]]) -> Line:
    """A line up to the next label on it, without the colon that it may begin with."""
    line = line[1:] if line and not normal(line[0].text).strip() else line
    words = [normal(word.text).strip() for word in line]
    cuts = [
        p for p in range(1, len(words)) for label in labels if len(label) > 1 and words[p : p + len(label)] == label
    ]
    return line[: min(cuts, default=len(line))]


def _confidence(words: Sequence[Word], form: str) -> Decimal:
    """Of the word that tells least: for money and numbers the one with the figure."""
    telling = [word for word in words if _NUMBER.search(word.text)][:1] if form in ("money", "number") else words
    return Decimal(str(min(word.confidence for word in telling or words))).quantize(Decimal("0.01"))


def _value(text: str, form: str, *, day_first: bool) -> str | None:
    if form in ("money", "number"):
        number = number_in(text)
        return None if number is None else str(number)
    if form == "date":
        day = day_in(text, day_first=day_first)
        return None if day is None else day.isoformat()
    shown = text.strip(" :|")[:_MOST_TEXT]
    return shown if any(map(str.isalpha, shown)) else None


def number_in(text: str) -> Decimal | None:
    """The first number of a text; its last separator is the decimal one when one or two digits follow it.

    >>> [str(number_in(text)) for text in ("$6,500.00", "6.500,5 EUR", "12 000", "1,234,567", "22K")]
    ['6500.00', '6500.5', '12', '1234567', '22']
    """
    found = _NUMBER.search(text)
    if found is None:
        return None
    whole, separator, cents = re.fullmatch(r"(.*?)(?:([.,])(\d{1,2}))?", found.group().rstrip(".,'")).groups()  # type: ignore[union-attr]
    digits = re.sub(r"\D", "", whole)
    return Decimal(f"{digits}.{cents}" if separator else digits)


def day_in(text: str, *, day_first: bool) -> date | None:
    """The first day that a text names; None where it names none that exists."""
    forms: tuple[tuple[re.Pattern[str], Callable[[str, str, str], tuple[str | int, ...]]], ...] = (
        (_ISO, lambda y, m, d: (y, m, d)),
        (_DAY_MONTH, lambda d, m, y: (y, _MONTHS.get(m.casefold(), 0), d)),
        (_MONTH_DAY, lambda m, d, y: (y, _MONTHS.get(m.casefold(), 0), d)),
        (_SLASHES, lambda a, b, y: (y, b, a) if day_first or int(a) > len(set(_MONTHS.values())) else (y, a, b)),
    )
    for pattern, order in forms:
        for found in pattern.finditer(text):
            year, month, day = map(int, order(*found.groups()))
            try:
                return date(year, month, day)
            except ValueError:
                continue
    return None
