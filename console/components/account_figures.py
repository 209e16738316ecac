"""What the bank holds about a person, figure by figure, and the form that calls one wrong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

import dash_bootstrap_components as dbc
from dash import html
from dash.development.base_component import Component

from console.components.aria import aria
from console.components.outcome_links import hidden
from console.flash import NOTHING, Typed
from console.visit import Visit
from console.words import Say

Figure = Mapping[str, Any]
_NUMBERS = ("currency", "fraction", "points", "months", "count")


def figures_card(figures: Sequence[Figure], visit: Visit, *, locked: bool, typed: Typed = NOTHING) -> Component:
    """All figures in groups; while the data is locked nothing can be called wrong.

    A form that was not taken stands open as it was typed.
    """
    say = visit.say
    groups = [
        html.Section(
            [html.H3(say(f"account.group.{group}")), html.Ul([_figure(f, visit, locked, typed) for f in some])],
            className="figure-group",
        )
        for group, some in groupby(figures, key=lambda figure: figure["group"])
    ]
    head = [html.H2(say("account.figures.title")), html.P(say("account.figures.lead"), className="hint")]
    return html.Section([*head, *groups], id="figures", className="card")


def _figure(figure: Figure, visit: Visit, locked: bool, typed: Typed) -> Component:
    say = visit.say
    lines = [html.Span(say(f"account.field.{figure['field']}"), className="figure-name"),
             html.Span(shown(figure, figure["value"], visit), className=_look(figure))]  # fmt: skip
    parts: list[Any] = [html.Div(lines, className="figure-line"), *_origin(figure, visit)]
    parts += _behind(figure["behind"], visit)
    if figure["dispute"] is not None and figure["verified"]:
        told = shown(figure, figure["dispute"]["stated"], visit)
        parts.append(html.P(say("account.figures.disputed", value=told), className="figure-said"))
    elif figure["dispute"] is None and not locked:
        mine = typed if typed.values.get("field") == figure["field"] else NOTHING
        parts.append(_form(figure, visit, mine))
    return html.Li(parts, className="figure")


def _look(figure: Figure) -> str:
    return "figure-value" if figure["value"] is not None else "figure-value is-unknown"


def shown(figure: Figure, value: Any, visit: Visit) -> str:
    """A value as people read it."""
    say, formats, unit = visit.say, visit.formats, figure["unit"]
    if value is None:
        absent = f"account.absent.{figure['field']}"
        return say(absent if say.has(absent) else "account.figures.unknown")
    if unit == "choice":
        return say(f"account.choice.{value}") if say.has(f"account.choice.{value}") else str(value).replace("_", " ")
    if unit == "date":
        return formats.day(str(value))
    return formats.quantity(str(value), unit)


def _origin(figure: Figure, visit: Visit) -> list[Any]:
    if figure["value"] is None:
        return []
    day, say = visit.formats.day(figure["as_of"]), visit.say
    source = say("account.figures.source", source=figure["source_name"], day=day)
    checked = say("account.figures.checked" if figure["verified"] else "account.figures.stated")
    mark = "badge badge-checked" if figure["verified"] else "badge badge-stated"
    return [html.P([html.Span(checked, className=mark), " ", source], className="figure-source note")]


def _behind(loans: Sequence[Mapping[str, str]], visit: Visit) -> list[Any]:
    if not loans:
        return []
    say, write = visit.say, visit.formats.money
    items = [
        html.Li(say("account.figures.loan", loan=loan["loan_id"], instalment=write(loan["instalment"])))
        for loan in loans
    ]  # fmt: skip
    return [html.Div([html.P(say("account.figures.behind"), className="note"), html.Ul(items)], className="behind")]


def _form(figure: Figure, visit: Visit, typed: Typed) -> Component:
    """Opens under the figure: what it should be and why; sent as a plain form."""
    say, known = visit.say, figure["value"] is not None
    name, word = say(f"account.field.{figure['field']}"), "wrong" if known else "add"
    why = f"why-{figure['field']}"
    hint = [html.Span(say("account.figures.why_hint"), className="hint")] if known else []
    fields = [
        hidden("field", figure["field"]),
        html.Div(_value(figure, visit, typed), className="field"),
        html.Div(
            [html.Label([say("account.figures.why" if known else "account.figures.note"), *hint,
                         *_problem("why", typed, say)], htmlFor=why),
             dbc.Textarea(id=why, name="why", maxlength=1000, rows=3, required=known,
                          value=typed.values.get("why", ""))],
            className="field",
        ),
        html.Button(say("account.figures.send"), type="submit", className="btn btn-primary"),
    ]  # fmt: skip
    opens = html.Summary(say(f"account.figures.{word}"), **aria(label=say(f"account.figures.{word}_named", name=name)))
    return html.Details([opens, html.Form(fields, action="/portal/disputes", method="POST")], className="figure-form",
                        open=bool(typed.part))  # fmt: skip


def _problem(name: str, typed: Typed, say: Say) -> list[Component]:
    return [html.Span(say(f"account.problem.{name}"), className="problem")] if name in typed.wrong else []


def _value(figure: Figure, visit: Visit, typed: Typed) -> list[Any]:
    """The label and the input that fit the figure."""
    say, field, unit = visit.say, visit.ask.account.field(figure["field"]), figure["unit"]
    name = f"stated-{field.name}"
    unit_hint = say(f"account.unit.{unit}") if say.has(f"account.unit.{unit}") else ""
    hint = [html.Span(unit_hint, className="hint")] if unit_hint else []
    said = typed.values.get("stated", "")
    label = html.Label([say("account.figures.should_be"), *hint, *_problem("stated", typed, say)], htmlFor=name)
    if unit == "choice":
        order = sorted(field.choices, key=lambda one: one != said)
        options = [html.Option(say(f"account.choice.{one}"), value=one) for one in order]
        return [label, html.Select(options, id=name, name="stated", className="form-select")]
    if unit == "date":
        return [label, dbc.Input(id=name, name="stated", type="date", required=True, value=said)]  # type: ignore[arg-type] - it takes any of HTML
    step = {"currency": "0.01", "fraction": "0.001"}.get(unit, "1")
    return [label, dbc.Input(id=name, name="stated", type="number", min=str(field.low), max=str(field.high), step=step,
                             value=said, required=True)]  # fmt: skip
