"""Signing in and out: plain server-rendered forms that work without JavaScript."""

from __future__ import annotations

import math
from datetime import datetime
from typing import TYPE_CHECKING, Any

from flask import Flask, Response, make_response, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from console.addresses import own_page
from console.callbacks import reported
from console.language import bring_language
from console.pages.page import Page, home_of
from console.visit import chosen_language
from console.words import Say
from lending.domain.errors import CandorError
from lending.domain.roles import Role
from lending.ports import Session
from lending.settings import DEMO_PASSWORD
from serving.sign_in import PREFIX

if TYPE_CHECKING:
    from collections.abc import Sequence

    from serving.assembly import Platform

COOKIE = "candor_session"
DEMO_CUSTOMERS = ("good", "refused", "student", "thin", "selfemployed", "couple", "retired", "review")
PROBLEMS = frozenset({"away", "denied", "no_access", "refused", "stale"})
"""What the page says of a sign-in with a provider that came to nothing; nothing else is shown of it."""
_MAX_TEXT = 200


def add_sign_in(server: Flask, platform: Platform, pages: Sequence[Page]) -> None:
    """Add `/sign-in` and `/sign-out`."""

    @server.get("/sign-in", endpoint="sign_in")
    def sign_in() -> AnyResponse:
        session = platform.identity.session(request.cookies.get(COOKIE, ""))
        return redirect(_target(pages, session), 303) if session else _form(platform)

    @server.post("/sign-in", endpoint="sign_in_post")
    def sign_in_post() -> AnyResponse:
        return _try(platform, pages)

    @server.post("/sign-out", endpoint="sign_out")
    def sign_out() -> AnyResponse:
        session = platform.identity.session(request.cookies.get(COOKIE, ""), moving=False)
        platform.identity.sign_out(request.cookies.get(COOKIE, ""))
        elsewhere = session is not None and session.account.username.startswith(PREFIX)
        response = redirect("/sign-in/left" if elsewhere else "/sign-in?out=1", 303)
        response.delete_cookie(COOKIE, path="/")
        return response


def _try(platform: Platform, pages: Sequence[Page]) -> AnyResponse:
    username, password = (request.form.get(name, "") for name in ("username", "password"))
    if not username or not password or max(len(username), len(password)) > _MAX_TEXT:
        return _form(platform, _say()("sign_in.missing"), username[:_MAX_TEXT], 422)
    try:
        token, session = platform.identity.sign_in(
            username, password, request.remote_addr or "", request.headers.get("User-Agent", "")
        )
    except CandorError as error:
        return _refused(error, username, platform)
    end_old_session(platform)
    response = redirect(_target(pages, session), 303)
    set_cookie(response, token, session, platform)
    bring_language(response, session.account, platform)
    return response


def _refused(error: CandorError, username: str, platform: Platform) -> Response:
    wait, say = getattr(error, "wait_seconds", None), _say()
    if wait is not None:
        seconds = max(1, math.ceil(wait))
        response = _form(platform, say("sign_in.wait", seconds=seconds), username, 429, wait=seconds)
        response.headers["Retry-After"] = str(seconds)
        return response
    if error.exit_code == 2:
        return _form(platform, say("sign_in.wrong"), username, 401)
    return _form(platform, say("sign_in.broken", reference=reported(error, "sign_in")), username, 503)


def _form(platform: Platform, problem: str = "", username: str = "", status: int = 200, wait: int = 0) -> Response:
    note = next((name for name in ("out", "ended") if request.args.get(name) == "1"), "")
    settings, asked = platform.settings, request.args.get("problem", "")
    broken = _say()(f"sign_in.provider.problem.{asked}") if asked in PROBLEMS and settings.oidc_issuer else ""
    html = render_template(
        "sign_in.html", problem=problem, wait=wait, username=username, next=request.values.get("next", ""), note=note,
        demo=_demo_accounts(platform), provider=bool(settings.oidc_issuer), broken=broken,
        passwords=not settings.oidc_issuer or bool(settings.oidc_password_accounts),
    )  # fmt: skip
    return make_response(html, status)


def _demo_accounts(platform: Platform) -> dict[str, Any] | None:
    """The made-up people whose password is public; None outside the demo profile."""
    if platform.settings.profile != "demo" or platform.settings.oidc_issuer:
        return None
    say, accounts = _say(), platform.records.accounts.list()
    there = {account.username for account in accounts}
    customers = [(name, say(f"sign_in.demo.{name}")) for name in DEMO_CUSTOMERS if name in there]
    staff = [(a.username, say(f"sign_in.role.{a.role}")) for a in accounts if a.role is not Role.CUSTOMER]
    return {"password": DEMO_PASSWORD, "customers": customers, "staff": staff} if customers else None


def _say() -> Say:
    return Say(chosen_language())


def _target(pages: Sequence[Page], session: Session) -> str:
    return lead(pages, session, request.values.get("next", ""))


def lead(pages: Sequence[Page], session: Session, wanted: str) -> str:
    """The page that was asked for before, if it is one of ours and open to the role; otherwise the start page."""
    role = session.account.role
    return own_page(pages, wanted, role) or home_of(role)


def end_old_session(platform: Platform) -> None:
    """End the session that the browser had before it signed in anew."""
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
