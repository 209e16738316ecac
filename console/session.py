"""How long the visitor stays signed in: asked by the page, which warns before the end."""

from __future__ import annotations

from flask import Response

from console.access import SIGNED_IN
from console.routes import json_answer, route
from console.visit import Visit, current_session


@route("/portal/session", permission=SIGNED_IN)
def session_left(visit: Visit) -> Response:
    """`{left, idle}`: seconds to the end of the session, and seconds without use after which it ends earlier.

    Asking is a use: the gate has moved the idle clock on.
    """
    platform = visit.ask.platform
    left = (current_session().expires_at - platform.clock.now()).total_seconds()
    return json_answer({"left": max(0, int(left)), "idle": platform.settings.session_idle_minutes * 60})


ROUTES = (session_left,)
