"""The inbox: what the bank told the customer, newest first; it updates by itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dash import Input, Output, html
from dash.development.base_component import Component
from flask import Response, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from console.callbacks import callback
from console.components.aria import aria
from console.components.panel import empty
from console.routes import json_answer, route
from console.visit import Visit
from console.words import Say
from lending.domain.roles import Permission

PATH = "/messages"
NAME = "Messages"
PERMISSION = Permission.APPLICATION_OWN
Record = Mapping[str, Any]


def layout(visit: Visit) -> Component:
    """The whole inbox at once."""
    return _page(visit.say, inbox(visit))


def blank() -> Component:
    """The page without anybody's data."""
    return _page(Say(), html.Div())


def _page(say: Say, content: Component) -> Component:
    head = [html.H1(say("messages.title"), tabIndex="-1"), html.P(say("messages.lead"), className="lead")]
    return html.Div(
        [html.Header(head, className="page-head"), html.Div(content, id="inbox")], className="messages-page"
    )


@callback(
    Output("inbox", "children"), Input("news-stamp", "data"), permission=PERMISSION, prevent_initial_call=True,
)  # fmt: skip
def show_inbox(visit: Visit, _stamp: Any) -> Component:
    """The inbox again, when there is news."""
    return inbox(visit)


def inbox(visit: Visit) -> Component:
    """The messages, or what will stand here."""
    say = visit.say
    found = visit.ask.account.messages.inbox(visit.customer_id, say.language)
    if not found:
        return empty(say("messages.empty.title"), say("messages.empty.text"))
    items = [html.Li(_message(one, visit), className=_look(one)) for one in found]
    return html.Div([_all_read(say, found), html.Ul(items, className="inbox")])


def _all_read(say: Say, found: list[dict[str, Any]]) -> Component:
    unread = sum(one["read_at"] is None for one in found)
    if not unread:
        return html.P(say("messages.all_read"), className="inbox-head note")
    button = html.Button(say("messages.read_all"), type="submit", className="btn btn-quiet")
    form = html.Form(button, action="/portal/messages/read", method="POST")
    return html.Div([html.P(say("shell.unread", count=unread), className="note"), form], className="inbox-head")


def _message(one: Record, visit: Visit) -> Component:
    """Title, text, day, and the way to what it is about; opening it marks it as read."""
    say = visit.say
    mark = [html.Span(say("messages.new"), className="badge badge-new")] if one["read_at"] is None else []
    opens = html.Button(
        say("messages.open"), type="submit", className="btn btn-secondary",
        **aria(label=say("messages.open_named", title=one["title"])),
    )  # fmt: skip
    form = html.Form(opens, action=f"/portal/messages/{one['notice_id']}/read", method="POST")
    return html.Article(
        [html.Div([html.H2(one["title"]), *mark], className="message-head"), html.P(one["text"]),
         html.Div([html.P(html.Time(visit.formats.day(one["at"]), dateTime=one["at"]), className="note"), form],
                  className="message-foot")],
        className="message",
    )  # fmt: skip


def _look(one: Record) -> str:
    return "is-unread" if one["read_at"] is None else "is-read"


@route("/portal/news", permission=PERMISSION)
def news(visit: Visit) -> AnyResponse:
    """`{unread, stamp, label}`; 304 for whoever knows the stamp already."""
    found = visit.ask.account.messages.news(visit.customer_id)
    tag = f"{found['stamp']}-{visit.say.language}"
    if request.if_none_match.contains(tag):
        answer = Response(status=304)
    else:
        label = visit.say("shell.unread", count=found["unread"])
        answer = json_answer({**found, "label": label})
    answer.set_etag(tag)
    return answer


@route("/portal/messages/<notice_id>/read", permission=PERMISSION, methods=("POST",))
def open_message(visit: Visit, notice_id: str) -> AnyResponse:
    """Mark one as read and go to what it is about."""
    message = visit.ask.account.messages.read(visit.customer_id, notice_id)
    return redirect(message["link"] or PATH, 303)


@route("/portal/messages/read", permission=PERMISSION, methods=("POST",))
def read_all(visit: Visit) -> AnyResponse:
    """Mark all as read."""
    visit.ask.account.messages.read_all(visit.customer_id)
    return redirect(PATH, 303)


CALLBACKS = (show_inbox,)
ROUTES = (news, open_message, read_all)
