"""A grammar (GBNF) in which a model can only reword claims: their slots and marks in order, their words, plain words.

No digit can be written, no slot left out or doubled, no word brought in; citations are not the model's to give, they
stand with the claim. Repetition is by `*` alone: `{m,n}` of nested rules takes a llama.cpp parser minutes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

from rag.meaning import content, family, lexicon

_SEPARATOR = '","? " "'


def grammar_of(claims: Sequence[str]) -> str:
    """One line for each claim, in order, each ending in a full stop.

    Args:
        claims: plain sentences with slots such as `{rate}`; at least one.
    """
    lines = [f"line-{n}" for n in range(1, len(claims) + 1)]
    rules = ["root ::= " + ' "\\n" '.join(lines), f"sep ::= {_SEPARATOR}"]
    for number, claim in enumerate(claims, 1):
        rules += [f"line-{number} ::= {_line(claim, number)}", *_words(claim, number)]
    return "\n".join(rules) + "\n"


def fixed(claim: str) -> list[str]:
    """What a rewording cannot leave out or move: slots, and marks as the claim writes them.

    >>> fixed("The cheapest offer costs {saving} less in all.")
    ['cheapest', '{saving}', 'less', 'all']
    """
    return [found[0].lower() for found in _fixed().finditer(claim)]


def _line(claim: str, number: int) -> str:
    word, first = f"word-{number}", f"first-{number}"
    parts = fixed(claim)
    if not parts:
        return f'{first} (sep {word})* "."'
    opening = f"({first} sep ({word} sep)* {_quoted(parts[0])} | {_quoted(_capital(parts[0]))})"
    rest = " ".join(f"(sep {word})* sep {_quoted(part)}" for part in parts[1:])
    return f'{opening} {rest} (sep {word})* "."'


def _words(claim: str, number: int) -> list[str]:
    """The words that may stand between, and the same with a capital for the beginning."""
    words = sorted(lexicon().plain | set(_forms(claim)))
    capitals = sorted({_capital(word) for word in words})
    return [f"word-{number} ::= {_tree(words)}", f"first-{number} ::= {_tree(capitals)}"]


def _forms(claim: str) -> Iterable[str]:
    """The claim's own words as it writes them, and the members of their families."""
    own = content(claim)
    for word in re.findall(r"\(?[A-Za-z]+\)?", claim):
        if family(word.strip("()").lower()) in own:
            yield word if word.strip("()").isupper() else word.lower()
    yield from (member for member, root in _members().items() if root in own)


@lru_cache(maxsize=1)
def _members() -> Mapping[str, str]:
    """Every word of a family as it is written, to what it is compared by."""
    return {word: family(word) for word in lexicon().members}


@lru_cache(maxsize=1)
def _fixed() -> re.Pattern[str]:
    known = lexicon()
    marks = "|".join(sorted(known.marks, key=len, reverse=True))
    phrases = "|".join(sorted(known.phrases, key=len, reverse=True))
    return re.compile(rf"\{{[a-z_]+\}}|\b(?:{phrases}|{marks}|\w+n't)\b", re.IGNORECASE)


def _tree(words: Sequence[str]) -> str:
    """Words as nested alternatives by their beginnings, so that few of them are open at a time."""
    heads: dict[str, list[str]] = {}
    for word in words:
        heads.setdefault(word[:1], []).append(word[1:])
    return " | ".join(f"{_quoted(head)}{_tail(tails)}" for head, tails in heads.items())


def _tail(tails: Sequence[str]) -> str:
    if tails == [""]:
        return ""
    if len(tails) == 1:
        return f" {_quoted(tails[0])}"
    return f" ({_tree([tail for tail in tails if tail])}){'?' if '' in tails else ''}"


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _capital(word: str) -> str:
    return word[:1].upper() + word[1:]
