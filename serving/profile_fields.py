"""Which figures the bank holds about a person: units, sources and what may be stated for each; kb/profile.yaml."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any, cast

from lending.domain.application import Applicant
from lending.domain.days import day_from
from lending.domain.errors import InputError
from lending.domain.money import money, money_text, plain
from lending.yaml_text import read_tree

FILE = "profile.yaml"
STATED = "you"
"""The source of what a customer states."""
_WHOLE = ("points", "months", "count")


@dataclass(frozen=True, slots=True)
class ProfileField:
    """One figure.

    Attributes:
        unit: currency, fraction, points, months, count, date or choice.
        low, high: what may be stated, for numbers.
    """

    name: str
    group: str
    unit: str
    source: Mapping[str, str]
    choices: tuple[str, ...] = ()
    low: Decimal = Decimal(0)
    high: Decimal = Decimal(0)

    def source_for(self, person: Applicant) -> str:
        """Where the figure comes from for this person."""
        return self.source.get(person.employment_status, self.source["other"])

    def shown(self, value: Any) -> str | int | None:
        """A value of the record as JSON has it."""
        if value is None or isinstance(value, int):
            return value
        if isinstance(value, Decimal):
            return money_text(money(str(value))) if self.unit == "currency" else plain(value)
        return str(value)

    def read(self, stated: str) -> Any:
        """The record's value for a text that somebody typed.

        Raises:
            InputError: it is no such value, or out of range.
        """
        try:
            return self._read(stated.strip())
        except (ValueError, ArithmeticError, InputError):
            raise InputError(
                f"{self.name} cannot be {stated[:40]!r}", code="stated", field="stated", found=stated[:40] or "nothing",
                expected=self._expected(), do="Write it that way.",
            ) from None  # fmt: skip

    def _read(self, text: str) -> Any:
        if self.unit == "choice":
            return self.choices[self.choices.index(text)]
        if self.unit == "date":
            return day_from(text)
        number = money(text) if self.unit == "currency" else Decimal(text)
        if not self.low <= number <= self.high or (self.unit in _WHOLE and number != int(number)):
            raise ValueError(text)
        return int(number) if self.unit in _WHOLE else Decimal(number)

    def _expected(self) -> str:
        if self.unit == "choice":
            return f"one of {', '.join(self.choices)}"
        if self.unit == "date":
            return "a date such as 1990-05-31"
        kind = "a whole number" if self.unit in _WHOLE else "a number"
        return f"{kind} from {self.low} to {self.high}"


@dataclass(frozen=True, slots=True)
class ProfileFields:
    """All figures in the order in which they are shown, and names of sources by language."""

    fields: Mapping[str, ProfileField]
    sources: Mapping[str, Mapping[str, str]]

    def field(self, name: str) -> ProfileField:
        """One by name. Raises InputError for a name that is none."""
        found = self.fields.get(name)
        if found is None:
            raise InputError(
                f"there is no figure {name[:40]!r}", code="field", field="field", found=name[:40],
                expected=", ".join(self.fields), do="Choose one of these.",
            )  # fmt: skip
        return found

    def source_name(self, source: str, language: str = "en") -> str:
        """A source as people read it."""
        names = self.sources[source]
        return names.get(language, names["en"])


@lru_cache(maxsize=4)
def profile_fields(kb: Path) -> ProfileFields:
    """The figures of kb/profile.yaml. Raises PolicyError when the file is wrong."""
    tree = cast("Mapping[str, Any]", read_tree(FILE, (kb / FILE).read_text(encoding="utf-8")))
    return ProfileFields({name: _field(name, entry) for name, entry in tree["fields"].items()}, tree["sources"])


def _field(name: str, entry: Mapping[str, Any]) -> ProfileField:
    source = entry["source"] if isinstance(entry["source"], Mapping) else {"other": entry["source"]}
    low, high = (Decimal(entry.get(end, "0")) for end in ("low", "high"))
    return ProfileField(name, entry["group"], entry["unit"], source, tuple(entry.get("choices", ())), low, high)
