"""What a page says of its own use: one small event at a time, of people who do not mind (kb/behaviour.yaml)."""

from __future__ import annotations

from flask import Response, request

from console.routes import json_body, route
from console.sign_in import COOKIE
from console.visit import Visit
from lending.domain.roles import Permission

_MOST = 512  # bytes of an event
_REFUSALS = ("DNT", "Sec-GPC")


@route("/portal/events", permission=Permission.QUOTE_OWN, methods=("POST",), max_bytes=_MOST)
def events(visit: Visit) -> Response:
    """Note `{event, page, step?, product?}`; answers 204 whether it was noted or, for whoever minds, let go."""
    data = json_body()
    if not _minds():
        visit.ask.platform.behaviour.note(request.cookies.get(COOKIE, ""), visit.customer_id, data)
    return Response(status=204)


def _minds() -> bool:
    """True when the browser asks not to be followed."""
    return any(request.headers.get(name) == "1" for name in _REFUSALS)


ROUTES = (events,)
