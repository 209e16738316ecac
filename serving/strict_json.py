"""The one strict reader of JSON: request bodies, console callbacks and lines of a batch are all read here."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from typing import Any, NoReturn

from serving.fields import InvalidBody, MalformedBody, TooLarge, kind_of, shown

MAX_BYTES = 64 * 1024
MAX_DEPTH = 8
_MAX_NUMBER_CHARS = 400  # well beyond any use, short enough that reading a number costs nothing
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_CONTAINERS = frozenset((dict, list))
_SURROGATE = re.compile(r"[\ud800-\udfff]")


def parse_json(
    body: bytes | str, max_bytes: int = MAX_BYTES, max_depth: int = MAX_DEPTH, *, exact: bool = True
) -> dict[str, Any]:
    """One JSON object from bytes, read strictly.

    Args:
        body: UTF-8 without a byte-order mark.
        max_bytes: most bytes that are read.
        max_depth: most objects and lists inside one another, the outermost counted.
        exact: True keeps a number with a point or exponent as Decimal of its text; False reads it as float, for
            measurements that a model takes as floats anyway.

    Raises:
        TooLarge: more bytes than `max_bytes`.
        MalformedBody: not strict JSON: broken, a key twice, NaN or Infinity, a lone surrogate, a name with a control
            character, nested too deep.
        InvalidBody: the outermost value is no object.

    >>> parse_json(b'{"amount": 1e3, "term_months": 12}')
    {'amount': Decimal('1E+3'), 'term_months': 12}
    """
    text = _text(body, max_bytes)
    try:
        value = (_EXACT if exact else _FLOATS).decode(text)
    except json.JSONDecodeError as error:
        _malformed(f"{error.msg} at line {error.lineno} column {error.colno}", "one JSON object")
    except ValueError:  # more digits than an integer is read from
        _malformed("a number too long to read", f"at most {_MAX_NUMBER_CHARS} characters a number")
    except RecursionError:
        _malformed("values nested too deep", f"at most {max_depth} levels")
    if not isinstance(value, dict):
        raise InvalidBody(
            "the body is no JSON object",
            field="body", found=kind_of(value), expected="an object", do="Send the fields inside { }.",
        )  # fmt: skip
    _check_nesting(value, text, max_depth)
    return value


def _text(body: bytes | str, max_bytes: int) -> str:
    raw = body.encode("utf-8", "surrogatepass") if isinstance(body, str) else body
    if len(raw) > max_bytes:
        raise TooLarge(
            f"the body has {len(raw)} bytes; at most {max_bytes} are read",
            field="body", found=f"{len(raw)} bytes", expected=f"at most {max_bytes} bytes", do="Send less at once.",
        )  # fmt: skip
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        _malformed(f"a byte that is not UTF-8 at position {error.start}", "UTF-8 text")
    if text.startswith("\ufeff"):
        _malformed("a byte-order mark", "UTF-8 text without one")
    return text


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        _malformed(f"the key {shown(twice)} more than once", "every key once", field=shown(twice))
    return found


def _no_constant(word: str) -> NoReturn:
    _malformed(word, "a finite number")


def _integer(text: str) -> int:
    _bounded(text)
    return int(text)


def _decimal(text: str) -> Decimal:
    _bounded(text)
    try:
        return Decimal(text)
    except InvalidOperation:  # the exponent is beyond what Decimal holds
        _malformed(shown(text), "a number within reach")


def _bounded(text: str) -> None:
    if len(text) > _MAX_NUMBER_CHARS:
        _malformed(f"a number of {len(text)} characters", f"at most {_MAX_NUMBER_CHARS} characters a number")


_EXACT = json.JSONDecoder(
    object_pairs_hook=_object, parse_constant=_no_constant, parse_int=_integer, parse_float=_decimal
)
_FLOATS = json.JSONDecoder(object_pairs_hook=_object, parse_constant=_no_constant)
"""Its own types are read without a call for each number."""


def _check_nesting(value: dict[str, Any], text: str, max_depth: int) -> None:
    """Depth, names and half characters; each is looked for only where the text makes it possible."""
    deep = text.count("{") + text.count("[") > max_depth
    # What is printable holds no control character, and is looked through several times as fast.
    escaped = "\\" in text or not (text.isprintable() or _CONTROL.search(text) is None)
    if not escaped:
        if deep and _is_deeper(value, max_depth):
            _malformed("values nested too deep", f"at most {max_depth} levels")
        return
    for depth, name, item in _walk(value):
        if depth > max_depth:
            _malformed("values nested too deep", f"at most {max_depth} levels")
        if escaped and name is not None and (_CONTROL.search(name) or _SURROGATE.search(name)):
            _malformed(f"the name {shown(name)}", "names without control characters")
        if escaped and isinstance(item, str) and _SURROGATE.search(item):
            _malformed("half of a surrogate pair", "whole characters", field=shown(name or "body"))


def _is_deeper(value: object, most: int) -> bool:
    """Whether containers lie more than `most` levels inside one another; looks level by level."""
    level: list[Any] = [value]
    for _ in range(most):
        inside = (one.values() if type(one) is dict else one for one in level)
        nested = (items for items in inside if not _CONTAINERS.isdisjoint(map(type, items)))
        level = [item for items in nested for item in items if type(item) in _CONTAINERS]
        if not level:
            return False
    return True


def _walk(value: object) -> Iterator[tuple[int, str | None, object]]:
    """(depth of the container, name or None, item) of everything inside."""
    todo: list[tuple[int, object]] = [(1, value)]
    while todo:
        depth, container = todo.pop()
        named = isinstance(container, dict)
        for name, item in container.items() if named else ((None, i) for i in container):  # type: ignore[attr-defined]
            if isinstance(item, dict | list):
                todo.append((depth + 1, item))
                yield depth + 1, name, None
            else:
                yield depth, name, item


def _malformed(found: str, expected: str, field: str = "body") -> NoReturn:
    raise MalformedBody(
        f"the body cannot be read: found {found}; expected {expected}",
        field=field, found=found, expected=expected, do="Correct the JSON and send it again.",
    ) from None  # fmt: skip
