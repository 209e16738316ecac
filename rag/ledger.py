"""The number ledger: every number in a text is bound to an entry of the record or a cited passage, or it is named."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal
from functools import lru_cache

from rag.numbers import Kind, Mention, mentions
from rag.roles import Said, said_of

OWN = "own:"
"""Begins the id of a passage of the reader's own papers: nobody at the bank approved its words."""
COUNTED = frozenset(
    {"offers", "offer", "choices", "choice", "reasons", "reason", "plans", "plan", "ways", "way", "steps", "step",
     "alternatives", "alternative"}
)  # fmt: skip
"""Words that say what a plain number counts."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A figure that a text may state.

    Attributes:
        name: where it stands in the record, such as `offers.0.instalment`, or the passage's id.
        kind, value, day, per: as in `Mention`.
        measures: what it may be said to be; empty where any word will do.
        subject: the offer it belongs to; empty where it belongs to none.
        exact: shown in full; others may be rounded to the decimals that the text gives.
        nouns: for a plain count, the words that may follow it.
        sides: as what it may be told (`rag.roles.Said.side`); empty where any will do.
    """

    name: str
    kind: Kind
    value: Decimal | None = None
    day: date | None = None
    per: str = ""
    measures: frozenset[str] = frozenset()
    subject: str = ""
    exact: bool = True
    nouns: frozenset[str] = frozenset()
    sides: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Unbound:
    """A number that nothing backs: where it stands, what it says, and why it was not bound."""

    start: int
    end: int
    text: str
    why: str
    """`unknown`: no entry has this value and unit; `meaning`: one has, but it is another measure; `offer`: of another
    offer; `currency`; `noun`: counts something else; `unread`: digits that
    are no number."""


@dataclass(frozen=True, slots=True)
class Bound:
    """A number and the entries that back it."""

    start: int
    end: int
    entries: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Ledger:
    """The figures that texts about one record may state.

    Attributes:
        subject: the offer that is meant where a sentence names none.
        tokens: words with digits, such as names of papers, that cited passages have.
    """

    entries: tuple[Entry, ...]
    currency: str
    subject: str = ""
    tokens: frozenset[str] = frozenset()

    def check(self, text: str) -> tuple[list[Bound], list[Unbound]]:
        """Bind every number of a text; what is left is not to be shown."""
        bound: list[Bound] = []
        unbound: list[Unbound] = []
        read = mentions(text)
        for mention in read:
            held, why = self._bind(mention, text)
            if held:
                bound.append(Bound(mention.start, mention.end, tuple(entry.name for entry in held)))
            else:
                unbound.append(Unbound(mention.start, mention.end, text[mention.start : mention.end], why))
        return bound, [*unbound, *self._unread(text, [(m.start, m.end) for m in read])]

    def with_passages(self, texts: Mapping[str, str]) -> Ledger:
        """A ledger that also backs what cited passages state; passage's id to its text."""
        more = [entry for name, text in texts.items() for entry in passage_entries(name, text)]
        return replace(self, entries=(*self.entries, *more), tokens=self.tokens | _tokens(" ".join(texts.values())))

    def _unread(self, text: str, read: Sequence[tuple[int, int]]) -> list[Unbound]:
        """Words with digits that are no number anybody reads, such as `1e5`; only a cited passage may have them."""
        return [
            Unbound(*found.span(), found[0], "unread")
            for found in _TOKEN.finditer(text)
            if not any(found.start() < end and start < found.end() for start, end in read)
            and found[0].lower() not in self.tokens
        ]

    def _bind(self, mention: Mention, text: str) -> tuple[list[Entry], str]:
        if mention.currency and mention.currency != self.currency:
            return [], "currency"
        same = [entry for entry in self.entries if _same(entry, mention, text)]
        if not same:
            return [], "unknown"
        if mention.kind == "number":
            same = [e for e in same if _counts(e, mention.noun)]
            if not same:
                return [], "noun"
        said = said_of(text, mention.start, mention.end)
        meant = [e for e in same if _means(e, said)]
        if not meant:
            return [], "meaning"
        subjects = said.subjects or frozenset({self.subject} - {""})
        about = [e for e in meant if not e.subject or not subjects or e.subject in subjects]
        return about, "" if about else "offer"


