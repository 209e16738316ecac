"""Flows: what runs by itself and when, how runs did, and a form to start one, made from the flow's own parameters."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from dash import dcc, html
from dash.development.base_component import Component
from flask import Response, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from console.components.aria import aria, data
from console.components.panel import empty
from console.components.staff import Cell, Choice, Tone, act_form, field, head, mark, rows_table, with_query
from console.queries_flows import ENDED, FlowLine
from console.routes import json_answer, route
from console.visit import Visit
from lending.domain.errors import CandorError, InputError, NotFoundError, RefusedError, UnavailableError
from lending.domain.roles import STAFF, Permission, may
from serving.flow_forms import LOOKED, FormField
from serving.ports import FlowNote, FlowRun

PATH = "/staff/flows"
NAME = "Flows"
PERMISSION = Permission.FLOW_READ
ROLES = STAFF
CALLBACKS = ()
_RUN = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_TONES: Mapping[str, Tone] = {
    "completed": "good", "running": "plain", "scheduled": "plain", "paused": "look", "failed": "no", "crashed": "no",
    "cancelled": "plain",
}  # fmt: skip
_WORDS: Mapping[str, str] = {"paused": "waits for a person", "crashed": "broke down", "scheduled": "about to begin"}
_INPUTS: Mapping[str, str] = {"integer": "number", "number": "text", "day": "date", "text": "text"}
_YES_NO = (("true", "Yes"), ("false", "No"))


def layout(visit: Visit) -> Component:
    """The run or the form that was asked for, then all flows."""
    top = head("Flows", "What Candor does by itself, when it last did, and what you may start.", *_tools(visit))
    try:
        content = [*_run_part(visit), *_form_part(visit), _all(visit)]
    except UnavailableError as error:
        content = [_down(error)]
    return html.Div([top, *content], className="flows-page")


def blank() -> Component:
    """Nothing here is wired to a callback."""
    return html.Div()


def _down(error: UnavailableError) -> Component:
    """The orchestrator does not answer; nothing else of the console needs it."""
    return html.Div(
        [html.P("Flows cannot be shown now", className="state-title"), html.P(f"{error}."),
         html.P(["To start it: ", html.Code("candor up"), ". Decisions go on without it."]),
         html.A("Try again", href=PATH, className="btn btn-secondary")],
        className="state state-failed", role="alert",
    )  # fmt: skip


def _tools(visit: Visit) -> list[Component]:
    """The tools' own pages, for those whose work they are; they answer on this machine alone."""
    settings, role = visit.ask.platform.settings, visit.account.role
    links = [("Prefect's own page", settings.prefect_url)] if may(role, Permission.MODEL_TRAIN) else []
    if settings.mlflow_pages and may(role, Permission.MODEL_READ):
        links.append(("MLflow's own page", settings.mlflow_pages))
    return [html.A(words, href=url, rel="noreferrer", className="btn btn-secondary") for words, url in links]


def _all(visit: Visit) -> Component:
    lines = visit.ask.flows.lines(visit.account)
    if not lines:
        return empty("No flow is deployed", "candor up deploys them; so does: prefect deploy --all")
    rows = [_line(visit, one) for one in lines]
    note = html.P(f"Last runs are looked for among the latest {LOOKED}. Times are UTC.", className="note")
    table = rows_table("Flows", ("Flow", "What it does", "By itself", "Last run", "Start"), rows)
    return html.Section([html.H2("All flows"), table, note])


def _line(visit: Visit, line: FlowLine) -> list[Cell]:
    name = line.flow.name
    words = ", ".join(schedule_words(one) for one in line.flow.schedules) or "–"
    start: Cell = html.A("Start …", href=with_query(PATH, {}, start=name), **aria(label=f"Start {name}"))
    return [html.B(name), line.flow.description, words, _last(visit, line.last), start if line.open else "–"]


def _last(visit: Visit, run: FlowRun | None) -> Cell:
    if run is None:
        return "none lately"
    when = f" {visit.formats.day(run.at.date())} {run.at:%H:%M}" if run.at else ""
    took = f", {run.seconds:.0f} s" if run.seconds else ""
    return html.Span([_state(run.state), " ", html.A(f"{when}{took}".strip() or "open",
                                                     href=with_query(PATH, {}, run=run.run_id))])  # fmt: skip


def _state(state: str) -> Component:
    return mark(_WORDS.get(state, state), _TONES.get(state, "plain"))


def schedule_words(text: str) -> str:
    """A schedule in words where it is one of the plain kinds, else as it is written."""
    parts = text.split()
    if len(parts) != 6 or not parts[0].isdecimal():
        return f"every {parts[0][2:]} minutes" if parts and parts[0].startswith("*/") else text
    minute, hour, day, month, weekday, _ = parts
    at = f"at {hour.zfill(2)}:{minute.zfill(2)}" if hour.isdecimal() else f"at minute {minute}"
    if (day, month, weekday) == ("*", "*", "*"):
        return f"daily {at}" if hour.isdecimal() else f"hourly {at}"
    return f"monthly on day {day} {at}" if day.isdecimal() and weekday == "*" else text


