"""The states of a panel besides its usual one: empty, waiting, failed."""

from __future__ import annotations

from dash import html
from dash.development.base_component import Component

from console.visit import say_here


def empty(title: str, text: str) -> Component:
    """What will appear here, and what fills it."""
    return html.Div([html.P(title, className="state-title"), html.P(text)], className="state state-empty")


def waiting(height: int, text: str = "") -> Component:
    """A skeleton of the panel's height in pixels; the style sheet shows it after 200 ms only."""
    return html.Div(
        html.Span(text or say_here()("panel.loading"), className="visually-hidden"),
        className="skeleton",
        style={"minHeight": f"{height}px"},
    )


def failed(reference: str) -> Component:
    """Something broke on our side: what to do, and the id under which the log knows it."""
    say = say_here()
    return html.Div(
        [
            html.P(say("panel.failed.title"), className="state-title"),
            html.P(say("panel.failed.text")),
            html.P([say("panel.failed.reference"), " ", html.Code(reference)]),
            html.A(say("panel.failed.again"), href="", className="btn btn-secondary"),
        ],
        className="state state-failed",
        role="alert",
    )


def input_problem(text: str) -> Component:
    """The customer's input needs a change; the text says which."""
    return html.Div(
        [html.P(say_here()("panel.check"), className="state-title"), html.P(text)],
        className="state state-problem",
        role="alert",
    )
