"""One generated text: how it came about, and, for those who may, what it told; reading it goes on record."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from dash import dcc, html
from dash.development.base_component import Component
from flask import redirect, request
from werkzeug.wrappers import Response

from console.components.language import CHECKS, NONE, REASONS, seconds, state_mark, words
from console.components.panel import empty
from console.components.staff import Cell, act_form, head, mark, rows_table
from console.routes import route
from console.visit import Visit
from lending.domain.errors import NotFoundError
from lending.domain.roles import STAFF, Permission, may

PATH = "/staff/language/<generation_id>"
NAME = "One text"
PERMISSION = Permission.MONITOR_READ
ROLES = STAFF
_SPEAKERS = {"customer": "The customer", "assistant": "The assistant", "text": "The text"}
_STEPS = {"plan": "Plan", "retrieve": "Find sources", "word": "Word", "verify": "Check"}


def layout(visit: Visit, generation_id: str) -> Component:
    """The page of one text. Raises NotFoundError."""
    facts = visit.ask.language.facts(generation_id)
    back = dcc.Link("All texts", href="/staff/language", className="btn btn-secondary")
    title = f"{words(facts['kind'])} of {visit.formats.day(facts['at'])}"
    told, said = _told(visit, generation_id, facts)
    return html.Div(
        [
            head(title, f"Text {generation_id}, written by a {facts['written_by']}.", back),
            told,
            _card("What readers say", said),
            html.Div([_card("How it came about", _origin(visit, facts)),
                      _card("What the checks found", _checks(facts))], className="pair"),
        ]
    )  # fmt: skip


def blank() -> Component:
    """Nothing here is wired to a callback."""
    return html.Div()


@route("/staff/language/<generation_id>/review", permission=Permission.ALARM_HANDLE, methods=("POST",))
def review(visit: Visit, generation_id: str) -> Response:
    """Accept an opinion into the evaluation, or set it aside, once."""
    form = request.form
    visit.ask.language.review(form.get("feedback_id", ""), form.get("state", ""), visit.account)
    return redirect(f"/staff/language/{generation_id}", 303)


def _told(visit: Visit, generation_id: str, facts: Mapping[str, Any]) -> tuple[Component, Component]:
    """The text itself, and what was said of it."""
    try:
        read = visit.ask.language.read(generation_id, visit.account)
    except NotFoundError:
        gone = empty("This customer was erased", "What was told to them can no longer be read by anybody.")
        return _card("What it told", gone), _opinions(visit, facts, facts["opinions"])
    if read is None:
        closed = empty("Your role may not read this", "Risk managers and auditors may; each reading goes on record.")
        return _card("What it told", closed), _opinions(visit, facts, facts["opinions"])
    note = html.P("You read this now, and the audit trail says so.", className="hint", role="status")
    return _card("What it told", html.Div([note, *_turns(visit, read["turns"])])), _opinions(
        visit, facts, read["opinions"]
    )


def _turns(visit: Visit, turns: Sequence[Mapping[str, Any]]) -> list[Component]:
    if not turns:
        return [
            empty("The words were not kept", "Texts that belong to no decision and no conversation are told, not kept.")
        ]
    return [_turn(visit, one) for one in turns]


def _turn(visit: Visit, turn: Mapping[str, Any]) -> Component:
    """One side's words; of the text that is looked at with its sources."""
    whose = _SPEAKERS.get(turn["speaker"], str(turn["speaker"]))
    title: list[Cell] = [f"{whose} ", mark("this text")] if turn["mine"] else [whose]
    sources = [_source(cited, turn["passages"]) for cited in turn["citations"]] if turn["mine"] else []
    return html.Article(
        [html.H3(title), *(html.P(one["text"]) for one in turn["sentences"]), *sources],
        className="told is-mine" if turn["mine"] else "told",
    )


def _source(cited: Mapping[str, Any], passages: Mapping[str, str]) -> Component:
    name = str(cited["passage"])
    return html.Details(
        [html.Summary(["Source ", html.Code(name)]), html.P(cited.get("text") or passages.get(name, NONE))]
    )


