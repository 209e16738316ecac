"""An application that was sent: where it stands, what comes next, and what happened so far."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from babel.dates import format_time
from dash import dcc, html
from dash.development.base_component import Component

from console.components.apply_fields import worded
from console.components.apply_frame import next_step
from console.components.aria import aria, data
from console.components.outcome_words import product_name
from console.visit import Visit

Record = Mapping[str, Any]
OVER = frozenset({"accepted", "declined", "refused", "withdrawn", "expired"})
"""States after which nothing more happens on these pages."""


def status_words(application: Record, visit: Visit) -> tuple[str, str]:
    """Where it stands and what comes next, in the reader's language (kb/wording/status.yaml in English)."""
    state, until = str(application["state"]), application.get("valid_until")
    key = f"apply.status.{state}"
    day = visit.formats.day(until) if until else visit.say("apply.its_last_day")
    return visit.say(f"{key}.text", day=day), visit.say(f"{key}.next", day=day)


def badge(application: Record, visit: Visit) -> Component:
    """The state in a word or two."""
    state = str(application["state"])
    return html.Span(visit.say(f"home.state.{state}"), className=f"badge badge-{state}")


def status_card(application: Record, visit: Visit) -> Component:
    """State, one sentence, what happens next."""
    text, then = status_words(application, visit)
    refusal = application.get("refusal")
    ground = [html.P(worded(visit.say, str(refusal["key"])))] if refusal else []
    return html.Section(
        [html.Div([html.H2(visit.say("apply.where"), id="where"), badge(application, visit)], className="card-head"),
         html.P(text, className="lead"), *ground, html.P([html.B(visit.say("apply.next")), " ", then])],
        className=f"card status status-{application['state']}", **aria(labelledby="where"),
        **data(**marks(application)),
    )  # fmt: skip


def sent_panel(application: Record, visit: Visit) -> Component:
    """Thanks for an application, with the number to keep."""
    say = visit.say
    return html.Section(
        [html.P("✓", className="sent-mark", **aria(hidden="true")),
         html.Div([html.P(say("apply.sent.done"), className="sent-title"),
                   html.P([say("apply.reference_is"), " ",
                           html.Strong(str(application["reference"]), className="reference-no")]),
                   html.P(say("apply.sent.keep"), className="sent-keep")])],
        className="sent-panel", role="status",
    )  # fmt: skip


def marks(application: Record) -> dict[str, str]:
    """How far this one came, for the count of visits that get there (kb/behaviour.yaml)."""
    step = {"submitted": "sent", "in_review": "sent", "offered": "offered", "accepted": "accepted"}
    reached = step.get(str(application["state"]))
    return {"step": reached, "product": str(application["product"])} if reached else {}


def time_line(application: Record, visit: Visit) -> Component:
    """What happened, the newest first."""
    events: Sequence[Record] = list(reversed(application.get("timeline") or ()))
    items = [html.Li(_event(event, visit), className=f"by-{event.get('by', 'system')}") for event in events]
    title = html.H2(visit.say("apply.timeline"), id="timeline")
    return html.Section([title, html.Ol(items, className="timeline")], className="card", **aria(labelledby="timeline"))


def _event(event: Record, visit: Visit) -> list[Any]:
    say, key = visit.say, f"apply.act.{event['act']}"
    words = say(key) if say.has(key) else say("apply.act.other", state=say(f"home.state.{event['to']}"))
    who = say(f"apply.by.{event.get('by', 'system')}")
    return [
        html.Span(words, className="what"),
        html.Span(f"{moment(str(event['at']), visit)} · {who}", className="note"),
    ]


def moment(text: str, visit: Visit) -> str:
    """A day and a time of day, as people write them."""
    at = datetime.fromisoformat(text)
    return f"{visit.formats.day(at.date())}, {format_time(at, 'short', locale=visit.formats.locale)}"


def application_cards(applications: Sequence[Record], visit: Visit) -> Component:
    """All applications as cards, each with what to do next."""
    cards = [html.Li(_card(one, visit)) for one in applications]
    return html.Ul(cards, className="application-list")


def _card(application: Record, visit: Visit) -> Component:
    say, offer = visit.say, application.get("offer")
    name = product_name(visit, str(application["product"]))
    text, then = status_words(application, visit)
    amount = [html.P(visit.formats.round_money(offer["amount"]), className="rates")] if offer else []
    words, where = way_on(application, visit)
    main = "btn-primary" if application["state"] in ("draft", "offered") else "btn-secondary"
    reference = say("apply.reference", reference=application["reference"])
    return html.Article(
        [
            html.Div([html.H2(name), badge(application, visit)], className="card-head"),
            *amount,
            html.P(text), html.P(then, className="note"),
            html.P(reference, className="reference"),
            dcc.Link([words, html.Span(f" {name}, {reference}", className="visually-hidden")], href=where,
                     className=f"btn {main}"),
        ],
        className="card application-card",
    )  # fmt: skip


def way_on(application: Record, visit: Visit) -> tuple[str, str]:
    """What a customer can do next with an application: words and address."""
    place = f"/applications/{application['application_id']}"
    if application["state"] == "draft":
        return visit.say("apply.list.go_on"), f"/apply/{application['application_id']}/{next_step(application)}"
    word = "offer" if application["state"] == "offered" else "open"
    return visit.say(f"apply.list.{word}"), place
