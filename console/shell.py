"""What surrounds every page: brand, pages of the role, account, and the place where pages appear."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from dash import Input, Output, State, dcc, html
from dash.development.base_component import Component
from flask import render_template
from markupsafe import Markup

from console.access import SIGNED_IN
from console.callbacks import callback, in_browser
from console.components.aria import aria, data
from console.components.panel import waiting
from console.pages.page import Page, find, home_of
from console.staff_menu import menu
from console.visit import Visit
from console.words import LANGUAGES, Say
from lending.domain.errors import NotFoundError
from lending.domain.roles import STAFF
from lending.ports import Account

NAVIGATION: Mapping[str, str] = {
    "/": "loans", "/compare": "compare", "/applications": "applications", "/messages": "messages",
    "/account": "account",
}  # fmt: skip
"""A customer's pages in the order of the menu: address to the last part of its key."""


def index(say: Say, assistant: Mapping[str, Any] | None, noted: Mapping[str, Any] | None, **parts: str) -> str:
    """The document that carries the pages, in the visitor's language.

    Args:
        say: its words.
        assistant: of `console.assistant.panel_words`; None leaves the assistant out, as for staff.
        noted: what the pages may tell of their use, of `Behaviours.known`; None and they tell nothing, as of staff.
        parts: of `Dash.interpolate_index`, ready HTML.
    """
    ready = {name: Markup(part) for name, part in parts.items()}  # noqa: S704
    return render_template("index.html", say=say, assistant=assistant, noted=noted, **ready)


def frame(account: Account | None, say: Say, *, generated: bool = False) -> Component:
    """The page around the pages. Without an account (a check at start) it holds nobody's data.

    Args:
        account: who is signed in.
        say: words in their language.
        generated: the people and their figures are made up, and the page says so.
    """
    return html.Div(
        [
            dcc.Location(id="location", refresh=False),
            dcc.Store(id="page-about"),
            dcc.Store(id="news-stamp"),
            html.Header(_bar(account, say), className="top"),
            html.Main(waiting(480, say("shell.loading")), id="page", tabIndex="-1"),
            html.Footer(_foot(say, generated=generated), className="foot"),
        ],
        className="frame is-staff" if account and account.role in STAFF else "frame",
    )


def _bar(account: Account | None, say: Say) -> Component:
    home = home_of(account.role) if account else "/"
    brand = dcc.Link([html.Span("C", className="logo", **aria(hidden="true")), "Candor"], href=home,
                     className="brand", title=say("shell.home"))  # fmt: skip
    own = menu(account.role, say) if account and account.role in STAFF else [*_menu(say), _ask_button(say)]
    return html.Div([brand, *own, _account(account, say)], className="bar")


def _menu(say: Say) -> list[Component]:
    """The customer's pages; on a phone they open under a button."""
    opens = html.Button(say("shell.menu"), type="button", className="btn btn-quiet menu-button",
                        **data(menu_toggle=""), **aria(expanded="false", controls="menu"))  # fmt: skip
    items = [html.Li(_menu_link(path, key, say)) for path, key in NAVIGATION.items()]
    return [opens, html.Nav(html.Ul(items), id="menu", className="menu", **aria(label=say("shell.nav.label")))]


def _ask_button(say: Say) -> Component:
    return html.Button(say("assistant.open"), type="button", className="btn btn-secondary ask",
                       **data(assistant_open=""), **aria(expanded="false", controls="assistant"))  # fmt: skip


def _menu_link(path: str, key: str, say: Say) -> Component:
    words: list[Any] = [say(f"shell.nav.{key}")]
    if key == "messages":
        words.append(html.Span(id="unread", className="unread"))
    return dcc.Link(words, href=path)


def _account(account: Account | None, say: Say) -> Component:
    name = account.display_name if account else ""
    leave = html.Button(say("shell.sign_out"), type="submit", className="btn btn-quiet")
    return html.Div(
        [html.Span(name, className="who"), html.Form(leave, action="/sign-out", method="POST")], className="account"
    )


def _foot(say: Say, *, generated: bool) -> Component:
    note = f" {say('shell.generated')}" if generated else ""
    theme = html.Button(say("shell.theme"), type="button", className="btn btn-quiet", **data(theme_toggle=""))
    choices = [
        html.Button(name, type="submit", name="language", value=code, lang=code,
                    className=f"btn btn-quiet{' is-chosen' if code == say.language else ''}")
        for code, name in LANGUAGES.items()
    ]  # fmt: skip
    languages = html.Form(choices, action="/portal/language", method="POST", className="languages",
                          role="group", **aria(label=say("shell.language")))  # fmt: skip
    return html.Div([html.P(f"{say('shell.promise')}{note}"), html.Div([languages, theme], className="settings")])


def callbacks_for(pages: Sequence[Page]) -> Sequence[Any]:
    """The router over these pages, and what happens in the browser when a page has arrived."""
    return (
        router(pages),
        in_browser("arrive", Input("page", "children"), permission=SIGNED_IN),
        in_browser("about", Input("page-about", "data"), permission=SIGNED_IN, prevent_initial_call=True),
    )


def router(pages: Sequence[Page]) -> Callable[..., Any]:
    """A callback that answers the page at an address."""

    @callback(
        Output("page", "children"), Input("location", "pathname"), State("location", "search"), permission=SIGNED_IN
    )
    def show_page(visit: Visit, path: Any, search: Any) -> Component:
        """The page, or a page that says there is none; a closed page is not there."""
        role = visit.account.role
        found = find(pages, path if isinstance(path, str) else "", role)
        if found is None:
            return nothing_here(home_of(role), visit.say)
        page, parts = found
        try:
            return page.layout(visit.asking(search), **parts)
        except NotFoundError:
            return nothing_here(home_of(role), visit.say)

    return show_page


def nothing_here(home: str, say: Say) -> Component:
    """The answer to an address that leads nowhere."""
    return html.Div(
        [html.H1(say("shell.nothing.title"), tabIndex="-1"),
         html.P(say("shell.nothing.text")),
         dcc.Link(say("shell.nothing.back"), href=home, className="btn btn-primary")],
        className="page-head",
    )  # fmt: skip


def checked_against(pages: Sequence[Page]) -> Component:
    """All component ids of some pages without data, so that callbacks can be checked before the pages are drawn."""
    return html.Div([frame(None, Say()), *(page.blank() for page in pages)])
