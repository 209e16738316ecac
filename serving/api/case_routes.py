"""Cases that wait for a person, over HTTP: for staff."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import Depends, Request
from starlette.responses import Response

from lending.domain.roles import Permission
from serving.api.access import needs, session_of
from serving.api.body import json_body
from serving.cases import Verdict
from serving.parse_applications import application_name, case_ask

if TYPE_CHECKING:
    from serving.assembly import Platform


class CaseRoutes:
    """What staff do with applications in review."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform

    @needs(Permission.CASE_READ)
    def waiting(self, request: Request) -> Response:
        """Applications that wait for a person, the one that waits longest first."""
        return _json({"applications": self._platform.applications.waiting()})

    @needs(Permission.CASE_READ)
    def case(self, request: Request, application_id: str) -> Response:
        """One application, with whose it is, who did what, and the grounds to choose from."""
        return _json(self._platform.applications.case(application_name(application_id)))

    @needs(Permission.CASE_DECIDE)
    def decide(
        self, request: Request, application_id: str, body: Annotated[dict[str, Any], Depends(json_body)]
    ) -> Response:
        """End a review as its record speaks: make the offer, or refuse, on one of the grounds."""
        name, ask = application_name(application_id), case_ask(body)
        verdict = Verdict(ask.act, ask.reason, ask.note)
        self._platform.case_desk.decide(session_of(request).account, name, verdict)
        return _json(self._platform.applications.case(name))


def _json(content: object) -> Response:
    return Response(json.dumps(content, ensure_ascii=False, separators=(",", ":")), media_type="application/json")
