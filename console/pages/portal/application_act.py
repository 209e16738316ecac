"""Accepting, declining or withdrawing: one page that says what it means, and one button that does it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dash import dcc, html
from dash.development.base_component import Component

from console.components.apply_fields import apply_field, problem_list
from console.components.apply_frame import summary
from console.components.apply_steps import one_time_key
from console.components.aria import data
from console.components.outcome_links import hidden
from console.visit import Visit
from lending.domain.errors import NotFoundError
from lending.domain.roles import Permission

PATH = "/applications/<application_id>/<act>"
NAME = "Application"
PERMISSION = Permission.APPLICATION_OWN
_FROM: Mapping[str, tuple[str, ...]] = {
    "accept": ("offered",),
    "accept_unread": ("offered",),
    "decline": ("offered",),
    "withdraw": ("draft", "submitted", "in_review", "offered"),
}
"""What can be done on this page, and in which states."""
_READ = "read_disclosure"
Record = Mapping[str, Any]


def layout(visit: Visit, application_id: str, act: str) -> Component:
    """What the act means, and its button. Raises NotFoundError: no such application of theirs, or no such act."""
    if act not in _FROM:
        raise NotFoundError(f"there is no page {act[:40]}", field="act", found=act[:40])
    application = visit.ask.apply.get(visit.customer_id, application_id)
    name, unread = act.removesuffix("_unread"), act.endswith("_unread")
    say, place = visit.say, f"/applications/{application_id}"
    head = [
        dcc.Link(say("apply.back_to"), href=place, className="back"),
        html.H1(say(f"apply.{name}.title"), tabIndex="-1"),
    ]
    if application["state"] not in _FROM[act]:
        body: list[Component] = [html.P(say("apply.too_late"), className="state state-empty")]
    else:
        body = _accept(application, visit, unread=unread) if name == "accept" else [_sure(application, name, visit)]
    return html.Div(
        [html.Header(head, className="page-head"),
         html.Div([html.Div(body, className="apply-main"), summary(application, visit)], className="apply")]
    )  # fmt: skip


def blank() -> Component:
    """Nothing of its own."""
    return html.Div()


def _accept(application: Record, visit: Visit, *, unread: bool) -> list[Component]:
    """The disclosure to read, the box that says it was read, and the button."""
    say, sheet = visit.say, f"/portal/offers/{application['offer_id']}/disclosure"
    field = {"name": _READ, "kind": "yes", "label": "apply_fields.read_disclosure.label", "hint": ""}
    problem = say("apply.accept.unread") if unread else ""
    links = html.P(
        [html.A(say("apply.accept.sheet"), href=sheet, target="_blank", rel="noopener", className="btn btn-secondary"),
         html.A(say("apply.accept.sheet_pdf"), href=f"{sheet}.pdf", className="download")],
        className="sheet-links",
    )  # fmt: skip
    form = _form(application, "accept", visit, [apply_field(field, say, "", problem=problem)])
    top = [problem_list([(_READ, problem)], say)] if unread else []
    texts = [html.P(say("apply.accept.lead"), className="lead"), links]
    return [*top, html.Section(texts, className="card"), form]


def _sure(application: Record, name: str, visit: Visit) -> Component:
    return _form(application, name, visit, [html.P(visit.say(f"apply.{name}.lead"), className="lead")])


def _form(application: Record, name: str, visit: Visit, body: list[Component]) -> Component:
    say, place = visit.say, f"/applications/{application['application_id']}"
    look = "btn-primary" if name == "accept" else "btn-danger"
    return html.Form(
        [*body, hidden("offer_id", str(application.get("offer_id") or "")), one_time_key(),
         html.Div([html.Button(say(f"apply.{name}.do"), type="submit", className=f"btn {look}"),
                   dcc.Link(say("apply.keep"), href=place, className="btn btn-quiet")], className="form-foot")],
        action=f"/portal{place}/{name}", method="POST", className="card", **data(once=""),
    )  # fmt: skip


CALLBACKS = ()
