"""Requests of a customer with their time line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dash import html
from dash.development.base_component import Component

from console.components.account_figures import shown
from console.components.aria import aria
from console.components.panel import empty
from console.visit import Visit

Record = Mapping[str, Any]


def requests_card(requests: Sequence[Record], visit: Visit) -> Component:
    """The part of the page about requests."""
    say = visit.say
    head = [html.H2(say("account.requests.title")), html.P(say("account.requests.lead"), className="hint")]
    listed = html.Div(request_list(requests, visit), id="request-list")
    return html.Section([*head, listed], id="requests", className="card")


def request_list(requests: Sequence[Record], visit: Visit) -> Component:
    """All requests, newest first, or how one comes about."""
    say = visit.say
    if not requests:
        return empty(say("account.requests.empty.title"), say("account.requests.empty.text"))
    return html.Ul([html.Li(_request(one, visit), className="request") for one in requests], className="requests")


def _request(one: Record, visit: Visit) -> list[Any]:
    say = visit.say
    state = html.Span(say(f"account.requests.state.{one['state']}"), className=f"badge badge-{one['state']}")
    title = html.H3(say(f"account.requests.kind.{one['kind']}"))
    parts: list[Any] = [
        html.Div([title, state], className="request-head"),
        html.P(say("account.requests.reference", reference=one["reference"]), className="note"),
        *_said(one, visit), *_answer(one, visit), *_due(one, visit), _time_line(one, visit),
    ]  # fmt: skip
    return [*parts, _withdraw(one, visit)] if one["can_withdraw"] else parts


def _said(one: Record, visit: Visit) -> list[Any]:
    """What the customer said; only their own words and figures."""
    say, said = visit.say, one["said"]
    texts: list[str] = []
    if said.get("stated"):
        unit = visit.ask.account.field(said["field"]).unit
        value = shown({"unit": unit}, said["stated"], visit)
        texts.append(say("account.requests.said_figure", name=say(f"account.field.{said['field']}"), value=value))
    texts += [said["why"]] if said.get("why") else []
    if not texts:
        return []
    return [html.Blockquote([html.P(text) for text in texts], **aria(label=say("account.requests.said")))]


def _answer(one: Record, visit: Visit) -> list[Any]:
    if not one["answer"]:
        return []
    result = visit.say(f"account.requests.result.{one['result']}")
    return [
        html.Div(
            [html.P(visit.say("account.requests.answer"), className="answer-title"), html.P(html.Strong(result)),
             html.P(one["answer"])],
            className="answer",
        )
    ]  # fmt: skip


def _due(one: Record, visit: Visit) -> list[Any]:
    if not one["can_withdraw"]:
        return []
    key = "account.requests.erase_on" if one["kind"] == "erase" else "account.requests.due"
    return [html.P(visit.say(key, day=visit.formats.day(one["due_on"])))]


def _time_line(one: Record, visit: Visit) -> Component:
    steps = [
        html.Li([html.Span(visit.say(f"account.requests.act.{step['act']}"), className="what"),
                 html.Time(visit.formats.day(step["at"]), dateTime=step["at"], className="note")])
        for step in one["timeline"]
    ]  # fmt: skip
    return html.Ol(steps, className="request-steps")


def _withdraw(one: Record, visit: Visit) -> Component:
    named = aria(label=visit.say("account.requests.withdraw_named", reference=one["reference"]))
    button = html.Button(visit.say("account.requests.withdraw"), type="submit", className="btn btn-quiet", **named)
    return html.Form(button, action=f"/portal/requests/{one['request_id']}/withdraw", method="POST")
