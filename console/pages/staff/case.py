"""One case: everything on one page, and what may be done with it. That somebody looked is written down."""

from __future__ import annotations

from dash import html
from dash.development.base_component import Component

from console.components.case import (
    STATES,
    around_card,
    asked_card,
    contributions_card,
    decision_card,
    history_card,
    offers_card,
    summary_card,
    who_card,
    words_of,
)
from console.components.case_acts import acts_card
from console.components.case_papers import papers_card
from console.components.staff import head, mark
from console.pages.staff.case_routes import ROUTES as _ROUTES
from console.visit import Visit
from lending.domain.roles import STAFF, Permission, may
from serving.parse_applications import application_name

PATH = "/staff/cases/<application_id>"
NAME = "Case"
PERMISSION = Permission.CASE_READ
ROLES = STAFF
CALLBACKS = ()
ROUTES = _ROUTES


def layout(visit: Visit, application_id: str) -> Component:
    """The page of one case. Raises NotFoundError."""
    case = visit.ask.cases.open(visit.account, application_name(application_id))
    writes = may(visit.account.role, Permission.CASE_DECIDE)
    summary = summary_card(visit.ask.cases.summary(case["decision_id"]), may_write=writes,
                           application_id=application_id)  # fmt: skip
    state = mark(words_of(case["state"]), STATES.get(case["state"], "plain"))
    text = html.Span([state, f" {case['name']}, {case['customer_id']}. Who opens this page is written down."])
    back = html.A("All cases", href="/staff/cases", className="btn btn-secondary")
    return html.Div([
        head(f"Case {case['reference']}", text, back),
        html.Div([html.Div([summary, asked_card(case, visit)]), acts_card(case, visit)], className="pair case-top"),
        papers_card(case, visit), decision_card(case, visit), *contributions_card(case, visit),
        who_card(case, visit), offers_card(case, visit), history_card(case, visit), around_card(case, visit),
    ], className="case-page")  # fmt: skip


def blank() -> Component:
    """Nothing here is wired to a callback."""
    return html.Div()
