"""One application after it was begun: where it stands, its papers, its offer, and what happened so far."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dash import Input, Output, State, dcc, html, no_update
from dash.development.base_component import Component

from console.callbacks import callback
from console.components.application import OVER, sent_panel, status_card, time_line, way_on
from console.components.aria import aria
from console.components.outcome_offers import offer_card
from console.components.outcome_refused import letter_card
from console.components.outcome_why import rate_process
from console.components.outcome_words import product_name
from console.components.papers import being_checked, papers_panel
from console.pages.portal.application_routes import ROUTES as ROUTES
from console.visit import Visit
from lending.domain.roles import Permission

PATH = "/applications/<application_id>"
NAME = "Application"
PERMISSION = Permission.APPLICATION_OWN
TICK_MS = 2000
_SENT = ("submitted", "in_review", "offered", "accepted")
Record = Mapping[str, Any]


def layout(visit: Visit, application_id: str) -> Component:
    """The application as it stands now. Raises NotFoundError: no such one of theirs."""
    application = visit.ask.apply.get(visit.customer_id, application_id)
    say = visit.say
    reference = html.P(
        [say("apply.reference_is"), " ", html.Strong(str(application["reference"]), className="reference-no")]
    )
    head = [
        dcc.Link(say("apply.all"), href="/applications", className="back"),
        html.H1(product_name(visit, str(application["product"])), tabIndex="-1"), reference,
    ]  # fmt: skip
    rating = [rate_process(application_id, visit)] if application["state"] in _SENT else []
    return _page(head, _live(application, visit), str(application["application_id"]), rating)


def blank() -> Component:
    """The page without an application, against which the browser checks callbacks."""
    return _page([], [], "", [])


def _page(head: list[Component], live: list[Component], application_id: str, rating: list[Component]) -> Component:
    return html.Div(
        [
            html.Header(head, className="page-head"),
            html.Div(id="application-sent"),
            html.Div(live, id="application-live", className="application"),
            dcc.Interval(id="application-tick", interval=TICK_MS),
            dcc.Store(id="application-of", data=application_id),
            *rating,
        ]
    )


@callback(
    Output("application-live", "children"), Output("application-tick", "disabled"),
    Input("application-tick", "n_intervals"), Input("news-stamp", "data"), State("application-of", "data"),
    permission=PERMISSION, prevent_initial_call=True, on_failure=lambda _reference: (no_update, False),
)  # fmt: skip
def show_application(visit: Visit, _ticks: Any, _news: Any, application_id: Any) -> tuple[Any, bool]:
    """The application again, when something changed or while a paper is being checked."""
    application = visit.ask.apply.get(visit.customer_id, str(application_id))
    return _live(application, visit), not being_checked(application)


@callback(
    Output("application-sent", "children"), Input("location", "search"), State("application-of", "data"),
    permission=PERMISSION, on_failure=lambda _reference: no_update,
)  # fmt: skip
def show_sent(visit: Visit, search: Any, application_id: Any) -> Any:
    """That it was sent, right after sending: its reference number, to be kept."""
    if search != "?sent=1" or not application_id:
        return None
    application = visit.ask.apply.get(visit.customer_id, str(application_id))
    return sent_panel(application, visit) if application["state"] in _SENT else None


def _live(application: Record, visit: Visit) -> list[Component]:
    letter = [letter_card(application, visit)] if application["state"] == "refused" else []
    main = [status_card(application, visit), *letter, *_acts(application, visit), *_papers(application, visit)]
    aside = [*_offer(application, visit), time_line(application, visit), *_leave(application, visit)]
    return [html.Div(main, className="application-main"), html.Div(aside, className="application-aside")]


def _acts(application: Record, visit: Visit) -> list[Component]:
    """What the customer can do now, as one clear button."""
    state, say = str(application["state"]), visit.say
    if state == "draft":
        words, href = way_on(application, visit)
        return [html.P(dcc.Link(words, href=href, className="btn btn-primary btn-wide"))]
    place = f"/applications/{application['application_id']}"
    if state == "offered":
        accept = dcc.Link(say("apply.accept.open"), href=f"{place}/accept", className="btn btn-primary")
        decline = dcc.Link(say("apply.decline.open"), href=f"{place}/decline", className="btn btn-quiet")
        return [html.Div([accept, decline], className="form-foot")]
    return [_what_next(application, visit)] if state == "accepted" else []


def _what_next(application: Record, visit: Visit) -> Component:
    say = visit.say
    steps = [html.Li(say(f"apply.after.{name}")) for name in ("sign", "money", "first_payment", "step_back")]
    sheet = f"/portal/offers/{application['offer_id']}/disclosure.pdf"
    return html.Section(
        [html.H2(say("apply.after.title"), id="after"), html.Ol(steps),
         html.P(html.A(say("apply.after.pdf"), href=sheet, className="btn btn-secondary"))],
        className="card", **aria(labelledby="after"),
    )  # fmt: skip


def _papers(application: Record, visit: Visit) -> list[Component]:
    if not application.get("checklist"):
        return []
    can_add = application["state"] in ("draft", "submitted", "in_review")
    panel = papers_panel(application, visit, can_add=can_add, demo=visit.ask.apply.has_demo_papers)
    title = html.H2(visit.say("apply.papers.title"), id="papers-title")
    return [html.Section([title, panel], className="papers-part", **aria(labelledby="papers-title"))]


def _offer(application: Record, visit: Visit) -> list[Component]:
    offer = application.get("offer")
    if not offer:
        return []
    title = html.H2(visit.say("apply.offer"), id="offer-title")
    card = offer_card(offer, visit, product=str(application["product"]), actions=False)
    return [html.Section([title, card], className="offer-part", **aria(labelledby="offer-title"))]


def _leave(application: Record, visit: Visit) -> list[Component]:
    if application["state"] in OVER:
        return []
    href = f"/applications/{application['application_id']}/withdraw"
    return [html.P(dcc.Link(visit.say("apply.withdraw.open"), href=href), className="leave")]


CALLBACKS = (show_application, show_sent)
