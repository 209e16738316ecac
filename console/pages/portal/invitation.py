"""Signing together: invite somebody, or answer an invitation with its code."""

from __future__ import annotations

from dash import dcc, html
from dash.development.base_component import Component

from console.components.invite import code_card, invitation_list, invite_card
from console.pages.portal.invitation_routes import answer_invitation, invite_somebody
from console.visit import Visit
from console.words import Say
from lending.domain.roles import Permission

PATH = "/invitation"
NAME = "Sign together"
PERMISSION = Permission.APPLICATION_OWN


def layout(visit: Visit) -> Component:
    """Both sides of an invitation, and those made so far."""
    say = visit.say
    made = invitation_list(visit.ask.apply.invitations(visit.customer_id), visit)
    partners = [name for _, name in visit.ask.apply.partners(visit.customer_id)]
    linked = [html.P(say("apply.co.linked", names=", ".join(partners)), className="note")] if partners else []
    return _page([code_card(say), html.Div([invite_card(say), *linked, *made])], say)


def blank() -> Component:
    """The page without anybody's invitations."""
    return _page([], Say())


def _page(body: list[Component], say: Say) -> Component:
    head = [
        dcc.Link(say("apply.all"), href="/applications", className="back"),
        html.H1(say("apply.co.title"), tabIndex="-1"),
    ]
    return html.Div([html.Header(head, className="page-head"), html.Div(body, className="together")])


CALLBACKS = ()
ROUTES = (invite_somebody, answer_invitation)
