"""What is the customer's own on the start page: offers, applications, messages, and what the bank knows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from urllib.parse import urlencode

from dash import dcc, html
from dash.development.base_component import Component

from console.components.products import product_name
from console.visit import Visit
from console.words import Say
from lending.domain.application import Applicant
from serving.formats import Formats


def offers_list(offers: Sequence[Mapping[str, Any]], today: date, visit: Visit) -> Component:
    """Offers that stand, each with what is left of its time."""
    return html.Ul([html.Li(_offer(offer, today, visit)) for offer in offers], className="own-list")


def _offer(offer: Mapping[str, Any], today: date, visit: Visit) -> Component:
    formats, say, product = visit.formats, visit.say, str(offer.get("product") or "")
    amount, term = formats.round_money(offer["amount"]), formats.months(int(offer["term_months"]))
    return _item(
        say("home.offer.title", amount=amount, term=term),
        product_name(product, say) if product else "",
        say("home.offer.terms", instalment=formats.money(offer["instalment"]), apr=formats.rate(offer["apr"])),
        time_left(date.fromisoformat(str(offer["valid_until"])[:10]), today, formats, say),
        _link(say("home.offer.go"), _quote_address(product, offer), f"{say('home.offer.go')}: {amount}, {term}"),
    )


def _quote_address(product: str, offer: Mapping[str, Any]) -> str:
    if not product:
        return "/compare"
    whole = str(offer["amount"]).removesuffix(".00")
    return f"/loans/{product}?{urlencode({'amount': whole, 'term': offer['term_months']})}"


def time_left(last_day: date, today: date, formats: Formats, say: Say) -> str:
    """How long something stands: the date, and the days that are left in words."""
    days = (last_day - today).days
    if days <= 0:
        return say("home.last_day")
    return say("home.days_left", count=days, day=formats.day(last_day))


def applications_list(applications: Sequence[Mapping[str, Any]], visit: Visit) -> Component:
    """Applications with where each stands and what comes next."""
    return html.Ul([html.Li(_application(one, visit)) for one in applications], className="own-list")


def _application(one: Mapping[str, Any], visit: Visit) -> Component:
    formats, say = visit.formats, visit.say
    state, name = str(one["state"]), product_name(str(one["product"]), say)
    address = f"/applications/{one['application_id']}"
    act = say(f"home.application.go.{'draft' if state == 'draft' else 'other'}")
    changed = say("home.application.changed", day=formats.day(str(one["changed_at"])))
    return html.Div(
        [
            html.Div([html.H3(name), html.Span(say(f"home.state.{state}"), className=f"badge badge-{state}")],
                     className="card-head"),
            html.P(say(f"home.next.{state}")),
            html.P([say("home.application.reference", reference=one["reference"]), " · ", changed], className="note"),
            _link(act, address, f"{act}: {name}, {one['reference']}"),
        ],
        className="own-item",
    )  # fmt: skip


def messages_list(messages: Sequence[Mapping[str, Any]], formats: Formats, say: Say) -> Component:
    """The latest messages; unread ones are marked in words."""
    return html.Ul([html.Li(_message(one, formats, say)) for one in messages], className="own-list messages")


def _message(one: Mapping[str, Any], formats: Formats, say: Say) -> Component:
    unread = one.get("read_at") is None
    mark = [html.Span(say("home.message.new"), className="badge badge-open")] if unread else []
    opens = dcc.Link(str(one["title"]), href=str(one["link"] or "/messages"))
    return html.Div(
        [html.Div([html.H3(opens), *mark], className="card-head"),
         html.P(formats.day(str(one["at"])), className="note")],
        className="own-item",
    )  # fmt: skip


def known_facts(person: Applicant, formats: Formats, say: Say) -> Component:
    """Income, debts, score and work as the bank's records have them."""
    figures = [
        ("income", person.gross_monthly_income, formats.round_money),
        ("debts", person.monthly_obligations, formats.round_money),
        ("score", person.credit_score, formats.number),
    ]
    unknown = say("home.known.unknown")
    pairs = [(say(f"home.known.{name}"), unknown if value is None else write(value)) for name, value, write in figures]
    pairs.append((say("home.known.work"), work_words(person.employment_status, say)))
    return html.Dl([html.Div([html.Dt(name), html.Dd(value)]) for name, value in pairs], className="known")


def work_words(status: str, say: Say) -> str:
    """A kind of work in words; one that has no words is written out."""
    return say(f"home.work.{status}") if say.has(f"home.work.{status}") else status.replace("_", " ")


def _item(title: str, above: str, text: str, note: str, act: Component) -> Component:
    over = [html.P(above, className="over")] if above else []
    return html.Div([*over, html.H3(title), html.P(text), html.P(note, className="note"), act], className="own-item")


def _link(words: str, address: str, named: str) -> Component:
    return dcc.Link(words, href=address, className="btn btn-secondary", title=named)