def _run_part(visit: Visit) -> list[Component]:
    """The card of one run."""
    run_id = visit.query.get("run", "")
    if not run_id:
        return []
    if not _RUN.fullmatch(run_id):
        return [_not_there()]
    try:
        run = visit.ask.flows.run(run_id)
    except NotFoundError:
        return [_not_there()]
    return [_run_card(visit, run)]


def _not_there() -> Component:
    return empty("There is no such run", "It may have been tidied away. Choose a run from the list.")


def _run_card(visit: Visit, run: FlowRun) -> Component:
    live = run.state not in ENDED
    bar = html.Progress(value=f"{run.percent or 0:.0f}", max="100", **aria(label=f"Progress of {run.flow}"))
    watched = data(flow_run=run.run_id, flow_state=run.state) if live else {}
    line = html.P([html.Span(_state(run.state), **data(flow_mark="")), " ",
                   html.Span(run.message, **data(flow_message=""))], role="status")  # fmt: skip
    parts: list[Component] = [html.H2(f"Run of {run.flow}"), line, *([bar] if live else []), *_links(visit, run)]
    if visit.ask.flows.may_stop(run, visit.account):
        parts.append(act_form(f"{PATH}/stop", [], "Stop this run", tone="secondary", run=run.run_id))
    return html.Section([*parts, *_notes(visit.ask.flows.notes(run.run_id))], className="card flow-run", **watched)


def _links(visit: Visit, run: FlowRun) -> list[Component]:
    links: list[tuple[str, str]] = []
    if run.state == "paused" and may(visit.account.role, Permission.MODEL_READ):
        links.append(("What it waits for", "/staff/approvals"))
    if may(visit.account.role, Permission.MODEL_TRAIN):
        links.append(("The run in Prefect", run.url))
    return [html.Ul([html.Li(html.A(words, href=url, rel="noreferrer")) for words, url in links])] if links else []


def _notes(notes: Sequence[FlowNote]) -> list[Component]:
    """The pages that the run left; its links lead to this machine and are on Prefect's page."""
    return [html.Details([html.Summary(one.key.replace("-", " ").capitalize()),
                          dcc.Markdown(one.text, className="note-text")])
            for one in notes if one.kind == "markdown"]  # fmt: skip


def _form_part(visit: Visit) -> list[Component]:
    """The form of the flow that was asked for."""
    name = visit.query.get("start", "")
    if not name:
        return []
    try:
        flow, fields = visit.ask.flows.form(name, visit.account)
    except UnavailableError:
        raise
    except (NotFoundError, RefusedError) as error:
        return [html.Div([html.P(f"{error}."), html.P(error.do)], className="state state-problem", role="alert")]
    wrong = visit.query.get("wrong", "")
    said = [html.P(wrong[:300], className="wrong", role="alert")] if wrong else []
    boxes = [_box(one, visit.query.get(one.name, one.default)) for one in fields]
    form = act_form(f"{PATH}/start", boxes, f"Start {flow.name}", flow=flow.name)
    return [html.Section([html.H2(f"Start {flow.name}"), html.P(flow.description), *said, form], className="card")]


def _box(one: FormField, value: str) -> Component:
    label = f"{one.name.replace('_', ' ').capitalize()}: {one.words}"
    options = _YES_NO if one.kind == "yes_no" else [(each, each) for each in one.options]
    kind = _INPUTS.get(one.kind, "text")
    return field(Choice(one.name, label, options, kind), value, required=one.required, within="start")


@route(f"{PATH}/progress", permission=PERMISSION)
def progress(visit: Visit) -> Response:
    """How a run does, for the page that shows it: `{state, words, percent, message, ended}`."""
    run_id = request.args.get("run", "")
    if not _RUN.fullmatch(run_id):
        raise InputError("this is no id of a run", field="run", found=run_id[:40], expected="an id of a run")
    run = visit.ask.flows.run(run_id)
    words = _WORDS.get(run.state, run.state)
    return json_answer({"state": run.state, "words": words, "percent": run.percent, "message": run.message,
                        "ended": run.state in ENDED})  # fmt: skip


@route(f"{PATH}/start", permission=Permission.FLOW_RUN, methods=("POST",))
def start(visit: Visit) -> AnyResponse:
    """Start a flow; what does not fit leads back to its form, with everything that was typed."""
    form = {name: value for name, value in request.form.items() if len(value) <= 1000}
    name = form.pop("flow", "")
    try:
        run = visit.ask.flows.start(name, form, visit.account)
    except InputError as error:
        if isinstance(error, NotFoundError):
            raise
        return redirect(with_query(PATH, {**form, "start": name, "wrong": _said(error)}), 303)
    return redirect(with_query(PATH, {}, run=run.run_id), 303)


def _said(error: CandorError) -> str:
    return f"{error}."


@route(f"{PATH}/stop", permission=Permission.FLOW_RUN, methods=("POST",))
def stop(visit: Visit) -> AnyResponse:
    """Ask a run to stop."""
    run_id = request.form.get("run", "")
    if not _RUN.fullmatch(run_id):
        raise InputError("this is no id of a run", field="run", found=run_id[:40], expected="an id of a run")
    visit.ask.flows.stop(run_id, visit.account)
    return redirect(with_query(PATH, {}, run=run_id), 303)


ROUTES = (progress, start, stop)
