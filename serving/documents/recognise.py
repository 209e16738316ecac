"""Which kind of paper a text is: phrases with points, the points of each kind in the open."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import NamedTuple

from serving.documents.lines import Reading
from serving.documents.rules import Kind

_OTHER = re.compile(r"[^\w]+")


class Guess(NamedTuple):
    """A kind, its score from 0 to 1, and how far it leads the next one."""

    kind: str
    score: Decimal
    lead: Decimal


def normal(text: str) -> str:
    """Words in small letters with one space between them, and one at each end.

    >>> normal("Gross  PAY: 6,500")
    ' gross pay 6 500 '
    """
    return f" {_OTHER.sub(' ', text.casefold()).strip()} "


def recognise(reading: Reading, kinds: Mapping[str, Kind]) -> Guess:
    """The kind that a paper looks most like."""
    text = normal(reading.text)
    scores = {name: _score(text, kind) for name, kind in kinds.items()}
    best, *others = sorted(scores, key=lambda name: (-scores[name], name))
    return Guess(best, scores[best], scores[best] - max((scores[name] for name in others), default=Decimal(0)))


def _score(text: str, kind: Kind) -> Decimal:
    points = sum(points for phrase, points in kind.words.items() if normal(phrase) in text)
    return min(Decimal(1), Decimal(points) / kind.full).quantize(Decimal("0.01"))
