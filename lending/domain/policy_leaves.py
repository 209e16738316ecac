"""Reads the parsed leaves of policy files; each reader raises PolicyError naming file and key."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import NoReturn, TypeVar, cast

from lending.domain.errors import InputError, PolicyError
from lending.domain.money import finite

_T = TypeVar("_T", bound=str)
Tree = Mapping[str, object]


def keys_of(value: object, place: str, needed: Sequence[str], optional: Sequence[str] = ()) -> Tree:
    """The keys of a mapping: all that are needed, nothing that is not known."""
    tree = tree_of(value, place)
    for key in needed:
        if key not in tree:
            refuse(f"{place}: {key}", "missing", f"the keys {', '.join(needed)}")
    for key in tree:
        if key not in needed and key not in optional:
            refuse(f"{place}: {key}", "not known", f"only {', '.join((*needed, *optional))}")
    return tree


def tree_of(value: object, place: str) -> Tree:
    """A mapping."""
    if not isinstance(value, Mapping):
        refuse(place, repr(value)[:40], "keys with values")
    return cast("Tree", value)


def list_of(value: object, place: str) -> list[object]:
    """A list."""
    if not isinstance(value, list):
        refuse(place, repr(value)[:40], "a list")
    return cast("list[object]", value)


def words_of(value: object, place: str) -> tuple[str, ...]:
    """A list of texts."""
    return tuple(text_of(item, place) for item in list_of(value, place))


def texts_of(value: object, place: str) -> dict[str, str]:
    """A mapping of texts."""
    return {key: text_of(item, f"{place}.{key}") for key, item in tree_of(value, place).items()}


def text_of(value: object, place: str) -> str:
    """A text that is not empty."""
    if not isinstance(value, str) or not value.strip():
        refuse(place, repr(value)[:40], "a text")
    return value


def choice_of(value: object, allowed: Sequence[_T], place: str) -> _T:
    """One of the allowed texts."""
    if value not in allowed:
        refuse(place, repr(value)[:40], f"one of {', '.join(allowed)}")
    return cast("_T", value)


def refuse(place: str, found: str, expected: str) -> NoReturn:
    """Raise PolicyError naming file and key, what stands there and what is expected."""
    raise PolicyError(f"kb/{place} is {found}; expected {expected}", field=place, found=found, expected=expected,
                      do=f"Correct kb/{place.split(':')[0]}.")  # fmt: skip


def number_of(value: object, place: str) -> Decimal:
    """A finite number, exactly as written."""
    text = text_of(value, place)
    try:
        return finite(text, "value")
    except InputError:
        refuse(place, text[:40], "a number")


def day_of(value: object, place: str) -> date:
    """A day in ISO form. Raises PolicyError naming the place."""
    try:
        return value if isinstance(value, date) else date.fromisoformat(str(value))
    except ValueError:
        refuse(place, str(value)[:40], "a day, such as 2026-11-01")
