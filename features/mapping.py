"""A mapping file: what the columns of somebody's file mean in Candor's words. Read strictly: a typo is named."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from features.contract import contract
from features.mapping_days import day_format, day_of, day_range
from features.mapping_reader import Place, place_of
from features.mapping_source import Source, read_source

DEFAULT_HORIZON_MONTHS = 12
_NAME = re.compile(r"[a-z][a-z0-9_]{0,47}")
_TOP = (
    "name", "currency", "source", "id", "date", "label", "horizon_months", "drop", "missing", "protected",
    "after_decision", "fields", "monotone",
)  # fmt: skip
_FIELD = ("column", "strip", "map", "percent", "divide", "multiply", "empty", "months_before")


@dataclass(frozen=True)
class FieldRule:
    """How a column becomes one of Candor's words; the steps apply in this order."""

    column: str
    strip: str = ""
    """Text removed from values."""
    map: tuple[tuple[str, Any], ...] = ()
    """Value, as text, to what stands for it; None makes it missing."""
    percent: bool = False
    divide: float = 1.0
    multiply: float = 1.0
    empty: Any = None
    """What a blank stands for."""
    months_before: str | None = None
    """Only `date`: the column holds a day, the value is whole months from it to the day of the decision."""


@dataclass(frozen=True)
class ProtectedRule:
    """A column that tells groups apart; numbers by bands [low, high)."""

    column: str
    bands: tuple[float, ...] = ()


@dataclass(frozen=True)
class Mapping:
    """A mapping file after reading; see DESIGN: mapping file. Paths are as written."""

    name: str
    currency: str
    source: Source
    id: str | None
    date: str | None
    date_format: str | None
    test_from: str | None
    date_from: str | None
    date_to: str | None
    """First and last day of the decisions that are used."""
    label: str
    bad: tuple[str, ...]
    good: tuple[str, ...]
    bad_from: float | None
    """The label is a number, such as days past due; a loan is bad from here on."""
    horizon_months: int | Literal["term"]
    drop: tuple[str, ...]
    missing: tuple[str, ...]
    missing_in: dict[str, tuple[str, ...]]
    protected: dict[str, ProtectedRule]
    after_decision: tuple[str, ...]
    fields: dict[str, FieldRule]
    monotone: dict[str, int]
    raw: dict[str, Any]

    @property
    def sha256(self) -> str:
        """Hash of what the mapping says; folders do not count, so it is the same on every machine."""
        said = {**self.raw, "source": _without_folders(self.raw["source"])}
        return hashlib.sha256(json.dumps(said, sort_keys=True, default=str).encode()).hexdigest()


def _without_folders(told: Any) -> Any:
    """The source section as written, each path cut down to the name of its file."""
    if isinstance(told, list):
        return [_without_folders(v) for v in told]
    if not isinstance(told, dict):
        return told
    return {str(k): Path(str(v)).name if k == "path" else _without_folders(v) for k, v in told.items()}


def as_text(value: Any) -> str:
    """A value as mappings compare it: trimmed, whole numbers without a point, true and false as 1 and 0.

    >>> as_text(1.0), as_text(" 36 "), as_text("0.0"), as_text(True), as_text("Fully Paid")
    ('1', '36', '0', '1', 'Fully Paid')
    """
    if isinstance(value, bool):
        return str(int(value))
    text = str(value).strip()
    return re.sub(r"^(-?\d+)\.0+$", r"\1", text)


def read_mapping(file: Path) -> Mapping:
    """Read a mapping file.

    Raises:
        InputError: not there, not YAML, an unknown key (the nearest known one is named), or an unusable value.
    """
    top = place_of(file)
    top.known(_TOP)
    day = top.section("date", ("column", "format", "test_from", "from", "to"), short="column")
    label = top.section("label", ("column", "bad", "good", "bad_from"), required=True)
    first, last = day_range(day)
    bad, good = _classes(label)
    by_column: dict[str, Any] = top.data["missing"] if isinstance(top.data.get("missing"), dict) else {}
    return Mapping(
        name=_name(top, file),
        currency=top.text("currency", default="USD"),
        source=read_source(top),
        id=top.text("id") or None,
        date=day.text("column", required=bool(day.data)) or None,
        date_format=day_format(day),
        test_from=day_of(day, "test_from"),
        date_from=first,
        date_to=last,
        label=label.text("column", required=True),
        bad=bad,
        good=good,
        bad_from=_bad_from(label),
        horizon_months=_horizon(top),
        drop=tuple(top.texts("drop")),
        missing=() if by_column else _values(top, "missing"),
        missing_in={n: _values(top.child("missing"), n) for n in by_column},
        protected={n: _protected(p) for n, p in top.entries("protected", ("column", "bands"))},
        after_decision=tuple(top.texts("after_decision")),
        fields=_fields(top),
        monotone=_monotone(top),
        raw=top.data,
    )


