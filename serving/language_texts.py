"""One generated text with how it came about; what it told somebody opens to few, and each opening is on record."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from lending.language_ports import LanguageBook
from lending.ports import AuditLog, Clock
from lending.talk_ports import Conversations, Turn
from lending.word_ports import Attached, FeedbackRow, GenerationRow, Generations

_LATEST = 20
_STEPS = ("plan", "retrieve", "word", "verify")


@dataclass(frozen=True, slots=True)
class LanguageTexts:
    """Texts one by one, for staff."""

    book: LanguageBook
    generations: Generations
    conversations: Conversations
    attached: Attached
    audit: AuditLog
    clock: Clock

    def complaints(self, days: int, reader: str | None = None) -> list[dict[str, Any]]:
        """The latest thumbs down, JSON-ready, each with the text that it is about where there is one.

        Args:
            days: so many days back.
            reader: who reads the customers' own words, which goes on record; None leaves the words out.
        """
        rows = self.book.thumbs_down(self._since(days), _LATEST)
        last = self.book.latest_text([row.subject for row in rows if row.about == "decision"])
        words = [row.feedback_id for row in rows if row.comment] if reader else []
        if reader and words:
            self.audit.add(reader, "feedback.read", "language", {"feedback": " ".join(words)})
        about = {row.feedback_id: last.get(row.subject) if row.about == "decision" else row.subject for row in rows}
        told = [opinion(row, words=reader is not None) for row in rows]
        return [{**one, "generation_id": about[one["feedback_id"]]} for one in told]

    def facts(self, generation_id: str) -> dict[str, Any]:
        """How a text came about, JSON-ready; nothing of what it told. Raises NotFoundError."""
        row = self.generations.get(generation_id)
        took: Mapping[str, int] = row.detail.get("took", {})
        plain = ("generation_id", "kind", "prompt", "model", "index_version", "written_by", "tokens_in", "tokens_out",
                 "milliseconds", "cached", "trace_id", "decision_id")  # fmt: skip
        return {
            **{name: getattr(row, name) for name in plain}, "at": row.at.isoformat(), "cost_usd": str(row.cost),
            "failures": [{"check": check, "found": found} for check, found in row.failures],
            "steps": [{"step": step, "milliseconds": int(took[step])} for step in _STEPS if step in took],
            **{name: list(row.detail.get(name, ())) for name in ("passages", "intents", "tools", "claims")},
            "opinions": [opinion(one, words=False) for one in self._said_of(row)],
        }  # fmt: skip

    def read(self, generation_id: str, reader: str) -> dict[str, Any]:
        """What a text told and what was said of it, JSON-ready; that somebody reads it is on record first.

        Returns:
            `{turns, opinions}`: each turn `{speaker, text, at, mine, sentences, citations}`; no turns where the text
            itself was not kept.

        Raises:
            NotFoundError: there is no such text, or its customer was erased.
        """
        row = self.generations.get(generation_id)
        self.audit.add(reader, "text.read", generation_id, {"kind": row.kind, "decision_id": row.decision_id or ""})
        return {"turns": self._turns(row), "opinions": [opinion(one, words=True) for one in self._said_of(row)]}

    def _said_of(self, row: GenerationRow) -> Sequence[FeedbackRow]:
        return self.book.said_of([name for name in (row.generation_id, row.decision_id) if name])

    def _turns(self, row: GenerationRow) -> list[dict[str, Any]]:
        said = self.book.said(row.customer_id, row.generation_id) if row.customer_id else None
        if said is None or row.customer_id is None:
            return self._told(row)
        talk = self.conversations.get(row.customer_id, said.conversation_id)
        return [_turn(one, mine=one.generation_id == row.generation_id) for one in talk.turns]

    def _told(self, row: GenerationRow) -> list[dict[str, Any]]:
        """A text about a decision, as it was chained to it."""
        if row.decision_id is None:
            return []
        chained = [json.loads(content) for content in self.attached.of(row.decision_id, "text")]
        fits = [text for text in chained if text["kind"] == row.kind and _cites(text) == row.detail.get("passages")]
        return [_shown(text, "text", row.at.isoformat(), mine=True) for text in fits[-1:]]

    def _since(self, days: int) -> date:
        return self.clock.now().date() - timedelta(days=days - 1)


def opinion(row: FeedbackRow, *, words: bool) -> dict[str, Any]:
    """What somebody said, JSON-ready; who it was is left out, their own words too unless asked for."""
    names = ("feedback_id", "about", "subject", "thumb", "reason", "state", "reviewed_by")
    told = {name: getattr(row, name) for name in names}
    return {**told, "at": row.at.isoformat(), "has_comment": bool(row.comment), "comment": row.comment * words}


def _turn(turn: Turn, *, mine: bool) -> dict[str, Any]:
    return _shown(json.loads(turn.content), turn.speaker, turn.at.isoformat(), mine=mine)


def _shown(told: Mapping[str, Any], speaker: str, at: str, *, mine: bool) -> dict[str, Any]:
    sentences = told.get("sentences") or [{"text": told.get("text", ""), "cites": []}]
    return {
        "speaker": speaker, "at": at, "mine": mine, "text": " ".join(one["text"] for one in sentences),
        "sentences": sentences, "citations": list(told.get("citations", ())),
        "passages": dict(told.get("passages", {})),
    }  # fmt: skip


def _cites(text: Mapping[str, Any]) -> list[str]:
    return [cited["passage"] for cited in text["citations"]]
