"""Decisions in words over HTTP, and what readers say of them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import Depends, Request
from starlette.responses import Response

from lending.domain.roles import Permission
from serving.api.access import customer_of, needs, session_of
from serving.api.body import json_body
from serving.api.once import once
from serving.api.streams import hold, streamed, wants_events, whole
from serving.limits import OpenStreams
from serving.parse_words import advice_ask, feedback

if TYPE_CHECKING:
    from serving.assembly import Platform


class WordRoutes:
    """Texts of one platform."""

    def __init__(self, platform: Platform, streams: OpenStreams) -> None:
        self._platform, self._streams = platform, streams

    @needs(Permission.QUOTE_OWN)
    def explanation(self, request: Request, decision_id: str) -> Response:
        """Why one of your decisions came out as it did, with sources; as JSON, or as events while it is written."""
        actor = session_of(request).account.username
        events = self._platform.words.explanation(customer_of(request), decision_id, actor)
        if wants_events(request):
            hold(request, self._streams)
            return streamed(events)
        text = {"decision_id": decision_id, **whole(events)}
        return Response(json.dumps(text, ensure_ascii=False), media_type="application/json")

    @needs(Permission.QUOTE_OWN)
    def advise(self, request: Request, body: Annotated[dict[str, Any], Depends(json_body)]) -> Response:
        """Which loan suits a need: what each product would give, and which one to take. Nothing is recorded."""
        ask, need = advice_ask(body)
        actor = session_of(request).account.username
        loans, events = self._platform.words.analysis(customer_of(request), ask, need, actor)
        found = {"need": need, "loans": [line.as_dict() for line in loans], "text": whole(events)}
        return Response(json.dumps(found, ensure_ascii=False), media_type="application/json")

    @needs(Permission.QUOTE_OWN)
    def feedback(self, request: Request, body: Annotated[dict[str, Any], Depends(json_body)]) -> Response:
        """Say what you think of one of your decisions, of a text that was shown to you, or of applying."""
        customer, said = customer_of(request), feedback(body)

        def take() -> dict[str, Any]:
            row = self._platform.feedbacks.take(customer, said)
            return {"feedback_id": row.feedback_id, "state": row.state}

        return once(request, self._platform.records.idempotency, body, take)
