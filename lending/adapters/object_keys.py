"""What a key of an object may be, the same wherever objects are kept."""

from __future__ import annotations

import re

from lending.domain.errors import InputError, NotFoundError

_PART = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.@-]{0,127}")
_MOST_PARTS, _MOST_CHARACTERS = 12, 1000


def is_plain(key: str) -> bool:
    """Whether a text is a plain path: no empty, hidden or upward part, nothing that a store could read otherwise."""
    parts = key.split("/")
    return len(key) <= _MOST_CHARACTERS and len(parts) <= _MOST_PARTS and all(map(_PART.fullmatch, parts))


def plain_key(key: str) -> str:
    """The key itself. Raises InputError for one that is no plain path."""
    if not is_plain(key):
        raise InputError(
            f"the key {key[:80]!r} is no plain path", code="object_key", field="key", found=key[:80],
            expected="parts of letters, digits, dot, dash, underscore, joined by /", do="Choose another key.",
        )  # fmt: skip
    return key


def no_object(key: str) -> NotFoundError:
    """The one answer for a key under which nothing is."""
    return NotFoundError(
        f"there is no object {key[:80]}", field="key", found=key[:80], expected="an object that was put",
        do="Look at the keys below its prefix.",
    )  # fmt: skip
