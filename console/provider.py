"""Signing in with a provider: there, back again, and out. The browser keeps a secret for minutes and never a token."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlencode

from flask import Flask, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from console.callbacks import reported
from console.language import bring_language
from console.pages.page import Page
from console.sign_in import COOKIE, end_old_session, lead, set_cookie
from lending.domain.errors import CandorError, UnavailableError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from serving.assembly import Platform
    from serving.sign_in import ProviderSignIn

BEGUN = "candor_sign_in"
PATH = "/sign-in"
_LONGEST = {"state": 200, "code": 4096, "error": 64, "iss": 400}
_PROBLEMS = {"sign_in_stale": "stale", "sign_in_no_access": "no_access"}


def add_provider(server: Flask, platform: Platform, pages: Sequence[Page]) -> None:
    """Add `/sign-in/provider`, `/sign-in/return` and `/sign-in/left`; without a provider they lead to the sign-in."""

    @server.get(f"{PATH}/provider", endpoint="provider")
    def begin() -> AnyResponse:
        session = platform.identity.session(request.cookies.get(COOKIE, ""))
        if session:
            return redirect(lead(pages, session, request.args.get("next", "")), 303)
        return _begin(platform, platform.provider_sign_in) if platform.provider_sign_in else redirect(PATH, 303)

    @server.get(f"{PATH}/return", endpoint="provider_return")
    def finish() -> AnyResponse:
        there = platform.provider_sign_in
        return _finish(platform, there, pages) if there else redirect(PATH, 303)

    @server.get(f"{PATH}/left", endpoint="provider_left")
    def left() -> AnyResponse:
        there = platform.provider_sign_in
        return _left(there) if there else redirect(f"{PATH}?out=1", 303)


def _begin(platform: Platform, there: ProviderSignIn) -> AnyResponse:
    try:
        address, secret = there.begin(request.args.get("next", ""))
    except UnavailableError as error:
        return _failed(error, request.args.get("next", ""))
    response = redirect(address, 303)
    minutes = there.rules.waits.begun_minutes
    response.set_cookie(
        BEGUN, secret, max_age=int(minutes * 60), path=PATH, httponly=True, samesite="Lax",
        secure=platform.settings.cookie_secure,
    )  # fmt: skip
    return response


def _finish(platform: Platform, there: ProviderSignIn, pages: Sequence[Page]) -> AnyResponse:
    given = {name: request.args.get(name, "")[:most] for name, most in _LONGEST.items()}
    secret = request.cookies.get(BEGUN, "")
    if given["error"] or given["iss"] not in ("", there.issuer):
        there.drop(given["state"], secret)
        return _problem("denied" if given["error"] == "access_denied" else "refused")
    try:
        token, session, wanted = there.finish(
            given["state"], secret, given["code"], request.headers.get("User-Agent", "")
        )
    except CandorError as error:
        return _failed(error)
    end_old_session(platform)
    response = redirect(lead(pages, session, wanted), 303)
    response.delete_cookie(BEGUN, path=PATH)
    set_cookie(response, token, session, platform)
    bring_language(response, session.account, platform)
    return response


def _left(there: ProviderSignIn) -> AnyResponse:
    """Our session is over; this page takes the browser on to the provider's own sign-out.

    A form may lead to our own pages alone (Content-Security-Policy), so the way out is not a redirect of one.
    """
    try:
        address = there.end()
    except UnavailableError as error:
        reported(error, "sign_out")
        address = ""
    return AnyResponse(render_template("signed_out.html", address=address), content_type="text/html; charset=utf-8")


def _failed(error: CandorError, wanted: str = "") -> AnyResponse:
    """Back to the sign-in page, which says what is wrong in our own words; the log knows more.

    Args:
        error: what came between.
        wanted: the page that was asked for before, so that the next try leads there.
    """
    known = _PROBLEMS.get(error.code)
    if known is None:
        reported(error, "sign_in")
    away = "away" if isinstance(error, UnavailableError) else "refused"
    return _problem(known or away, wanted)


def _problem(name: str, wanted: str = "") -> AnyResponse:
    asked = {"problem": name} | ({"next": wanted} if wanted else {})
    response = redirect(f"{PATH}?{urlencode(asked)}", 303)
    response.delete_cookie(BEGUN, path=PATH)
    return response
