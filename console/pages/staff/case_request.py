"""One request of a customer: what they say, its steps, the form of the answer. Who looks is written down."""

from __future__ import annotations

from dash import html
from dash.development.base_component import Component
from flask import redirect, request
from werkzeug.wrappers import Response

from console.components.case_requests import request_parts
from console.components.staff import head
from console.routes import route
from console.visit import Visit
from lending.domain.roles import STAFF, Permission

PATH = "/staff/cases/requests/<request_id>"
NAME = "Request of a customer"
PERMISSION = Permission.CASE_READ
ROLES = STAFF
CALLBACKS = ()


def layout(visit: Visit, request_id: str) -> Component:
    """The page of one request. Raises NotFoundError."""
    row = visit.ask.cases.request(visit.account, request_id)
    back = html.A("All requests", href="/staff/cases?kind=requests", className="btn btn-secondary")
    text = f"{row['name']}, {row['customer_id']}. Who opens this page is written down."
    return html.Div([head(f"Request {row['reference']}", text, back), *request_parts(row, visit)],
                    className="case-page")  # fmt: skip


def blank() -> Component:
    """Nothing here is wired to a callback."""
    return html.Div()


@route("/staff/cases/requests/<request_id>/take", permission=Permission.CASE_DECIDE, methods=("POST",))
def take(visit: Visit, request_id: str) -> Response:
    """Take it up."""
    visit.ask.cases.take_request(visit.account, request_id)
    return redirect(f"/staff/cases/requests/{request_id}", 303)


@route("/staff/cases/requests/<request_id>/close", permission=Permission.CASE_DECIDE, methods=("POST",))
def close(visit: Visit, request_id: str) -> Response:
    """Answer it."""
    result, answer, value = (request.form.get(name, "") for name in ("result", "answer", "value"))
    visit.ask.cases.close_request(visit.account, request_id, result, answer, value.strip() or None)
    return redirect(f"/staff/cases/requests/{request_id}", 303)


ROUTES = (take, close)
