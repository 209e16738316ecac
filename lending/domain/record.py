"""The canonical core of a decision: one text for one decision, on every path and for ever."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from json.encoder import encode_basestring
from typing import cast

from lending.domain.errors import InputError

_ALLOWED = "a core holds text, true, false, null, lists and objects with ASCII keys; numbers travel as text"

_ENCODER = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)

Json = str | bool | None | list["Json"] | dict[str, "Json"]


def canonical(value: Json) -> bytes:
    """RFC 8785 bytes of a value that holds no numbers (they travel as decimal text).

    Raises:
        InputError: the value holds a number, an object with a key that is not ASCII, or something else JSON cannot say.

    >>> canonical({"b": "1.50", "a": [None, True]})
    b'{"a":[null,true],"b":"1.50"}'
    """
    return fragment(value).encode()


def fragment(value: Json) -> str:
    """`canonical` as text, to be joined with others; same errors."""
    _refuse_numbers(value)
    return encode_basestring(value) if isinstance(value, str) else _ENCODER.encode(value)


def joined(parts: Mapping[str, str]) -> str:
    """The fragment of an object, from the fragments of its values; keys are ASCII and known to be so.

    >>> joined({"b": "null", "a": fragment("1.50")})
    '{"a":"1.50","b":null}'
    """
    return "{" + ",".join([f'"{name}":{parts[name]}' for name in sorted(parts)]) + "}"


def sha256_hex(content: bytes) -> str:
    """Lower-case hex of the SHA-256."""
    return hashlib.sha256(content).hexdigest()


def decision_id(core: bytes) -> str:
    """The name of a decision: `d_` and the first 26 base32 characters (lower case) of its core's SHA-256.

    >>> decision_id(b"{}")
    'd_iqjw7i2vwntyuekgvulpp2det2'
    """
    return named("d", core)


def named(prefix: str, content: bytes) -> str:
    """A name that says what it is and follows from its content."""
    return f"{prefix}_{base64.b32encode(hashlib.sha256(content).digest()).decode().lower()[:26]}"


def _refuse_numbers(value: object) -> None:
    # Exact types first: this runs over most leaves of every core.
    kind = type(value)
    if kind is str or value is None or kind is bool:
        return
    if kind is dict:
        for key, item in cast("dict[object, object]", value).items():
            if type(key) is not str or not key.isascii():
                raise InputError(f"a core has the key {key!r}; {_ALLOWED}", code="core")
            if type(item) is not str:
                _refuse_numbers(item)
    elif kind is list:
        for item in cast("list[object]", value):
            _refuse_numbers(item)
    elif not isinstance(value, str):
        raise InputError(f"a core holds {kind.__name__}; {_ALLOWED}", code="core")
