"""Applying, one thing a page: the questions of each step, papers, check your answers, send."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dash import Input, Output, State, dcc, html, no_update
from dash.development.base_component import Component

from console.callbacks import callback
from console.components.apply_fields import worded
from console.components.apply_frame import CHECK, PAPERS, address, progress, steps_of, summary
from console.components.apply_steps import check_step, form_step
from console.components.aria import data
from console.components.papers import being_checked, papers_panel
from console.pages.portal.apply_routes import after, keep_typed, save_step, send_application, start_application, step_of
from console.visit import Visit
from lending.domain.roles import Permission

PATH = "/apply/<application_id>/<step>"
NAME = "Apply"
PERMISSION = Permission.APPLICATION_OWN
TICK_MS = 2000
Record = Mapping[str, Any]


def layout(visit: Visit, application_id: str, step: str) -> Component:
    """A step as it was left."""
    return step_page(visit, application_id, step, notice="")


def step_page(visit: Visit, application_id: str, step: str, *, notice: str) -> Component:
    """A step of a draft.

    Args:
        visit: who applies.
        application_id: one of theirs.
        step: one of its steps.
        notice: `check` when it was sent with something wrong, `changed` when another window changed it meanwhile.

    Raises:
        NotFoundError: no such application of theirs, or no such step.
    """
    application = visit.ask.apply.get(visit.customer_id, application_id)
    if application["state"] != "draft":
        return _sent(application, visit)
    found = step_of(application, step)
    body = _body(application, found, visit, notice)
    title = worded(visit.say, str(found["title_key"]))
    main = [progress(application, step, visit.say), *_notice(notice, visit), body]
    head = [_back(application, step, visit), html.H1(title, tabIndex="-1")]
    return html.Div(
        [
            html.Header(head, className="page-head"),
            html.Div([html.Div(main, className="apply-main"), summary(application, visit)], className="apply"),
        ],
        **data(step=step, product=str(application["product"])),
    )


def blank() -> Component:
    """The page without an application, against which the browser checks callbacks."""
    kept = [dcc.Store(id="apply-here"), dcc.Store(id="apply-redraw")]
    return html.Div([html.Div(id="apply-body"), *kept, _papers_frame(None, "")])


def _body(application: Record, step: Record, visit: Visit, notice: str) -> Component:
    name = str(step["step"])
    if name == PAPERS:
        return _papers_step(application, visit)
    body = _drawn(application, step, visit, checked=notice == "check")
    here = dcc.Store(id="apply-here", data=[application["application_id"], name])
    return html.Div([html.Div(body, id="apply-body"), here, dcc.Store(id="apply-redraw")])


@callback(
    Output("apply-body", "children"), Input("apply-redraw", "data"), State("apply-here", "data"),
    permission=PERMISSION, prevent_initial_call=True,
)  # fmt: skip
def show_step(visit: Visit, _kept: Any, here: Any) -> Component:
    """The step's questions anew: an answer called for others. assets/apply.js asks for it after keeping the draft."""
    application_id, step = (str(part) for part in here)
    application = visit.ask.apply.get(visit.customer_id, application_id)
    return _drawn(application, step_of(application, step), visit, checked=False)


def _drawn(application: Record, step: Record, visit: Visit, *, checked: bool) -> Component:
    if step["step"] == CHECK:
        return check_step(application, visit, checked=checked)
    return form_step(application, step, visit, checked=checked)


def _papers_step(application: Record, visit: Visit) -> Component:
    say = visit.say
    then = address(application, after(application, PAPERS))
    on = dcc.Link(say("apply.go_on"), href=then, className="btn btn-primary")
    later = dcc.Link(say("apply.later"), href="/applications", className="btn btn-quiet")
    panel = _papers_frame(papers_of(application, visit), str(application["application_id"]))
    return html.Div(
        [html.P(say("apply.papers.intro"), className="note"), panel,
         html.P(say("apply.papers.later"), className="hint"), html.Div([on, later], className="form-foot")]
    )  # fmt: skip


def _papers_frame(panel: Component | None, application_id: str) -> Component:
    """The papers, drawn anew while one is being checked."""
    return html.Div(
        [html.Div(panel, id="apply-papers"), dcc.Interval(id="apply-papers-tick", interval=TICK_MS),
         dcc.Store(id="apply-papers-of", data=application_id)]
    )  # fmt: skip


def papers_of(application: Record, visit: Visit) -> Component:
    """The papers panel as it stands."""
    can_add = application["state"] in ("draft", "submitted", "in_review")
    return papers_panel(application, visit, can_add=can_add, demo=visit.ask.apply.has_demo_papers)


@callback(
    Output("apply-papers", "children"), Output("apply-papers-tick", "disabled"),
    Input("apply-papers-tick", "n_intervals"), Input("news-stamp", "data"), State("apply-papers-of", "data"),
    permission=PERMISSION, prevent_initial_call=True, on_failure=lambda _reference: (no_update, False),
)  # fmt: skip
def show_papers(visit: Visit, _ticks: Any, _news: Any, application_id: Any) -> tuple[Any, bool]:
    """The papers of a draft; asking stops when no paper is being checked."""
    application = visit.ask.apply.get(visit.customer_id, str(application_id))
    return papers_of(application, visit), not being_checked(application)


def _back(application: Record, name: str, visit: Visit) -> Component:
    names = [str(step["step"]) for step in steps_of(application)]
    at = names.index(name)
    href = address(application, names[at - 1]) if at else "/applications"
    return dcc.Link(visit.say("apply.back" if at else "apply.all"), href=href, className="back")


def _notice(notice: str, visit: Visit) -> list[Component]:
    if notice != "changed":
        return []
    return [html.P(visit.say("apply.changed"), className="state state-problem", role="alert")]


def _sent(application: Record, visit: Visit) -> Component:
    """The answer to a step of an application that was sent before: a second click, or an old window."""
    say = visit.say
    return html.Div(
        [html.H1(say("apply.sent.title"), tabIndex="-1"), html.P(say("apply.sent.text")),
         dcc.Link(say("apply.sent.open"), href=f"/applications/{application['application_id']}",
                  className="btn btn-primary")],
        className="page-head",
    )  # fmt: skip


CALLBACKS = (show_step, show_papers)
ROUTES = (start_application, save_step, keep_typed, send_application)
