"""Numbers written in words: `twenty thousand`, `four and a half`, `two hundred and five`."""

from __future__ import annotations

import re
from decimal import Decimal
from functools import lru_cache

_UNITS = {
    word: number
    for number, word in enumerate(
        "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "  # noqa: SIM905
        "seventeen eighteen nineteen".split()
    )
}
_TENS = {
    word: 10 * number
    for number, word in enumerate("twenty thirty forty fifty sixty seventy eighty ninety".split(), 2)  # noqa: SIM905
}
_UNITS |= {"nought": 0, "naught": 0, "nil": 0}
SCALES = {
    "hundred": Decimal(100), "thousand": Decimal(10**3), "lakh": Decimal(10**5), "lakhs": Decimal(10**5),
    "million": Decimal(10**6), "crore": Decimal(10**7), "crores": Decimal(10**7), "billion": Decimal(10**9),
}  # fmt: skip
PARTS = {"half": Decimal("0.5"), "quarter": Decimal("0.25"), "third": Decimal(1) / 3, "fifth": Decimal("0.2")}
_ORDINALS = frozenset(
    "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth twentieth thirtieth".split()  # noqa: SIM905
)
_ANY = "|".join([*_UNITS, *_TENS, *SCALES])
PATTERN = rf"(?:{_ANY})(?:(?:\s+and\s+|[\s-]+)(?:{_ANY}))*(?:\s+and\s+a\s+(?:half|quarter))?"
"""Finds a number in words, lower case, inside a longer pattern."""


@lru_cache(maxsize=1024)
def number_of(text: str) -> Decimal:
    """The value of a number in words.

    >>> number_of("twenty thousand"), number_of("two hundred and five"), number_of("four and a half")
    (Decimal('20000'), Decimal('205'), Decimal('4.5'))
    """
    total, current = Decimal(0), Decimal(0)
    for word in re.split(r"[\s-]+", text.lower()):
        if word in _UNITS or word in _TENS:
            current += _UNITS.get(word) or _TENS.get(word, 0)
        elif word == "hundred":
            current = (current or Decimal(1)) * 100
        elif word in SCALES:
            total, current = total + (current or Decimal(1)) * SCALES[word], Decimal(0)
        elif word in PARTS:
            current += PARTS[word]
    return total + current


def is_ordinal(word: str) -> bool:
    """Whether a word says a place in a row, such as `third`."""
    return word.lower() in _ORDINALS
