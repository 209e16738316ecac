"""Key figures as a list of terms and values."""

from __future__ import annotations

from collections.abc import Sequence

from dash import html
from dash.development.base_component import Component


def key_figures(pairs: Sequence[tuple[str, str, str]]) -> Component:
    """Figures as (name, value, note); an empty note is left out."""
    return html.Dl(
        [
            html.Div([html.Dt(name), html.Dd([html.Span(value, className="value"), *_note(note)])], className="figure")
            for name, value, note in pairs
        ],
        className="figures",
    )


def _note(note: str) -> list[Component]:
    return [html.Span(note, className="note")] if note else []
