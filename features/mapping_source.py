"""The `source` section of a mapping file: files, how they are written, what is looked up or summed up from others."""

from __future__ import annotations

import codecs
from dataclasses import dataclass
from typing import Any

from features.mapping_days import day_format
from features.mapping_reader import Place

TAKES = ("count", "sum", "mean", "min", "max", "last", "trend", "days_since")
"""What a window may take from the events before the day of a loan."""
_SOURCE = ("path", "encoding", "separator", "decimal", "join", "windows")
_JOIN = ("path", "on", "where", "columns")
_WINDOW = ("path", "on", "date", "months", "features", "where")
_FEATURE = ("take", "column", "where", "months")
_LONGEST_MONTHS = 600

Where = tuple[tuple[str, tuple[str, ...]], ...]
"""Column to the values, as text, that a row must have; all columns must agree."""


@dataclass(frozen=True)
class Shape:
    """How a csv is written, where the file itself cannot say; empty texts leave it to the file."""

    encoding: str = ""
    separator: str = ""
    decimal: str = ""


@dataclass(frozen=True)
class Join:
    """A second file, one row per value of `other` among those that `where` keeps; `on` is the first file's column."""

    path: str
    on: str
    other: str
    where: Where = ()
    columns: tuple[str, ...] = ()
    """Only these columns; all when empty."""


@dataclass(frozen=True)
class WindowFeature:
    """One number per loan from the events of the `months` before its day; `take` is one of TAKES."""

    name: str
    take: str
    column: str
    where: Where
    months: int


@dataclass(frozen=True)
class Window:
    """A file of events, many rows per value of `on`, of which only those before the day of the loan count."""

    path: str
    on: str
    date: str
    date_format: str | None
    features: tuple[WindowFeature, ...]


@dataclass(frozen=True)
class Source:
    """Everything under `source`; paths are as written."""

    path: str
    shape: Shape
    joins: tuple[Join, ...]
    windows: tuple[Window, ...]


def read_source(top: Place) -> Source:
    """The `source` section. Raises InputError naming key and place."""
    place = top.section("source", _SOURCE, required=True)
    return Source(
        path=place.text("path", required=True),
        shape=_shape(place),
        joins=tuple(_join(j) for j in place.sections("join", _JOIN)),
        windows=tuple(_window(w) for w in place.sections("windows", _WINDOW)),
    )


def _shape(place: Place) -> Shape:
    encoding, separator, decimal = place.text("encoding"), place.text("separator", trim=False), place.text("decimal")
    if encoding and not _is_encoding(encoding):
        raise place.wrong("encoding", encoding, "a name such as utf-8, latin-1, cp1252 or utf-16", "Correct it.")
    if separator and len(separator) != 1:
        raise place.wrong("separator", separator, "one character", 'Write for example separator: ";".')
    if decimal not in ("", ".", ","):
        raise place.wrong("decimal", decimal, "a point or a comma, in quotes", 'Write decimal: ",".')
    return Shape(encoding, separator, decimal)


def _is_encoding(name: str) -> bool:
    try:
        return codecs.lookup(name)._is_text_encoding
    except (LookupError, ValueError):
        return False


def _join(place: Place) -> Join:
    value, columns = place.data.get("on"), tuple(place.texts("columns"))
    path = place.text("path", required=True)
    if isinstance(value, dict) and len(value) == 1:
        ((own, other),) = value.items()
        return Join(path, str(own), str(other), _where(place), columns)
    on = place.text("on", required=True)
    return Join(path, on, on, _where(place), columns)


def _window(place: Place) -> Window:
    day = place.section("date", ("column", "format"), required=True, short="column")
    usual, shared = _months(place, None), _where(place)
    entries = list(place.entries("features", _FEATURE, short="take"))
    if not entries:
        raise place.wrong("features", "missing", "named features such as {low: {take: min, column: balance}}",
                          "Add features.")  # fmt: skip
    return Window(
        path=place.text("path", required=True),
        on=place.text("on", required=True),
        date=day.text("column", required=True),
        date_format=day_format(day),
        features=tuple(_feature(name, entry, usual, shared) for name, entry in entries),
    )


def _feature(name: str, place: Place, usual: int | None, shared: Where) -> WindowFeature:
    take = place.text("take", required=True)
    if take not in TAKES:
        raise place.wrong("take", take, "one of " + ", ".join(TAKES), "Choose one.")
    column = place.text("column", required=take not in ("count", "days_since"))
    months = _months(place, usual)
    if months is None:
        raise place.wrong("months", "missing", "whole months, here or beside features", "Write months: 3.")
    return WindowFeature(name, take, column, (*shared, *_where(place)), months)


def _months(place: Place, usual: int | None) -> int | None:
    value = place.data.get("months", usual)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= _LONGEST_MONTHS:
        raise place.wrong("months", value, f"whole months from 1 to {_LONGEST_MONTHS}", "Write months: 3.")
    return value


def _where(place: Place) -> Where:
    from features.mapping import as_text

    asked: dict[str, Any] = place.child("where").data
    values = {column: value if isinstance(value, list) else [value] for column, value in asked.items()}
    return tuple((column, tuple(as_text(v) for v in some)) for column, some in values.items())
