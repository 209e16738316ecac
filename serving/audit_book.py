"""Reading the record: who did what, page by page and as a file; whether the chains hold, found a stretch at a time."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from lending.alarm_ports import MeasurementRow, Measurements
from lending.audit_ports import CHAINS, AuditEvent, AuditFilter, AuditReader, Chain, ChainMark, Chains, Walked
from lending.domain.days import day_from
from lending.ports import AuditLog, Clock
from serving.alarms import AlarmDesk, Raised

PAGE = 50
"""Acts of a page."""
EXPORTED = 1000
"""Acts that are read at a time for a file."""
COLUMNS = ("seq", "at", "actor", "act", "subject", "detail")
KIND, DATA = "chains", "records"
_LONGEST: Mapping[str, int] = {"actor": 64, "act": 64, "subject": 128}
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""A cell that begins so would be worked out by a spreadsheet."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What an address asks for, as far as it can be understood.

    Attributes:
        wanted: the filter.
        before, after: the page by the number of an act; None for the newest.
        wrong: what could not be understood and was left out, in words.
    """

    wanted: AuditFilter
    before: int | None = None
    after: int | None = None
    wrong: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class AuditPage:
    """Acts, newest first, and the numbers by which the pages beside it are asked for; None where there is none."""

    events: Sequence[AuditEvent]
    older: int | None
    newer: int | None


@dataclass(frozen=True, slots=True)
class ChainState:
    """What is known of a chain; `at` is None while nobody has walked it."""

    chain: Chain
    entries: int = 0
    broken: str = ""
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class AuditBook:
    """Asks the trail and walks the chains; what it finds broken is an alarm."""

    reader: AuditReader
    chains: Chains
    measurements: Measurements
    alarms: AlarmDesk
    audit: AuditLog
    clock: Clock

    def page(self, asked: Asked, count: int = PAGE) -> AuditPage:
        """The acts that are asked for, by keys: a page deep in the trail costs as much as the first."""
        found = list(self.reader.page(asked.wanted, count + 1, before=asked.before, after=asked.after))
        more = len(found) > count
        if asked.after is not None:
            events = found[1:] if more else found
            return AuditPage(events, events[-1].seq if events else None, events[0].seq if more else None)
        events = found[:count]
        newer = events[0].seq if events and asked.before is not None else None
        return AuditPage(events, events[-1].seq if more else None, newer)

    def file(self, wanted: AuditFilter) -> Iterator[str]:
        """All acts of a filter as lines of CSV, newest first."""
        yield _line(COLUMNS)
        before: int | None = None
        while events := self.reader.page(wanted, EXPORTED, before=before):
            yield from (_line(_cells(event)) for event in events)
            before = events[-1].seq

    def states(self) -> Sequence[ChainState]:
        """What the latest walks found; nothing is walked."""
        return _states(self.measurements.latest(KIND, DATA))

    def check(self, *, whole: bool = False, actor: str = "monitor") -> Sequence[ChainState]:
        """Walk what is new since the last walk, or all; a chain that is broken raises an alarm.

        A chain that was found broken is walked from where it last held.
        """
        row = None if whole else self.measurements.latest(KIND, DATA)
        marks = {chain: ChainMark(**row.content[chain]["mark"]) for chain in CHAINS} if row else {}
        walks = {chain: self.chains.walk(chain, marks.get(chain)) for chain in CHAINS}
        kept = self.alarms.measure(KIND, DATA, {chain: asdict(walk) for chain, walk in walks.items()})
        broken = {chain: walk for chain, walk in walks.items() if walk.broken}
        for chain, walk in broken.items():
            self.alarms.raise_(KIND, DATA, _alarm(chain, walk, kept.at), kept)
        self.audit.add(actor, "records.checked", "chains", {c: w.broken or "whole" for c, w in walks.items()})
        return _states(kept)


def asked_by(query: Mapping[str, str]) -> Asked:
    """What the names of an address ask for: actor, act, subject, from, to, before, after."""
    wrong: list[str] = []
    texts = {name: _text(query, name, most, wrong) for name, most in _LONGEST.items()}
    first, last = _day(query, "from", wrong), _day(query, "to", wrong)
    if first and last and first > last:
        wrong.append(f"from {first} lies after to {last}")
        first = last = None
    before, after = (_number(query, name, wrong) for name in ("before", "after"))
    return Asked(AuditFilter(**texts, first=first, last=last), before, None if before else after, wrong)


def as_dict(event: AuditEvent) -> dict[str, Any]:
    """An act, JSON-ready."""
    return {**asdict(event), "at": event.at.isoformat(), "detail": dict(event.detail)}


def _states(row: MeasurementRow | None) -> Sequence[ChainState]:
    if row is None:
        return [ChainState(chain) for chain in CHAINS]
    found = row.content
    return [ChainState(chain, found[chain]["mark"]["seq"], found[chain]["broken"], row.at) for chain in CHAINS]


def _alarm(chain: str, walk: Walked, at: datetime) -> Raised:
    day = at.date().isoformat()
    cause = f"the chain of {chain} does not hold after entry {walk.mark.seq}: {walk.broken}"
    return Raised(f"{chain}-{walk.mark.seq}", "broken", cause, day, day, (chain,))


def _text(query: Mapping[str, str], name: str, most: int, wrong: list[str]) -> str:
    text = query.get(name, "").strip()
    if len(text) <= most and text.isprintable():
        return text
    wrong.append(f"{name} is longer than {most} characters or no plain text")
    return ""


def _day(query: Mapping[str, str], name: str, wrong: list[str]) -> date | None:
    text = query.get(name, "").strip()
    try:
        day = day_from(text) if text else None
        return day if day is None or 2000 <= day.year <= 2100 else _no_day(name, text, wrong)
    except ValueError:
        return _no_day(name, text, wrong)


def _no_day(name: str, text: str, wrong: list[str]) -> None:
    wrong.append(f"{name} is {text[:20]!r}; a day looks like 2026-03-31")


def _number(query: Mapping[str, str], name: str, wrong: list[str]) -> int | None:
    text = query.get(name, "").strip()
    if not text or (text.isascii() and text.isdecimal() and len(text) <= 9):
        return int(text) if text else None
    wrong.append(f"{name} is {text[:20]!r}; expected the number of an act")
    return None


def _cells(event: AuditEvent) -> Sequence[str]:
    detail = json.dumps(dict(event.detail), sort_keys=True, ensure_ascii=False)
    return (str(event.seq), event.at.isoformat(), event.actor, event.act, event.subject, detail)


def _line(cells: Sequence[str]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerow(
        [f"'{cell}" if cell.startswith(_FORMULA) else cell for cell in cells]
    )
    return text.getvalue()
