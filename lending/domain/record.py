"""The canonical core of a decision: one text for one decision, on every path and for ever."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from functools import lru_cache
from json import JSONEncoder
from json.encoder import encode_basestring
from typing import cast

from lending.domain.errors import InputError

_ALLOWED = "a core holds text, true, false, null, lists and objects with ASCII keys; numbers travel as text"

_CONSTANTS: Mapping[object, str] = {None: "null", True: "true", False: "false"}

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
    if isinstance(value, str):
        return encode_basestring(value)
    kind = type(value)
    if kind is dict:
        return _object(cast("dict[object, Json]", value))
    if kind is list:
        return f"[{','.join([fragment(item) for item in cast('list[Json]', value)])}]"
    if value is None or kind is bool:
        return _CONSTANTS[value]
    raise InputError(f"a core holds {kind.__name__}; {_ALLOWED}", code="core")


def _object(value: dict[object, Json]) -> str:
    for key in value:
        if type(key) is not str or not key.isascii():
            raise InputError(f"a core has the key {key!r}; {_ALLOWED}", code="core")
    items = [f"{encode_basestring(key)}:{fragment(value[key])}" for key in sorted(cast("dict[str, Json]", value))]
    return f"{{{','.join(items)}}}"


def joined(parts: Mapping[str, str]) -> str:
    """The fragment of an object, from the fragments of its values; keys are ASCII and known to be so.

    >>> joined({"b": "null", "a": fragment("1.50")})
    '{"a":"1.50","b":null}'
    """
    return object_of(tuple(parts), list(parts.values()))


def object_of(names: tuple[str, ...], fragments: Sequence[str]) -> str:
    """`joined` of names and the fragments of their values, in the same order."""
    template, places = template_of(names)
    return template % tuple([fragments[place] for place in places])


@lru_cache(maxsize=256)
def template_of(names: tuple[str, ...]) -> tuple[str, tuple[int, ...]]:
    """An object with a place for the fragment of each value, and which value stands in each place: keys are sorted."""
    places = sorted(range(len(names)), key=names.__getitem__)
    keys = [fragment(names[place]).replace("%", "%%") for place in places]
    return f"{{{','.join([f'{key}:%s' for key in keys])}}}", tuple(places)


_encoded = JSONEncoder(ensure_ascii=False, check_circular=False, sort_keys=True, separators=(",", ":")).encode


def written(value: Json) -> str:
    """`fragment` of what the domain itself made, several times as quick: nothing is checked.

    >>> written({"b": "1.50", "a": [None, True]})
    '{"a":[null,true],"b":"1.50"}'
    """
    return _encoded(value)


def sha256_hex(content: bytes) -> str:
    """Lower-case hex of the SHA-256."""
    return hashlib.sha256(content).hexdigest()


def decision_id(core: bytes) -> str:
    """The name of a decision: `d_` and the first 26 base32 characters (lower case) of its core's SHA-256.

    >>> decision_id(b"{}")
    'd_iqjw7i2vwntyuekgvulpp2det2'
    """
    return named("d", core)


def decision_identity(core: bytes) -> tuple[str, str]:
    """`decision_id` and `sha256_hex` of a core, hashed once."""
    digest = hashlib.sha256(core).digest()
    return _name("d", digest), digest.hex()


def named(prefix: str, content: bytes) -> str:
    """A name that says what it is and follows from its content."""
    return _name(prefix, hashlib.sha256(content).digest())


def _name(prefix: str, digest: bytes) -> str:
    # Twenty bytes make 32 characters, of which 26 are kept.
    return f"{prefix}_{base64.b32encode(digest[:20]).decode().lower()[:26]}"
