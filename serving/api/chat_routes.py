"""The assistant over HTTP: an answer as server-sent events, and conversations read again."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Annotated, Any

from anyio import to_thread
from fastapi import Depends, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response, StreamingResponse

from lending.domain.errors import NotFoundError
from lending.domain.roles import Permission
from serving.api.access import customer_of, needs
from serving.api.body import json_body
from serving.api.streams import EVENT_STREAM, hold, line_of
from serving.limits import OpenStreams
from serving.parse_chat import CONVERSATION_ID, chat_ask

if TYPE_CHECKING:
    from serving.assembly import Platform
    from serving.chat import Told
    from serving.telling import Telling

_STREAM = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}


class ChatRoutes:
    """The assistant of one platform."""

    def __init__(self, platform: Platform, streams: OpenStreams) -> None:
        self._platform, self._streams = platform, streams

    @needs(Permission.QUOTE_OWN)
    async def chat(self, request: Request, body: Annotated[dict[str, Any], Depends(json_body)]) -> Response:
        """Ask the assistant; the answer comes as events `status`, `sentence`, `citations`, `replace` and `done`."""
        customer = customer_of(request)
        chat = await run_in_threadpool(lambda: self._platform.chat)
        ask = chat_ask(body, chat.assistant.talk.count("message_characters"))
        hold(request, self._streams)
        events = await run_in_threadpool(chat.say, customer, ask)
        return StreamingResponse(_lines(events), media_type=EVENT_STREAM, headers=_STREAM)

    @needs(Permission.QUOTE_OWN)
    def conversation(self, request: Request, conversation_id: str) -> Response:
        """One of your own conversations, every turn of it."""
        if not CONVERSATION_ID.fullmatch(conversation_id):
            raise NotFoundError(
                "there is no such conversation of yours", code="not_found", field="conversation_id",
                found=conversation_id[:40], expected="the id of a conversation of yours", do="Begin a new one.",
            )  # fmt: skip
        found = self._platform.chat.history(customer_of(request), conversation_id)
        return Response(json.dumps(found, ensure_ascii=False), media_type="application/json")


async def _lines(events: Telling[Told]) -> AsyncIterator[str]:
    """Events on the wire. When the reader goes away the events are closed, and with them a model that writes."""
    try:
        while isinstance(told := await _next(events), tuple):
            yield line_of(*told)
    finally:
        events.close()


async def _next(events: Telling[Told]) -> Told | None:
    """The next event, or None at the end; a reader who leaves does not wait for it."""
    return await to_thread.run_sync(next, events, None, abandon_on_cancel=True)
