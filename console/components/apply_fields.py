"""Fields of an application as they are asked for; assets/apply.js ties hints and problems to the boxes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import dash_bootstrap_components as dbc
from dash import html
from dash.development.base_component import Component

from console.components.aria import aria, data
from console.words import Say
from serving.application_form import bound
from serving.formats import Formats

Field = Mapping[str, Any]

_MODES: Mapping[str, tuple[str, str]] = {
    "text": ("text", "text"), "email": ("email", "email"), "phone": ("tel", "tel"), "money": ("text", "decimal"),
    "number": ("text", "numeric"), "date": ("date", "text"), "account": ("text", "text"),
}  # fmt: skip
"""Kind of a field to the type of its box and the keyboard that a phone shows."""

MOST_RADIOS = 6
"""Choices up to which all are shown at once."""


def worded(say: Say, text: str) -> str:
    """The text of a key of the catalogue; a text that is no key is said as it is."""
    return say(text) if text and say.has(text) else text


def field_id(name: str) -> str:
    """Id of a field's box, for labels and for links from the list of problems."""
    return f"f-{name}"


def apply_field(field: Field, say: Say, symbol: str, *, problem: str = "") -> Component:
    """One question: label, hint, what is wrong with it, and a box with what was typed.

    Args:
        field: name, kind, label, hint, options, required and value, as the application has them.
        say: the reader's words.
        symbol: the currency sign.
        problem: in words; empty where nothing is wrong or it is too early to say.
    """
    draw = {"choice": _choice, "yes": _consent}.get(field["kind"], _box)
    return html.Div(
        draw(field, say, symbol, problem),
        className=f"field field-{field['kind']}",
        **data(field=str(field["name"]), wrong="true" if problem else ""),
    )


def problem_list(problems: Sequence[tuple[str, str]], say: Say) -> Component:
    """Everything wrong with a page, on top of it; each line leads to its field. Takes the focus when it appears."""
    lines = [html.Li(html.A(text, href=f"#{field_id(name)}")) for name, text in problems]
    return html.Div(
        [html.H2(say("apply.problems.title"), className="state-title"), html.Ul(lines)],
        className="state state-problem problems", role="alert", tabIndex="-1", **data(take_focus=""),
    )  # fmt: skip


def problem_words(field: Field, say: Say, formats: Formats) -> str:
    """What is wrong with a field's value, in words; empty where nothing is."""
    problem = str(field.get("problem") or "")
    if field["kind"] == "yes" and problem:  # a box that is not ticked is no answer that was forgotten
        problem = "apply_fields.problem.not_agreed"
    slots = {name: bound(field["kind"], value, formats) for name, value in (field.get("slots") or {}).items()}
    return say(problem, **slots) if problem else ""


def problem_line(field: Field, say: Say, formats: Formats) -> str:
    """The same for the list on top of the page, where the question has to be named."""
    label = worded(say, str(field["label"]))
    return say("apply.problems.line", label=label.rstrip("."), problem=problem_words(field, say, formats))


def _head(field: Field, say: Say, problem: str) -> list[Component]:
    """Label, hint and problem, all inside the label so that they are read out with the box."""
    hint = worded(say, str(field.get("hint") or ""))
    label = worded(say, str(field["label"]))
    return [
        html.Span([label, *_optional(field, say)], className="label-text"),
        *([html.Span(hint, className="hint")] if hint else []),
        html.Span(problem, className="problem", hidden=not problem),
    ]


def _optional(field: Field, say: Say) -> list[Any]:
    return [] if field.get("required", True) else [html.Span(f" {say('apply.optional')}", className="optional")]


def _box(field: Field, say: Say, symbol: str, problem: str) -> list[Component]:
    name, kind = str(field["name"]), str(field["kind"])
    of_type, mode = _MODES.get(kind, _MODES["text"])
    box = dbc.Input(
        id=field_id(name), name=name, type=of_type, inputmode=mode, value=str(field.get("value") or ""),  # type: ignore[arg-type] - dbc knows fewer modes than HTML
        autocomplete=str(field.get("autocomplete") or "off"), maxlength=int(field.get("max_length") or 200),
        class_name="form-control",
    )  # fmt: skip
    sign, unit = symbol if kind == "money" else "", worded(say, str(field.get("unit") or ""))
    sides = [html.Span(text, className="affix", **aria(hidden="true")) if text else None for text in (sign, unit)]
    framed = html.Div([sides[0], box, sides[1]], className="box") if sign or unit else box
    return [html.Label(_head(field, say, problem), htmlFor=field_id(name)), framed]


def _choice(field: Field, say: Say, symbol: str, problem: str) -> list[Component]:
    options = [{"value": str(o["value"]), "label": worded(say, str(o["label"]))} for o in field.get("options") or ()]
    if len(options) <= MOST_RADIOS:
        return [_radios(field, say, options, problem)]
    name = str(field["name"])
    select = dbc.Select(id=field_id(name), name=name, options=_with_none(options, say),
                        value=str(field.get("value") or ""))  # fmt: skip
    return [html.Label(_head(field, say, problem), htmlFor=field_id(name)), select]


def _with_none(options: Sequence[Any], say: Say) -> list[Any]:
    return [{"value": "", "label": say("apply.choose")}, *options]


def _radios(field: Field, say: Say, options: Sequence[Any], problem: str) -> Component:
    name = str(field["name"])
    group = dbc.RadioItems(id=field_id(name), name=name, options=list(options), value=str(field.get("value") or ""),
                           class_name="radios")  # fmt: skip
    return html.Fieldset([html.Legend(_head(field, say, problem)), group])


def _consent(field: Field, say: Say, _symbol: str, problem: str) -> list[Component]:
    name = str(field["name"])
    return [dbc.Checkbox(id=field_id(name), name=name, value=field.get("value") == "yes",
                         label=html.Span(_head(field, say, problem)), class_name="consent")]  # fmt: skip
