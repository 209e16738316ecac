"""What surrounds every page: skip link, brand, account, theme, and the place where pages appear."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from dash import Input, Output, dcc, html
from dash.development.base_component import Component

from console.access import SIGNED_IN
from console.callbacks import callback, in_browser
from console.components.aria import aria, data
from console.components.panel import waiting
from console.pages.page import Page, find, home_of
from console.visit import Visit
from lending.domain.errors import NotFoundError
from lending.ports import Account

INDEX = """<!DOCTYPE html>
<html lang="en" data-bs-theme="light">
  <head>
    {%metas%}
    <meta name="color-scheme" content="light dark">
    <title>{%title%}</title>
    <link rel="icon" href="/assets/favicon.svg" type="image/svg+xml">
    <script src="/assets/theme.js"></script>
    {%css%}
  </head>
  <body>
    <a class="skip" href="#page">Skip to the content</a>
    <p id="connection" role="status" hidden></p>
    {%app_entry%}
    <p id="announcer" role="status" class="visually-hidden"></p>
    <noscript><p class="card">This page needs JavaScript. Switch it on in your browser and load the page again.</p>
    </noscript>
    {%config%}{%scripts%}{%renderer%}
  </body>
</html>
"""


def frame(account: Account | None, *, generated: bool = False) -> Component:
    """The page around the pages. Without an account (a check at start) it holds nobody's data.

    Args:
        account: who is signed in.
        generated: the people and their figures are made up, and the page says so.
    """
    note = " Demo bank: all people and figures here are generated." if generated else ""
    return html.Div(
        [
            dcc.Location(id="location", refresh=False),
            html.Header(_bar(account), className="top"),
            html.Main(waiting(480, "Loading the page"), id="page", tabIndex="-1"),
            html.Footer(html.P(f"Candor: lending decisions that show their work.{note}"), className="foot"),
        ],
        className="frame",
    )


def _bar(account: Account | None) -> Component:
    home = home_of(account.role) if account else "/"
    return html.Div(
        [
            dcc.Link([html.Span("C", className="logo", **aria(hidden="true")), "Candor"], href=home,
                     className="brand", title="Candor, start page"),
            html.Div(
                [
                    html.Span(account.display_name if account else "", className="who"),
                    html.Button("◐", type="button", className="btn icon", title="Light or dark",
                                **data(theme_toggle=""), **aria(label="Switch between light and dark")),
                    html.Form(html.Button("Sign out", type="submit", className="btn btn-quiet"),
                              action="/sign-out", method="POST"),
                ],
                className="account",
            ),
        ],
        className="bar",
    )  # fmt: skip


def callbacks_for(pages: Sequence[Page]) -> Sequence[Any]:
    """The router over these pages, and what happens in the browser when a page has arrived."""
    return (router(pages), in_browser("arrive", Input("page", "children"), permission=SIGNED_IN))


def router(pages: Sequence[Page]) -> Callable[..., Any]:
    """A callback that answers the page at an address."""

    @callback(Output("page", "children"), Input("location", "pathname"), permission=SIGNED_IN)
    def show_page(visit: Visit, path: Any) -> Component:
        """The page, or a page that says there is none; a closed page is not there."""
        role = visit.account.role
        found = find(pages, path if isinstance(path, str) else "", role)
        if found is None:
            return nothing_here(home_of(role))
        page, parts = found
        try:
            return page.layout(visit, **parts)
        except NotFoundError:
            return nothing_here(home_of(role))

    return show_page


def nothing_here(home: str) -> Component:
    """The answer to an address that leads nowhere."""
    return html.Div(
        [html.H1("There is no such page", tabIndex="-1"),
         html.P("The address may be mistyped, or the page may have moved."),
         dcc.Link("Go to the start page", href=home, className="btn btn-primary")],
        className="page-head",
    )  # fmt: skip


def checked_against(pages: Sequence[Page]) -> Component:
    """All component ids of some pages without data, so that callbacks can be checked before the pages are drawn."""
    return html.Div([frame(None), *(page.blank() for page in pages)])
