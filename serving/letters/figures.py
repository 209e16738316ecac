"""Figures of a letter: the value, its text in the market's locale, and where in the record it comes from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from lending.domain.money import money_text, plain
from serving.formats import Formats

Figure = dict[str, str]
"""`value` as in the record, `text` as the reader sees it, `source`: a path into the record (`terms.apr`), into the
policy of its day (`policy.late_fee`), into the words (`letters.answer.days`), or `computed: ` and from what."""

Sentence = dict[str, object]
"""`text`, and the `figures` that stand in it by name."""

Line = dict[str, object]
"""A figure with its `label`, and the figures `in_label` if there are any."""


@dataclass(frozen=True, slots=True)
class Scribe:
    """Writes values down as figures."""

    formats: Formats

    def money(self, value: Decimal, source: str) -> Figure:
        """An amount, always with its cents."""
        return _figure(money_text(value), self.formats.money(value), source)

    def rate(self, value: Decimal, source: str) -> Figure:
        """A fraction a year, as percent with two decimals."""
        return _figure(plain(value), self.formats.rate(value), source)

    def months(self, count: int, source: str) -> Figure:
        """A time in years and months."""
        return _figure(str(count), self.formats.months(count), source)

    def days(self, count: int, source: str) -> Figure:
        """A time in days."""
        return _figure(str(count), self.formats.days(count), source)

    def number(self, count: int, source: str) -> Figure:
        """A count or a score."""
        return _figure(str(count), self.formats.number(count), source)

    def day(self, value: date, source: str) -> Figure:
        """A date in words."""
        return _figure(value.isoformat(), self.formats.day(value), source)


def words(text: str, source: str) -> Figure:
    """Words of the record or the policy, as they are."""
    return _figure(text, text, source)


def row(label: str, figure: Figure, **in_label: Figure) -> Line:
    """A line of a table; figures that stand in the label's own places go with it."""
    line: Line = {"label": label, **figure}
    if in_label:
        line |= {"label": say(label, **in_label)["text"], "in_label": in_label}
    return line


def say(template: str, **figures: Figure) -> Sentence:
    """A sentence with its figures in their places."""
    return {"text": template.format(**{name: f["text"] for name, f in figures.items()}), "figures": figures}


def _figure(value: str, text: str, source: str) -> Figure:
    return {"value": value, "text": text, "source": source}
