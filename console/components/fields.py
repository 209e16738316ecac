"""Form fields that pass WCAG: a text box for the number, a range, and buttons for single steps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import dash_bootstrap_components as dbc
from dash import html
from dash.development.base_component import Component

from console.components.aria import aria
from console.visit import say_here


@dataclass(frozen=True, slots=True)
class Bounds:
    """Least, greatest, step and first value of a number, in the unit of its field."""

    least: int
    greatest: int
    step: int
    start: int


def stepper(name: str, label: str, hint: str, bounds: Bounds, prefix: str = "", suffix: str = "") -> Component:
    """A number as box, range and step buttons, kept equal by assets/what_if_form.js.

    Args:
        name: id of the box; the range is `<name>-range`, the buttons `<name>-less` and `<name>-more`.
        label: the question in words.
        hint: the allowed values in words.
        bounds: limits of the product.
        prefix: sign before the number.
        suffix: word after it.
    """
    say, by = say_here(), f"{bounds.step:,}"
    return html.Div(
        [
            html.Label([label, html.Span(hint, className="hint")], htmlFor=name),
            html.Div(
                [
                    _button(f"{name}-less", "−", say("fields.less", label=label, step=by)),
                    _box(name, bounds, prefix, suffix),
                    _button(f"{name}-more", "+", say("fields.more", label=label, step=by)),
                ],
                className="stepper",
            ),
            html.Label(say("fields.slider", label=label), htmlFor=f"{name}-range", className="visually-hidden"),
            dbc.Input(id=f"{name}-range", type="range", min=bounds.least, max=bounds.greatest, step=bounds.step,
                      value=bounds.start, class_name="form-range"),
        ],
        className="field",
    )  # fmt: skip


def text_field(name: str, label: str, hint: str, *, hidden: bool, prefix: str = "") -> Component:
    """A plain box with a label; kept in the page but hidden where a loan type does not need it."""
    decimal: Any = "decimal"  # a value of HTML that the annotation of dbc lacks
    box = dbc.Input(id=name, type="text", value="", inputmode=decimal, autocomplete="off", class_name="form-control")
    return html.Div(
        [
            html.Label([label, html.Span(hint, className="hint")], htmlFor=name),
            html.Div([html.Span(prefix, className="affix", **aria(hidden="true")), box] if prefix else box,
                     className="box"),
        ],
        className="field",
        hidden=hidden,
    )  # fmt: skip


def choice_field(name: str, label: str, options: Sequence[tuple[str, str]], *, first: str, hidden: bool) -> Component:
    """A native select of (value, words), `first` chosen."""
    select = dbc.Select(id=name, options=[{"value": value, "label": words} for value, words in options], value=first)
    return html.Div([html.Label(label, htmlFor=name), select], className="field", hidden=hidden)


def _box(name: str, bounds: Bounds, prefix: str, suffix: str) -> Component:
    box = dbc.Input(
        id=name, type="text", inputmode="numeric", autocomplete="off", value=str(bounds.start),
        class_name="form-control", maxlength=20,
    )  # fmt: skip
    sides = [html.Span(text, className="affix", **aria(hidden="true")) for text in (prefix, suffix)]
    return html.Div([*([sides[0]] if prefix else []), box, *([sides[1]] if suffix else [])], className="box")


def _button(name: str, sign: str, words: str) -> Component:
    return html.Button(sign, id=name, type="button", n_clicks=0, className="btn step", **aria(label=words))
