"""Reads figures out of parsed JSON, and says what is wrong with them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from fractions import Fraction
from typing import NoReturn, cast

from lending.domain.errors import InputError
from lending.domain.money import finite

MAX_WHOLE_DIGITS = 6


def refuse(field: str, found: object, expected: str) -> NoReturn:
    """Raise InputError in one sentence: the field, what was found (shortened) and what is expected."""
    shown = found if isinstance(found, str) else repr(found)
    shown = shown if len(shown) <= 60 else shown[:57] + "..."
    message = f"{field} is {shown}; expected {expected}"
    raise InputError(message, field=field, found=shown, expected=expected, do=f"Correct {field}.")


def entry(value: object, place: str, needed: Iterable[str], optional: Iterable[str] = ()) -> Mapping[str, object]:
    """An object with all of `needed` and nothing besides `optional`."""
    if not isinstance(value, Mapping):
        refuse(place or "input", value, "an object")
    found = cast("Mapping[str, object]", value)
    names, dot = [*needed, *optional], f"{place}." if place else ""
    for key in needed:
        if key not in found:
            refuse(f"{dot}{key}", "missing", f"the keys {', '.join(names)}")
    for key in found:
        if key not in names:
            refuse(f"{dot}{key}", "not known", f"only {', '.join(names)}")
    return found


def items(value: object, field: str, most: int = 1000) -> list[object]:
    """A list of 1 to `most` things."""
    if not isinstance(value, list):
        refuse(field, value, f"a list of 1 to {most} objects")
    found = cast("list[object]", value)
    if not 1 <= len(found) <= most:
        refuse(field, f"a list of {len(found)}", f"a list of 1 to {most} objects")
    return found


def number(value: object, field: str) -> Decimal:
    """A finite decimal from text or a JSON number; true and false are no numbers."""
    if isinstance(value, bool) or not isinstance(value, str | int | float | Decimal):
        refuse(field, value, 'a number as text, such as "1000.00"')
    return finite(str(value), field)


def whole(value: object, field: str, least: int, most: int) -> int:
    """A whole number in a range, from a JSON integer or its digits as text."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= MAX_WHOLE_DIGITS:
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        refuse(field, value, f"a whole number from {least} to {most}")
    return value


def fraction(value: object, field: str) -> Fraction:
    """An exact number from digits or from a fraction such as "19/30"."""
    text = str(value)
    try:
        if isinstance(value, bool) or len(text) > 40 or "e" in text.lower():
            raise ValueError
        return Fraction(text)
    except (ValueError, ZeroDivisionError):
        refuse(field, value, 'a number or a fraction such as "19/30"')
