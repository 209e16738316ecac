"""Texts over time: who wrote them, what the checks caught, how long they took, what readers say."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from dash import html
from dash.development.base_component import Component

from console.components.chart import Table, chart_card
from console.components.language import NONE, percent, seconds
from console.theme import BALANCE, INTEREST, figure
from serving.formats import Formats

Periods = Sequence[Mapping[str, Any]]


def language_charts(report: Mapping[str, Any], formats: Formats) -> Component:
    """Four charts over the periods of a report."""
    drawn = (_writers, _failed, _times, _thumbs)
    return html.Div([one(report["periods"], report["totals"], formats) for one in drawn], className="pair")


def _writers(periods: Periods, totals: Mapping[str, Any], formats: Formats) -> Component:
    template = [round(_value(one["template"]) * one["texts"]) for one in periods]
    model = [one["texts"] - count for one, count in zip(periods, template, strict=True)]
    traces = [_bar(periods, template, "Template", BALANCE), _bar(periods, model, "Model", INTEREST, pattern="/")]
    found = (
        f"{percent(totals['template'], formats)} of {formats.number(totals['texts'])} texts were written by a template."
    )
    rows = [[one["period"], str(a), str(b)] for one, a, b in zip(periods, template, model, strict=True)]
    return _card(_stacked(figure(traces, x="", y="Texts")), "Texts and their writers", found,
                 ("Period", "By template", "By model"), rows)  # fmt: skip


def _failed(periods: Periods, totals: Mapping[str, Any], formats: Formats) -> Component:
    found = (
        f"{percent(totals['failed'], formats)} of new texts had a try that a check stopped. None of those was shown."
    )
    return _shares(periods, "failed", "Failed a check", found, INTEREST)


def _thumbs(periods: Periods, totals: Mapping[str, Any], formats: Formats) -> Component:
    found = f"{formats.number(totals['down'])} thumbs down and {formats.number(totals['up'])} up."
    return _shares(periods, "thumbs_down", "Thumbs down", found, BALANCE)


def _shares(periods: Periods, name: str, title: str, found: str, colour: str) -> Component:
    """A share over time with its interval."""
    known = [one for one in periods if one[name]]
    shares = [one[name] for one in known]
    up, down = ([100 * abs(one[end] - one["value"]) for one in shares] for end in ("high", "low"))
    error = {"type": "data", "symmetric": False, "array": up, "arrayminus": down, "thickness": 1, "width": 3}
    trace = {"type": "scatter", "mode": "markers", "name": title, "x": [one["period"] for one in known],
             "y": [100 * one["value"] for one in shares], "error_y": error, "marker": {"color": colour, "size": 8},
             "hovertemplate": "%{y:.1f}%<extra></extra>"}  # fmt: skip
    rows = [[one["period"], *(f"{one[name][part]:.4f}" for part in ("value", "low", "high")), str(one[name]["of"])]
            for one in known]  # fmt: skip
    drawn = figure([trace], x="", y="Share, %")
    drawn["layout"]["xaxis"]["range"] = [periods[0]["period"], periods[-1]["period"]] if len(periods) > 1 else None
    return _card(drawn, f"{title}, with 95% intervals", found, ("Period", "Share", "Low", "High", "Of"), rows)


def _times(periods: Periods, totals: Mapping[str, Any], formats: Formats) -> Component:
    parts = (("p50_ms", "Half within", BALANCE, "solid"), ("p95_ms", "95% within", INTEREST, "dash"))
    traces = [
        _line(periods, lambda one, name=name: one[name], words, colour, dash) for name, words, colour, dash in parts
    ]
    found = (f"Half of the new texts took up to {seconds(totals['p50_ms'], formats)}, "
             f"95% up to {seconds(totals['p95_ms'], formats)}.")  # fmt: skip
    rows = [[one["period"], *(NONE if one[name] is None else str(one[name]) for name, *_ in parts)] for one in periods]
    return _card(figure(traces, x="", y="Milliseconds"), "How long a text takes", found,
                 ("Period", "Half within, ms", "95% within, ms"), rows)  # fmt: skip


def _line(
    periods: Periods, value: Callable[[Mapping[str, Any]], Any], name: str, colour: str, dash: str
) -> dict[str, Any]:
    return {"type": "scatter", "mode": "lines+markers", "name": name, "x": [one["period"] for one in periods],
            "y": [value(one) for one in periods], "line": {"color": colour, "dash": dash}}  # fmt: skip


def _bar(periods: Periods, counts: Sequence[int], name: str, colour: str, pattern: str = "") -> dict[str, Any]:
    return {"type": "bar", "name": name, "x": [one["period"] for one in periods], "y": list(counts),
            "marker": {"color": colour, "pattern": {"shape": pattern}}}  # fmt: skip


def _stacked(drawn: dict[str, Any]) -> dict[str, Any]:
    drawn["layout"]["barmode"] = "stack"
    return drawn


def _card(
    drawn: dict[str, Any], title: str, found: str, heads: Sequence[str], rows: Sequence[Sequence[str]]
) -> Component:
    return chart_card(drawn, title, found, Table(title, heads, rows, rows))


def _value(share: Mapping[str, Any] | None) -> Decimal:
    return Decimal(str(share["value"])) if share else Decimal(0)