def _name(top: Place, file: Path) -> str:
    name = top.text("name", default=file.stem)
    if not _NAME.fullmatch(name):
        raise top.wrong("name", name, "a lower-case letter, then letters, digits and _ (at most 48)", "Rename it.")
    return name


def _values(place: Place, key: str, *, required: bool = False) -> tuple[str, ...]:
    return tuple(as_text(v) for v in place.values(key, required=required))


def _classes(label: Place) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The values of bad and of good loans; none of them may be both."""
    bad, good = _values(label, "bad", required="bad_from" not in label.data), _values(label, "good")
    if both := [value for value in good if value in bad]:
        raise label.wrong("good", both[0], "values that label.bad does not name", "Leave it out of one of the two.")
    return bad, good


def _bad_from(label: Place) -> float | None:
    value = label.data.get("bad_from")
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or value != value:
        raise label.wrong("bad_from", value, "a number", "Write for example bad_from: 90.")
    if "bad" in label.data or "good" in label.data:
        raise label.wrong("bad_from", "bad_from beside bad or good", "one of the two", "Leave one out.")
    return float(value)


def _horizon(top: Place) -> int | Literal["term"]:
    value = top.data.get("horizon_months", DEFAULT_HORIZON_MONTHS)
    if value == "term":
        return "term"
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= 480:
        raise top.wrong("horizon_months", value, "whole months from 1 to 480, or term", "Write for example 12.")
    return value


def _protected(place: Place) -> ProtectedRule:
    bands = place.values("bands")
    numbers = [float(b) for b in bands if isinstance(b, int | float) and not isinstance(b, bool)]
    if len(numbers) != len(bands) or sorted(set(numbers)) != numbers or len(numbers) == 1:
        raise place.wrong("bands", bands, "at least two rising numbers", "Write for example [0, 25, 40, 62, 200].")
    return ProtectedRule(place.text("column", required=True), tuple(numbers))


def _fields(top: Place) -> dict[str, FieldRule]:
    words = contract().words
    rules: dict[str, FieldRule] = {}
    for name, place in top.entries("fields", _FIELD):
        top.child("fields").must_be_known(name, tuple(words))
        rules[name] = _field(place, words[name].kind == "number")
    return rules


def _field(place: Place, is_number: bool) -> FieldRule:
    if not is_number:
        for key in ("percent", "divide", "multiply", "months_before"):
            if key in place.data:
                raise place.wrong(key, place.data[key], "no sums on a category", f"Leave {key} out.")
    if "divide" in place.data and "multiply" in place.data:
        raise place.wrong("multiply", "divide and multiply", "one of the two", "Leave one out.")
    before = place.text("months_before")
    if before not in ("", "date"):
        raise place.wrong("months_before", before, "the word date", "Write months_before: date.")
    changes = place.data.get("map") or {}
    if not isinstance(changes, dict):
        raise place.wrong("map", changes, "pairs such as {RENT: rent}", "Write pairs.")
    return FieldRule(
        column=place.text("column", required=True),
        strip=place.text("strip", trim=False),
        map=tuple((as_text(k), v) for k, v in changes.items()),
        percent=place.flag("percent"),
        divide=place.factor("divide"),
        multiply=place.factor("multiply"),
        empty=place.data.get("empty"),
        months_before=before or None,
    )


def _monotone(top: Place) -> dict[str, int]:
    promises = top.child("monotone")
    for name, value in promises.data.items():
        if isinstance(value, bool) or value not in (-1, 0, 1):
            raise promises.wrong(str(name), value, "1 (riskier as it grows), -1 (safer) or 0", "Write 1, -1 or 0.")
    return {str(name): int(value) for name, value in promises.data.items()}
