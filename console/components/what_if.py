"""What the figures of a loan would be while they are moved: places that assets/what_if*.js fill at each movement."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dash import html
from dash.development.base_component import Component

from console.components.aria import aria, data
from console.words import Say


def live_panel(say: Say) -> Component:
    """Outcome, the one sentence, the four figures, and ways back within reach."""
    return html.Section(
        [
            html.Div(
                [html.Span(className="outcome-mark", **aria(hidden="true"), **data(live="mark")),
                 html.H2(say("quote.live.title"), **data(live="outcome")),
                 html.Span(className="live-state", **data(live="state"))],
                className="outcome-title",
            ),
            html.P(className="lead", **data(live="sentence")),
            html.P(className="live-note", hidden=True, **data(live="note")),
            html.Dl([_figure(name, *words) for name, words in _figures(say)], className="figures live-figures"),
            html.Div(
                [html.Button(type="button", hidden=True, className="btn btn-secondary", **data(live=name))
                 for name in ("nearest", "nearest-term")],
                className="live-ways",
            ),
            html.Div(id="quote-actions", className="live-actions"),
        ],
        className="card outcome live", id="live", **aria(label=say("quote.live.title")),
    )  # fmt: skip


def live_bar() -> Component:
    """The outcome and the payment at the foot of a narrow screen; a copy for the eyes only."""
    return html.Div(
        [html.Span(className="outcome-mark", **data(live="bar-mark")), html.Span(**data(live="bar"))],
        className="live-bar", **aria(hidden="true"),
    )  # fmt: skip


def live_chart(name: str, title: str, summary: str, caption: str, say: Say, extra: Sequence[Any] = ()) -> Component:
    """A chart that a script draws: heading, finding, picture, and the same figures as table and file.

    Args:
        name: the script's name for it; ids are `<name>-picture` and the like.
        title: heading.
        summary: what opens the table.
        caption: of the table.
        say: words.
        extra: parts between picture and table.
    """
    return html.Section(
        [
            html.H3(title),
            html.P(className="finding", id=f"{name}-finding"),
            html.Div(id=f"{name}-picture", className="live-chart", role="img", **aria(label=title)),
            *extra,
            html.Details(
                [
                    html.Summary(summary),
                    html.Div(id=f"{name}-table", className="table-scroll", role="region", tabIndex="0",
                             **aria(label=caption)),
                ],
                id=f"{name}-figures",
            ),
            html.A(say("chart.download"), href="#", download=f"{name}.csv", id=f"{name}-file", className="download"),
        ],
        className="card chart-card", id=f"{name}-card",
    )  # fmt: skip


def live_map(say: Say) -> Component:
    """The map over amount and time, with its legend, a line that reads the point under the pointer, and its table."""
    kinds = ("approve", "refer", "decline", "own", "nearest")
    legend = html.Ul(
        [html.Li([html.Span(className=f"key key-{kind}", **aria(hidden="true")), say(f"quote.map.{kind}")])
         for kind in kinds],
        className="legend",
    )  # fmt: skip
    read = html.P(say("quote.map.hint"), className="note map-read", id="reach-read")
    return live_chart(
        "reach", say("quote.map.title"), say("quote.map.table"), say("quote.map.caption"), say, [read, legend]
    )


def _figures(say: Say) -> list[tuple[str, tuple[str, str]]]:
    return [
        ("instalment", (say("quote.live.instalment"), "")),
        ("rate", (say("quote.live.rate"), say("quote.live.rate_note"))),
        ("apr", (say("quote.live.apr"), "")),
        ("cost", (say("quote.live.cost"), say("quote.live.cost_note"))),
    ]


def _figure(name: str, title: str, note: str) -> Component:
    note_part = [html.Span(note, className="note")] if note else []
    return html.Div(
        [html.Dt(title, **data(live=f"{name}-name")),
         html.Dd([html.Span(className="value", **data(live=name)), *note_part])],
        className="figure",
    )  # fmt: skip
