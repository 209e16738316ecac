"""What became of an answer to an invitation."""

from __future__ import annotations

from dash import dcc, html
from dash.development.base_component import Component

from console.visit import Visit
from lending.domain.errors import NotFoundError
from lending.domain.roles import Permission

PATH = "/invitation/<answer>"
NAME = "Sign together"
PERMISSION = Permission.APPLICATION_OWN
_ANSWERS = ("agreed", "declined", "unknown")


def layout(visit: Visit, answer: str) -> Component:
    """A sentence, what happens next, and the way back."""
    if answer not in _ANSWERS:
        raise NotFoundError(f"there is no page {answer[:40]}", field="answer", found=answer[:40])
    say, again = visit.say, answer == "unknown"
    way = dcc.Link(say("apply.co.again" if again else "apply.all"), href="/invitation" if again else "/applications",
                   className="btn btn-primary")  # fmt: skip
    return html.Div(
        [html.H1(say(f"apply.co.{answer}"), tabIndex="-1"), html.P(say(f"apply.co.{answer}_text"), role="status"), way],
        className="page-head",
    )


def blank() -> Component:
    """Nothing of its own."""
    return html.Div()


CALLBACKS = ()
