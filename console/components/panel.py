"""The states of a panel besides its usual one: empty, waiting, failed."""

from __future__ import annotations

from dash import html
from dash.development.base_component import Component


def empty(title: str, text: str) -> Component:
    """What will appear here, and what fills it."""
    return html.Div([html.P(title, className="state-title"), html.P(text)], className="state state-empty")


def waiting(height: int, text: str = "Loading") -> Component:
    """A skeleton of the panel's height in pixels; the style sheet shows it after 200 ms only."""
    return html.Div(
        html.Span(text, className="visually-hidden"), className="skeleton", style={"minHeight": f"{height}px"}
    )


def failed(reference: str) -> Component:
    """Something broke on our side: what to do, and the id under which the log knows it."""
    return html.Div(
        [
            html.P("We could not load this part.", className="state-title"),
            html.P(["Nothing was lost. Load the page again. If it stays, tell us this reference: ",
                    html.Code(reference), "."]),
            html.A("Load again", href="", className="btn btn-secondary"),
        ],
        className="state state-failed",
        role="alert",
    )  # fmt: skip


def input_problem(text: str) -> Component:
    """The customer's input needs a change; the text says which."""
    return html.Div(
        [html.P("Please check what you entered", className="state-title"), html.P(text)],
        className="state state-problem",
        role="alert",
    )