def _opinions(visit: Visit, facts: Mapping[str, Any], opinions: Sequence[Mapping[str, Any]]) -> Component:
    if not opinions:
        return empty("Nobody said anything yet", "A thumb up or down of a customer appears here at once.")
    return html.Div([_opinion(visit, str(facts["generation_id"]), one) for one in opinions])


def _opinion(visit: Visit, generation_id: str, one: Mapping[str, Any]) -> Component:
    thumb = mark("thumb up", "good") if one["thumb"] == "up" else mark("thumb down", "no")
    about = "of the decision" if one["about"] == "decision" else "of this text"
    comment = one["comment"] or ("There is a comment that your role may not read." if one["has_comment"] else "")
    line = [thumb, f" {about}, {visit.formats.day(one['at'])}: {REASONS.get(one['reason'], words(one['reason']))}. "]
    looked = html.P(["Looked at by ", one["reviewed_by"], ": ", state_mark(one["state"])])
    acts = _acts(visit, generation_id, one) if one["state"] == "new" else [looked]
    return html.Article([html.P(line), *([html.Blockquote(comment)] if comment else []), *acts], className="said")


def _acts(visit: Visit, generation_id: str, one: Mapping[str, Any]) -> list[Component]:
    """What may be made of an opinion that nobody looked at."""
    if not may(visit.account.role, Permission.ALARM_HANDLE):
        return [html.P(state_mark("new"))]
    action, feedback_id = f"/staff/language/{generation_id}/review", str(one["feedback_id"])
    return [html.Div([
        act_form(action, [], "Count it in the evaluation", feedback_id=feedback_id, state="accepted"),
        act_form(action, [], "Set it aside", tone="secondary", feedback_id=feedback_id, state="rejected"),
    ], className="review-acts")]  # fmt: skip


def _origin(visit: Visit, facts: Mapping[str, Any]) -> Component:
    """Prompt, model, times, cost, and the trace."""
    formats = visit.formats
    lines: list[tuple[str, Any]] = [
        ("Prompt", facts["prompt"] or "none was asked"), ("Model", facts["model"] or "none was asked"),
        ("Index of documents", facts["index_version"] or NONE),
        ("Decision", html.Code(facts["decision_id"]) if facts["decision_id"] else "about none"),
        ("Time", "kept from before" if facts["cached"] else seconds(facts["milliseconds"], formats)),
        *((f"· {_STEPS[one['step']]}", seconds(one["milliseconds"], formats)) for one in facts["steps"]),
        ("Tokens in and out", f"{formats.number(facts['tokens_in'])} and {formats.number(facts['tokens_out'])}"),
        ("Cost", f"${Decimal(facts['cost_usd']):.4f}"), ("Trace", _trace(visit, facts)),
        ("Passages", ", ".join(facts["passages"]) or NONE),
        *((name.capitalize(), ", ".join(facts[name])) for name in ("intents", "tools", "claims") if facts[name]),
    ]  # fmt: skip
    return html.Dl([part for name, value in lines for part in (html.Dt(name), html.Dd(value))], className="origin")


def _trace(visit: Visit, facts: Mapping[str, Any]) -> Cell:
    """The trace in MLflow, once the flow has brought it there."""
    trace = facts["trace_id"]
    if not trace:
        return "Not in MLflow yet; the flow monitor-language brings it."
    page = visit.ask.language.trace_page(trace)
    return html.A(trace, href=page, rel="noreferrer") if page else html.Code(trace)


def _checks(facts: Mapping[str, Any]) -> Component:
    if not facts["failures"]:
        return html.P([mark("passed at once", "good"), " Every figure, source and word stood up."])
    rows = [[CHECKS.get(one["check"], one["check"]), one["found"]] for one in facts["failures"]]
    kept = "What was shown in the end passed every check. Figures of a failed try are blacked out."
    return html.Div(
        [rows_table("What earlier tries did not pass", ("Stopped because", "At fault"), rows), html.P(kept)]
    )


def _card(title: str, content: Component) -> Component:
    return html.Section([html.H2(title), content], className="card")


CALLBACKS = ()
ROUTES = (review,)
