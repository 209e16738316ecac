"""Whether a rewording still says what its claim says: same slots, same marks in the same order, no content of its own.

Marks are the words that turn a sentence round: negations, directions, conditions, who is compared with whom. Words that
are neither marks nor plain must come from the claim, and all of the claim's must be kept. That leaves tone, and nothing
that would need a judge.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from rag.numbers import mentions
from rag.verify import Failure

WORDS_FILE = Path(__file__).with_name("meaning.yaml")
SLOT = re.compile(r"\{[a-z_]+\}")
_TOKEN = re.compile(r"\{[a-z_]+\}|[^\W\d_]+")
_LONG = (
    (r"\b(?:can't|cannot)\b", "can not"), (r"\bwon't\b", "will not"), (r"n't\b", " not"), (r"'ll\b", " will"),
    (r"'re\b", " are"), (r"'ve\b", " have"), (r"'d\b", " would"), (r"\b(it|that|there|here|what)'s\b", r"\1 is"),
    (r"'s?\b", ""),
)  # fmt: skip
_ENDINGS = ("ing", "ed", "es", "d", "s")
_ALLOWED = re.compile(r"[A-Za-z ,'’();:.-]*")


@dataclass(frozen=True, slots=True)
class Lexicon:
    """`meaning.yaml`, read: plain words, mark to its group, word to its family, phrase to the word it counts as.

    `swaps` are phrases with others that say the same.
    """

    plain: frozenset[str]
    marks: Mapping[str, str]
    families: Mapping[str, str]
    phrases: Mapping[str, str]
    swaps: Mapping[str, tuple[str, ...]]


@lru_cache(maxsize=1)
def lexicon() -> Lexicon:
    """The lists in force."""
    import yaml

    read: dict[str, Any] = yaml.safe_load(WORDS_FILE.read_text(encoding="utf-8"))
    marks, families = (
        {str(word): str(group[0]) for group in read[part]["groups"] for word in group} for part in ("marks", "families")
    )
    roots = {stem(word): stem(first) for word, first in families.items()}
    plain = frozenset(read["plain"]["words"].split())
    swaps = {str(phrase): tuple(ways) for phrase, ways in read["swaps"]["phrases"].items()}
    return Lexicon(plain, marks, roots, read["phrases"]["words"], swaps)


def turned(claim: str, sentence: str) -> list[Failure]:
    """What a rewording of a claim does that it may not; none means that it says the same.

    Args:
        claim: plain sentence with slots such as `{rate}`.
        sentence: its rewording, with the same slots.
    """
    bare = SLOT.sub(" ", sentence)
    if strange := _ALLOWED.sub("", bare):
        return [Failure("characters", strange[:20])]
    known = set(_numbers_in(SLOT.sub(" ", claim)))
    if extra := [number for number in _numbers_in(bare) if number not in known]:
        return [Failure("number word", extra[0])]
    return [*_marks(claim, sentence), *_content(claim, sentence)]


def skeleton(text: str) -> list[str]:
    """Slots and marks of a text in their order, each mark as the first word of its group.

    >>> skeleton("The cheapest offer costs {saving} less in all.")
    ['lowest', '{saving}', 'lower', 'all']
    """
    marks = lexicon().marks
    return [token if token[0] == "{" else marks[token] for token in _tokens(text) if token[0] == "{" or token in marks]


def content(text: str) -> dict[str, str]:
    """The words of a text that say something, by family or stem; to the word as it stands."""
    words, known = _tokens(text), lexicon()
    kept = (w for w in words if w[0] != "{" and w not in known.plain and w not in known.marks)
    return {family(word): word for word in kept}


def family(word: str) -> str:
    """What a word is compared by."""
    root = stem(word)
    return lexicon().families.get(root, root)


def stem(word: str) -> str:
    """A word without its ending.

    >>> stem("costs"), stem("paying"), stem("rates")
    ('cost', 'pay', 'rat')
    """
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word.removesuffix(ending).rstrip("e")
    return word.rstrip("e") if len(word) > 3 else word


def _marks(claim: str, sentence: str) -> list[Failure]:
    wanted, found = skeleton(claim), skeleton(sentence)
    if wanted == found:
        return []
    differ = next((pair for pair in zip(wanted, found, strict=False) if pair[0] != pair[1]), None)
    if differ is None:
        longer = wanted[len(found) :] or found[len(wanted) :]
        return [Failure("turned", f"{'without' if len(wanted) > len(found) else 'added'} {longer[0]}")]
    return [Failure("turned", f"{differ[1]} in place of {differ[0]}")]


def _content(claim: str, sentence: str) -> list[Failure]:
    wanted, found = content(claim), content(sentence)
    added = [Failure("added", word) for root, word in found.items() if root not in wanted]
    return added + [Failure("left out", word) for root, word in wanted.items() if root not in found]


def _tokens(text: str) -> Sequence[str]:
    words = text.lower().replace("’", "'")
    for short, long in _LONG:
        words = re.sub(short, long, words)
    for phrase, word in lexicon().phrases.items():
        words = re.sub(rf"\b{phrase}\b", word, words)
    return _TOKEN.findall(words)


def _numbers_in(text: str) -> list[str]:
    return [text[m.start : m.end].lower() for m in mentions(text)]
