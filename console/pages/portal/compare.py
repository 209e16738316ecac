"""Offers side by side: those of one decision and those put aside. The address says which, and in which order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl, urlencode

from dash import Input, Output, dcc, html
from dash.development.base_component import Component

from console.callbacks import callback
from console.components.aria import aria
from console.components.outcome_compare import ORDERS, Column, benefits_row, column_names, comparison, ordered, row
from console.components.outcome_links import post_button
from console.components.panel import empty, waiting
from console.pages.portal import outcome_routes
from console.visit import Visit
from console.words import Say
from lending.domain.roles import Permission

PATH = "/compare"
NAME = "Compare"
PERMISSION = Permission.QUOTE_OWN
ROUTES = outcome_routes.ROUTES
_ASKED = ("decision", "order")


def layout(visit: Visit) -> Component:
    """The page with a waiting table; the callback below fills it."""
    return _page(visit.say)


def blank() -> Component:
    """The page without anybody's data, against which the browser checks callbacks."""
    return _page(Say())


def _page(say: Say) -> Component:
    head = [html.H1(say("outcome.page.title"), tabIndex="-1"), html.P(say("outcome.page.lead"), className="note")]
    return html.Div([html.Header(head, className="page-head"), html.Div(waiting(420), id="comparison")])


@callback(
    Output("comparison", "children"), Input("location", "pathname"), Input("location", "search"), permission=PERMISSION
)
def show_comparison(visit: Visit, _path: Any, search: Any) -> Component:
    """The offers that the address names, in its order."""
    asked = _asked(search)
    columns = _columns(visit, asked.get("decision", ""))
    if not columns:
        return _nothing(visit)
    order = asked.get("order", "")
    return html.Div(
        [_orders(order, asked, visit), _table(ordered(columns, order), visit)]
        if len(columns) > 1
        else [html.P(visit.say("outcome.compare.one"), className="note"), _table(columns, visit)]
    )


def _asked(search: Any) -> dict[str, str]:
    """What the address says; whatever else stands in it is left out."""
    given = parse_qsl(search.removeprefix("?")) if isinstance(search, str) else []
    return {name: value for name, value in given if name in _ASKED}


def _columns(visit: Visit, decision_id: str) -> list[Column]:
    """Offers of the decision, the recommended first, then those put aside; none twice."""
    ask, me = visit.ask.outcome, visit.customer_id
    made = sorted(ask.offered(me, decision_id), key=lambda o: (not o["recommended"], "own" not in o["goals"]))
    both = {str(offer["offer_id"]): offer for offer in (*made, *ask.saved(me))}
    return [Column(offer, str(offer["product"]), bool(offer["saved"])) for offer in both.values()]


def _orders(order: str, asked: Mapping[str, str], visit: Visit) -> Component:
    """Links that put the offers into an order."""
    links = [_order_link(name, {**asked, "order": name}, name == order, visit) for name in ORDERS]
    return html.Nav(
        html.Ul([html.Li(link) for link in links], className="orders"), **aria(label=visit.say("outcome.page.order"))
    )


def _order_link(name: str, query: Mapping[str, str], chosen: bool, visit: Visit) -> Component:
    words = visit.say(f"outcome.page.orders.{name}")
    link = dcc.Link(words, href=f"{PATH}?{urlencode(query)}", className="btn btn-secondary")
    return html.Span(link, className="is-chosen", **aria(current="true")) if chosen else link


def _table(columns: Sequence[Column], visit: Visit) -> Component:
    names = column_names(columns, visit)
    acts = row(
        visit.say("outcome.page.next"), [_acts(c, name, visit) for c, name in zip(columns, names, strict=True)], names
    )
    stands = [_stands(column, visit) for column in columns]
    until = row(visit.say("outcome.page.until"), stands, names)
    return html.Section(
        comparison(columns, visit, rows=[benefits_row(columns, visit), until, acts]), className="card compare-card"
    )


def _stands(column: Column, visit: Visit) -> str:
    day = visit.formats.day(column.offer["valid_until"])
    return day if column.offer["stands"] else visit.say("outcome.page.over", day=day)


def _acts(column: Column, name: str, visit: Visit) -> Component:
    say, offer = visit.say, column.offer
    address = f"/portal/offers/{offer['offer_id']}"
    keep = "drop" if column.saved else "save"
    apply = post_button("/portal/apply", {"offer_id": offer["offer_id"]}, say("outcome.offers.apply"), "btn-primary",
                        say("outcome.offers.apply_name", goal=name))  # fmt: skip
    going = offer["application_id"]
    return html.Div(
        [
            *([_application_link(str(going), visit)] if going else [apply] if offer["stands"] else []),
            post_button(f"{address}/{keep}", {}, say(f"outcome.page.{keep}"), "btn-quiet",
                        say(f"outcome.page.{keep}_name", goal=name)),
        ],
        className="acts",
    )  # fmt: skip


def _application_link(application_id: str, visit: Visit) -> Component:
    return dcc.Link(
        visit.say("outcome.page.applied"), href=f"/applications/{application_id}", className="btn btn-secondary"
    )


def _nothing(visit: Visit) -> Component:
    say = visit.say
    return html.Div(
        [
            empty(say("outcome.page.empty"), say("outcome.page.empty_text")),
            html.P(dcc.Link(say("outcome.page.start"), href="/", className="btn btn-primary")),
        ]
    )


CALLBACKS = (show_comparison,)
