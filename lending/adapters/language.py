"""Texts and opinions counted by day, in the database; and one text found again."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, func, select

from lending.adapters.envelope import Envelopes
from lending.adapters.feedback import opened_feedback
from lending.adapters.session import Database, insert_new, read_time
from lending.adapters.tables import audit_events, feedback, generations, turns
from lending.adapters.tables_staff import text_days
from lending.adapters.talk import place_of_turn
from lending.adapters.text_days import as_text, by_day, from_text
from lending.language_ports import DayTexts, IndexRelease, Said, ThumbCount
from lending.word_ports import FeedbackRow

_ABOUT_TEXTS = ("decision", "generation")
_COUNTED = ("kind", "prompt", "model", "index_version", "written_by", "cached", "failures", "tokens_in", "tokens_out",
            "cost", "milliseconds", "customer_id", "at")  # fmt: skip


class LanguageFile:
    """`lending.language_ports.LanguageBook` on a database."""

    def __init__(self, database: Database, envelopes: Envelopes) -> None:
        self._database, self._envelopes = database, envelopes

    def days(self, since: date, until: date, over: date) -> Mapping[date, DayTexts]:
        """Kept days are read, the others counted; a day that is over is kept, so that it is counted once."""
        kept = self._kept(since, until)
        first = next((day for day in _each(since, until) if day not in kept), until)
        new = dict(self._counted(first, until))
        found = {**new, **kept}
        self._keep({day: found.get(day, DayTexts()) for day in _each(first, min(over, until)) if day not in kept})
        return {day: found[day] for day in sorted(found) if found[day].groups}

    def thumbs(self, since: date, until: date) -> Sequence[ThumbCount]:
        """Opinions that say the same counted together."""
        f = feedback.c
        alike = (func.substr(f.at, 1, 10), f.thumb, f.reason, f.state)
        wanted = select(*alike, func.count()).where(*_between(f.at, since, until), f.about.in_(_ABOUT_TEXTS))
        with self._database.look() as connection:
            return [ThumbCount(*row) for row in connection.execute(wanted.group_by(*alike)).all()]

    def thumbs_down(self, since: date, most: int) -> Sequence[FeedbackRow]:
        """Newest first."""
        f = feedback.c
        mine = select(feedback).where(f.at >= since.isoformat(), f.thumb == "down", f.about.in_(_ABOUT_TEXTS))
        return self._opinions(mine.order_by(f.at.desc()).limit(most))

    def said_of(self, subjects: Sequence[str]) -> Sequence[FeedbackRow]:
        """Newest first."""
        mine = select(feedback).where(feedback.c.subject.in_(subjects), feedback.c.about.in_(_ABOUT_TEXTS))
        return self._opinions(mine.order_by(feedback.c.at.desc()))

    def latest_text(self, decision_ids: Sequence[str]) -> Mapping[str, str]:
        """Of each decision the text written last."""
        g = generations.c
        wanted = select(g.decision_id, g.generation_id).where(g.decision_id.in_(decision_ids)).order_by(g.at)
        with self._database.look() as connection:
            return {row.decision_id: row.generation_id for row in connection.execute(wanted)}

    def said(self, customer_id: str, generation_id: str) -> Said | None:
        """The turn, opened with the key of the customer whose conversation it is."""
        with self._database.look() as connection:
            row = connection.execute(select(turns).where(turns.c.generation_id == generation_id)).one_or_none()
        if row is None:
            return None
        place = place_of_turn(row.conversation_id, row.seq)
        return Said(row.conversation_id, row.seq, self._envelopes.open(customer_id, place, row.envelope))

    def releases(self, most: int) -> Sequence[IndexRelease]:
        """From the audit trail, which notes each index that began to answer with what it found."""
        a = audit_events.c
        wanted = select(a.at, a.subject, a.detail).where(a.act == "kb.index").order_by(a.seq.desc()).limit(most)
        with self._database.look() as connection:
            rows = connection.execute(wanted).all()
        found = [(row, json.loads(row.detail)) for row in reversed(rows)]
        return [IndexRelease(row.subject, read_time(row.at), float(read["recall_at_5"])) for row, read in found]

    def _kept(self, since: date, until: date) -> dict[date, DayTexts]:
        wanted = select(text_days).where(*_between(text_days.c.day, since, until))
        with self._database.look() as connection:
            return {date.fromisoformat(row.day): from_text(row.content) for row in connection.execute(wanted)}

    def _counted(self, since: date, until: date) -> Iterator[tuple[date, DayTexts]]:
        """Row by row in the order of time; never more than a piece of them in memory."""
        g = generations.c
        wanted = select(*(g[name] for name in _COUNTED)).where(*_between(g.at, since, until)).order_by(g.at)
        with self._database.read() as connection:  # a server hands out pieces inside a transaction alone
            for day, texts in by_day(connection.execute(wanted).yield_per(2000)):
                yield date.fromisoformat(day), texts

    def _keep(self, days: Mapping[date, DayTexts]) -> None:
        if not days:
            return
        with self._database.write() as connection:
            for day, texts in days.items():
                _keep_one(connection, day, texts)

    def _opinions(self, wanted: Any) -> list[FeedbackRow]:
        with self._database.look() as connection:
            rows = connection.execute(wanted).all()
        return [opened_feedback(self._envelopes, row) for row in rows]


def _keep_one(connection: Connection, day: date, texts: DayTexts) -> None:
    insert_new(connection, text_days, {"day": day.isoformat(), "content": as_text(texts)})


def _each(since: date, until: date) -> Iterator[date]:
    return (since + timedelta(days=number) for number in range((until - since).days))


def _between(at: ColumnElement[str], since: date, until: date) -> tuple[ColumnElement[bool], ...]:
    """Days are compared with times as text: a day sorts before every time on it."""
    return at >= since.isoformat(), at < until.isoformat()
