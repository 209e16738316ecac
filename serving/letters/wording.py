"""The words of letters in one market, from kb/letters/: who writes, what a regulation prescribes, our own sentences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from string import Formatter
from typing import Literal

from lending.domain.errors import PolicyError
from lending.domain.policy_leaves import choice_of, keys_of, refuse, text_of, texts_of, tree_of, words_of
from lending.settings import ROOT
from lending.yaml_text import read_tree
from serving.letters.wording_keys import PARTS, TEXTS

KB = ROOT / "kb"
_TOP = ("market", "language", "page", "bureau_facts", "parts", "texts", "needs", "grounds")


@dataclass(frozen=True, slots=True)
class Part:
    """Words that a regulation or the bank set on a day, and who said so."""

    since: date
    words: Mapping[str, str]
    source: str

    def __getitem__(self, name: str) -> str:
        return self.words[name]


@dataclass(frozen=True, slots=True)
class Wording:
    """All words of one market: `parts` are dated and sourced, `texts` are sentences with named places for figures."""

    market: str
    language: str
    page: Literal["letter", "A4"]
    bureau_facts: tuple[str, ...]
    parts: Mapping[str, tuple[Part, ...]]
    texts: Mapping[str, Mapping[str, str]]
    needs: Mapping[str, str]
    """Reason code to what a customer may send us to settle it."""
    grounds: Mapping[str, str]
    """Why a person refuses an application, by ground; `general` and `either` where it is not told."""

    def has(self, name: str) -> bool:
        """Whether the market knows a part at all, such as the bureau."""
        return name in self.parts

    def part(self, name: str, day: date) -> Part:
        """The part in force on a day. Raises PolicyError where it starts later."""
        found = [part for part in self.parts[name] if part.since <= day]
        if not found:
            first = self.parts[name][0].since
            refuse(f"letters/{self.market}.yaml: parts.{name}", f"without words on {day}", f"a day from {first} on")
        return found[-1]


@lru_cache(maxsize=8)
def wording(market: str, kb: Path = KB) -> Wording:
    """The words of a market, read once.

    Raises:
        PolicyError: there is no file for it, or the file lacks a key, has one too many or a date out of order.
    """
    file = kb / "letters" / f"{market}.yaml"
    if not file.is_file():
        raise PolicyError(
            f"{file} is not there; expected the words of letters for market {market}",
            field="market", found=market, expected="a market with letters", do=f"Add {file.name} to kb/letters.",
        )  # fmt: skip
    return parse_wording(file.read_text(encoding="utf-8"), market)


def parse_wording(text: str, market: str) -> Wording:
    """Checked words out of the text of a file; errors as `wording`."""
    place = f"letters/{market}.yaml"
    top = keys_of(read_tree(place, text), place, _TOP)
    choice_of(top["market"], (market,), f"{place}: market")
    return Wording(
        market=market,
        language=text_of(top["language"], f"{place}: language"),
        page=choice_of(top["page"], ("letter", "A4"), f"{place}: page"),
        bureau_facts=words_of(top["bureau_facts"], f"{place}: bureau_facts"),
        parts=_parts(top["parts"], market, f"{place}: parts"),
        texts=_texts(top["texts"], market, f"{place}: texts"),
        needs=texts_of(top["needs"], f"{place}: needs"),
        grounds=texts_of(top["grounds"], f"{place}: grounds"),
    )


def _parts(value: object, market: str, place: str) -> dict[str, tuple[Part, ...]]:
    expected = PARTS[market]
    tree = keys_of(value, place, tuple(expected))
    return {name: _dated(tree[name], names, f"{place}.{name}") for name, names in expected.items()}


def _dated(value: object, names: Sequence[str], place: str) -> tuple[Part, ...]:
    found = tuple(_part(day, item, names, f"{place}.{day}") for day, item in tree_of(value, place).items())
    if not found or any(a.since >= b.since for a, b in pairwise(found)):
        refuse(place, "without a date or with dates out of order", "dates from old to new, each once")
    return found


def _part(day: str, value: object, names: Sequence[str], place: str) -> Part:
    words = {key: text_of(item, f"{place}.{key}") for key, item in keys_of(value, place, (*names, "source")).items()}
    try:
        since = date.fromisoformat(day)
    except ValueError:
        refuse(place, day, "a date such as 2025-10-01")
    return Part(since, words, words.pop("source"))


def _texts(value: object, market: str, place: str) -> dict[str, dict[str, str]]:
    groups = TEXTS[market]
    tree = keys_of(value, place, tuple(groups))
    return {group: _group(tree[group], names, f"{place}.{group}") for group, names in groups.items()}


def _group(value: object, names: Mapping[str, frozenset[str]], place: str) -> dict[str, str]:
    texts = texts_of(keys_of(value, place, tuple(names)), place)
    for name, text in texts.items():
        places = {field for _, field, _, _ in Formatter().parse(text) if field is not None}
        if places != names[name]:
            refuse(f"{place}.{name}", f"with places for {_listed(places)}", f"places for {_listed(names[name])}")
    return texts


def _listed(names: set[str] | frozenset[str]) -> str:
    return ", ".join(sorted(names)) or "nothing"
