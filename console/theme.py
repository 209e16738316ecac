"""How figures look. Ink, grid and background follow the page's theme by style sheet (assets/candor.css)."""

from __future__ import annotations

from typing import Any

# Blue and orange of the Okabe-Ito family: told apart with any colour vision, and at least 3:1 on both backgrounds.
BALANCE = "#3a78c9"
INTEREST = "#c2700a"
CHART_HEIGHT = 300
"""Pixels; its skeleton has the same height."""


def figure(traces: list[dict[str, Any]], *, x: str, y: str, tick_prefix: str = "") -> dict[str, Any]:
    """A figure in the house style: no frame, quiet grid, legend above, one hover label.

    Args:
        traces: plotly traces.
        x: title of the level axis.
        y: title of the upright axis.
        tick_prefix: put before numbers of the y axis, such as a currency sign.
    """
    axis: dict[str, Any] = {"showgrid": False, "zeroline": False, "fixedrange": True, "automargin": True}
    return {
        "data": traces,
        "layout": {
            "height": CHART_HEIGHT,
            "margin": {"l": 8, "r": 8, "t": 56, "b": 8},
            "paper_bgcolor": "rgba(0,0,0,0)",
            "plot_bgcolor": "rgba(0,0,0,0)",
            "font": {"family": "inherit", "size": 13},
            "hovermode": "x unified",
            "legend": {"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom"},
            "xaxis": {**axis, "title": {"text": x}},
            "yaxis": {**axis, "title": {"text": y}, "showgrid": True, "rangemode": "tozero",
                      "tickprefix": tick_prefix, "separatethousands": True, "nticks": 6},
        },
    }  # fmt: skip
