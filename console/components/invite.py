"""Asking somebody to sign too: a code that is shown once, and where the other person enters it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import dash_bootstrap_components as dbc
from dash import html
from dash.development.base_component import Component

from console.components.aria import data
from console.visit import Visit
from console.words import Say


def invite_card(say: Say) -> Component:
    """A button that shows a code once, with what to tell the other person."""
    return html.Section(
        [
            html.H2(say("apply.co.invite_title")),
            html.P(say("apply.co.invite_text")),
            html.Form(html.Button(say("apply.co.invite"), type="submit", className="btn btn-secondary"),
                      action="/portal/invitations", method="POST",
                      **data(invite="", said=say("apply.co.code"), tell=say("apply.co.code_tell"))),
            html.Div(className="invite-code", role="status", **data(invite_code="")),
        ],
        className="card invite",
    )  # fmt: skip


def code_card(say: Say) -> Component:
    """Where an invited person enters the code."""
    box = dbc.Input(id="f-code", name="code", type="text", autocomplete="one-time-code", maxlength=40,
                    class_name="form-control code")  # fmt: skip
    words = [html.Span(say("apply.co.enter_code"), className="label-text"),
             html.Span(say("apply.co.code_hint"), className="hint")]  # fmt: skip
    asked = html.Div([html.Label(words, htmlFor="f-code"), box], className="field")
    return html.Section(
        [html.H2(say("apply.co.invited_title")), html.P(say("apply.co.invited_text")),
         html.Form([asked, _agreeing(say)], action="/portal/invitation", method="POST")],
        className="card invited",
    )  # fmt: skip


def _agreeing(say: Say) -> Component:
    return html.Div(
        [html.Button(say("apply.co.agree"), type="submit", name="agree", value="yes", className="btn btn-primary"),
         html.Button(say("apply.co.disagree"), type="submit", name="agree", value="no", className="btn btn-quiet")],
        className="form-foot",
    )  # fmt: skip


def invitation_list(invitations: Sequence[Mapping[str, Any]], visit: Visit) -> list[Component]:
    """The invitations made so far, with what became of each; nothing where there is none."""
    if not invitations:
        return []
    lines = [html.Li(_line(one, visit)) for one in invitations]
    return [html.Section([html.H2(visit.say("apply.co.made")), html.Ul(lines)], className="card")]


def _line(invitation: Mapping[str, Any], visit: Visit) -> str:
    day = visit.formats.day(str(invitation["expires_at"]))
    return visit.say(f"apply.co.state.{invitation['state']}", day=day)
