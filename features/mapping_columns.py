"""Which columns of a file a mapping names, and what it means for them to be features."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence

from features.contract import contract
from features.mapping import Mapping
from features.mapping_places import missing_column
from lending.domain.errors import InputError


def never_features(mapping: Mapping) -> set[str]:
    """Columns that may not become features: label, id, day, groups, keys, and what is dropped or known later."""
    own = {mapping.id, mapping.date, mapping.label, *mapping.drop, *mapping.after_decision}
    own |= {rule.column for rule in mapping.protected.values()}
    return (
        {name for name in own if name} | {j.on for j in mapping.source.joins} | {w.on for w in mapping.source.windows}
    )


def no_extras(mapping: Mapping) -> set[str]:
    """Columns that are no extra features: those that may not be any, and those that fields name."""
    return never_features(mapping) | {rule.column for rule in mapping.fields.values()}


def named_columns(mapping: Mapping) -> set[str]:
    """Every column that a mapping names, wherever in it."""
    return {column for _, column in _places(mapping)}


def _places(mapping: Mapping) -> Iterator[tuple[str, str]]:
    single = {"id": mapping.id, "date.column": mapping.date, "label.column": mapping.label}
    yield from ((place, column) for place, column in single.items() if column)
    yield from (("drop", column) for column in mapping.drop)
    yield from (("missing", column) for column in mapping.missing_in)
    yield from (("after_decision", column) for column in mapping.after_decision)
    yield from ((f"protected.{name}", rule.column) for name, rule in mapping.protected.items())
    yield from ((f"fields.{name}", rule.column) for name, rule in mapping.fields.items())


def check_columns(columns: Sequence[str], mapping: Mapping, file: str) -> None:
    """Raise InputError for the first name in the mapping that the file does not have; the nearest one is named."""
    for place, column in _places(mapping):
        if column not in columns:
            raise missing_column(column, place, columns, file)
    for name in mapping.monotone:
        allowed = [*contract().words, *columns]
        if name not in allowed:
            near = difflib.get_close_matches(name, allowed, n=1)
            hint = f"; the nearest is {near[0]}" if near else ""
            raise InputError(
                f"monotone.{name} is neither a word of the contract nor a column{hint}",
                code="unknown_key", field=f"monotone.{name}", found=name, expected="a feature", do="Correct the name.",
            )  # fmt: skip
