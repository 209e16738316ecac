"""Where staff arrive: their role, what it may do, and the tools that belong to it."""

from __future__ import annotations

from dash import html
from dash.development.base_component import Component

from console.access import SIGNED_IN
from console.visit import Visit
from lending.domain.roles import GRANTS, STAFF, Permission, may

PATH = "/staff"
NAME = "Staff"
PERMISSION = SIGNED_IN
ROLES = STAFF
"""No single permission is common to staff, so the page names its roles."""


def layout(visit: Visit) -> Component:
    """The role, its permissions and its links."""
    role = visit.account.role
    return html.Div(
        [
            html.Header(
                [html.H1(f"Hello, {visit.account.display_name}", tabIndex="-1"),
                 html.P(["You are signed in as ", html.B(role.value.replace("_", " ")), "."])],
                className="page-head",
            ),
            html.Section(
                [html.H2("What your role may do"),
                 html.Ul([html.Li(_words(grant)) for grant in sorted(GRANTS[role])], className="grants")],
                className="card",
            ),
            html.Section([html.H2("Tools"), *_tools(visit)], className="card"),
        ]
    )  # fmt: skip


def blank() -> Component:
    """Nothing here is wired to a callback."""
    return html.Div()


def _tools(visit: Visit) -> list[Component]:
    settings = visit.ask.platform.settings
    links = []
    if may(visit.account.role, Permission.MODEL_READ) and settings.mlflow_url:
        links.append(("MLflow: runs, models and versions", settings.mlflow_url))
    if may(visit.account.role, Permission.MODEL_TRAIN):
        links.append(("Prefect: flows and their runs", settings.prefect_url))
    if not links:
        return [html.P("No tool of this installation belongs to your role.")]
    return [html.Ul([html.Li(html.A(words, href=url, rel="noreferrer")) for words, url in links])]


def _words(grant: Permission) -> str:
    subject, act = grant.value.split(".")
    return f"{subject.capitalize()}: {act}"


CALLBACKS = ()
