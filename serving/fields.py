"""Reads typed fields out of parsed JSON and gathers everything that is wrong, so that one answer names it all."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
from decimal import Decimal

from lending.domain.errors import InputError
from lending.domain.money import Money, money

_NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]{1,4})?")
_MAX_NUMBER_CHARS = 40

FieldError = dict[str, str]
"""`{field, found, expected, do}`, as the API lists them."""


class BodyError(InputError):
    """A body that is not taken.

    Attributes:
        errors: everything that is wrong with it, one `{field, found, expected, do}` each; never empty.
    """

    def __init__(self, message: str, errors: list[FieldError] | None = None, **parts: str) -> None:
        super().__init__(message, **parts)
        own = self.as_dict()
        self.errors: list[FieldError] = errors or [{k: own[k] for k in ("field", "found", "expected", "do")}]


class MalformedBody(BodyError):  # noqa: N818 - named as the contract names it
    """Not JSON as RFC 8259 and I-JSON mean it: broken text, a key twice, NaN, half a character, too deep (HTTP 400)."""


class TooLarge(BodyError):  # noqa: N818
    """More bytes than are read (HTTP 413)."""


class InvalidBody(BodyError):  # noqa: N818
    """JSON, but not what is asked for (HTTP 422); `errors` lists every field at fault at once."""


class Fields:
    """A reader of one object: each call reads a field and notes what is wrong; `check` raises it all at once."""

    def __init__(
        self, data: Mapping[str, object], known: Sequence[str], prefix: str = "", errors: list[FieldError] | None = None
    ) -> None:
        self._data, self._prefix = data, prefix
        self.errors: list[FieldError] = [] if errors is None else errors
        for name in data:
            if name not in known:
                near = difflib.get_close_matches(str(name), known, n=1)
                do = f"Did you mean {near[0]}?" if near else f"Leave it out; known are {', '.join(known)}."
                self.wrong(shown(name), "an unknown field", f"only {', '.join(known)}", do)

    def wrong(self, name: str, found: str, expected: str, do: str) -> None:
        """Note one fault of a field."""
        self.errors.append({"field": f"{self._prefix}{name}", "found": found, "expected": expected, "do": do})

    def check(self) -> None:
        """Raise InvalidBody when anything was wrong."""
        if self.errors:
            first = self.errors[0]
            text = "; ".join(f"{e['field']} is {e['found']}, expected {e['expected']}" for e in self.errors)
            raise InvalidBody(text, self.errors, **first)

    def has(self, name: str) -> bool:
        """True when the field is there and not null."""
        return self._data.get(name) is not None

    def text(self, name: str, expected: str, most: int, pattern: str = ".*", *, optional: bool = False) -> str:
        """Text of 1 to `most` characters that fits the pattern; "" when it is absent or wrong."""
        value = self._data.get(name)
        if value is None:
            if not optional:
                self.wrong(name, "null" if name in self._data else "missing", expected, f"Add {name}.")
            return ""
        if isinstance(value, str) and 0 < len(value) <= most and re.fullmatch(pattern, value, re.DOTALL):
            return value
        self.wrong(name, kind_of(value) if value != "" else "empty text", expected, f"Correct {name}.")
        return ""

    def texts(self, name: str, expected: str, most: int, longest: int, pattern: str) -> tuple[str, ...]:
        """An optional list of up to `most` different texts that fit the pattern; empty when absent or wrong."""
        value = self._data.get(name)
        if value is None:
            return ()
        if isinstance(value, list):
            found = [v for v in value if isinstance(v, str) and len(v) <= longest and re.fullmatch(pattern, v)]
            if len(value) == len(set(found)) <= most:
                return tuple(found)
        self.wrong(name, kind_of(value), f"a list of at most {most} {expected}, each once", f"Correct {name}.")
        return ()

    def amount(self, name: str) -> Money | None:
        """Money above zero from a JSON number or its text: at most two places and 15 digits; None when wrong."""
        expected = "an amount above zero with at most two decimal places and 15 digits"
        text = self._number_text(name, expected)
        if text is None:
            return None
        try:
            value = money(text, name)
        except InputError:
            value = None
        if value is None or value <= 0:
            self.wrong(name, shown(text), expected, 'Write it like "12500.00".')
            return None
        return value

    def decimal(self, name: str, most: Decimal, expected: str) -> Decimal | None:
        """A number above zero, up to `most`, with at most three decimal places; None when wrong."""
        text = self._number_text(name, expected)
        if text is None:
            return None
        value = Decimal(text)
        if 0 < value <= most and value == value.quantize(Decimal("0.001")):
            return value
        self.wrong(name, shown(text), expected, f"Correct {name}.")
        return None

    def whole(self, name: str, least: int, most: int) -> int | None:
        """An optional JSON integer in a range; None when absent or wrong."""
        value = self._data.get(name)
        if value is None:
            return None
        if isinstance(value, int) and not isinstance(value, bool) and least <= value <= most:
            return value
        self.wrong(name, kind_of(value), f"a whole number from {least} to {most}", "Write it without quotes or point.")
        return None

    def _number_text(self, name: str, expected: str) -> str | None:
        """The text of a number; a float counts by the shortest text that means it."""
        value = self._data.get(name)
        if value is None:
            self.wrong(name, "null" if name in self._data else "missing", expected, f"Add {name}.")
            return None
        text = ""
        if isinstance(value, str | int | float | Decimal) and not isinstance(value, bool):
            text = _text_of(value)
        if 0 < len(text) <= _MAX_NUMBER_CHARS and _NUMBER.fullmatch(text):
            return text
        self.wrong(name, kind_of(value) if value != "" else "empty text", expected, 'Write it like "12500.00".')
        return None


def _text_of(value: str | int | float | Decimal) -> str:
    try:
        return value if isinstance(value, str) else str(value)
    except ValueError:  # an integer longer than Python writes out
        return ""


def kind_of(value: object) -> str:
    """What a JSON value is, in words for a person."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Mapping):
        return "an object"
    return "a list" if isinstance(value, list | tuple) else shown(value)


def shown(value: object, most: int = 40) -> str:
    """A value as an error may quote it: short, on one line, printable."""
    try:
        text = value if isinstance(value, str) else str(value)
    except ValueError:  # an integer longer than Python writes out
        text = "a very long number"
    text = "".join(c if c.isprintable() else "?" for c in text[: most + 1])
    return text if len(text) <= most else text[:most] + "..."
