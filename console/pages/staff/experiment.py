"""One experiment: a sentence, the split, the variants, the guardrails, the way there, and what may be done."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dash import dcc, html
from dash.development.base_component import Component
from flask import abort, redirect, request
from werkzeug.wrappers import Response

from console.components.experiments import (
    act_forms,
    arms_table,
    difference_chart,
    rails_table,
    split_words,
    state_mark,
)
from console.components.panel import empty
from console.components.staff import head
from console.queries_experiments import ACTS
from console.routes import route
from console.visit import Visit
from lending.domain.roles import STAFF, Permission, may

PATH = "/staff/experiments/<name>"
NAME = "One experiment"
PERMISSION = Permission.MONITOR_READ
ROLES = STAFF


def layout(visit: Visit, name: str) -> Component:
    """The page of one experiment. Raises NotFoundError."""
    one = visit.ask.experiments.one(name)
    back = dcc.Link("All experiments", href="/staff/experiments", className="btn btn-secondary")
    return html.Div([
        head(one["experiment"], one["question"], back),
        html.Section([html.H2("What it shows"), html.P(one["sentence"], className="told-result")], className="card"),
        *_results(visit, one), html.Section([html.H2("How it is set up"), _plan(visit, one)], className="card"),
        *_acts(visit, one),
    ])  # fmt: skip


def blank() -> Component:
    """Nothing here is wired to a callback."""
    return html.Div()


@route("/staff/experiments/<name>/<act>", permission=Permission.EXPERIMENT_RUN, methods=("POST",))
def act(visit: Visit, name: str, act: str) -> Response:
    """Start, stop or conclude it."""
    if act not in ACTS:
        abort(404)
    visit.ask.experiments.act(name, act, request.form, visit.account.username)
    return redirect(f"/staff/experiments/{name}", 303)


def _results(visit: Visit, one: Mapping[str, Any]) -> list[Component]:
    if one["ratio"] is None:
        none = empty("No results yet", "They appear as soon as somebody saw a variant of a running experiment.")
        return [html.Section([html.H2("Results"), none], className="card")]
    return [
        html.Section([html.H2("Is the split as planned?"), split_words(one["ratio"], visit.formats)], className="card"),
        html.Section([html.H2("Variants"), arms_table(one, visit.formats)], className="card"),
        html.Section([html.H2("Guardrails"), rails_table(one)], className="card"),
        difference_chart(one, visit.formats),
    ]


def _plan(visit: Visit, one: Mapping[str, Any]) -> Component:
    day, shares = visit.formats.day, one["shares"]
    planned = ", ".join(f"{name} {visit.formats.share(share)}" for name, share in shares.items())
    lines: list[tuple[str, Any]] = [
        ("State", state_mark(one)), ("Changes", f"{one['changes']}: {one['place']}"), ("Planned shares", planned),
        ("Measured by", one["measure"]), ("Must not get worse", " ".join(one["promises"])),
        ("Worth acting on", f"{float(one['worth']) * 100:g} points"), ("Owner", one["owner"]),
        ("Defined by", one["author"]), ("Since", day(one["since"])),
        *([("Last day", day(one["ends_on"]))] if one["ends_on"] else []),
        *([("Ended", f"{day(one['ended_on'])}: {one['why']}")] if one["ended_on"] else []),
        *([("Everybody gets", one["winner"])] if one["state"] in ("concluded", "ended") else []),
    ]  # fmt: skip
    return html.Dl([part for name, value in lines for part in (html.Dt(name), html.Dd(value))], className="origin")


def _acts(visit: Visit, one: Mapping[str, Any]) -> list[Component]:
    """Forms for those who may act, while there is something to do."""
    if one["version"] is None:
        return [html.P("This one is defined in kb/experiments.yaml, and changed there.", className="hint")]
    if one["state"] not in ("draft", "running") or not may(visit.account.role, Permission.EXPERIMENT_RUN):
        return []
    return [html.Section([html.H2("What now?"), act_forms(one)], className="card")]


CALLBACKS = ()
ROUTES = (act,)
