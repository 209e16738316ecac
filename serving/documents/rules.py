"""The bank's document list as data: kb/papers_needed.yaml and the words that go with it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from lending.domain.errors import PolicyError
from lending.domain.papers_needed import Line
from lending.yaml_text import read_tree

FILE = "papers_needed.yaml"
WORDING = "wording/portal/en/papers.yaml"


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure of a kind of paper.

    Attributes:
        labels: what stands before or above it, the most telling first.
        form: name, text, money, number or date.
        check: what it is compared with, such as `income`; "" for what is only told.
    """

    labels: tuple[str, ...]
    form: str
    check: str = ""


@dataclass(frozen=True, slots=True)
class Kind:
    """How a kind of paper is recognised and read: phrases with their points, of which `full` make a score of 1."""

    full: int
    words: Mapping[str, int]
    figures: Mapping[str, Figure]


@dataclass(frozen=True, slots=True)
class Rules:
    """The list, the bounds of an upload, when the machine may accept, the kinds, and English words for all of it."""

    lines: tuple[Line, ...]
    limits: Mapping[str, int]
    checks: Mapping[str, Decimal]
    kinds: Mapping[str, Kind]
    words: Mapping[str, Mapping[str, str]]
    orders: re.Pattern[str]
    """Texts that speak to the machine that reads them."""


def read_rules(kb: Path) -> Rules:
    """The list of a kb folder.

    Raises:
        PolicyError: a file is missing or wrong; the message names file and place.
    """
    tree, words = _tree(kb, FILE), _tree(kb, WORDING)
    try:
        return Rules(
            tuple(_line(entry) for entry in tree["asked"]),
            {name: int(entry["value"]) for name, entry in tree["limits"].items()},
            {name: Decimal(entry["value"]) for name, entry in tree["checks"].items()},
            {name: _kind(entry) for name, entry in tree["kinds"].items()},
            words,
            re.compile("|".join(tree["orders"]), re.IGNORECASE),
        )
    except (KeyError, TypeError, AttributeError, ValueError, ArithmeticError, re.error) as error:
        raise PolicyError(
            f"kb/{FILE} cannot be read: {type(error).__name__} {error}", field=FILE, found=str(error)[:60],
            expected="lines, limits, checks and kinds as the file's own comments say", do="Correct it.",
        ) from None  # fmt: skip


def _tree(kb: Path, name: str) -> Any:
    try:
        return read_tree(name, (kb / name).read_text(encoding="utf-8"))
    except OSError as error:
        raise PolicyError(f"kb/{name}: {error.strerror}", field=name, expected="a file", do="Restore it.") from None


def _line(entry: Mapping[str, Any]) -> Line:
    many = {name: tuple(entry.get(name, ())) for name in ("people", "kinds", "products", "work", "security")}
    days = entry.get("valid_days")
    return Line(
        id=entry["id"],
        **many,
        valid_days=None if days is None else int(days),
        on_file=entry.get("on_file", ""),
        optional=entry.get("optional") == "true",
        source=entry["source"],
    )


def _kind(entry: Mapping[str, Any]) -> Kind:
    figures = {n: Figure(tuple(f["labels"]), f["as"], f.get("check", "")) for n, f in entry["figures"].items()}
    return Kind(int(entry["full"]), {phrase: int(points) for phrase, points in entry["words"].items()}, figures)
