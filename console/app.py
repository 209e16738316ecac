"""The console: pages one by one, one registry of callbacks, one gate."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import dash
from flask import Flask, Response

from console import assistant, behaviour, language, session, shell
from console.access import allowed
from console.callbacks import Callbacks
from console.gate import Gate, add_error_answers
from console.headers import add_headers
from console.pages.page import Page, page_of
from console.pages.portal import (
    account,
    account_done,
    application,
    application_act,
    applications,
    apply,
    apply_again,
    compare,
    home,
    invitation,
    invitation_answered,
    messages,
    quote,
)
from console.pages.staff import alarm as staff_alarm
from console.pages.staff import alarms as staff_alarms
from console.pages.staff import applications as staff_applications
from console.pages.staff import approvals as staff_approvals
from console.pages.staff import audit as staff_audit
from console.pages.staff import case as staff_case
from console.pages.staff import case_request as staff_case_request
from console.pages.staff import cases as staff_cases
from console.pages.staff import drift as staff_drift
from console.pages.staff import experiment as staff_experiment
from console.pages.staff import experiments as staff_experiments
from console.pages.staff import fairness as staff_fairness
from console.pages.staff import flows as staff_flows
from console.pages.staff import home as staff_home
from console.pages.staff import lab as staff_lab
from console.pages.staff import lab_draft as staff_lab_draft
from console.pages.staff import language as staff_language
from console.pages.staff import language_text as staff_language_text
from console.pages.staff import models as staff_models
from console.pages.staff import performance as staff_performance
from console.pages.staff import register as staff_register
from console.provider import add_provider
from console.queries import Queries
from console.routes import Route, add_routes, routes_of
from console.sign_in import add_sign_in
from console.start import add_start
from console.visit import Visit, chosen_language, current_session, signed_in
from console.watched import add_watch
from console.words import Say
from lending.domain.roles import Role
from serving.formats import formats

if TYPE_CHECKING:
    from serving.assembly import Platform

HERE = Path(__file__).resolve().parent
PAGES = (
    home,
    quote,
    compare,
    applications,
    application,
    application_act,
    apply,
    apply_again,
    invitation,
    invitation_answered,
    messages,
    account,
    account_done,
    staff_home,
    staff_performance,
    staff_models,
    staff_fairness,
    staff_alarm,
    staff_alarms,
    staff_case,
    staff_case_request,
    staff_cases,
    staff_drift,
    staff_applications,
    staff_approvals,
    staff_flows,
    staff_register,
    staff_audit,
    staff_language,
    staff_language_text,
    staff_lab,
    staff_lab_draft,
    staff_experiments,
    staff_experiment,
)


def create_app(platform: Platform, log_to: TextIO | None = None) -> dash.Dash:
    """The console on a platform; `.server` is the WSGI application.

    Args:
        platform: what pages and routes ask.
        log_to: where the log goes, one JSON object a line; default standard error.

    Raises:
        UndeclaredError: a page, callback or route does not say who may use it.
    """
    pages = tuple(page_of(module) for module in PAGES)
    callbacks = Callbacks(lambda: _visit(platform))
    generated = platform.settings.profile != "production"
    server = Flask("console", static_folder=None, template_folder=str(HERE / "templates"))
    routes = own_routes(pages)
    gate = Gate(platform, pages, callbacks, routes)
    gate.guard(server)
    add_error_answers(server)
    app = _dash(server, pages, callbacks, platform, generated=generated)
    language.add_words(server, generated=generated)
    add_start(server, platform)
    add_sign_in(server, platform, pages)
    add_provider(server, platform, pages)
    add_routes(server, routes, lambda: _visit(platform) if signed_in() else None)
    add_watch(server, platform, log_to)
    for items in (shell.callbacks_for(pages), *(page.callbacks for page in pages)):
        callbacks.register(app, items)
    callbacks.check(app)
    gate.watch(app)
    add_headers(server, app.csp_hashes(), over_tls=platform.settings.cookie_secure)
    return app


def _visit(platform: Platform) -> Visit:
    say = Say(chosen_language())
    return Visit(current_session().account, Queries(platform), formats(platform.settings.market, say.language), say)


def own_routes(pages: tuple[Page, ...]) -> list[Route]:
    """Every route beside Dash's: of the frame and of the pages."""
    own = (*language.ROUTES, *session.ROUTES, *assistant.ROUTES, *behaviour.ROUTES)
    return [*routes_of(own), *(one for page in pages for one in routes_of(page.routes))]


def _dash(
    server: Flask, pages: tuple[Page, ...], callbacks: Callbacks, platform: Platform, *, generated: bool
) -> dash.Dash:
    app = ConsoleDash(
        "console", server=server,  # type: ignore[arg-type] - Dash takes a Flask server, its annotation does not say so
        pages_folder="", use_pages=False, enable_mcp=False,
        assets_folder=str(HERE / "assets"), assets_ignore=r"(theme|public)\.js", serve_locally=True,
        title="Candor", update_title="", add_log_handler=False,
    )  # fmt: skip
    app.attend(pages, callbacks, platform, generated=generated)
    app.validation_layout = shell.checked_against(pages)
    app.layout = app.frame_for_visitor
    return app


class ConsoleDash(dash.Dash):
    """Dash, telling each role about its own pages and callbacks only."""

    _pages: tuple[Page, ...] = ()
    _registry: Callbacks | None = None
    _generated: bool = False
    _platform: Platform | None = None

    def attend(self, pages: tuple[Page, ...], callbacks: Callbacks, platform: Platform, *, generated: bool) -> None:
        """Use these pages, callbacks and platform; `generated` people are called so on every page."""
        self._pages, self._registry, self._platform, self._generated = pages, callbacks, platform, generated

    def frame_for_visitor(self) -> Any:
        """The frame with the visitor's name; without data when Dash checks the layout outside a request."""
        try:
            account = current_session().account
        except (LookupError, RuntimeError):
            return shell.frame(None, Say(), generated=self._generated)
        return shell.frame(account, Say(chosen_language()), generated=self._generated)

    def interpolate_index(self, **parts: str) -> str:  # type: ignore[override] - Dash itself calls it by name
        """The document around the pages, in the visitor's language."""
        say, role, place = Say(chosen_language()), current_session().account.role, self._platform
        assert place is not None  # noqa: S101 - set right after construction
        if role is not Role.CUSTOMER:
            return shell.index(say, None, None, **parts)
        return shell.index(say, assistant.panel_words(say, place.settings.kb), place.behaviour.known(), **parts)

    def dependencies(self) -> Response:
        """The callbacks that the visitor's role may call."""
        role = current_session().account.role
        assert self._registry is not None  # noqa: S101 - set right after construction
        mine = []
        for entry in self._callback_list:
            need = self._registry.need(entry["output"])
            if need is not None and allowed(role, need):
                mine.append(entry)
        return self.backend.jsonify(mine)

    def _config(self) -> dict[str, Any]:
        """Dash's settings for the browser, with the ids of the visitor's own pages only."""
        config = super()._config()
        role = current_session().account.role
        config["validation_layout"] = shell.checked_against([page for page in self._pages if page.open_to(role)])
        return config
