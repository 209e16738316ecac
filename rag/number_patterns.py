"""How numbers look in a text: dates, money, shares, lengths of time, counts."""

from __future__ import annotations

import re
from decimal import Decimal

from rag.number_words import PATTERN, SCALES

MONTHS = {
    name: number
    for number, names in enumerate(
        ("january jan", "february feb", "march mar", "april apr", "may", "june jun", "july jul", "august aug",
         "september sep sept", "october oct", "november nov", "december dec"), 1)
    for name in names.split()
}  # fmt: skip
_MONTH = "|".join(sorted(MONTHS, key=len, reverse=True))
_DIGITS = r"\d+(?:,\d+)*(?:\.\d+)?"
_NUMBER = rf"(?:{_DIGITS}|{PATTERN})"
_SCALE = rf"(?:\s*(?:k|m|bn)\b|\s+(?:{'|'.join(SCALES)})\b)?"
_SIGN = r"US\$|\$|₹|€|£|¥|\b(?:Rs\.?|USD|INR|EUR|GBP|CHF|AED|JPY|CAD|AUD|SGD)"
_CURRENCY = (
    r"(?:US )?dollars?|bucks?|rupees?|euros?|pounds?|quid|yen|francs?|dirhams?|USD|INR|EUR|GBP|CHF|AED|JPY|cents?|paise"
)
CURRENCIES = {"$": "USD", "us$": "USD", "usd": "USD", "₹": "INR", "rs": "INR", "inr": "INR", "€": "EUR", "eur": "EUR",
               "£": "GBP", "gbp": "GBP", "¥": "JPY", "jpy": "JPY", "chf": "CHF", "aed": "AED", "cad": "CAD",
              "aud": "AUD", "sgd": "SGD"}  # fmt: skip
WORDS_OF_CURRENCY = {"dollar": "USD", "buck": "USD", "cent": "USD", "rupee": "INR", "paise": "INR", "euro": "EUR",
                      "pound": "GBP", "quid": "GBP", "yen": "JPY", "franc": "CHF", "dirham": "AED"}  # fmt: skip
SHORT_SCALES = {"k": Decimal(10**3), "m": Decimal(10**6), "bn": Decimal(10**9)}
HEDGE = r"(?:about|around|roughly|nearly|almost|approximately|circa|some|~)"
_LENGTH = r"(?:years?|yrs?|months?|weeks?|fortnights?|days?|quarters?)"
_MINUS = r"(?P<minus>[-−]\s*|\b(?:minus|negative)\s+)?"
_PART = r"halves|thirds?|quarters?|fourths?|fifths?|sixths?|sevenths?|eighths?|ninths?|tenths?"
_ROMAN = (
    r"(?-i:(?<!\w)(?!(?:CV|DI|DIV|CIV|LI|MI|MIX|XL|CD|DC|MD|CC|MC|DL|DM|CM|MM)\b)(?=[MDCLXVI]{2,}\b)"
    r"M{0,3}(?:CM|CD|D?C{0,3})(?:XC|XL|L?X{0,3})(?:IX|IV|V?I{0,3})(?<=[MDCLXVI])\b)"
)

