"""All of one's applications, each with where it stands and what to do next."""

from __future__ import annotations

from typing import Any

from dash import Input, Output, dcc, html, no_update
from dash.development.base_component import Component

from console.callbacks import callback
from console.components.application import application_cards
from console.components.panel import empty, waiting
from console.visit import Visit
from console.words import Say
from lending.domain.roles import Permission

PATH = "/applications"
NAME = "Applications"
PERMISSION = Permission.APPLICATION_OWN


def layout(visit: Visit) -> Component:
    """The list, and a door for those who sign with somebody."""
    return _page(_list(visit), visit.say)


def blank() -> Component:
    """The page without anybody's applications."""
    return _page(waiting(240), Say())


def _page(listed: Component, say: Say) -> Component:
    together = dcc.Link(say("apply.co.door"), href="/invitation", className="download")
    head = [html.H1(say("apply.list.title"), tabIndex="-1"), html.P(say("apply.list.lead"), className="note")]
    return html.Div(
        [
            html.Header(head, className="page-head"),
            html.Div(listed, id="application-list"),
            html.P(together),
        ]
    )


def _list(visit: Visit) -> Component:
    applications = visit.ask.apply.of(visit.customer_id)
    if applications:
        return application_cards(applications, visit)
    say = visit.say
    on = dcc.Link(say("apply.list.see_loans"), href="/", className="btn btn-primary")
    return html.Div([empty(say("apply.list.none"), say("apply.list.none_text")), html.P(on, className="empty-way")])


@callback(
    Output("application-list", "children"), Input("news-stamp", "data"), permission=PERMISSION,
    prevent_initial_call=True, on_failure=lambda _reference: no_update,
)  # fmt: skip
def show_applications(visit: Visit, _news: Any) -> Component:
    """The list again, when something changed."""
    return _list(visit)


CALLBACKS = (show_applications,)
