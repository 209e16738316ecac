"""Every experiment on the pages, and the form that defines one."""

from __future__ import annotations

from dash import html
from dash.development.base_component import Component
from flask import redirect, request
from werkzeug.wrappers import Response

from console.components.experiments import define_form, experiments_table
from console.components.panel import empty
from console.components.staff import Choice, filters, head
from console.queries_experiments import STATES
from console.routes import route
from console.visit import Visit
from lending.domain.roles import STAFF, Permission, may

PATH = "/staff/experiments"
NAME = "Experiments"
PERMISSION = Permission.MONITOR_READ
ROLES = STAFF
_TEXT = (
    "Wordings, orders, layouts and prompts that are tried on a share of the people. Prices and rules are never tried."
)


def layout(visit: Visit) -> Component:
    """The list, and below it the form for those who may."""
    ask, state = visit.ask.experiments, visit.query.get("state", "all")
    wrong = state not in STATES
    several = ask.all("all" if wrong else state)
    note = [html.P(f"The address asks for {state[:20]!r}, which is no state.", className="state state-problem",
                   role="status")] if wrong else []  # fmt: skip
    choice = Choice("state", "State", [(one, one) for one in STATES])
    none = empty("No experiment in this state", "One appears here as soon as it is kept as a draft below.")
    table = experiments_table(several, visit.formats) if several else none
    return html.Div([
        head(NAME, _TEXT), *note, filters(PATH, (choice,), {"state": state}),
        html.Section([html.H2("All experiments"), table], className="card"), _define(visit),
    ])  # fmt: skip


def blank() -> Component:
    """Nothing here is wired to a callback."""
    return html.Div()


@route("/staff/experiments/define", permission=Permission.EXPERIMENT_RUN, methods=("POST",))
def define(visit: Visit) -> Response:
    """Keep a draft, and go to it."""
    form = request.form
    name = visit.ask.experiments.define(form, form.getlist("guardrails"), visit.account.username)
    return redirect(f"{PATH}/{name}", 303)


def _define(visit: Visit) -> Component:
    if not may(visit.account.role, Permission.EXPERIMENT_RUN):
        return html.P("Data scientists define experiments; your role reads them.", className="hint")
    ask = visit.ask.experiments
    return html.Section([html.H2("Define one"), define_form(ask.catalogue, ask.limits)], className="card")


CALLBACKS = ()
ROUTES = (define,)
