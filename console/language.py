"""The language of the pages: chosen once, kept by the browser."""

from __future__ import annotations

from datetime import timedelta

from flask import Flask, redirect, request
from werkzeug.wrappers import Response

from console.access import PUBLIC
from console.addresses import came_from
from console.routes import route
from console.visit import Visit, chosen_language
from console.words import COOKIE, LANGUAGES, Say, language_of

_KEPT = timedelta(days=365)


@route("/portal/language", permission=PUBLIC, methods=("POST",))
def choose_language(_visit: Visit | None) -> Response:
    """Remember the language of the form and go back to the page that sent it."""
    response = redirect(came_from(), 303)
    chosen = language_of(request.form.get("language"))
    response.set_cookie(
        COOKIE, chosen, max_age=_KEPT, path="/", httponly=True, samesite="Lax", secure=request.is_secure
    )
    return response


def add_words(server: Flask, *, generated: bool) -> None:
    """Let every template speak the visitor's language, and say so where people and figures are made up."""

    @server.context_processor
    def words() -> dict[str, object]:
        return {"say": Say(chosen_language()), "languages": LANGUAGES, "generated": generated}


ROUTES = (choose_language,)
