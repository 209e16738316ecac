"""Signing in and out: plain server-rendered forms that work without JavaScript."""

from __future__ import annotations

import math
from datetime import datetime
from typing import TYPE_CHECKING

from flask import Flask, Response, make_response, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from console.callbacks import reported
from console.pages.page import Page, find, home_of
from lending.domain.errors import CandorError
from lending.ports import Session

if TYPE_CHECKING:
    from collections.abc import Sequence

    from serving.assembly import Platform

COOKIE = "candor_session"
_MAX_TEXT = 200


def add_sign_in(server: Flask, platform: Platform, pages: Sequence[Page]) -> None:
    """Add `/sign-in` and `/sign-out`."""

    @server.get("/sign-in", endpoint="sign_in")
    def sign_in() -> AnyResponse:
        session = platform.identity.session(request.cookies.get(COOKIE, ""))
        return redirect(home_of(session.account.role), 303) if session else _form()

    @server.post("/sign-in", endpoint="sign_in_post")
    def sign_in_post() -> AnyResponse:
        return _try(platform, pages)

    @server.post("/sign-out", endpoint="sign_out")
    def sign_out() -> AnyResponse:
        platform.identity.sign_out(request.cookies.get(COOKIE, ""))
        response = redirect("/sign-in?out=1", 303)
        response.delete_cookie(COOKIE, path="/")
        return response


def _try(platform: Platform, pages: Sequence[Page]) -> AnyResponse:
    username, password = (request.form.get(name, "") for name in ("username", "password"))
    if not username or not password or max(len(username), len(password)) > _MAX_TEXT:
        return _form("Enter your user name and your password.", username[:_MAX_TEXT], 422)
    try:
        token, session = platform.identity.sign_in(username, password, request.remote_addr or "")
    except CandorError as error:
        return _refused(error, username)
    _end_old_session(platform)
    response = redirect(_target(pages, session), 303)
    set_cookie(response, token, session, platform)
    return response


def _refused(error: CandorError, username: str) -> Response:
    wait = getattr(error, "wait_seconds", None)
    if wait is not None:
        seconds = max(1, math.ceil(wait))
        response = _form(f"Too many tries. Wait {seconds} seconds, then try again.", username, 429)
        response.headers["Retry-After"] = str(seconds)
        return response
    if error.exit_code == 2:
        return _form("The user name or the password is wrong. Check both and try again.", username, 401)
    reference = reported(error, "sign_in")
    return _form(f"We cannot sign anybody in right now. Try again in a minute. Reference: {reference}", username, 503)


def _form(problem: str = "", username: str = "", status: int = 200) -> Response:
    wanted = request.values.get("next", "")
    signed_out = request.args.get("out") == "1"
    html = render_template("sign_in.html", problem=problem, username=username, next=wanted, signed_out=signed_out)
    return make_response(html, status)


def _target(pages: Sequence[Page], session: Session) -> str:
    """The page that was asked for before, if it is one of ours and open to the role; otherwise the start page."""
    wanted = request.form.get("next", "")
    return wanted if find(pages, wanted, session.account.role) else home_of(session.account.role)


def _end_old_session(platform: Platform) -> None:
    old = request.cookies.get(COOKIE)
    if old:
        platform.identity.sign_out(old)


def set_cookie(response: AnyResponse, token: str, session: Session, platform: Platform) -> None:
    """Hand the session's token to the browser, out of the reach of scripts."""
    expires: datetime = session.expires_at
    response.set_cookie(
        COOKIE, token, expires=expires, path="/", httponly=True, samesite="Lax",
        secure=platform.settings.cookie_secure,
    )  # fmt: skip
