"""Parts that the pages of staff share: head, figures side by side, filters, marks, tables, forms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import urlencode

import dash_bootstrap_components as dbc
from dash import html
from dash.development.base_component import Component

from console.components.aria import aria

Tone = Literal["good", "look", "no", "plain"]
"""Well, worth a look, wrong, neither."""
_SIGNS: Mapping[Tone, str] = {"good": "✓", "look": "!", "no": "✕", "plain": "–"}
Cell = str | Component
LONGEST = "500"
"""Characters of a field."""


@dataclass(frozen=True, slots=True)
class Tile:
    """A figure with its name; `note` says what it rests on (interval, rows, period)."""

    name: str
    value: str
    note: str = ""
    tone: Tone = "plain"


@dataclass(frozen=True, slots=True)
class Choice:
    """A filter of a page: a list when it has options `(value, words)`, else a box of `kind` (date, search, …)."""

    name: str
    words: str
    options: Sequence[tuple[str, str]] = ()
    kind: str = "text"


def head(title: str, text: Cell, *actions: Component) -> Component:
    """The heading of a page, one sentence about it, and what can be done with all of it."""
    more = [html.Div(list(actions), className="actions")] if actions else []
    return html.Header([html.H1(title, tabIndex="-1"), html.P(text), *more], className="page-head")


def tiles(items: Sequence[Tile]) -> Component:
    """Figures side by side."""
    return html.Dl([html.Div(_tile(one), className=f"tile is-{one.tone}") for one in items], className="tiles")


def _tile(one: Tile) -> list[Component]:
    note = [html.Dd(one.note, className="note")] if one.note else []
    return [html.Dt(one.name), html.Dd(one.value, className="figure"), *note]


def mark(words: str, tone: Tone = "plain") -> Component:
    """A verdict in words with a sign and a colour, never a colour alone."""
    return html.Span([html.Span(_SIGNS[tone], **aria(hidden="true")), " ", words], className=f"mark is-{tone}")


def filters(path: str, choices: Sequence[Choice], chosen: Mapping[str, str]) -> Component:
    """A form that puts what is chosen into the address, so that a view can be kept and sent on."""
    fields = [field(one, chosen.get(one.name, "")) for one in choices]
    buttons = html.Div(
        [html.Button("Show", type="submit", className="btn btn-primary"),
         html.A("Clear", href=path, className="btn btn-quiet")],
        className="buttons",
    )  # fmt: skip
    return html.Form([*fields, buttons], action=path, method="GET", className="filters card", role="search")


def field(choice: Choice, value: str = "", *, required: bool = False, within: str = "filter") -> Component:
    """A labelled field of a plain form; `within` tells fields of the same name in several forms of a page apart."""
    place = f"{within}-{choice.name}"
    label = html.Label(choice.words, htmlFor=place)
    if choice.options:
        options: list[Any] = [{"value": key, "label": words} for key, words in choice.options]
        first = value if value in dict(choice.options) else choice.options[0][0]
        box = dbc.Select(id=place, name=choice.name, options=options, value=first, required=required)
    elif choice.kind == "textarea":
        box = dbc.Textarea(id=place, name=choice.name, value=value, required=required, rows=3, maxlength=LONGEST)
    else:
        box = dbc.Input(id=place, name=choice.name, value=value, required=required, maxlength=LONGEST,
                        type=choice.kind)  # type: ignore[arg-type] - it takes any of HTML  # fmt: skip
    return html.Div([label, box], className="field")


def act_form(
    action: str, fields: Sequence[Component], words: str, *, tone: str = "primary", **hidden: str
) -> Component:
    """A form that changes something: its fields, what it carries along unseen, and one button."""
    carried = [dbc.Input(type="hidden", name=name, value=value) for name, value in hidden.items()]
    button = html.Button(words, type="submit", className=f"btn btn-{tone}")
    return html.Form([*carried, *fields, button], action=action, method="POST", className="act")


def rows_table(caption: str, columns: Sequence[str], rows: Sequence[Sequence[Cell]]) -> Component:
    """A table whose cells may hold links and marks; it scrolls by itself and can be reached by keyboard."""
    top = html.Thead(html.Tr([html.Th(name, scope="col") for name in columns]))
    body = html.Tbody([html.Tr([html.Td(cell) for cell in row]) for row in rows])
    return html.Div(
        html.Table([html.Caption(caption, className="visually-hidden"), top, body]),
        className="table-scroll", role="region", tabIndex="0", **aria(label=caption),
    )  # fmt: skip


def with_query(path: str, query: Mapping[str, str], **changed: str) -> str:
    """An address with a query in which some names are changed; empty values are left out."""
    kept = {name: value for name, value in {**query, **changed}.items() if value}
    return f"{path}?{urlencode(kept)}" if kept else path
