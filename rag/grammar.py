"""A grammar (GBNF) in which a model chooses how claims are said, and cannot say anything else.

Each claim keeps its words and slots in order; where `meaning.yaml` knows other ways to say the same, the model picks
one. So no digit can be written, no slot left out, doubled or moved, and no word brought in. Given more freedom (any
plain words between the claim's own), small models wrote nonsense; free to copy, they copied. Citations are not the
model's to give, they stand with the claim. There is no repetition: a llama.cpp parser can take minutes over it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from rag.meaning import SLOT, lexicon


def grammar_of(claims: Sequence[str]) -> str:
    """One line for each claim, in order, each ending in a full stop.

    Args:
        claims: plain sentences with slots such as `{rate}`; at least one.
    """
    root = ' "\\n" '.join(f"line-{number}" for number in range(1, len(claims) + 1))
    lines = [f"line-{number} ::= {' '.join(map(_choice, ways(claim)))}" for number, claim in enumerate(claims, 1)]
    return "\n".join([f"root ::= {root}", *lines]) + "\n"


def ways(claim: str) -> list[tuple[str, ...]]:
    """A claim in pieces, each with the ways to say it, the claim's own first.

    >>> ways("The offer stands until {day}.")[0][:2]
    ('The offer stands', 'This offer stands')
    """
    pieces: list[tuple[str, ...]] = []
    done = 0
    for found in _swaps().finditer(claim):
        pieces += [(claim[done : found.start()],)] if found.start() > done else []
        others = [way for way in _others(found[0], claim[found.end() :]) if way.lower() != found[0].lower()]
        first = found.start() == 0
        pieces.append((found[0], *(_capital(way) if first else way for way in others)))
        done = found.end()
    return [*pieces, (claim[done:],)] if claim[done:] else pieces


def _choice(piece: Sequence[str]) -> str:
    """The other ways where there are some: a small model that may copy copies."""
    options = [_quoted(way) for way in piece[1:] or piece]
    return options[0] if len(options) == 1 else f"({' | '.join(options)})"


def _others(phrase: str, after: str) -> Sequence[str]:
    """The ways to say a phrase; some hold only before a slot."""
    swaps, name = lexicon().swaps, phrase.lower()
    before_slot = SLOT.match(after.lstrip()) is not None
    return swaps.get(f"{name} {{", ()) if before_slot and f"{name} {{" in swaps else swaps.get(name, ())


@lru_cache(maxsize=1)
def _swaps() -> re.Pattern[str]:
    """Phrases with other ways to be said, the longest first."""
    names = sorted({re.escape(name.removesuffix(" {")) for name in lexicon().swaps}, key=len, reverse=True)
    return re.compile(rf"\b(?:{'|'.join(names)})\b", re.IGNORECASE)


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
