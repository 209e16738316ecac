"""Every number in a text, in digits or words, with its unit and scale."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

from rag.number_words import PATTERN, SCALES, number_of

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


_MONTHS = {
    name: number
    for number, names in enumerate(
        ("january jan", "february feb", "march mar", "april apr", "may", "june jun", "july jul", "august aug",
         "september sep sept", "october oct", "november nov", "december dec"), 1)
    for name in names.split()
}  # fmt: skip
_MONTH = "|".join(sorted(_MONTHS, key=len, reverse=True))
_DIGITS = r"\d+(?:,\d+)*(?:\.\d+)?"
_NUMBER = rf"(?:{_DIGITS}|{PATTERN})"
_SCALE = rf"(?:\s*(?:k|m|bn)\b|\s+(?:{'|'.join(SCALES)})\b)?"
_SIGN = r"US\$|\$|₹|€|£|\b(?:Rs\.?|USD|INR|EUR|GBP)"
_CURRENCY = r"(?:US )?dollars?|bucks?|rupees?|euros?|pounds?|USD|INR|EUR|GBP|cents?|paise"
_CURRENCIES = {"$": "USD", "us$": "USD", "usd": "USD", "₹": "INR", "rs": "INR", "inr": "INR", "€": "EUR", "eur": "EUR",
               "£": "GBP", "gbp": "GBP"}  # fmt: skip
_WORDS_OF_CURRENCY = {"dollar": "USD", "buck": "USD", "cent": "USD", "rupee": "INR", "paise": "INR", "euro": "EUR",
                      "pound": "GBP"}  # fmt: skip
_SHORT = {"k": Decimal(10**3), "m": Decimal(10**6), "bn": Decimal(10**9)}
_HEDGE = r"(?:about|around|roughly|nearly|almost|approximately|circa|some|~)"
_LENGTH = r"(?:years?|yrs?|months?|weeks?|days?|quarters?)"

_PATTERNS: tuple[tuple[str, str], ...] = (
    ("iso", r"\b(?P<y>\d{4})-(?P<m>\d{2})-(?P<d>\d{2})\b"),
    ("slash", r"\b(?P<a>\d{1,2})/(?P<b>\d{1,2})/(?P<y>\d{4})\b"),
    ("month_day", rf"\b(?P<mon>{_MONTH})\.?\s+(?P<d>\d{{1,2}})(?:st|nd|rd|th)?,?\s+(?P<y>\d{{4}})\b"),
    ("day_month", rf"\b(?P<d>\d{{1,2}})(?:st|nd|rd|th)?(?:\s+of)?\s+(?P<mon>{_MONTH})\.?,?\s+(?P<y>\d{{4}})\b"),
    ("day_month_bare", rf"\b(?:(?P<d>\d{{1,2}})(?:st|nd|rd|th)?(?:\s+of)?\s+(?P<mon>{_MONTH})|"
                       rf"(?P<mon2>{_MONTH})\s+(?P<d2>\d{{1,2}})(?:st|nd|rd|th)?)\b"),
    ("month_year", rf"\b(?P<mon>{_MONTH})\.?,?\s+(?P<y>\d{{4}})\b"),
    ("money_sign", rf"(?P<minus>[-−]\s*)?(?P<sign>{_SIGN})\s*(?P<n>{_DIGITS})(?P<scale>{_SCALE})"),
    ("money_word", rf"\b(?P<n>{_NUMBER})(?P<scale>{_SCALE})[\s-]+(?P<cur>{_CURRENCY})\b"),
    ("basis", rf"\b(?P<n>{_NUMBER})\s*(?:basis points?|bps|bp)\b"),
    ("points", rf"\b(?P<n>{_NUMBER})\s*(?:percentage|percent|%)[\s-]*points?\b"),
    ("half_percent", r"\b(?P<p>half|quarter)\s+(?:of\s+)?an?\s+per\s?cent(?P<pp>age\s+point)?\b"),
    ("percent", rf"(?P<minus>[-−])?\b(?P<n>{_NUMBER})(?:\s*%|\s*(?:percent|per cent|pct)\b)"),
    ("mixed", rf"\b(?P<n>{_NUMBER})[\s-]+(?:years?|yrs?)(?:,?\s+and)?\s+(?P<n2>{_NUMBER})[\s-]+months?\b"),
    ("and_half", rf"\b(?P<n>an?|{_NUMBER})[\s-]+(?P<u>years?|months?)\s+and\s+a\s+(?P<p>half|quarter)\b"),
    ("part_of", r"\b(?P<p>half|quarter|third)\s+(?:of\s+)?(?:an?\s+)(?P<u>year|month)\b"),
    ("length", rf"\b(?P<n>{_NUMBER})[\s-]*(?P<u>{_LENGTH})\b"),
    ("karat", rf"\b(?P<n>{_NUMBER})[\s-]*(?:karats?|carats?|k(?=\s+gold))\b"),
    ("grams", rf"\b(?P<n>{_NUMBER})[\s-]*(?P<u>kg|kilograms?|grams?|g)\b"),
    ("share", r"\b(?P<w>(?:one|two|three|four)[\s-]+(?:halves|thirds?|quarters?|fifths?)|a\s+(?:third|quarter|fifth)"
              r"|half)\b(?=\s+(?:of|the|your|my|its|as))"),
    ("times", r"\b(?P<w>twice|double|triple|thrice|dozen)\b"),
    ("plain", rf"(?<![\w.])(?P<minus>[-−])?(?P<n>{_NUMBER})(?P<scale>{_SCALE})(?![\w%]|\.\d)"),
)  # fmt: skip
_READERS = [(name, re.compile(pattern, re.IGNORECASE)) for name, pattern in _PATTERNS]
_PER = re.compile(r"\s*(?:/|a|an|per|each|every)\s*(month|year|week|day|annum)\b|\s*(monthly|yearly|annually|weekly)\b",
                  re.IGNORECASE)  # fmt: skip
_BEFORE = re.compile(rf"{_HEDGE}\s*$", re.IGNORECASE)
_NOUN = re.compile(r"[\s-]+([A-Za-z]+)")
_PRONOUN = re.compile(r"\b(?:no|any|every|some|this|that|which|each|the)\s+$", re.IGNORECASE)
_COUNTED = re.compile(r"\b(?:is|are|least|most|to|than|by|have|has|of)\s+(?:an?\s+)?(?:score of\s+)?$", re.IGNORECASE)
_PERIODS = {"month": "month", "monthly": "month", "year": "year", "annum": "year", "yearly": "year",
            "annually": "year", "week": "week", "weekly": "week", "day": "day"}  # fmt: skip


def mentions(text: str) -> list[Mention]:
    """Every number of a text in order; what belongs to one reading (a date, an amount) is read once.

    >>> [(m.kind, str(m.value), m.per) for m in mentions("You pay $412.35 a month for four years.")]
    [('money', '412.35', 'month'), ('months', '48', '')]
    """
    taken: list[tuple[int, int]] = []
    found: list[Mention] = []
    for name, reader in _READERS:
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
        word = {"twice": 2, "double": 2, "triple": 3, "thrice": 3, "dozen": 12}[groups["w"].lower()]
        return Mention(*span, "number", Decimal(word), noun="times" if word != 12 else "")
    value = _value(groups["n"]) * _scale(groups.get("scale")) * (-1 if groups.get("minus") else 1)
    if name in _SIMPLE:
        kind, size = _SIMPLE[name]
        return Mention(*span, kind, value * size, rounded=rounded)
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
    currency = _CURRENCIES.get(sign) or next((c for w, c in _WORDS_OF_CURRENCY.items() if w in word), "")
    after = _PER.match(text, match.end())
    per = _PERIODS[(after[1] or after[2]).lower()] if after else ""
    return Mention(match.start(), match.end(), "money", value, per=per, rounded=rounded, currency=currency)


def _length(name: str, groups: dict[str, str | None], span: tuple[int, int], rounded: bool) -> Mention:
    unit = (groups.get("u") or "years").lower()
    number = Decimal(1) if (groups.get("n") or "a").lower() in ("a", "an") else _value(groups["n"] or "0")
    if name == "part_of":
        number = _PART_VALUES[(groups["p"] or "").lower()]
    elif name == "and_half":
        number += _PART_VALUES[(groups["p"] or "").lower()]
    if unit.startswith(("d", "w")):
        return Mention(*span, "days", number * (7 if unit.startswith("w") else 1), rounded=rounded)
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
        month = _MONTHS[word.lower()]
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
    return _SHORT.get(word) or SCALES.get(word) or Decimal(1)


def _share(text: str) -> Decimal:
    words = re.split(r"[\s-]+", text.lower())
    of = {"hal": Decimal("0.5"), "thi": Decimal(1) / 3, "qua": Decimal("0.25"), "fif": Decimal("0.2")}
    count = Decimal(1) if len(words) == 1 or words[0] == "a" else number_of(words[0])
    return count * of[words[-1][:3]]
