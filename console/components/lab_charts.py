"""The policy lab, drawn: the cut-off explorer, and groups with the line of four fifths."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dash import html
from dash.development.base_component import Component

from console.components.chart import Table, chart_card
from console.components.fairness import verdict
from console.components.lab import Interval, money, share
from console.components.measured import NONE, SERIES, number, percent, with_interval
from console.components.staff import rows_table
from console.theme import figure
from serving.formats import Formats

FOUR_FIFTHS = 0.8
"""Impact ratio below which one takes a look. Source: 29 CFR 1607.4 D."""
_SIDES = (("present", "Today"), ("draft", "Draft"))


def explorer(cut_off: Mapping[str, Any], formats: Formats) -> Component:
    """Approval rate, bad rate and profit against the limit on the default probability; both policies marked."""
    charts = [_approved(cut_off, formats), _bad(cut_off, formats), _profit(cut_off, formats)]
    return html.Div(charts, className="explorer")


def _approved(cut_off: Mapping[str, Any], formats: Formats) -> Component:
    at = {side: share(cut_off[side]["approval_rate"], formats) for side, _ in _SIDES}
    words = f"Today's limit approves {at['present']}, the draft's {at['draft']}; every other rule stays."
    return _chart(cut_off, "approval_rate", "Approved", "Approved by the limit on default probability", words, formats)


def _bad(cut_off: Mapping[str, Any], formats: Formats) -> Component:
    point = cut_off["draft"]["bad_rate"]
    words = "No outcome is known among those whom the draft approves."
    if point["low"] is not None:
        low, high = (percent(point[name], formats) for name in ("low", "high"))
        words = f"Of those whom the draft approves {share(point, formats)} went bad ({low} to {high}), where known."
    return _chart(cut_off, "bad_rate", "Bad rate", "Bad rate by the limit on default probability", words, formats)


def _profit(cut_off: Mapping[str, Any], formats: Formats) -> Component:
    points = [one for one in cut_off["points"]["draft"] if one["profit"]["value"] is not None]
    words = "Too few applications to tell."
    if points:
        best = max(points, key=lambda one: one["profit"]["value"])
        most, mine = money(best["profit"], formats), money(cut_off["draft"]["profit"], formats)
        words = f"Highest at a limit of {percent(best['limit'], formats)}: {most} an application; the draft's: {mine}."
    return _chart(cut_off, "profit", "Expected profit", "Profit by the limit on default probability", words, formats)


def _chart(cut_off: Mapping[str, Any], name: str, y: str, title: str, words: str, formats: Formats) -> Component:
    traces: list[dict[str, Any]] = []
    for series, (side, said) in enumerate(_SIDES):
        colour, sign = SERIES[series]
        told = [one for one in cut_off["points"][side] if one[name]["value"] is not None]
        line = {"color": colour, "width": 2, "dash": "solid" if side == "present" else "dot"}
        traces.append({"type": "scatter", "mode": "lines", "name": said, "x": [one["limit"] for one in told],
                       "y": [one[name]["value"] for one in told], "line": line})  # fmt: skip
        traces.append(_mark(cut_off, side, said, name, colour, sign))
    drawn = figure(traces, x="Limit", y=y,
                   tick_prefix=formats.symbol if name == "profit" else "")  # fmt: skip
    drawn["layout"]["xaxis"] |= {"type": "log", "tickformat": ".2~%", "nticks": 5}
    drawn["layout"]["hovermode"] = "closest"
    if name != "profit":
        drawn["layout"]["yaxis"] |= {"tickformat": ".1~%"}
    return chart_card(drawn, title, words, _table(cut_off, name, y, formats))


def _mark(cut_off: Mapping[str, Any], side: str, said: str, name: str, colour: str, sign: str) -> dict[str, Any]:
    """Where a policy stands now; beyond the riskiest applicant its limit changes nothing, so it stands at the end."""
    last = max((one["limit"] for one in cut_off["points"][side]), default=1.0)
    point = cut_off[side]
    looks = {"color": colour, "symbol": sign, "size": 12, "line": {"width": 1.5, "color": "#ffffff"}}
    name_said = f"{said}: where it stands"
    return {"type": "scatter", "mode": "markers", "name": name_said, "x": [min(point["limit"], last)],
            "y": [point[name]["value"]], "marker": looks}  # fmt: skip


def _table(cut_off: Mapping[str, Any], name: str, y: str, formats: Formats) -> Table:
    shown, raw = [], []
    for today, draft in zip(cut_off["points"]["present"], cut_off["points"]["draft"], strict=True):
        sides = (today[name], draft[name])
        shown.append([percent(today["limit"], formats, 2), *(_said(one, name, formats) for one in sides)])
        raw.append([str(today["limit"]), *("" if one["value"] is None else str(one["value"]) for one in sides)])
    return Table(f"{y} by limit", ("Limit", "Today", "Draft"), shown, raw)


def _said(one: Interval, name: str, formats: Formats) -> str:
    if one["value"] is None:
        return NONE
    words = money if name == "profit" else share
    if one["low"] is None:
        return words(one, formats)
    low, high = (words({"value": one[end]}, formats) for end in ("low", "high"))
    return f"{words(one, formats)} ({low} to {high})"


def groups_chart(groups: Mapping[str, Any], formats: Formats) -> Component:
    """Approved as often as the best group, under both policies, with intervals and the line of four fifths."""
    told = {side: [one for one in groups[side] if one["adverse_impact_interval"]] for side, _ in _SIDES}
    names = [_name(one) for one in told["draft"]][::-1]
    traces = [
        with_interval(said, [_name(o) for o in told[side]][::-1],
                      [o["adverse_impact_interval"] for o in told[side]][::-1], series, level=True, line=False)
        for series, (side, said) in enumerate(_SIDES)
    ]  # fmt: skip
    drawn = figure([{**one, "orientation": "h"} for one in traces], x="Approved as often as the best group", y="")
    drawn["layout"]["yaxis"] |= {"rangemode": "normal", "type": "category", "nticks": len(names) + 1}
    drawn["layout"]["xaxis"] |= {"tickformat": ".2f", "showgrid": True}
    drawn["layout"] |= {"scattermode": "group", "scattergap": 0.4, "hovermode": "closest", **_level()}
    shown = [[_name(one), *(number(_of(told[side], one)) for side, _ in _SIDES)] for one in told["draft"]]
    raw = [[_name(one), *(str((_of(told[side], one) or {}).get("value", "")) for side, _ in _SIDES)]
           for one in told["draft"]]  # fmt: skip
    table = Table("Approval ratios by group", ("Group", "Today", "Draft"), shown, raw)
    return chart_card(drawn, "Approved as often as the best group", _group_words(told["draft"]), table)


def _level() -> dict[str, Any]:
    """An upright line at four fifths, named at its top."""
    grey = SERIES[5][0]
    line = {"type": "line", "xref": "x", "yref": "paper", "x0": FOUR_FIFTHS, "x1": FOUR_FIFTHS, "y0": 0, "y1": 1,
            "line": {"color": grey, "dash": "dash", "width": 2}}  # fmt: skip
    name = {"xref": "x", "yref": "paper", "x": FOUR_FIFTHS, "y": 1, "yanchor": "bottom", "showarrow": False,
            "text": f"{FOUR_FIFTHS:g}: take a look"}  # fmt: skip
    return {"shapes": [line], "annotations": [name]}


def groups_table(groups: Mapping[str, Any], formats: Formats) -> Component:
    """Each group with its approval rates, its ratio by the draft, and the verdict."""
    before = {_name(one): one for one in groups["present"]}
    rows = [
        [_name(one), formats.number(one["count"]), _selected(before.get(_name(one)), formats), _selected(one, formats),
         number(one["adverse_impact_interval"]), verdict(one)]
        for one in groups["draft"]
    ]  # fmt: skip
    heads = ["Group", "Loans", "Approved today", "Approved by the draft", "Ratio by the draft", "Verdict"]
    return rows_table("Groups under both policies", heads, rows)


def _selected(one: Mapping[str, Any] | None, formats: Formats) -> str:
    figure = one and one["selection_rate"]
    return NONE if not figure else percent(figure["value"], formats)


def _name(one: Mapping[str, Any]) -> str:
    return f"{one['attribute'].replace('_', ' ')}: {one['group']}"


def _of(rows: Sequence[Mapping[str, Any]], wanted: Mapping[str, Any]) -> Mapping[str, float] | None:
    return next((one["adverse_impact_interval"] for one in rows if _name(one) == _name(wanted)), None)


def _group_words(rows: Sequence[Mapping[str, Any]]) -> str:
    if not rows:
        return "No group has enough loans to be compared."
    below = [_name(one) for one in rows if one["adverse_impact_interval"]["high"] < FOUR_FIFTHS]
    if below:
        return f"Clearly below four fifths by the draft: {', '.join(below)}."
    lowest = min(rows, key=lambda one: one["adverse_impact_interval"]["value"])
    figure = lowest["adverse_impact_interval"]
    told = "; the interval crosses four fifths, so it cannot be told" if figure["low"] < FOUR_FIFTHS else ""
    return f"The lowest ratio by the draft is {figure['value']:.2f}, of {_name(lowest)}{told}."
