"""What a text must pass before anybody reads it. Whoever wrote it, template or model, is not asked."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from rag.ledger import Ledger
from rag.words import search_words

MOST_CHARACTERS = 4000
MOST_WORDS_A_SENTENCE = 34


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


_MARKUP = re.compile(r"<[a-zA-Z/!]|https?:|www\.|\]\(|```|&#?\w+;|javascript:|\bdata:", re.IGNORECASE)


def _phrases(*phrases: str) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{'|'.join(phrases)})\b", re.IGNORECASE)


_PROMISES = (
    r"guarantee\w*", r"we promise", r"definitely", r"certainly get", r"no risk of refusal", r"rest assured",
    r"for sure",
)  # fmt: skip
_PROMISE = _phrases(*_PROMISES)
_YES = _phrases(
    *_PROMISES, r"(?:is|are|was|were|been|being) (?:now |already |fully |finally )?approved", r"approved in principle",
    r"(?:you|we)(?:'ll| will| shall)? (?:certainly|surely)", r"you will (?:get|receive|be approved)",
    r"we (?:commit|will lend|will approve|will pay)", r"has been granted", r"pre-?approved", r"congratulations",
)  # fmt: skip
_PROTECTED = _phrases(
    r"race", r"racial", r"religio\w+", r"muslim", r"christian", r"hindu", r"jewish", r"buddhist", r"sikh", r"caste",
    r"ethnic\w*", r"nationality", r"national origin", r"skin", r"gender", r"sex", r"male", r"female", r"wom[ae]n",
    r"m[ae]n", r"marital", r"married", r"unmarried", r"divorced", r"widow\w*", r"pregnan\w+", r"disabilit\w+",
    r"disabled", r"sexual\w*", r"immigrant\w*", r"foreigner\w*", r"too old", r"your age", r"elderly",
)  # fmt: skip
_DISCOURAGING = _phrases(
    r"don'?t bother", r"not worth applying", r"no point in (?:applying|asking)", r"you should not (?:apply|ask)",
    r"never (?:apply|ask)", r"people like you", r"waste of time", r"you will never", r"give up", r"not welcome",
    r"go elsewhere",
)  # fmt: skip
_OTHERS = re.compile(
    r"\b[CdDoO]_?[a-z2-7]{20,}\b|\bC\d{5}\b|[\w.+-]+@[\w-]+\.\w+|\b\d{3}-\d{2}-\d{4}\b|\b(?:\d[ -]?){12,19}\b"
)
_SCREENED = _phrases(r"sanction\w*", r"fraud\w*", r"watch-?list\w*", r"screening", r"flagged", r"money launder\w*")
_SPLIT = re.compile(r"(?<=[.!?])\s+(?=[A-Z0-9$₹*\"“])|\n+")


def verify(sentences: Sequence[Sentence], ground: Ground) -> list[Failure]:
    """Every check that a text fails; none means that it may be shown."""
    text = " ".join(sentence.text for sentence in sentences)
    checks: Sequence[Callable[[], list[Failure]]] = (
        lambda: _numbers(sentences, ground),
        lambda: _citations(sentences, ground),
        lambda: _commitment(text, ground.outcome),
        lambda: _matches("markup", _MARKUP, text),
        lambda: _uncited("protected", _PROTECTED, sentences, ground),
        lambda: _matches("discouraging", _DISCOURAGING, text),
        lambda: _uncited("screening", _SCREENED, sentences, ground),
        lambda: [f for f in _matches("others", _OTHERS, text) if f.found not in ground.own],
        lambda: _length(text),
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


def _citations(sentences: Sequence[Sentence], ground: Ground) -> list[Failure]:
    """A cited passage exists, and shares words that carry meaning with the sentence that leans on it."""
    failures: list[Failure] = []
    for sentence in sentences:
        for name in sentence.cites:
            if name not in ground.passages:
                failures.append(Failure("citation", name))
            elif not set(_stems(sentence.text)) & set(_stems(ground.passages[name])):
                failures.append(Failure("unsupported", name))
    return failures


def _commitment(text: str, outcome: str) -> list[Failure]:
    return _matches("commitment", _PROMISE if outcome == "approve" else _YES, text)


def _uncited(check: str, words: re.Pattern[str], sentences: Sequence[Sentence], ground: Ground) -> list[Failure]:
    """Words that only a cited passage may bring up."""
    return [
        Failure(check, found[0])
        for sentence in sentences
        for found in words.finditer(sentence.text)
        if not any(found[0].lower() in ground.passages.get(name, "").lower() for name in sentence.cites)
    ]


def _matches(check: str, words: re.Pattern[str], text: str) -> list[Failure]:
    return [Failure(check, found[0]) for found in words.finditer(text)]


def _length(text: str) -> list[Failure]:
    if len(text) > MOST_CHARACTERS:
        return [Failure("length", f"{len(text)} characters")]
    longest = max((len(s.text.split()) for s in sentences_of(text)), default=0)
    return [Failure("level", f"a sentence of {longest} words")] if longest > MOST_WORDS_A_SENTENCE else []


def _stems(text: str) -> list[str]:
    return [word[:5] for word in search_words(text)]
