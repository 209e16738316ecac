"""What a text must pass before anybody reads it. Whoever wrote it, template or model, is not asked."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from rag.ledger import OWN, Ledger
from rag.plain import plain_sentences
from rag.words import search_words

MOST_CHARACTERS = 4000
MOST_WORDS_A_SENTENCE = 34
UNSAID_FILE = Path(__file__).with_name("unsaid.yaml")


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence and the passages that it cites."""

    text: str
    cites: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Failure:
    """A check that a text did not pass, and the words at fault."""

    check: str
    found: str


@dataclass(frozen=True, slots=True)
class Ground:
    """What a text may stand on.

    Attributes:
        ledger: the figures of the record.
        passages: id to text of the passages that may be cited.
        outcome: of the decision; empty where the text is about none.
        own: ids and names that belong to the reader and may be written.
    """

    ledger: Ledger
    passages: Mapping[str, str]
    outcome: str = ""
    own: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Unsaid:
    """Words that no text says: `unless` the outcome lets them, or where `cited` a cited document has them."""

    check: str
    words: re.Pattern[str]
    unless: str
    cited: bool


_MARKUP = re.compile(
    r"<[a-zA-Z/!]|https?:|www\.|\]\(|```|&#?\w+;|javascript:|\bdata:|\b[\w-]+\.(?:com|org|net|io|in|example)\b|\*\*",
    re.IGNORECASE,
)
_OTHERS = re.compile(
    r"\b[CdDoO]_?[a-z2-7]{20,}\b|\bC\d{5}\b|[\w.+-]+@[\w-]+\.\w+|\b\d{3}-\d{2}-\d{4}\b|\b(?:\d[ -]?){12,19}\b"
)
_SPLIT = re.compile(r"(?<=[.!?])\s+(?=[A-Z0-9$₹*\"“])|\n+")


def verify(sentences: Sequence[Sentence], ground: Ground) -> list[Failure]:
    """Every check that a text fails; none means that it may be shown.

    A sentence that a cited document has word for word is the document's: a second person approved it.
    """
    text = " ".join(sentence.text for sentence in sentences)
    own = [sentence for sentence in sentences if not _is_quoted(sentence, ground)]
    checks: Sequence[Callable[[], list[Failure]]] = (
        lambda: _numbers(own, ground),
        lambda: [Failure("citation", name) for s in sentences for name in s.cites if name not in ground.passages],
        lambda: _unsupported(own, ground),
        lambda: [failure for sentence in own for failure in _unsaid(sentence, ground)],
        lambda: _matches("markup", _MARKUP, text),
        lambda: [f for f in _matches("others", _OTHERS, text) if f.found not in ground.own],
        lambda: _letters(text, ground),
        lambda: _length(text, own),
    )
    return [failure for check in checks for failure in check()]


def sentences_of(text: str) -> list[Sentence]:
    """A plain text as sentences that cite nothing."""
    return [Sentence(piece.strip()) for piece in _SPLIT.split(text) if piece.strip()]


def _numbers(sentences: Sequence[Sentence], ground: Ground) -> list[Failure]:
    failures: list[Failure] = []
    for sentence in sentences:
        cited = {name: ground.passages[name] for name in sentence.cites if name in ground.passages}
        _, unbound = ground.ledger.with_passages(cited).check(sentence.text)
        failures += [Failure("number", f"{one.text} ({one.why})") for one in unbound]
    return failures


def _unsupported(sentences: Sequence[Sentence], ground: Ground) -> list[Failure]:
    """A cited passage shares words that carry meaning with the sentence that leans on it."""
    return [
        Failure("unsupported", name)
        for sentence in sentences
        for name in sentence.cites
        if name in ground.passages and not set(_stems(sentence.text)) & set(_stems(ground.passages[name]))
    ]


def _is_quoted(sentence: Sentence, ground: Ground) -> bool:
    """Whether a cited document of the bank has this very sentence or heading."""
    trusted = [ground.passages.get(name, "") for name in sentence.cites if not name.startswith(OWN)]
    return any(_flat(sentence.text).rstrip(".:") in _sentences(text) for text in trusted)


@lru_cache(maxsize=512)
def _sentences(passage: str) -> frozenset[str]:
    """The sentences of a passage, with and without the lines of title and heading before them, and its lines."""
    lines = passage.splitlines()
    texts = [text for start in range(3) for text in plain_sentences("\n".join(lines[start:]))]
    return frozenset(_flat(text).rstrip(".:") for text in [*texts, *lines])


def _unsaid(sentence: Sentence, ground: Ground) -> list[Failure]:
    """Words of `unsaid.yaml`."""
    rules, ours = unsaid()
    trusted = [_flat(ground.passages.get(name, "")) for name in sentence.cites if not name.startswith(OWN)]
    told = ours.sub(" ", _flat(sentence.text))
    return [
        Failure(rule.check, found[0])
        for rule in rules
        if not rule.unless or rule.unless != ground.outcome
        for found in rule.words.finditer(told)
        if not rule.cited or not any(found[0] in text for text in trusted)
    ]


@lru_cache(maxsize=1)
def unsaid() -> tuple[tuple[Unsaid, ...], re.Pattern[str]]:
    """The rules of `unsaid.yaml`, and what the bank's own templates say all the same."""
    import yaml

    read: dict[str, Any] = yaml.safe_load(UNSAID_FILE.read_text(encoding="utf-8"))
    ours = re.compile("|".join(map(re.escape, read.pop("ours"))))
    rules = (
        Unsaid(rule.get("check", name), _phrases(rule["phrases"]), rule.get("unless", ""), bool(rule.get("cited")))
        for name, rule in read.items()
    )
    return tuple(rules), ours


def _phrases(phrases: Sequence[str]) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)(?:{'|'.join(phrases)})(?!\w)")


def _flat(text: str) -> str:
    """Lower case, without the marks of Markdown, single spaces, one kind of apostrophe."""
    return " ".join(text.replace("*", "").replace("’", "'").lower().split())


def _matches(check: str, words: re.Pattern[str], text: str) -> list[Failure]:
    return [Failure(check, found[0]) for found in words.finditer(text)]


def _letters(text: str, ground: Ground) -> list[Failure]:
    """Characters that are not seen, and letters of other scripts that look like ours, unless a name has them."""
    for character in text:
        if character.isascii() or any(character in name for name in ground.own):
            continue
        hidden = unicodedata.category(character) in ("Cf", "Cc", "Co", "Cs", "Cn")
        strange = character.isalpha() and not unicodedata.name(character, "").startswith("LATIN")
        if hidden or strange or unicodedata.category(character) in ("Nl", "No"):
            return [Failure("letters", f"U+{ord(character):04X}")]
    return []


def _length(text: str, own: Sequence[Sentence]) -> list[Failure]:
    if len(text) > MOST_CHARACTERS:
        return [Failure("length", f"{len(text)} characters")]
    longest = max((len(s.text.split()) for o in own for s in sentences_of(o.text)), default=0)
    return [Failure("level", f"a sentence of {longest} words")] if longest > MOST_WORDS_A_SENTENCE else []


def _stems(text: str) -> list[str]:
    return [word[:5] for word in search_words(text)]
