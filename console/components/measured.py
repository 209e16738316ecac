"""Figures with their intervals, in words and in charts: what pages about performance and fairness share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from dash import html
from dash.development.base_component import Component

from console.components.drift import ago, data_words
from console.components.panel import empty
from console.components.staff import Choice, filters, mark, with_query
from console.theme import BALANCE, INTEREST, figure
from console.visit import Visit
from serving.formats import Formats
from serving.measured import ALL, Look

Figure = Mapping[str, float]
NONE = "–"
SERIES = ((BALANCE, "circle"), (INTEREST, "diamond"), ("#0b8a68", "square"), ("#8a63b8", "triangle-up"),
          ("#b0457b", "cross"), ("#6d7580", "x"))  # fmt: skip
"""Colours told apart with any colour vision, each with a sign of its own."""
_PERIODS = {"month": "Month", "quarter": "Quarter", "year": "Year"}


def percent(value: float, formats: Formats, places: int = 1) -> str:
    """A fraction in percent."""
    return formats.percent(Decimal(str(round(value, 6))), places)


def rate(one: Figure | None, formats: Formats) -> str:
    """A fraction in percent with its interval."""
    if one is None:
        return NONE
    value, low, high = (percent(one[name], formats) for name in ("value", "low", "high"))
    return f"{value} ({low} to {high})"


def number(one: Figure | None, places: int = 2) -> str:
    """A figure with its interval."""
    return NONE if one is None else " ".join((_fixed(one["value"], places), f"({_between(one, places)})"))


def _between(one: Figure, places: int) -> str:
    return f"{_fixed(one['low'], places)} to {_fixed(one['high'], places)}"


def _fixed(value: float, places: int) -> str:
    return f"{value:.{places}f}"


def product_words(name: str) -> str:
    """A loan type, or all of them."""
    return name.replace("_", " ").capitalize() if name else "All loan types"


def view_filters(path: str, look: Look, *more: Choice, chosen: Mapping[str, str] | None = None) -> Component:
    """Data, cut of time, loan type, and what else a page lets choose."""
    choices = [
        Choice("data", "Data", [(name, data_words(name)) for name in look.choices["data"]]),
        Choice("period", "Cut into", [(name, _PERIODS.get(name, name)) for name in look.choices["period"]]),
    ]
    if len(look.choices["product"]) > 1:
        named = [(name or ALL, product_words(name)) for name in look.choices["product"]]
        choices.append(Choice("product", "Loan type", named))
    shown = {**look.chosen, "product": look.chosen["product"] or ALL}
    return filters(path, [*choices, *more], {**shown, **(chosen or {})})


def troubles(*texts: str) -> list[Component]:
    """What an address asked for and is not there."""
    return [html.P(text, className="state state-problem", role="status") for text in texts if text]


def nothing_measured(what: str, flow: str, command: str) -> Component:
    """Nobody has measured yet: what will appear, and what fills it."""
    shown = empty("Nothing was measured yet", what)
    return html.Div([shown, html.P(["The flow runs every night. To measure now, start it under ",
                                    html.A("Flows", href="/staff/flows"), " or run ",
                                    html.Code(f"candor flow run {flow} --watch"), ". For a data set: ",
                                    html.Code(command), "."])])  # fmt: skip


def how_old(text: str, visit: Visit, look: Look) -> str:
    """A page's sentence, with how old its figures are."""
    return f"{text} Measured {ago(look.at, visit.ask.measured.now)}."


def points(value: float, formats: Formats) -> str:
    """A difference of two shares: 0.0061 is `0.61 points`."""
    return f"{percent(value, formats, 2)[:-1]} points"


def generated_note(count: int, formats: Formats) -> list[Component]:
    """Says that outcomes were generated, where they were."""
    if not count:
        return []
    text = f" {formats.number(count)} of these outcomes were generated for the demo bank. None is a real person's."
    return [html.P([mark("generated data", "look"), text], className="generated-note")]


def findings(items: Sequence[tuple[str, str]]) -> Component:
    """Plain sentences, each with a tone: good, look, no or plain."""
    signs = {"good": "well", "look": "look", "no": "act", "plain": "note"}
    rows = [html.Li([mark(signs[tone], tone), " ", text]) for tone, text in items]  # type: ignore[arg-type]
    return html.Section([html.H2("In words"), html.Ul(rows, className="findings")], className="card")


def with_interval(
    name: str, places: Sequence[Any], figures: Sequence[Figure], series: int, *, level: bool = False, line: bool = True
) -> dict[str, Any]:
    """A trace of figures with the arms of their intervals.

    Args:
        name: in the legend.
        places: along the other axis.
        figures: one for each place.
        series: which colour and sign of `SERIES`.
        level: intervals lie level, places stand upright.
        line: join the points.
    """
    colour, sign = SERIES[series % len(SERIES)]
    values = [one["value"] for one in figures]
    arms = {
        "type": "data", "symmetric": False, "array": [max(one["high"] - one["value"], 0) for one in figures],
        "arrayminus": [max(one["value"] - one["low"], 0) for one in figures], "color": colour, "thickness": 1.5,
        "width": 4,
    }  # fmt: skip
    along = {"x": values, "y": list(places), "error_x": arms} if level else {
        "x": list(places), "y": values, "error_y": arms}  # fmt: skip
    looks = {"line": {"color": colour, "width": 2}, "marker": {"color": colour, "symbol": sign, "size": 9}}
    mode = "lines+markers" if line else "markers"
    return {"type": "scatter", "mode": mode, "name": name, "offsetgroup": str(series), **along, **looks}


def level_line(name: str, places: Sequence[Any], value: float) -> dict[str, Any]:
    """A dotted line at one value, with its name in the legend."""
    return {"type": "scatter", "mode": "lines", "name": name, "x": list(places), "y": [value] * len(places),
            "line": {"color": SERIES[5][0], "width": 1.5, "dash": "dash"}, "hoverinfo": "skip"}  # fmt: skip


def over_time(traces: list[dict[str, Any]], y: str, periods: Sequence[str], **axis: Any) -> dict[str, Any]:
    """A figure whose level axis has the periods in their order; traces stand beside each other, not on top."""
    drawn = figure(traces, x="", y=y)
    drawn["layout"]["xaxis"] |= {"type": "category", "categoryorder": "array", "categoryarray": list(periods)}
    drawn["layout"]["yaxis"] |= axis
    drawn["layout"] |= {"scattermode": "group", "scattergap": 0.7}
    return drawn


def span(figures: Sequence[Figure], *more: float) -> list[float]:
    """From a little below the lowest interval to a little above the highest; values to be seen too go in `more`."""
    low = min([*more, *(one["low"] for one in figures)], default=0.0)
    high = max([*more, *(one["high"] for one in figures)], default=1.0)
    room = 0.06 * (high - low) or 0.05
    return [low - room, high + room]


def period_link(path: str, look: Look, period: str, words: str) -> Component:
    """A link that shows one period."""
    return html.A(words, href=with_query(path, look.chosen, at=period))
