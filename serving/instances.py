"""Rows that arrive at the model endpoint, read into columns; every feature is named, null is missing."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import TypeAdapter

from features.feature_sets import FeatureSet, FeatureSpec
from serving.fields import FieldError, InvalidBody, MalformedBody, TooLarge, kind_of, shown
from serving.strict_json import parse_json

_SHAPES = '{"instances": [{feature: value}]} or {"columns": [feature], "rows": [[value]]}'
_MAX_ERRORS = 20
_MAX_TEXT = 200
_NUMBERS = frozenset((int, float, type(None)))
_MAX_FINITE = float(np.finfo(np.float32).max)  # trees compare in single precision

Column = NDArray[np.float64] | NDArray[np.object_]


@dataclass(frozen=True, slots=True)
class Batch:
    """Columns of `rows` values each, by feature; whether the parts of each score are wanted."""

    columns: Mapping[str, Column]
    rows: int
    contributions: bool = True


def read_json(body: bytes, features: FeatureSet, max_bytes: int) -> Batch:
    """A JSON batch; `"contributions": false` leaves the parts of each score out.

    Raises:
        MalformedBody, TooLarge: as `parse_json`.
        InvalidBody: another shape, unknown or missing features, or values of the wrong kind; all are named, up to 20.
    """
    return _read_plain(body, features, max_bytes) or _read_strictly(body, features, max_bytes)


def _read_plain(body: bytes, features: FeatureSet, max_bytes: int) -> Batch | None:
    """A batch of instances that is beyond doubt, read in half the time; None leaves it to the strict reader.

    This reader takes the last of two equal keys. Without an escape every key and text stands between two quotation
    marks, so fewer keys and texts than the marks say mean that a key stood twice.
    """
    if len(body) > max_bytes or b"\\" in body:
        return None
    try:
        data = _any_object().validate_json(body)
    except ValueError:
        return None
    keys, rows, wanted = len(data), data.get("instances"), data.pop("contributions", True)
    known = frozenset(features.names)
    if data.keys() != {"instances"} or type(wanted) is not bool or type(rows) is not list or not rows:
        return None
    if not all(type(row) is dict and row.keys() == known for row in rows):
        return None
    columns, _ = _columns({name: [row[name] for row in rows] for name in features.names}, features)
    texts = sum(value is not None for f in features.features if f.kind != "number" for value in columns.get(f.name, ()))
    plain = len(columns) == len(known) and body.count(b'"') == 2 * (keys + len(rows) * len(known) + texts)
    return Batch(columns, len(rows), wanted) if plain else None


@lru_cache(maxsize=1)
def _any_object() -> TypeAdapter[dict[str, Any]]:
    return TypeAdapter(dict[str, Any])


def _read_strictly(body: bytes, features: FeatureSet, max_bytes: int) -> Batch:
    data = parse_json(body, max_bytes, 4, exact=False)
    wanted = data.pop("contributions", True)
    if not isinstance(wanted, bool):
        raise _invalid("contributions", kind_of(wanted), "true or false")
    if data.keys() == {"instances"}:
        raw = _from_instances(data["instances"], features)
    elif data.keys() == {"columns", "rows"}:
        raw = _from_rows(data["columns"], data["rows"], features)
    else:
        raise _invalid("body", f"the keys {shown(', '.join(data)) or 'none'}", _SHAPES)
    return _batch(raw, features, wanted)


def read_csv(body: bytes, features: FeatureSet, max_bytes: int) -> Batch:
    """A CSV batch with a header line; an empty cell is missing.

    Raises:
        TooLarge, MalformedBody: too many bytes, or no UTF-8.
        InvalidBody: no rows, a ragged line, unknown or missing columns, or text where a number belongs.
    """
    if len(body) > max_bytes:
        raise TooLarge(f"the body has {len(body)} bytes; at most {max_bytes} are read", field="body")
    return _batch(_from_cells(_lines(body), features), features, True)


def _lines(body: bytes) -> Iterator[list[str]]:
    """The lines that are not empty, one by one. Raises MalformedBody."""
    try:
        yield from filter(None, csv.reader(io.StringIO(body.decode("utf-8-sig"), newline=""), strict=True))
    except (UnicodeDecodeError, csv.Error) as error:
        found = "a byte that is not UTF-8" if isinstance(error, UnicodeDecodeError) else str(error)
        raise MalformedBody(
            f"the body is no CSV: {found}", field="body", found=found, expected="CSV in UTF-8"
        ) from None


def _from_cells(lines: Iterator[list[str]], features: FeatureSet) -> dict[str, Sequence[Any]]:
    """Columns; what stands behind the first wrong line is not read."""
    header = next(lines, [])
    _check_names(header, features, "")
    numbers = {f.name for f in features.features if f.kind == "number"}
    numeric = [name in numbers for name in header]
    return _table(header, [list(map(_cell, _row(line, header, i), numeric)) for i, line in enumerate(lines)])


def _cell(text: str, is_number: bool) -> Any:
    if text == "":
        return None
    if not is_number or "_" in text or not text.isascii():
        return text
    try:
        return float(text)
    except ValueError:
        return text


def _from_instances(instances: object, features: FeatureSet) -> dict[str, Sequence[Any]]:
    if not isinstance(instances, list) or not instances:
        raise _invalid("instances", "an empty list" if instances == [] else kind_of(instances), "a list of objects")
    names = frozenset(features.names)
    for i, row in enumerate(instances):
        if not isinstance(row, dict):
            raise _invalid(f"instances[{i}]", kind_of(row), "an object of feature: value")
        if row.keys() != names:
            _check_names(list(row), features, f"instances[{i}].")
    return {name: [row[name] for row in instances] for name in features.names}


def _from_rows(columns: object, rows: object, features: FeatureSet) -> dict[str, Sequence[Any]]:
    if not isinstance(columns, list) or not all(isinstance(c, str) for c in columns):
        raise _invalid("columns", kind_of(columns), "a list of feature names")
    _check_names(columns, features, "")
    if not isinstance(rows, list):
        raise _invalid("rows", kind_of(rows), "a list of lists")
    return _table(columns, [_row(row, columns, i) for i, row in enumerate(rows)])


def _row(row: Any, columns: Sequence[str], i: int) -> Sequence[Any]:
    """The row, if it has a value for each column."""
    if not isinstance(row, list) or len(row) != len(columns):
        found = f"{len(row)} values" if isinstance(row, list) else kind_of(row)
        raise _invalid(f"rows[{i}]", found, f"a list of {len(columns)} values")
    return row


def _table(columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> dict[str, Sequence[Any]]:
    if not rows:
        raise _invalid("rows", "an empty list", "a list of lists")
    return dict(zip(columns, zip(*rows, strict=True), strict=True))


def _check_names(given: Sequence[str], features: FeatureSet, place: str) -> None:
    """Raise InvalidBody naming unknown, missing and repeated features, as far as anybody reads."""
    known = features.names
    allowed = f"only {', '.join(known)}"
    unknown = (_error(place + shown(name), "an unknown feature", allowed) for name in given if name not in known)
    wrong = list(islice(unknown, _MAX_ERRORS))
    wrong += [_error(place + n, "missing", "a value, or null where it is not known") for n in known if n not in given]
    wrong += [_error(place + n, "there more than once", "each feature once") for n in known if given.count(n) > 1]
    _raise(wrong)


def _batch(raw: Mapping[str, Sequence[Any]], features: FeatureSet, contributions: bool) -> Batch:
    columns, wrong = _columns(raw, features)
    _raise([error for spec in wrong for error in _wrong_values(raw[spec.name], spec)])
    return Batch(columns, len(raw[features.names[0]]), contributions)


def _columns(raw: Mapping[str, Sequence[Any]], features: FeatureSet) -> tuple[dict[str, Column], list[FeatureSpec]]:
    """The columns whose values are of the right kind, and the features whose values are not."""
    columns: dict[str, Column] = {}
    for spec in features.features:
        column = _number_column(raw[spec.name]) if spec.kind == "number" else _text_column(raw[spec.name])
        if column is not None:
            columns[spec.name] = column
    return columns, [spec for spec in features.features if spec.name not in columns]


def _number_column(values: Sequence[Any]) -> NDArray[np.float64] | None:
    """Floats with NaN for null; None when a value is no finite number."""
    if not _NUMBERS.issuperset(map(type, values)):
        return None
    try:
        column = np.array(values, dtype=np.float64)  # null becomes NaN
    except OverflowError:
        return None
    fits = np.count_nonzero(np.abs(column) <= _MAX_FINITE) + values.count(None) == len(values)
    return column if fits else None


def _text_column(values: Sequence[Any]) -> NDArray[np.object_] | None:
    """Text or None; None as a whole when a value is neither."""
    if not all(map(_is_text, values)):
        return None
    column = np.empty(len(values), dtype=object)
    column[:] = values
    return column


def _is_number(value: Any) -> bool:
    return value is None or (type(value) in (float, int) and -_MAX_FINITE <= value <= _MAX_FINITE)


def _is_text(value: Any) -> bool:
    return value is None or (type(value) is str and len(value) <= _MAX_TEXT)


def _wrong_values(values: Sequence[Any], spec: FeatureSpec) -> list[FieldError]:
    number = spec.kind == "number"
    fits: Callable[[Any], bool] = _is_number if number else _is_text
    expected = "a finite number or null" if number else f"text of at most {_MAX_TEXT} characters or null"
    wrong = (
        _error(f"row {i}: {spec.name}", kind_of(value), expected) for i, value in enumerate(values) if not fits(value)
    )
    return list(islice(wrong, _MAX_ERRORS))


def _error(field: str, found: str, expected: str) -> FieldError:
    return {"field": field, "found": found, "expected": expected, "do": "Correct it and send the batch again."}


def _invalid(field: str, found: str, expected: str) -> InvalidBody:
    return InvalidBody(f"{field} is {found}; expected {expected}", [_error(field, found, expected)])


def _raise(wrong: list[FieldError]) -> None:
    if wrong:
        text = "; ".join(f"{e['field']} is {e['found']}, expected {e['expected']}" for e in wrong[:_MAX_ERRORS])
        raise InvalidBody(text, wrong[:_MAX_ERRORS])
