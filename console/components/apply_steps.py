"""The steps of an application, each one page: a form, who signs too, papers, and checking one's answers."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Mapping, Sequence
from typing import Any

from dash import dcc, html
from dash.development.base_component import Component

from console.components.apply_fields import apply_field, problem_line, problem_list, problem_words, worded
from console.components.apply_frame import CHECK, PAPERS, address, blocking_step, steps_of
from console.components.aria import data
from console.components.outcome_links import hidden
from console.components.papers import paper_name
from console.visit import Visit
from console.words import Say
from serving.formats import Formats

Record = Mapping[str, Any]


def one_time_key() -> Component:
    """The key under which a form is done once, however often it is sent; a new one each time the page is drawn."""
    return hidden("key", secrets.token_hex(16))


def seen(step: Record) -> str:
    """A short mark of what a step holds, to tell whether another window changed this very step."""
    values = {str(field["name"]): field.get("value") for field in step["fields"]}
    return hashlib.sha256(json.dumps(values, sort_keys=True, default=str).encode()).hexdigest()[:16]


def form_step(application: Record, step: Record, visit: Visit, *, checked: bool) -> Component:
    """The questions of a step.

    Args:
        application: the draft.
        step: one of its steps.
        visit: the reader.
        checked: the page comes back after it was sent, so every problem is said.
    """
    top, fields = _asked(step, visit, checked=checked)
    return html.Div([*top, _form(application, step, [*_intro(step, visit.say), *fields], visit.say)])


def _asked(step: Record, visit: Visit, *, checked: bool) -> tuple[list[Component], list[Component]]:
    """The list of problems (none before the step was sent) and the fields."""
    say = visit.say
    wrong = [(str(f["name"]), problem_words(f, say, visit.formats)) for f in step["fields"]] if checked else []
    problems = dict(pair for pair in wrong if pair[1])
    listed = [
        (str(f["name"]), problem_line(f, say, visit.formats)) for f in step["fields"] if str(f["name"]) in problems
    ]
    fields = [
        apply_field(field, say, visit.formats.symbol, problem=problems.get(str(field["name"]), ""))
        for field in step["fields"]
    ]
    return [problem_list(listed, say)] if listed else [], fields


def _intro(step: Record, say: Say) -> list[Component]:
    key = f"apply.intro.{step['step']}"
    return [html.P(say(key), className="note")] if say.has(key) else []


def _form(application: Record, step: Record, body: Sequence[Any], say: Say) -> Component:
    return html.Form(
        [*body, *_marks(application, step), *_buttons(say)],
        id="apply-form", action=f"/portal/apply/{application['application_id']}/{step['step']}", method="POST",
        noValidate="noValidate", className="card apply-form", **_told(application, step, say),
    )  # fmt: skip


def _buttons(say: Say) -> list[Component]:
    return [
        html.Div(
            [html.Button(say("apply.continue"), type="submit", className="btn btn-primary"),
             html.Button(say("apply.later"), type="submit", name="then", value="later", className="btn btn-quiet")],
            className="form-foot",
        ),
        html.P(say("apply.keeps"), className="hint saved-note", role="status"),
    ]  # fmt: skip


def check_step(application: Record, visit: Visit, *, checked: bool) -> Component:
    """Every answer with a way to change it, what has to be agreed to, and the button that sends the application."""
    steps = steps_of(application)
    parts = [_answers(application, step, visit) for step in steps if step["step"] != CHECK]
    first = blocking_step(application)
    if first:
        return html.Div([_unfinished(application, first, visit.say, urgent=checked), *parts], className="check")
    last = next(step for step in steps if step["step"] == CHECK)
    top, fields = _asked(last, visit, checked=checked)
    return html.Div([*top, *parts, _send(application, last, fields, visit.say)], className="check")


def _unfinished(application: Record, first: str, say: Say, *, urgent: bool) -> Component:
    known: dict[str, Any] = {"role": "alert", **data(take_focus="")} if urgent else {}
    return html.Div(
        [html.P(say("apply.check.missing"), className="state-title"),
         dcc.Link(say("apply.check.go_on"), href=address(application, first), className="btn btn-secondary")],
        className="state state-problem", tabIndex="-1", **known,
    )  # fmt: skip


def _answers(application: Record, step: Record, visit: Visit) -> Component:
    say = visit.say
    title = worded(say, str(step["title_key"]))
    where = visit.say("apply.check.change_what", title=title)
    change = dcc.Link([say("apply.check.change"), html.Span(f" {where}", className="visually-hidden")],
                      href=address(application, str(step["step"])), className="change")  # fmt: skip
    rows = [_answer(field, say, visit.formats) for field in step["fields"]]
    if step["step"] == PAPERS:
        rows = [_paper_line(item, say) for item in application.get("checklist") or ()]
    lines = html.Dl(rows, className="answers") if rows else html.P(say("apply.check.nothing"), className="note")
    return html.Section([html.Div([html.H2(title), change], className="answers-head"), lines], className="card")


def _answer(field: Record, say: Say, formats: Formats) -> Component:
    shown = answer_words(field, say, formats)
    value = html.Dd(shown) if shown else html.Dd(say("apply.check.empty"), className="is-missing")
    return html.Div([html.Dt(worded(say, str(field["label"]))), value])


def _paper_line(item: Record, say: Say) -> Component:
    return html.Div([html.Dt(paper_name(item, say)), html.Dd(say(f"papers.state.{item['state']}"))])


def answer_words(field: Record, say: Say, formats: Formats) -> str:
    """An answer as its reader wrote or chose it; "" where there is none."""
    value = str(field.get("shown") or field.get("value") or "")
    if not value or field.get("problem"):
        return value
    kind = field["kind"]
    if kind == "choice":
        options = {str(o["value"]): str(o["label"]) for o in field.get("options") or ()}
        return worded(say, options.get(value, value))
    write = {"money": formats.round_money, "date": formats.day}.get(kind)
    return write(value.replace(",", "")) if write else value


def _send(application: Record, step: Record, fields: Sequence[Component], say: Say) -> Component:
    send = f"/portal/apply/{application['application_id']}/submit"
    return html.Form(
        [html.H2(say("apply.check.agree")), *fields, html.P(say("apply.check.confirm")), *_marks(application, step),
         one_time_key(), html.Button(say("apply.check.send"), type="submit", className="btn btn-primary btn-wide")],
        id="apply-form", action=send, method="POST", noValidate="noValidate", className="card apply-form",
        **_told(application, step, say),
    )  # fmt: skip


def _marks(application: Record, step: Record) -> list[Component]:
    """What the form was drawn from, so that another window's change is noticed."""
    return [hidden("version", str(application["version"])), hidden("seen", seen(step))]


def _told(application: Record, step: Record, say: Say) -> dict[str, Any]:
    """For assets/apply.js: where drafts are kept, and what to say about it."""
    keep = f"/portal/apply/{application['application_id']}/{step['step']}"
    return data(apply=keep, saved=say("apply.saved"), kept=say("apply.kept"),
                changed=say("apply.changed_here"))  # fmt: skip
