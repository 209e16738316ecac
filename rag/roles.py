"""What a number in a text is said to be: the monthly payment, the rate, the yearly cost … by the words beside it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

MEASURES: dict[str, str] = {
    "instalment": r"monthly (?:payment|instalment)s?|instalments?|installments?|emis?|payments? (?:a|per|each) month",
    "amount": r"borrow(?:ed|ing|s)?|amounts?|loan of|lend|lent|principal|ask(?:ed)? for",
    "other_rate": r"(?:monthly|weekly|daily|quarterly) (?:interest rate|interest|rate)s?",
    "apr": r"aprs?|annual percentage rate|yearly cost",
    "rate": r"interest rates?|rates?|nominal rate",
    "interest": r"interest(?! rate)",
    "repay": r"pay(?:ing)? back|repay in all|repaid in all|pay in all|in total you pay|you pay back",
    "cost": r"total costs?|costs? (?:you|in all)|(?:loan|it) costs?|costs?",
    "fee": r"fees?|charges?",
    "late_fee": r"late fees?|penalt(?:y|ies)",
    "grace": r"days of grace|grace",
    "term": r"terms?|tenure|how long|time to repay|repaid over|over",
    "score": r"(?:credit )?scores?",
    "dti": r"debt[- ]to[- ]income|dti|debt payments?|monthly debts?|debt share|debts?",
    "foir": r"foir|fixed (?:costs|obligations)|take-home income|obligations",
    "ltv": r"loan[- ]to[- ]value|ltv|worth|value",
    "income": r"incomes?|earn(?:ings|s)?|salary|salaries",
    "valid": r"until|valid|stands|expires?|holds",
    "age": r"years old|age|old",
    "reference_rate": r"reference rate",
    "funding": r"funding",
    "margin": r"margin",
    "deposit": r"deposits?|down payments?|in savings|savings",
    "tax": r"(?<!before )(?<!after )tax(?:es)?(?! return)",
    "chance": r"chances?|probability|likelihood|odds|risk",
    "people": r"customers|people|applicants|borrowers|persons|banks|lenders",
    "wait": r"wait(?:ing)?|first (?:monthly )?payment|payments? (?:starts?|begins?)",
    "gain": r"discount|bonus|reward|gift|refund|insurance|premium",
}
"""Measure to the phrases that name it. The longest phrase at a place wins."""

SUBJECTS: dict[str, str] = {
    "lowest_instalment": r"lowest (?:monthly )?(?:payment|instalment)|easiest on your month",
    "lowest_cost": r"lowest (?:total )?cost|cheapest|least expensive",
    "balanced": r"balanced|recommended|we recommend|our recommendation",
    "own": r"your (?:own )?(?:wish|choice)|you chose|own choice",
}
"""Which offer is spoken of."""

_MEASURE = {name: re.compile(rf"\b(?:{phrases})\b", re.IGNORECASE) for name, phrases in MEASURES.items()}
_SUBJECT = {name: re.compile(rf"\b(?:{phrases})\b", re.IGNORECASE) for name, phrases in SUBJECTS.items()}
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+(?=[A-Z0-9$₹*\-])|\n+|;\s+")
_CLAUSE_END = re.compile(
    r",\s+(?!\d)|\s+(?:and|but|while|instead of|rather than|against|versus)\s+|\s+[–—]\s+|[:(]\s*", re.IGNORECASE
)
_OF = r"(?:an? |the )?(?:credit )?(?:score of |income of |amount of )?"
_FLOOR = r"at least|no less than|not less than|minimum(?: is| of)?|needs?|needed|asks for|above|more than|higher than"
_CEILING = (
    r"at most|no more than|not more than|up to|maximum(?: is| of)?|below|under|less than|lower than|no higher than"
)
_BOUND = rf"(?:{_FLOOR}|{_CEILING}|least|most)"
_SIDES: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (name, re.compile(rf"{pattern}\s*$", re.IGNORECASE))
    for name, pattern in (
        ("claimed", rf"\byour\s(?:[\w-]+\s){{0,3}}(?:is|are|was|were|stands at)\s+{_BOUND}"),
        (
            "negated",
            r"\b(?:(?:do|does|did|need|must|will|would|is|are|was|can)(?:\snot|n't)|cannot|never)\s(?:[\w-]+\s){0,3}"
            r"(?<!than\s)(?<!asked\sfor\s)",
        ),
        ("limit", r"\blimits?\s(?:is|are|of)"),
        ("floor", rf"\b(?:{_FLOOR})\s+{_OF}(?:at least)?"),
        ("ceiling", rf"\b(?:{_CEILING})\s+{_OF}(?:at most)?"),
        ("from", r"\b(?:instead of|rather than|compared with|not|from)"),
        ("than", r"\b(?:than|like)"),
        ("was", r"\b(?:was|were|used to be|had been)"),
        ("range", r"\bbetween(?:\s\S+\s+and)?"),
        ("asked", r"\basked for(?: an amount of)?"),
        ("difference", r"\b(?:saves?|saving|difference of|differs? by|by|extra|additional|another)"),
    )
)
_RANGE_AFTER = re.compile(r"\s*(?:to|–|—|-)\s*[$₹\d]")
_DIFFERENCE_AFTER = re.compile(
    r"\s*(?:(?:a|per|each) month\s*|months?\s*|years?\s*|points?\s*|in interest\s*)?"
    r"(?:less|more|lower|higher|cheaper|dearer|longer|shorter|sooner|earlier|later|fewer|extra|saved|short|missing|"
    r"off)\b", re.IGNORECASE,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Said:
    """What words near a number say.

    Attributes:
        measures: those that are named, the nearest first.
        subjects: the offers that its sentence speaks of.
        side: `from` (what was), `limit`, `floor`, `ceiling`, `asked`, `difference`, `range`, `than`, `was`, `negated`,
            `claimed` (a bound on what is the reader's), or "" where nothing of that is said.
    """

    measures: tuple[str, ...]
    subjects: frozenset[str]
    side: str


def said_of(text: str, start: int, end: int) -> Said:
    """Read the clause around a number, then its sentence if the clause names no measure.

    Args:
        text: all of it.
        start: where the number stands.
        end: just after it.
    """
    sentence = _around(_SENTENCE_END, text, start, end, 0, len(text))
    clause = _around(_CLAUSE_END, text, start, end, *sentence)
    subjects = {name for name, reader in _SUBJECT.items() if reader.search(text, *sentence)}
    near = tuple(_nearest(text, start, end, clause)) or tuple(_nearest(text, start, end, (sentence[0], start)))
    return Said(near, frozenset(subjects), _side(text, start, end))


def _side(text: str, start: int, end: int) -> str:
    if _DIFFERENCE_AFTER.match(text, end):
        return "difference"
    before = text[max(0, start - 60) : start]
    said = next((name for name, reader in _SIDES if reader.search(before)), "")
    return said or ("range" if _RANGE_AFTER.match(text, end) else "")


def _around(ends: re.Pattern[str], text: str, start: int, end: int, low: int, high: int) -> tuple[int, int]:
    for found in ends.finditer(text, low, high):
        if found.end() <= start:
            low = found.end()
        elif found.start() >= end:
            return low, found.start()
    return low, high


def _nearest(text: str, start: int, end: int, span: tuple[int, int]) -> Iterator[str]:
    places: list[tuple[int, int, str]] = []
    for name, reader in _MEASURE.items():
        for found in reader.finditer(text, *span):
            if found.end() <= start or found.start() >= end:
                gap = start - found.end() if found.end() <= start else found.start() - end
                places.append((gap, found.start() - found.end(), name))
    covered: set[str] = set()
    for _, _, name in sorted(places):
        if name not in covered:
            covered.add(name)
            yield name
