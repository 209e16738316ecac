"""The policy lab: drafts of the policy and a form for a new one."""

from __future__ import annotations

from collections.abc import Sequence

from dash import html
from dash.development.base_component import Component
from flask import redirect, request
from werkzeug.wrappers import Response

from console.components.lab import change_words, figures_form, state_mark
from console.components.panel import empty
from console.components.staff import Choice, act_form, field, head, rows_table
from console.routes import route
from console.visit import Visit
from lending.domain.roles import STAFF, Permission, may
from lending.draft_ports import DraftRow

PATH = "/staff/lab"
NAME = "Policy lab"
PERMISSION = Permission.POLICY_READ
ROLES = STAFF
CALLBACKS = ()
_TEXT = "Change a limit or a part of the price, see what it would have done to past applications, then propose it."


def layout(visit: Visit) -> Component:
    """The drafts, and the form of a new one for those who may write it."""
    drafts = visit.ask.lab.drafts()
    shown = _table(visit, drafts) if drafts else _nothing(visit)
    form = [_form(visit)] if may(visit.account.role, Permission.POLICY_DRAFT) else []
    return html.Div([head("Policy lab", _TEXT), _card("Drafts", shown), *form], className="lab-page")


def blank() -> Component:
    """Nothing here is wired to a callback."""
    return html.Div()


@route("/staff/lab/drafts", permission=Permission.POLICY_DRAFT, methods=("POST",))
def write(visit: Visit) -> Response:
    """Keep a new draft and open it."""
    asked = {name: text for name, text in request.form.items() if "." in name}
    row = visit.ask.lab.desk.write(visit.account.username, request.form.get("title", ""), asked)
    return redirect(f"/staff/lab/{row.draft_id}", 303)


ROUTES = (write,)


def _nothing(visit: Visit) -> Component:
    text = "A draft appears here once a risk manager wrote one with the form below, or ran: candor lab run"
    if not may(visit.account.role, Permission.POLICY_DRAFT):
        text = "A draft appears here once a risk manager wrote one."
    return empty("There is no draft yet", text)


def _table(visit: Visit, drafts: Sequence[DraftRow]) -> Component:
    ask, day = visit.ask.lab, visit.formats.day
    products, today, known = ask.products(), ask.today, {leaf.path: leaf for leaf in ask.leaves()}
    rows = [
        [html.A(row.title, href=f"/staff/lab/{row.draft_id}"), state_mark(row, decides=row.published_on(today)),
         change_words(row, known, products, visit.formats), row.author,
         day(row.effective_on) if row.effective_on else "–", day(row.changed_at.date())]
        for row in drafts
    ]  # fmt: skip
    return rows_table("Drafts of the policy", ["Draft", "State", "Changes", "Author", "From", "Last change"], rows)


def _form(visit: Visit) -> Component:
    ask = visit.ask.lab
    title = field(Choice("title", "What it is for, in a few words"), required=True, within="draft")
    fields = [title, *figures_form(ask.leaves(), ask.products(), visit.formats)]
    text = "Change one or more figures; all others stay as they are. Nothing is published by this."
    return html.Section(
        [html.H2("New draft"), html.P(text), act_form("/staff/lab/drafts", fields, "Keep the draft")],
        className="card lab-form", id="new",
    )  # fmt: skip


def _card(title: str, content: Component) -> Component:
    return html.Section([html.H2(title), content], className="card")
