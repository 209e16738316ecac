"""A question in everyday words, read as the documents would say it, before anything is searched."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache
from pathlib import Path

from lending.domain.policy_leaves import keys_of, text_of, tree_of, words_of
from lending.yaml_text import read_tree

WORDS_FILE = Path(__file__).with_name("everyday.yaml")
ELSEWHERE_FILE = Path(__file__).with_name("elsewhere.yaml")
_WORD = re.compile(r"[A-Za-z]+")
SHORTEST_MENDED, LIKENESS = 5, 0.85
"""Words of fewer letters are not mended; a mended word is at least this much like the one typed (difflib's ratio)."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A question as it is searched.

    Attributes:
        words: its own words and the documents' words for them.
        texts: what is embedded: the question, and where words were added the question with them.
    """

    words: str
    texts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Everyday:
    """What people say and what documents say for it.

    Attributes:
        short: a telephone spelling to the word that is meant.
        means: a phrase in lower case to the documents' words.
        known: first letter to the words of both sides that begin with it.
    """

    short: Mapping[str, str]
    means: Mapping[str, str]
    known: Mapping[str, tuple[str, ...]]
    shorts: re.Pattern[str]
    phrases: re.Pattern[str]

    def spelled_out(self, question: str) -> str:
        """The question with telephone spellings written out."""
        return self.shorts.sub(lambda found: self.short[found[0].lower()], question)

    def mended(self, question: str) -> str:
        """The question with words of lending that seem misspelled put right."""
        return _WORD.sub(lambda found: self._meant(found[0]), question)

    def _meant(self, typed: str) -> str:
        word = typed.lower()
        near = get_close_matches(word, self.known.get(word[0], ()), 1, LIKENESS) if len(word) >= SHORTEST_MENDED else []
        forms = not near or near[0].startswith(word) or word.startswith(near[0])
        return typed if forms else near[0]

    def added(self, question: str) -> str:
        """The documents' words for the phrases of a question, each once; empty where it has none."""
        found = (self.means[match[0].lower()] for match in self.phrases.finditer(question))
        return ", ".join(dict.fromkeys(found))


def asked(question: str) -> Asked:
    """Read a question: telephone spellings written out, slips mended, the documents' words added."""
    words = everyday()
    text = words.spelled_out(question)
    mended = words.mended(text)
    slips = [m for m, t in zip(_WORD.findall(mended), _WORD.findall(text), strict=True) if m != t]
    added = ", ".join(filter(None, [*slips, words.added(mended)]))
    return Asked(f"{text} {added}" if added else text, (text, f"{text} ({added})") if added else (text,))


@lru_cache(maxsize=1)
def everyday() -> Everyday:
    """The words of `everyday.yaml`. Raises PolicyError naming the place that cannot be read."""
    path = WORDS_FILE.name
    tree = keys_of(read_tree(path, WORDS_FILE.read_text(encoding="utf-8")), path, ("short", "means"))
    short = _texts(tree["short"], f"{path}: short")
    means = {p: words for key, words in _texts(tree["means"], f"{path}: means").items() for p in key.split("|")}
    return Everyday(
        short, means, _by_letter([*short.values(), *means, *means.values()]), _any_of(short), _any_of(means)
    )


@lru_cache(maxsize=1)
def elsewhere() -> tuple[str, ...]:
    """What people ask that no document is about. Raises PolicyError naming the place that cannot be read."""
    path = ELSEWHERE_FILE.name
    tree = keys_of(read_tree(path, ELSEWHERE_FILE.read_text(encoding="utf-8")), path, ("questions",))
    return tuple(words_of(tree["questions"], f"{path}: questions"))


def _texts(tree: object, place: str) -> dict[str, str]:
    return {str(key): text_of(value, f"{place}.{key}") for key, value in tree_of(tree, place).items()}


def _by_letter(texts: Iterable[str]) -> dict[str, tuple[str, ...]]:
    words = sorted({w for text in texts for w in re.findall(r"[a-z]+", text.lower()) if len(w) >= SHORTEST_MENDED})
    return {letter: tuple(w for w in words if w[0] == letter) for letter in {w[0] for w in words}}


def _any_of(phrases: Mapping[str, str]) -> re.Pattern[str]:
    longest_first = sorted(phrases, key=len, reverse=True)
    return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, longest_first))})(?!\w)", re.IGNORECASE)