_PATTERNS: tuple[tuple[str, str], ...] = (
    ("iso", r"\b(?P<y>\d{4})-(?P<m>\d{2})-(?P<d>\d{2})\b"),
    ("slash", r"\b(?P<a>\d{1,2})/(?P<b>\d{1,2})/(?P<y>\d{4})\b"),
    ("month_day", rf"\b(?P<mon>{_MONTH})\.?\s+(?P<d>\d{{1,2}})(?:st|nd|rd|th)?,?\s+(?P<y>\d{{4}})\b"),
    ("day_month", rf"\b(?P<d>\d{{1,2}})(?:st|nd|rd|th)?(?:\s+of)?\s+(?P<mon>{_MONTH})\.?,?\s+(?P<y>\d{{4}})\b"),
    ("day_month_bare", rf"\b(?:(?P<d>\d{{1,2}})(?:st|nd|rd|th)?(?:\s+of)?\s+(?P<mon>{_MONTH})|"
                       rf"(?P<mon2>{_MONTH})\s+(?P<d2>\d{{1,2}})(?:st|nd|rd|th)?)\b"),
    ("month_year", rf"\b(?P<mon>{_MONTH})\.?,?\s+(?P<y>\d{{4}})\b"),
    ("money_sign", rf"{_MINUS}(?P<sign>{_SIGN})\s*(?P<n>{_DIGITS})(?P<scale>{_SCALE})"),
    ("money_word", rf"\b(?P<n>{_NUMBER})(?P<scale>{_SCALE})[\s-]+(?P<cur>{_CURRENCY})\b"),
    ("basis", rf"\b(?P<n>{_NUMBER})\s*(?:basis points?|bps|bp)\b"),
    ("points", rf"\b(?P<n>{_NUMBER})\s*(?:percentage|percent|%)[\s-]*points?\b"),
    ("half_percent", r"\b(?P<p>half|quarter)\s+(?:of\s+)?an?\s+per\s?cent(?P<pp>age\s+point)?\b"),
    ("percent", rf"{_MINUS}\b(?P<n>{_NUMBER})(?:\s*%|\s*(?:percent|per cent|pct)\b)"),
    ("mixed", rf"\b(?P<n>{_NUMBER})[\s-]+(?:years?|yrs?)(?:,?\s+and)?\s+(?P<n2>{_NUMBER})[\s-]+months?\b"),
    ("and_half", rf"\b(?P<n>an?|{_NUMBER})[\s-]+(?P<u>years?|months?)\s+and\s+a\s+(?P<p>half|quarter)\b"),
    ("part_of", r"\b(?P<p>half|quarter|third)\s+(?:of\s+)?(?:an?\s+)(?P<u>year|month)\b"),
    ("length", rf"\b(?P<n>{_NUMBER})[\s-]*(?P<u>{_LENGTH})\b"),
    ("karat", rf"\b(?P<n>{_NUMBER})[\s-]*(?:karats?|carats?|k(?=\s+gold))\b"),
    ("grams", rf"\b(?P<n>{_NUMBER})[\s-]*(?P<u>kg|kilograms?|grams?|g)\b"),
    ("share", rf"\b(?P<w>(?:(?:an?|one|two|three|four|five|six|seven|eight|nine)[\s-]+(?:{_PART}))|half)\b"
              r"(?=\s+(?:of|the|your|my|its|as|more|less|lower|higher|off|cheaper)\b|\s*(?:[.,;!?]|$))"),
    ("times", r"\b(?P<w>twice|thrice|dozen|(?:doubl|tripl|quadrupl)(?:es?|ed|ing)|hal(?:ves?|ved|ving)|"
              r"(?:two|three|four|five|six|seven|eight|nine|ten)[\s-]?fold|\d+(?:\.\d+)?(?:[\s-]?fold|\s?[x×]))(?!\w)"),
    ("roman", rf"(?P<r>{_ROMAN})"),
    ("plain", rf"(?<![\w.])(?P<minus>[-−])?(?P<n>{_NUMBER})(?P<scale>{_SCALE})(?![\w%]|\.\d)"),
)  # fmt: skip
READERS = [(name, re.compile(pattern, re.IGNORECASE)) for name, pattern in _PATTERNS]
PER = re.compile(
    r"\s*(?:/|(?:twice |once )?(?:an?|per|each|every))\s*(month|year|week|day|annum|quarter|fortnight|hour)\b|"
    r"\s*(monthly|yearly|annually|weekly|daily|quarterly|fortnightly|bi-?weekly|half-?yearly|semi-?annually|hourly)\b|"
    r"\s*(p\.?a\b\.?|p\.?m\b\.?)",
    re.IGNORECASE,
)
"""The period that a figure is for, just after it."""
PERIODS = {"month": "month", "monthly": "month", "pm": "month", "year": "year", "annum": "year", "yearly": "year",
           "annually": "year", "pa": "year", "week": "week", "weekly": "week", "day": "day", "daily": "day",
           "quarter": "quarter", "quarterly": "quarter"}  # fmt: skip
"""Periods by the words for them; others are of a period that no figure of ours has."""