_TOKEN = re.compile(r"[\w-]*\d[\w-]*")


def _tokens(text: str) -> frozenset[str]:
    return frozenset(found.lower() for found in _TOKEN.findall(text))


def _counts(entry: Entry, noun: str) -> bool:
    """A count is followed by what it counts, and no other figure is."""
    return noun in entry.nouns if entry.nouns or noun in COUNTED else True


def _means(entry: Entry, said: Said) -> bool:
    named = not entry.measures or not said.measures or said.measures[0] in entry.measures
    return named and (not entry.sides or said.side in entry.sides)


def passage_entries(name: str, text: str) -> Iterable[Entry]:
    """The figures of a cited passage, each as what the passage says it is.

    The bank's passages are read once; papers of a reader's own are not kept in memory.
    """
    return tuple(_figures(name, text)) if name.startswith(OWN) else _kept_figures(name, text)


@lru_cache(maxsize=1024)
def _kept_figures(name: str, text: str) -> tuple[Entry, ...]:
    return tuple(_figures(name, text))


def _figures(name: str, text: str) -> Iterator[Entry]:
    for mention in mentions(text):
        said = said_of(text, mention.start, mention.end)
        nouns = frozenset({mention.noun}) if mention.kind == "number" and mention.noun else frozenset[str]()
        sides = _AS_BOUND.get(said.side, frozenset({said.side}))
        yield Entry(
            name,
            mention.kind,
            mention.value,
            mention.day,
            mention.per,
            frozenset(said.measures),
            "",
            True,
            nouns,
            sides,
        )


_AS_BOUND = {side: frozenset({side, "limit", ""}) for side in ("floor", "ceiling")} | {
    "limit": frozenset({"limit", "floor", "ceiling", ""}), "": frozenset({"", "limit", "asked"}),
}  # fmt: skip
"""Side on which a passage tells a figure to those on which a text may tell it; any other side stays what it is."""


def _same(entry: Entry, mention: Mention, text: str) -> bool:
    """Whether an entry has the unit and the value that a text states."""
    if entry.kind == "date":
        return _same_day(entry, mention)
    if entry.kind != mention.kind and {entry.kind, mention.kind} != {"years", "months"}:
        return False
    if mention.per and mention.per != entry.per:
        return False
    if entry.value is None or mention.value is None:
        return False
    value = entry.value * 12 if entry.kind == "years" and mention.kind == "months" else entry.value
    if value == mention.value:
        return True
    if entry.exact and not mention.rounded:
        return False
    return _rounds_to(value, mention, text[mention.start : mention.end])


def _same_day(entry: Entry, mention: Mention) -> bool:
    if entry.day is None or mention.kind not in ("date", "month"):
        return False
    if mention.kind == "month":
        return mention.day == entry.day.replace(day=1)
    return mention.day == entry.day or mention.value == entry.day.month * 100 + entry.day.day


def _rounds_to(value: Decimal, mention: Mention, text: str) -> bool:
    """Whether a value rounds to what the text gives, at the decimals it gives; never to no figure at all."""
    shown = mention.value
    assert shown is not None  # noqa: S101 - dates never come here
    tail = text.partition(".")[2]
    decimals = len(tail) - len(tail.lstrip("0123456789"))
    if mention.kind in ("fraction", "points"):
        decimals += 2
        if not mention.rounded and decimals < 3:
            return False
    step = _step(shown, decimals, mention.rounded)
    return value.quantize(step, ROUND_HALF_EVEN) == shown.quantize(step)


def _step(shown: Decimal, decimals: int, hedged: bool) -> Decimal:
    """The place a figure was rounded to: its last decimal, or after `about` its trailing zeros (thousands at most)."""
    if decimals or not hedged:
        return Decimal(1).scaleb(-decimals)
    zeros = len(str(int(shown))) - len(str(int(shown)).rstrip("0"))
    return Decimal(1).scaleb(min(zeros, 3, max(len(str(int(shown))) - 2, 0)))


def merged(ledgers: Sequence[Ledger]) -> Ledger:
    """One ledger for a text about several records in one currency."""
    entries = tuple(entry for ledger in ledgers for entry in ledger.entries)
    return replace(ledgers[0], entries=entries)
