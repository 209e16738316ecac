"""Texts over HTTP: as server-sent events while they come into being, or whole."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from fastapi import Request
from starlette.responses import Response, StreamingResponse

from lending.domain.errors import CandorError
from rag.events import DoneEvent, Event, name_of
from serving.api.access import person_of
from serving.limits import OpenStreams

EVENT_STREAM = "text/event-stream"


def wants_events(request: Request) -> bool:
    """Whether the caller asks for a stream."""
    return EVENT_STREAM in request.headers.get("accept", "")


def hold(request: Request, streams: OpenStreams) -> None:
    """Count a stream for its reader until it ends. Raises TooOftenError when they hold too many open."""
    who = person_of(request)
    streams.enter(who)
    request.scope["candor"].ends.append(lambda: streams.leave(who))


def streamed(events: Iterator[Event]) -> Response:
    """Events as `event: NAME` and `data: JSON`. A reader who leaves ends the iterator, and with it a model at work."""
    return StreamingResponse(_lines(events), media_type=EVENT_STREAM, headers={"X-Accel-Buffering": "no"})


def whole(events: Iterator[Event]) -> dict[str, Any]:
    """The finished text: `{generation_id, body, sentences, citations, written_by, prompt, cached}`."""
    *_, done = events
    assert isinstance(done, DoneEvent)  # noqa: S101 - the last event always is
    text = done.worded
    return {
        "generation_id": done.generation_id,
        "body": text.body,
        "sentences": [{"text": s.text, "cites": list(s.cites)} for s in text.sentences],
        "citations": [cited.as_dict() for cited in text.citations],
        "written_by": text.written_by,
        "prompt": text.prompt,
        "cached": done.cached,
    }


def line_of(name: str, data: object) -> str:
    """One event on the wire."""
    return f"event: {name}\ndata: {json.dumps(data, ensure_ascii=False, separators=(',', ':'))}\n\n"


def _lines(events: Iterator[Event]) -> Iterator[str]:
    """What was told stays told when the record cannot be written at the end; then no `done` follows."""
    try:
        for event in events:
            yield line_of(name_of(event), event.data())
    except CandorError as error:
        yield line_of("status", {"step": "failed", "code": error.code})
