"""The one gate before every route: deny by default, then session, origin, role and form of the request."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

from flask import Flask, Response, make_response, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from console.access import PUBLIC, SIGNED_IN, Need, allowed
from console.addresses import came_from
from console.callbacks import Callbacks, UndeclaredError, fits, reported
from console.pages.page import Page, find, home_of
from console.routes import STREAMS, Route, answer_to, person_here
from console.sign_in import COOKIE
from console.visit import remember
from lending.domain.errors import CandorError, InputError
from lending.domain.roles import Role
from lending.errand import note
from serving.limits import Limiter, OpenStreams, TooOftenError

if TYPE_CHECKING:
    from dash import Dash

    from serving.assembly import Platform

CALLBACK_ROUTE = "/_dash-update-component"
PAGE_ROUTES = frozenset({"/", "/<path:path>"})
PUBLIC_FILES = frozenset({"/assets/candor.css", "/assets/theme.js", "/assets/public.js", "/assets/favicon.svg"})
QUIET = frozenset({"/portal/news", "/staff/flows/progress"})
"""What a page asks for by itself: nobody being there, it keeps no session alive."""
ROUTES: Mapping[str, Need] = {
    "start": PUBLIC,
    "metrics": PUBLIC,
    "sign_in": PUBLIC,
    "sign_in_post": PUBLIC,
    "provider": PUBLIC,
    "provider_return": PUBLIC,
    "provider_left": PUBLIC,
    "sign_out": SIGNED_IN,
    "_dash_assets.static": SIGNED_IN,
    "/_dash-component-suites/<string:package_name>/<path:fingerprinted_path>": SIGNED_IN,
    "/_dash-layout": SIGNED_IN,
    "/_dash-dependencies": SIGNED_IN,
    CALLBACK_ROUTE: SIGNED_IN,
    "/_reload-hash": SIGNED_IN,
    "/_favicon.ico": SIGNED_IN,
    "/": SIGNED_IN,
    "/<path:path>": SIGNED_IN,
}
"""Every endpoint and who may reach it; pages and callbacks then have needs of their own."""

MAX_BODY = 64 * 1024
"""Bytes of any request body."""


class Gate:
    """Decides about every request of one console."""

    def __init__(
        self, platform: Platform, pages: Sequence[Page], callbacks: Callbacks, routes: Sequence[Route] = ()
    ) -> None:
        self._needs: dict[str, Need] = {**ROUTES, **{one.endpoint: one.permission for one in routes}}
        self._sizes = {one.endpoint: one.max_bytes for one in routes}
        self._platform = platform
        self._pages = pages
        self._callbacks = callbacks
        self._limiter = Limiter(platform.limits.rates)
        self._app: Dash | None = None

    def guard(self, server: Flask) -> None:
        """Stand before everything else; call this before Dash adds its own hooks."""
        server.config["MAX_CONTENT_LENGTH"] = MAX_BODY
        server.extensions[STREAMS] = OpenStreams(self._platform.limits.streams)
        server.before_request(self.check)

    def watch(self, app: Dash) -> None:
        """Take over the app once it is built. Raises UndeclaredError for a route that declares nothing."""
        strangers = {rule.endpoint for rule in app.server.url_map.iter_rules()} - set(self._needs)
        if strangers:
            raise UndeclaredError(f"routes that declare no permission: {', '.join(sorted(strangers))}")
        self._app = app

    def check(self) -> AnyResponse | None:
        """Let the request through (None) or answer it."""
        session = self._platform.identity.session(request.cookies.get(COOKIE, ""), moving=request.path not in QUIET)
        remember(session)
        request.max_content_length = self._sizes.get(request.endpoint or "", MAX_BODY)
        role = session.account.role if session else None
        for test in (self._origin, self._signed_in, self._page, self._route, self._callback):
            answer = test(role)
            if answer is not None:
                return answer
        return None

    def _origin(self, _role: Role | None) -> AnyResponse | None:
        if request.method in ("GET", "HEAD", "OPTIONS") or _same_origin(self._platform.settings.allowed_origins):
            return None
        return problem(403, "origin", "This request comes from another site.", "Use Candor's own pages.")

    def _signed_in(self, role: Role | None) -> AnyResponse | None:
        need = PUBLIC if request.path in PUBLIC_FILES else self._needs.get(request.endpoint or "", SIGNED_IN)
        if allowed(role, need):
            return None
        if role is not None:
            return problem(403, "role", "Your role may not do this.", "Ask somebody whose work it is.")
        if request.method in ("GET", "HEAD") and request.endpoint in PAGE_ROUTES:
            if request.path == "/":
                return redirect("/start", 303)
            return redirect(f"/sign-in?next={quote(request.full_path.rstrip('?'))}", 303)
        if _by_a_person():  # a form without a script: back to the page it stands on, once signed in again
            return redirect(f"/sign-in?next={quote(came_from())}&ended=1", 303)
        return problem(401, "no_session", "You are not signed in.", "Sign in at /sign-in.")

    def _page(self, role: Role | None) -> AnyResponse | None:
        if role is None or request.endpoint not in PAGE_ROUTES or find(self._pages, request.path, role):
            return None
        if request.path == "/":
            return redirect(home_of(role), 303)
        return make_response(render_template("not_found.html", home=home_of(role)), 404)

    def _route(self, role: Role | None) -> AnyResponse | None:
        if role is None or request.url_rule is None:
            return None
        return self._often(f"{request.method} {request.url_rule.rule}")

    def _often(self, address: str) -> AnyResponse | None:
        """Answer 429, as data or as a page, when this person asked for it too often (kb/limits.yaml)."""
        try:
            self._limiter.check(address, person_here())
        except TooOftenError as error:
            return answer_to(error, address)
        return None

    def _callback(self, role: Role | None) -> AnyResponse | None:
        if request.endpoint != CALLBACK_ROUTE or request.method != "POST":
            return None
        if request.mimetype != "application/json":
            return problem(415, "media_type", "The body is no JSON.", "Send application/json.")
        try:
            body = _parsed(request.get_data())
        except InputError as error:
            status = 413 if type(error).__name__ == "TooLarge" else 400
            return problem(status, error.code, str(error), error.do)
        return self._call(role, body)

    def _call(self, role: Role | None, body: Mapping[str, Any]) -> AnyResponse | None:
        output = body.get("output")
        need = self._callbacks.need(output) if isinstance(output, str) else None
        if need is None:
            return problem(404, "no_callback", "There is no such callback.", "Load the page again.")
        if not allowed(role, need):
            return problem(403, "role", "Your role may not do this.", "Ask somebody whose work it is.")
        assert self._app is not None  # noqa: S101 - set before the first request
        if not fits(self._app.callback_map[str(output)], body):
            return problem(400, "callback_body", "The values do not fit the callback.", "Load the page again.")
        note(callback=str(output))
        return self._often(f"callback {output}")


def _parsed(raw: bytes) -> Mapping[str, Any]:
    from serving.strict_json import parse_json

    return parse_json(raw, max_bytes=MAX_BODY)


def _by_a_person() -> bool:
    """Whether the answer is to be shown as a page: no script asked for it, and pages are what is taken."""
    takes_pages = request.accept_mimetypes.best_match(["application/json", "text/html"]) == "text/html"
    return takes_pages and request.headers.get("Sec-Fetch-Mode", "navigate") == "navigate"


def _same_origin(others: Sequence[str]) -> bool:
    """True for our own pages, allow-listed origins and programs that are no browser."""
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
        return request.headers.get("Origin") in others
    origin = request.headers.get("Origin")
    return origin is None or origin in others or urlsplit(origin).netloc == request.host


def problem(status: int, code: str, detail: str, do: str, reference: str = "") -> Response:
    """Problem details (RFC 9457) for programs."""
    body = {"type": "about:blank", "title": detail, "status": status, "code": code, "do": do}
    if reference:
        body["reference"] = reference
    return Response(json.dumps(body), status, content_type="application/problem+json")


def add_error_answers(server: Flask) -> None:
    """Answer every error as problem details; only the log knows more than the reference id."""
    from dash.exceptions import DependencyException, InvalidResourceError, PreventUpdate
    from werkzeug.exceptions import HTTPException

    @server.errorhandler(HTTPException)
    def known(error: HTTPException) -> Response:
        return problem(error.code or 500, error.name.lower().replace(" ", "_"), error.name, "Check the address.")

    @server.errorhandler(Exception)
    def unknown(error: Exception) -> Response:
        reference = reported(error, request.endpoint or "")
        status = 503 if isinstance(error, CandorError) and error.exit_code == 3 else 500
        return problem(status, "failed", "This did not work.", "Try again.", reference)

    @server.errorhandler(DependencyException)
    @server.errorhandler(InvalidResourceError)
    def missing(_error: Exception) -> Response:
        return problem(404, "not_found", "Not found", "Check the address.")

    server.register_error_handler(PreventUpdate, lambda _error: Response("", 204))
