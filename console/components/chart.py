"""Charts never stand alone: heading, one sentence that says what to see, and the data as table and CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from dash import dcc, html
from dash.development.base_component import Component

from console.components.aria import aria
from console.theme import CHART_HEIGHT
from console.visit import say_here


@dataclass(frozen=True, slots=True)
class Table:
    """Data behind a chart: `shown` as people read it, `raw` as programs read it, both row by row."""

    caption: str
    columns: Sequence[str]
    shown: Sequence[Sequence[str]]
    raw: Sequence[Sequence[str]]

    def csv(self) -> str:
        """The raw rows with a header line."""
        text = io.StringIO()
        csv.writer(text, lineterminator="\r\n").writerows([self.columns, *self.raw])
        return text.getvalue()


def chart_card(figure: dict[str, Any], title: str, finding: str, table: Table) -> Component:
    """A chart with its heading, its finding in words, and its data."""
    say = say_here()
    return html.Section(
        [
            html.H3(title),
            html.P(finding, className="finding"),
            html.Div(
                dcc.Graph(
                    figure=figure,
                    config={"displayModeBar": False, "responsive": True},
                    style={"height": f"{CHART_HEIGHT}px"},
                ),
                role="img",
                className="chart",
                **aria(label=f"{title}. {finding}"),
            ),
            html.Details([html.Summary(say("chart.table")), data_table(table)]),
            html.A(
                say("chart.download"),
                href="data:text/csv;charset=utf-8," + quote(table.csv()),
                download=f"{title.lower().replace(' ', '-')}.csv",
                className="download",
            ),
        ],
        className="card chart-card",
    )


def data_table(table: Table) -> Component:
    """The table in a box that scrolls by itself and can be reached by keyboard."""
    head = html.Thead(html.Tr([html.Th(name, scope="col") for name in table.columns]))
    body = html.Tbody([html.Tr([html.Td(cell) for cell in row]) for row in table.shown])
    return html.Div(
        html.Table([html.Caption(table.caption, className="visually-hidden"), head, body]),
        className="table-scroll",
        role="region",
        tabIndex="0",
        **aria(label=table.caption),
    )
