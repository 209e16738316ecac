"""Every number in a text, in digits or words, with its unit and scale."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

from rag.number_patterns import (
    CURRENCIES,
    HEDGE,
    MONTHS,
    PER,
    PERIODS,
    READERS,
    SHORT_SCALES,
    WORDS_OF_CURRENCY,
)
from rag.number_words import SCALES, number_of

Kind = Literal["money", "fraction", "points", "months", "days", "years", "date", "month", "karat", "grams", "number"]
"""`fraction` is a percentage (0.35 for 35 %), `points` percentage points, `month` a month of a year."""


@dataclass(frozen=True, slots=True)
class Mention:
    """A number as a text says it.

    Attributes:
        start, end: where it stands in the text, unit included.
        value: in base units: money in currency units, fractions as 0.35, durations in months or days; None for dates.
        day: of a date, the first of the month for a month of a year.
        per: `month`, `year` or "" where no such period is said beside money.
        rounded: the text says about, around, roughly, nearly, almost, over or under before it.
        noun: the word after a plain number, such as `offers`.
    """

    start: int
    end: int
    kind: Kind
    value: Decimal | None = None
    day: date | None = None
    per: str = ""
    rounded: bool = False
    noun: str = ""
    currency: str = ""


_BEFORE = re.compile(rf"{HEDGE}\s*$", re.IGNORECASE)
_NOUN = re.compile(r"[\s-]+([A-Za-z]+)")
_PRONOUN = re.compile(r"\b(?:no|any|every|some|this|that|which|each|the)\s+$", re.IGNORECASE)
_COUNTED = re.compile(r"\b(?:is|are|least|most|to|than|by|have|has|of)\s+(?:an?\s+)?(?:score of\s+)?$", re.IGNORECASE)


def mentions(text: str) -> list[Mention]:
    """Every number of a text in order; what belongs to one reading (a date, an amount) is read once.

    >>> [(m.kind, str(m.value), m.per) for m in mentions("You pay $412.35 a month for four years.")]
    [('money', '412.35', 'month'), ('months', '48', '')]
    """
    taken: list[tuple[int, int]] = []
    found: list[Mention] = []
    for name, reader in READERS:
        for match in reader.finditer(text):
            if any(match.start() < end and start < match.end() for start, end in taken):
                continue
            mention = _read(name, match, text)
            if mention is not None:
                taken.append((match.start(), match.end()))
                found.append(mention)
    return sorted(found, key=lambda mention: mention.start)


def _read(name: str, match: re.Match[str], text: str) -> Mention | None:
    if name in ("iso", "slash", "month_day", "day_month", "day_month_bare", "month_year"):
        return _date(name, match)
    rounded = bool(_BEFORE.search(text[: match.start()]))
    span = (match.start(), match.end())
    groups = match.groupdict()
    if name in ("money_sign", "money_word"):
        return _money(match, text, rounded)
    if name in ("mixed", "and_half", "part_of", "length"):
        return _length(name, groups, span, rounded)
    if name == "half_percent":
        kind: Kind = "points" if groups["pp"] else "fraction"
        return Mention(*span, kind, _PART_VALUES[groups["p"].lower()] / 100, rounded=rounded)
    if name == "share":
        return Mention(*span, "fraction", _share(groups["w"]), rounded=rounded)
    if name == "times":
        return Mention(*span, "number", _times(groups["w"].lower()), noun="" if groups["w"] == "dozen" else "times")
    if name == "roman":
        return Mention(*span, "number", _roman(groups["r"]), noun="")
    value = _value(groups["n"]) * _scale(groups.get("scale")) * (-1 if groups.get("minus") else 1)
    if name in _SIMPLE:
        kind, size = _SIMPLE[name]
        return Mention(*span, kind, value * size, per=_per(text, match.end()), rounded=rounded)
    if name == "grams":
        return Mention(*span, "grams", value * (1000 if groups["u"].lower().startswith("k") else 1), rounded=rounded)
    return _plain(match, text, value, rounded)


_SIMPLE: dict[str, tuple[Kind, Decimal]] = {
    "basis": ("points", Decimal("0.0001")), "points": ("points", Decimal("0.01")),
    "percent": ("fraction", Decimal("0.01")), "karat": ("karat", Decimal(1)),
}  # fmt: skip


def _money(match: re.Match[str], text: str, rounded: bool) -> Mention:
    groups = match.groupdict()
    value = _value(groups["n"]) * _scale(groups["scale"]) * (-1 if groups.get("minus") else 1)
    word = (groups.get("cur") or "").lower()
    if word.startswith(("cent", "paise")):
        value /= 100
    sign = (groups.get("sign") or word).lower().rstrip(".")
    currency = CURRENCIES.get(sign) or next((c for w, c in WORDS_OF_CURRENCY.items() if w in word), "")
    return Mention(
        match.start(), match.end(), "money", value, per=_per(text, match.end()), rounded=rounded, currency=currency
    )


def _per(text: str, end: int) -> str:
    after = PER.match(text, end)
    word = next(filter(None, after.groups())).lower().replace(".", "") if after else ""
    often = after is not None and after[0].strip().lower().startswith(("twice", "bi", "half", "semi"))
    return "other" if often else PERIODS.get(word, "other") if word else ""


def _length(name: str, groups: dict[str, str | None], span: tuple[int, int], rounded: bool) -> Mention:
    unit = (groups.get("u") or "years").lower()
    number = Decimal(1) if (groups.get("n") or "a").lower() in ("a", "an") else _value(groups["n"] or "0")
    if name == "part_of":
        number = _PART_VALUES[(groups["p"] or "").lower()]
    elif name == "and_half":
        number += _PART_VALUES[(groups["p"] or "").lower()]
    if unit.startswith(("d", "w", "f")):
        days = 7 if unit.startswith("w") else 14 if unit.startswith("f") else 1
        return Mention(*span, "days", number * days, rounded=rounded)
    months = number * (12 if unit.startswith("y") else 3 if unit.startswith("q") else 1)
    if name == "mixed":
        months += _value(groups["n2"] or "0")
    return Mention(*span, "months", months, rounded=rounded)


_PART_VALUES = {"half": Decimal("0.5"), "quarter": Decimal("0.25"), "third": Decimal(1) / 3}


def _plain(match: re.Match[str], text: str, value: Decimal, rounded: bool) -> Mention | None:
    """A number without a unit; `one` as a pronoun is none."""
    after = _NOUN.match(text, match.end())
    noun = after[1].lower() if after else ""
    if match["n"].lower() == "one" and _is_pronoun(text[: match.start()], noun):
        return None
    return Mention(match.start(), match.end(), "number", value, rounded=rounded, noun=noun)


def _is_pronoun(before: str, noun: str) -> bool:
    if noun in ("of", "is", "that", "which", "and", "or", "will", "can", "has") or _PRONOUN.search(before):
        return True
    return not noun and not _COUNTED.search(before)


def _date(name: str, match: re.Match[str]) -> Mention | None:
    groups = match.groupdict()
    span = (match.start(), match.end())
    try:
        if name == "iso":
            return Mention(*span, "date", day=date(int(groups["y"]), int(groups["m"]), int(groups["d"])))
        if name == "slash":
            return Mention(*span, "date", day=date(int(groups["y"]), int(groups["a"]), int(groups["b"])))
        word = groups["mon"] or groups.get("mon2") or ""
        if word in ("APR", "may"):  # the yearly cost, and the verb
            return None
        month = MONTHS[word.lower()]
        if name == "month_year":
            return Mention(*span, "month", day=date(int(groups["y"]), month, 1))
        if name == "day_month_bare":
            return Mention(*span, "date", Decimal(month * 100 + int(groups["d"] or groups["d2"] or 0)))
        return Mention(*span, "date", day=date(int(groups["y"]), month, int(groups["d"])))
    except ValueError:  # no such day: a claim that nothing can bind
        return Mention(*span, "date")


def _value(text: str) -> Decimal:
    if text[0].isdigit():
        return Decimal(text.replace(",", ""))
    return number_of(text)


def _scale(text: str | None) -> Decimal:
    word = (text or "").strip().lower()
    return SHORT_SCALES.get(word) or SCALES.get(word) or Decimal(1)


def _share(text: str) -> Decimal:
    """A part in words, such as `two thirds`; `half` alone is one."""
    words = re.split(r"[\s-]+", text.lower())
    count = Decimal(1) if len(words) == 1 or words[0] in ("a", "an") else number_of(words[0])
    return count / next(size for begin, size in _PARTS.items() if words[-1].startswith(begin))


_PARTS = {"hal": 2, "thi": 3, "qua": 4, "fou": 4, "fif": 5, "six": 6, "sev": 7, "eig": 8, "nin": 9, "ten": 10}
_TIMES = {"twi": 2, "dou": 2, "thr": 3, "tri": 3, "qua": 4, "doz": 12}


def _times(word: str) -> Decimal:
    if word.startswith("hal"):
        return Decimal("0.5")
    if digits := re.match(r"\d+(?:\.\d+)?", word):
        return Decimal(digits[0])
    fold = word.removesuffix("fold").strip(" -")
    return number_of(fold) if fold != word else Decimal(_TIMES[word[:3]])


def _roman(text: str) -> Decimal:
    values = [{"I": 1, "V": 5, "X": 10, "L": 50, "C": 100, "D": 500, "M": 1000}[letter] for letter in text]
    following = [*values[1:], 0]
    return Decimal(sum(-v if v < after else v for v, after in zip(values, following, strict=True)))
