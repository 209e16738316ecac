"""The language of the pages: chosen once, kept by the browser, and by the account of who is signed in."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from flask import Flask, redirect, request
from werkzeug.wrappers import Response

from console.access import PUBLIC
from console.addresses import came_from
from console.routes import route
from console.visit import Visit, chosen_language
from console.words import COOKIE, LANGUAGES, Say, language_of
from lending.ports import Account

if TYPE_CHECKING:
    from serving.assembly import Platform

_KEPT = timedelta(days=365)


@route("/portal/language", permission=PUBLIC, methods=("POST",))
def choose_language(visit: Visit | None) -> Response:
    """Remember the language of the form, for a customer's messages too, and go back to the page that sent it."""
    chosen = language_of(request.form.get("language"))
    if visit is not None and visit.account.customer_id is not None:
        visit.ask.account.use.set_preferences(visit.customer_id, {"language": chosen})
    response = redirect(came_from(), 303)
    keep_language(response, chosen)
    return response


def keep_language(response: Response, chosen: str) -> None:
    """Let the browser remember a language."""
    response.set_cookie(
        COOKIE, chosen, max_age=_KEPT, path="/", httponly=True, samesite="Lax", secure=request.is_secure
    )


def bring_language(response: Response, account: Account, platform: Platform) -> None:
    """Give a browser that knows no language yet the one that a customer chose elsewhere."""
    if account.customer_id is None or request.cookies.get(COOKIE):
        return
    if chosen := platform.account.preferences(account.customer_id)["language"]:
        keep_language(response, chosen)


def add_words(server: Flask, *, generated: bool) -> None:
    """Let every template speak the visitor's language, and say so where people and figures are made up."""

    @server.context_processor
    def words() -> dict[str, object]:
        return {"say": Say(chosen_language()), "languages": LANGUAGES, "generated": generated}


ROUTES = (choose_language,)
