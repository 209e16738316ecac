"""Two offers side by side, in words: each in a sentence of its own, then how they differ."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from rag.content import Claim, money, months
from rag.entries import ledger_of
from rag.ledger import Entry, Ledger
from rag.numbers import Kind
from rag.ports import Writing

Offer = Mapping[str, Any]
NAMES = {
    "balanced": "the recommended offer", "lowest_cost": "the cheapest offer",
    "lowest_instalment": "the offer that is easiest on your month", "own": "your own choice",
}  # fmt: skip
_DIFFERENCES: tuple[tuple[str, str, str, Kind, str], ...] = (
    # figure, told of the one that has less, slot, kind, measure
    ("instalment", "The monthly payment of {name} is {{by}} lower.", "by", "money", "instalment"),
    ("total_cost", "In all, {name} costs {{by}} less.", "by", "money", "cost"),
    ("term_months", "{Name} is paid back {{by}} sooner.", "by", "months", ""),
    ("amount", "The amount of {name} is {{by}} smaller.", "by", "money", "amount"),
)


def compared(one: Offer, other: Offer, writing: Writing) -> list[Claim]:
    """The claims of a comparison: both offers, then for each figure that differs by how much."""
    return [_told(one, writing), _told(other, writing), *_differences(one, other, writing)]


def ledger_of_both(offers: Sequence[Offer], one: Offer, other: Offer, currency: str) -> Ledger:
    """The figures of all offers of a decision, and the differences between two of them."""
    every = ledger_of({"offers": offers}, currency)
    return replace(every, entries=(*every.entries, *_entries(one, other)), subject="")


def name_of(offer: Offer) -> str:
    """What an offer is called, by its first goal; the customer's own wish keeps its name."""
    goals = offer.get("goals") or [offer["goal"]]
    return NAMES[next((goal for goal in NAMES if goal in goals), "own")]


def _told(offer: Offer, writing: Writing) -> Claim:
    name = _capital(name_of(offer))
    text = f"{name} has a monthly payment of {{instalment}}, runs for {{term}} and costs {{cost}} in all."
    return Claim("offer", text, {
        "instalment": money(offer["instalment"], writing), "term": months(offer["term_months"], writing),
        "cost": money(offer["total_cost"], writing)}, "offers")  # fmt: skip


def _differences(one: Offer, other: Offer, writing: Writing) -> Iterator[Claim]:
    for figure, text, slot, kind, _ in _DIFFERENCES:
        gap = Decimal(other[figure]) - Decimal(one[figure])
        if gap:
            name = name_of(one if gap > 0 else other)
            words = months(abs(gap), writing) if kind == "months" else money(abs(gap), writing)
            yield Claim(f"differs_{figure}", text.format(name=name, Name=_capital(name)), {slot: words})


def _entries(one: Offer, other: Offer) -> Iterator[Entry]:
    for figure, _, _, kind, measure in _DIFFERENCES:
        gap = abs(Decimal(other[figure]) - Decimal(one[figure]))
        per = "month" if figure == "instalment" else ""
        yield Entry(f"difference.{figure}", kind, gap, per=per, measures=frozenset({measure} - {""}),
                    sides=frozenset({"difference"}))  # fmt: skip


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
