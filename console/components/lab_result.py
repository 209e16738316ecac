"""What a replay in the policy lab found, section by section."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dash import html
from dash.development.base_component import Component

from console.components import lab as parts
from console.components.lab_charts import explorer, groups_chart, groups_table
from console.components.panel import empty
from console.queries_lab import data_words
from serving.formats import Formats

_LEFT_OUT = "This data does not tell what these rules look at, so they are left out of both policies: "
_ALL_LENT = (
    "The bank lent to everybody here, so every outcome is seen, or will be. Those refused then are not in this data; "
    "nobody knows how they would have paid."
)
_UNSEEN = "Nobody saw how these would have paid: they were refused then. No figure here guesses it."


def result(found: Mapping[str, Any], products: Mapping[str, str], formats: Formats) -> list[Component]:
    """The sections of a replay, from the figures to the parts of the book."""
    swaps = found["swaps"]
    moves = f"{formats.number(swaps['in']['count'])} move in, {formats.number(swaps['out']['count'])} move out."
    return [
        html.Section([html.H2("What it would have done"), html.P(_rests_on(found, formats)),
                      parts.result_tiles(found, formats), *_notes(found)], id="result"),
        _card("Who moves", html.Div([html.P(moves, className="finding"), parts.swap_matrix(swaps, formats),
                                     parts.swap_sets(swaps, formats), *_unobserved(swaps, formats)])),
        html.Section([html.H2("Cut-off explorer"), explorer(found["cut_off"], formats)]),
        html.Section([html.H2("Groups"), *_groups(found["groups"], formats)]),
        _card("Parts of the book", parts.parts_table(found["parts"], products, formats)),
    ]  # fmt: skip


def _rests_on(found: Mapping[str, Any], formats: Formats) -> str:
    day, number = formats.day, formats.number
    whole = "" if found["applications"] == found["of"] else f" (of {number(found['of'])})"
    when = "the rules of their own day" if found["on_own_day"] else "today's rules"
    return (
        f"{data_words(found['data'])}: {number(found['applications'])} applications{whole}, {day(found['from'])} to "
        f"{day(found['to'])}, each by {when}. Ranges are intervals of 95%. Money is that of a first year."
    )


def _notes(found: Mapping[str, Any]) -> list[Component]:
    said: list[Component] = []
    if found["not_looked_at"]:
        names = ", ".join(name.replace("_", " ") for name in found["not_looked_at"])
        said.append(html.P(f"{_LEFT_OUT}{names}.", className="note"))
    if found["left_out"]:
        said.append(html.P(f"{found['left_out']} could not be decided anew and are left out.", className="note"))
    if found["differs_from_record"] is not None:
        text = f"{found['differs_from_record']} of them are answered otherwise by today's policy than on record."
        said.append(html.P(text, className="note"))
    return said


def _unobserved(swaps: Mapping[str, Any], formats: Formats) -> list[Component]:
    count, outside = parts.unseen(swaps), swaps["out"]["never_lent"] + swaps["stay_out"]["never_lent"]
    if count:
        return [html.P([html.B(f"{formats.number(count)} of those approved are unobserved. "), _UNSEEN])]
    if outside:
        text = f"{formats.number(outside)} were refused then, and the draft approves none of them. {_UNSEEN}"
        return [html.P(text, className="note")]
    return [html.P(_ALL_LENT, className="note")]


def _groups(groups: Mapping[str, Any], formats: Formats) -> list[Component]:
    if not groups["draft"]:
        return [html.Section(empty("Groups cannot be told", f"{groups['why'].capitalize()}."), className="card")]
    told = f"{formats.number(groups['loans'])} loans whose outcome is known."
    table = html.Section([html.P(told), groups_table(groups, formats)], className="card")
    return [html.Div([groups_chart(groups, formats)]), table]


def _card(title: str, content: Component) -> Component:
    return html.Section([html.H2(title), content], className="card")
