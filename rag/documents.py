"""Documents of the knowledge base: read strictly, their figures filled in from the policy.

A document is a Markdown file with front matter. A place such as `{{ car.rate_min }}` stands for a figure of the policy,
so that text and policy cannot disagree.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Literal

from lending.domain.errors import PolicyError
from lending.domain.policy_leaves import Tree, choice_of, keys_of, refuse, text_of, words_of
from lending.yaml_text import read_tree

Audience = Literal["customer", "staff"]
Figures = Callable[[str, date], str]
"""The name of a figure and a day to its words. Raises PolicyError for a name that the policy does not know."""

_NEEDED = ("id", "title", "audience", "valid_from", "version", "source")
_OPTIONAL = ("also", "product", "market", "valid_to")
_MARKETS = ("us", "in")
_ID = re.compile(r"[a-z][a-z0-9-]{1,47}")
_PLACE = re.compile(r"\{\{\s*([a-z_]+\.[a-z0-9_.]+)\s*\}\}")
_MARKUP = re.compile(r"<!--|<[a-zA-Z/!?]|javascript:|&#?\w+;", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Document:
    """One version of a text of the knowledge base.

    Attributes:
        key: id and version, such as `car-loan@2`.
        also: other words that people use for it; found by, never shown.
        markets: where it holds.
        valid_from, valid_to: first and last day on which it may be cited for that day; None while nothing ended it.
        sha256: of the file as written, before figures are filled in; what a second person approves.
        body: Markdown.
    """

    path: str
    id: str
    version: int
    title: str
    also: str
    audience: Audience
    product: str | None
    markets: tuple[str, ...]
    valid_from: date
    valid_to: date | None
    source: str
    sha256: str
    body: str

    @property
    def key(self) -> str:
        """Id and version."""
        return f"{self.id}@{self.version}"

    def holds_on(self, day: date) -> bool:
        """Whether this version may be cited for a day."""
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)


def read_document(path: str, text: str) -> Document:
    """A document as written, its places not yet filled in.

    Args:
        path: below kb/, for messages.
        text: of the file.

    Raises:
        PolicyError: front matter is missing or wrong, or text is hidden from a reader; file and key are named.
    """
    _nothing_hidden(path, text)
    parts = text.split("---\n", 2)
    if len(parts) != 3 or parts[0].strip():
        refuse(path, "without front matter", "keys between two lines of three dashes, then the text")
    tree = keys_of(read_tree(path, parts[1]), path, _NEEDED, _OPTIONAL)
    if not parts[2].strip():
        refuse(path, "without a text", "Markdown below the front matter")
    first, last = _day(tree, "valid_from", path), _day(tree, "valid_to", path)
    if first is None:
        refuse(f"{path}: valid_from", "null", "a day")
    if last is not None and last < first:
        refuse(f"{path}: valid_to", str(last), f"{first} or later")
    return Document(
        path=path, id=_id(tree, path), version=_version(tree, path), title=text_of(tree["title"], f"{path}: title"),
        also=text_of(tree["also"], f"{path}: also") if "also" in tree else "",
        audience=choice_of(tree["audience"], ("customer", "staff"), f"{path}: audience"),
        product=text_of(tree["product"], f"{path}: product") if "product" in tree else None,
        markets=_markets(tree, path), valid_from=first, valid_to=last,
        source=text_of(tree["source"], f"{path}: source"), sha256=hashlib.sha256(text.encode()).hexdigest(),
        body=parts[2].strip() + "\n",
    )  # fmt: skip


def fill(document: Document, figures: Figures, today: date) -> Document:
    """The document with the figures in force today; one that has ended keeps those of its last day.

    Raises:
        PolicyError: a place names a figure that the policy does not know.
    """
    day = min(today, document.valid_to or today)
    day = max(day, document.valid_from)

    def words(place: re.Match[str]) -> str:
        try:
            return figures(place[1], day)
        except PolicyError as error:
            refuse(f"{document.path}: {place[1]}", str(error), "a figure of the policy, such as car.rate_min")

    body = _PLACE.sub(words, document.body)
    if "{{" in body:
        refuse(document.path, "a place that cannot be read", "places such as {{ car.rate_min }}")
    return replace(document, body=body)


def check_together(documents: Mapping[str, Document]) -> None:
    """Versions of one id follow each other: no two hold on one day in one market. Keys are paths.

    Raises:
        PolicyError: naming both files.
    """
    known = sorted(documents.values(), key=lambda d: (d.id, d.valid_from, d.version))
    for place, one in enumerate(known):
        for other in known[place + 1 :]:
            if one.id != other.id or not set(one.markets) & set(other.markets):
                continue
            if one.version == other.version:
                refuse(f"{other.path}: version", str(other.version), f"another one than that of {one.path}")
            if one.valid_to is None or one.valid_to >= other.valid_from:
                ends = other.valid_from - timedelta(days=1)
                refuse(f"{one.path}: valid_to", str(one.valid_to), f"{ends} or earlier, for {other.path} follows it")


def _nothing_hidden(path: str, text: str) -> None:
    """Refuse what a reader does not see: it could carry instructions."""
    for number, line in enumerate(text.splitlines(), 1):
        hidden = next((c for c in line if unicodedata.category(c) in ("Cf", "Cc", "Co", "Cs") and c != "\t"), None)
        if hidden is not None:
            refuse(f"{path}: line {number}", f"a hidden character U+{ord(hidden):04X}", "text that a reader sees")
        if markup := _MARKUP.search(line):
            refuse(f"{path}: line {number}", repr(markup[0]), "plain Markdown without comments, HTML or entities")


def _id(tree: Tree, path: str) -> str:
    value = text_of(tree["id"], f"{path}: id")
    if not _ID.fullmatch(value):
        refuse(f"{path}: id", repr(value)[:40], "lower-case letters, digits and dashes")
    return value


def _version(tree: Tree, path: str) -> int:
    value = text_of(tree["version"], f"{path}: version")
    if not re.fullmatch(r"[1-9]\d{0,4}", value):
        refuse(f"{path}: version", repr(value)[:40], "a whole number from 1")
    return int(value)


def _markets(tree: Tree, path: str) -> tuple[str, ...]:
    if "market" not in tree:
        return _MARKETS
    return tuple(choice_of(word, _MARKETS, f"{path}: market") for word in words_of(tree["market"], f"{path}: market"))


def _day(tree: Tree, key: str, path: str) -> date | None:
    if tree.get(key) in (None, "null"):
        return None
    value = text_of(tree[key], f"{path}: {key}")
    try:
        return date.fromisoformat(value)
    except ValueError:
        refuse(f"{path}: {key}", repr(value)[:40], "a day such as 2026-01-31")
