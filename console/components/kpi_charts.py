"""Decisions and visits over time; volumes and shares in two charts, never on two axes of one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from dash import html
from dash.development.base_component import Component

from console.components.chart import Table, chart_card
from console.components.kpis import ENDS, percent
from console.theme import BALANCE, INTEREST, figure
from serving.formats import Formats

Report = Mapping[str, Any]
_COLOURS = {"approve": (BALANCE, ""), "refer": ("#8a8f98", "."), "decline": (INTEREST, "/")}
_VARIANTS = ((BALANCE, ""), (INTEREST, "/"), ("#8a8f98", "."), ("#2a9d74", "x"))


def time_charts(report: Report, formats: Formats) -> Component:
    """Volumes, and the share approved, side by side."""
    pair = html.Div([volumes(report, formats), approval(report, formats)], className="pair")
    return html.Section([html.H2("Over time"), pair])


def volumes(report: Report, formats: Formats) -> Component:
    """Decisions of each period by their end."""
    periods = report["periods"]
    names = [one["period"] for one in periods]
    traces = [
        {"type": "bar", "name": words, "x": names, "y": [one[end] for one in periods],
         "marker": {"color": _COLOURS[end][0], "pattern": {"shape": _COLOURS[end][1]}}}
        for end, words in ENDS
    ]  # fmt: skip
    most = max(periods, key=lambda one: one["decided"])
    found = f"Most were decided in {_said(most['period'], report, formats)}: {formats.number(most['decided'])}."
    rows = [[one["period"], *(str(one[end]) for end, _ in ENDS), str(one["decided"])] for one in periods]
    drawn = figure(traces, x="", y="Decisions")
    drawn["layout"]["barmode"] = "stack"
    return _card(drawn, "Decisions", found, ("Period", *(words for _, words in ENDS), "All"), rows)


def approval(report: Report, formats: Formats) -> Component:
    """The share approved of each period, with its interval."""
    known = [one for one in report["periods"] if one["decided"]]
    shares = [{end: 100 * float(one["approval"][end]) for end in ("value", "low", "high")} for one in known]
    error = {"type": "data", "symmetric": False, "array": [one["high"] - one["value"] for one in shares],
             "arrayminus": [one["value"] - one["low"] for one in shares], "thickness": 1, "width": 3}  # fmt: skip
    trace = {"type": "scatter", "mode": "lines+markers", "name": "Share approved", "x": [o["period"] for o in known],
             "y": [one["value"] for one in shares], "error_y": error, "line": {"color": BALANCE, "width": 1},
             "marker": {"color": BALANCE, "size": 7}, "hovertemplate": "%{y:.1f}%<extra></extra>"}  # fmt: skip
    total = report["totals"]["approval"]
    apart = [one for one in known if _apart(one["approval"], total)]
    found = f"{percent(total['value'], formats)} of all were approved. {_apart_words(len(apart), len(known))}"
    rows = [[one["period"], *(one["approval"][end] for end in ("value", "low", "high")), str(one["decided"])]
            for one in known]  # fmt: skip
    drawn = figure([trace], x="", y="Approved, %")
    drawn["layout"]["yaxis"]["range"] = [0, 100]
    return _card(drawn, "Share approved, with 95% intervals", found, ("Period", "Share", "Low", "High", "Of"), rows)


def funnel_chart(report: Report, formats: Formats) -> Component:
    """How many visits came to each step, for each variant in percent of its visits."""
    groups = [one for one in report["funnel"] if one["steps"][0]["visits"]]
    traces = [_funnel_trace(one, place) for place, one in enumerate(groups)]
    steps = groups[0]["steps"]
    worst = min(steps[:-1], key=lambda one: float(one["went_on"] or 1))
    after = steps[steps.index(worst) + 1]["step"]
    found = (f"{formats.number(steps[0]['visits'])} visits began. Most stopped after “{worst['step']}”: "
             f"{percent(worst['went_on'] or '1', formats)} went on to “{after}”.")  # fmt: skip
    rows = [[one["group"], step["step"], str(step["visits"]), "" if step["stopped"] is None else str(step["stopped"]),
             step["went_on"] or ""] for one in groups for step in one["steps"]]  # fmt: skip
    drawn = figure(traces, x="Of the visits that began, %", y="")
    drawn["layout"]["yaxis"] |= {"autorange": "reversed", "showgrid": False, "type": "category", "dtick": 1}
    drawn["layout"]["hovermode"] = "closest"
    return _card(drawn, "From arriving to a loan", found, ("Variant", "Step", "Visits", "Stopped here", "Went on"),
                 rows)  # fmt: skip


def _funnel_trace(group: Mapping[str, Any], place: int) -> dict[str, Any]:
    colour, shape = _VARIANTS[place % len(_VARIANTS)]
    first = group["steps"][0]["visits"]
    return {"type": "bar", "orientation": "h", "name": group["group"].replace("_", " "),
            "y": [step["step"] for step in group["steps"]],
            "x": [round(100 * step["visits"] / first, 2) for step in group["steps"]],
            "textposition": "outside", "cliponaxis": False, "text": [str(step["visits"]) for step in group["steps"]],
            "hovertemplate": "%{text} visits, %{x:.1f}%<extra></extra>",
            "marker": {"color": colour, "pattern": {"shape": shape}}}  # fmt: skip


def _apart(share: Mapping[str, Any], total: Mapping[str, Any]) -> bool:
    """Whether a period's interval leaves out the share of the whole span."""
    return not float(share["low"]) <= float(total["value"]) <= float(share["high"])


def _apart_words(count: int, of: int) -> str:
    if not count:
        return "No period lies apart from that by more than chance makes."
    expected = round(of * 0.05, 1)
    return f"{count} of {of} periods lie apart from that; chance alone makes about {expected:g}."


def _said(period: str, report: Report, formats: Formats) -> str:
    if report["by"] == "month":
        return formats.month(date.fromisoformat(f"{period}-01"))
    return f"the week of {formats.day(period)}" if report["by"] == "week" else f"the day {formats.day(period)}"


def _card(
    drawn: dict[str, Any], title: str, found: str, columns: Sequence[str], rows: Sequence[Sequence[str]]
) -> Component:
    return chart_card(drawn, title, found, Table(title, columns, rows, rows))
