"""The assistant on every page of a customer: its words for the script, its answers as events, its conversations."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from threading import BoundedSemaphore
from typing import Any

from flask import Response

from console.components.outcome_why import feedback_words
from console.routes import event_stream, json_answer, json_body, route
from console.visit import Visit
from console.words import Say
from lending.domain.errors import NotFoundError
from lending.domain.roles import Permission
from serving.parse_chat import CONVERSATION_ID, chat_ask

_OWN = Permission.QUOTE_OWN
_AT_ONCE = 4
"""Answers that one process tells at the same time; half of its threads stay free for pages."""

_room = BoundedSemaphore(_AT_ONCE)
_OF_THE_SCRIPT: Sequence[str] = (
    "you", "us", "thinking", "writing", "checking", "stopped", "failed", "busy", "wait", "reference", "again",
    "sources", "source", "close", "by_ai", "by_template", "hand_over", "restored", "begun",
)  # fmt: skip


class _Room:
    """The events of one answer and its place among those told at once; its end gives the place back, once."""

    def __init__(self, events: Any) -> None:
        self._events = events
        self._places = [_room]

    def __iter__(self) -> Iterator[tuple[str, object]]:
        try:
            yield from self._events
        finally:
            self.close()

    def close(self) -> None:
        """End the answer, also while a model writes. The reader's thread and the server's may both come by."""
        with suppress(IndexError):
            self._places.pop().release()
            self._events.close()


@route("/portal/chat", permission=_OWN, methods=("POST",))
def chat(visit: Visit) -> Response:
    """Answer `{message, conversation_id?, about?}` as events `status`, `sentence`, `citations`, `replace`, `done`."""
    assistant = visit.ask.platform.chat
    ask = chat_ask(json_body(), assistant.assistant.talk.count("message_characters"))
    if not _room.acquire(blocking=False):
        return json_answer({"status": 503, "code": "busy", "title": "The assistant is answering others."}, 503)
    try:
        events = assistant.say(visit.customer_id, ask)
    except BaseException:
        _room.release()
        raise
    return event_stream(_Room(events))  # type: ignore[arg-type] - iterable with the close that a stream looks for


@route("/portal/conversations/<conversation_id>", permission=_OWN)
def conversation(visit: Visit, conversation_id: str) -> Response:
    """One of the customer's own conversations, every turn of it."""
    if not CONVERSATION_ID.fullmatch(conversation_id):
        raise NotFoundError("there is no such conversation of yours", do="Begin a new one.")
    return json_answer(visit.ask.platform.chat.history(visit.customer_id, conversation_id))


def panel_words(say: Say, kb: Path) -> dict[str, Any]:
    """What the panel's template and script need: words with their slots open, and what one may ask first."""
    return {
        "words": {name: say(f"assistant.{name}") for name in _OF_THE_SCRIPT},
        "feedback": feedback_words(say),
        "suggestions": _first_questions(kb),
    }


@lru_cache(maxsize=2)
def _first_questions(kb: Path) -> Sequence[str]:
    from rag.talk import FILE, read_talk

    found: Mapping[str, Sequence[str]] = read_talk((kb / FILE).read_text(encoding="utf-8")).suggestions
    return found["start"]


ROUTES = (chat, conversation)
