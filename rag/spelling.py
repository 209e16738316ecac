"""Telephone spellings and slips into the words and figures that are meant."""

from __future__ import annotations

import re
import unicodedata

_I = re.IGNORECASE
_SPELLINGS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), text)
    for pattern, text in (
        (r"\b(did|does|do|was|is|were|are|would|could|should|has|have|had|ca|wo)nt\b", r"\1n't"),
        (r"\b(what|how|where|that)s\b", r"\1's"),
        (r"\bim\b", "i'm"),
        (r"\b[cdot]_?[a-z2-7]{20,}\b|\b[cC]\d{4,6}\b", " "),  # names of customers and records are no amounts
        (r"(\d)\s*/-", r"\1"),
        (r"\b(\d[\d,.]*)\s*(?:l|lac|lacs|lk|lakhs?)\b", r"\1 lakh"),
        (r"\b(\d[\d,.]*)\s*crs?\b", r"\1 crore"),
        (r"\b(\d[\d,.]*)\s*(?:grand|thou)\b", r"\1 thousand"),
        (r"\b(\d[\d,.]*)\s*(?:y|yr|yrs|yeras?|yaers?|yesrs)\b", r"\1 years"),
        (r"\b(\d[\d,.]*)\s*(?:mo|mos|mth|mths|mnths?|months?|monts?|monhts?|moths)\b", r"\1 months"),
        (r"\b(\d+)\s*(?:gm|gms|grms?)\b", r"\1 grams"),
        (r"\b(\d+)\s*(?:kt|ct)\b", r"\1 karat"),
        (r"\b(\d{1,3})[ \u00a0](\d{3})\b", r"\1,\2"),
        (r"\b(\d{1,2})[ -]?(months|years) instead of (\d{1,3})\b(?! ?(?:months|years))", r"\1 \2 instead of \3 \2"),
        *[(r"\b(\d{1,3})(?=\s*(?:,|and|or|vs\.?|versus|to|/|&|-)\s*\d{1,3}[ -]?(months|years)\b)", r"\1 \2")] * 2,
    )
)
_QUOTES = str.maketrans({"\u2018": "'", "\u2019": "'", "\u02bc": "'", "\u201c": '"', "\u201d": '"'})
_KARATS = re.compile(r"\b(9|10|14|18|20|21|22|23|24)\s*k\b", re.IGNORECASE)
_GOLD = re.compile(r"\b(?:gold|grams?|jewel\w*|ornaments?|carat|karat)\b", re.IGNORECASE)


def in_one_line(message: str) -> str:
    """The message as it reads: hidden characters gone, quotation marks plain."""
    plain = unicodedata.normalize("NFKC", message).translate(_QUOTES)
    return " ".join("".join(c if unicodedata.category(c)[0] != "C" else " " for c in plain).split())


def spelled_out(message: str) -> str:
    """The message in one line, with telephone spellings written out and the names of records left out."""
    text = in_one_line(message)
    for pattern, meant in _SPELLINGS:
        text = pattern.sub(meant, text)
    return _KARATS.sub(r"\1 karat", text) if _GOLD.search(text) else text
