"""Models beside each other: rates with intervals, who would move in and out, and what a split shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dash import html
from dash.development.base_component import Component

from console.components.chart import Table, chart_card
from console.components.measured import NONE, SERIES, percent, rate
from console.components.staff import Tone, mark, rows_table
from console.theme import figure
from serving.formats import Formats

_VERDICTS: Mapping[str, tuple[str, Tone]] = {
    "cannot_tell": ("cannot tell who approves more", "plain"), "more": ("approves more", "look"),
    "fewer": ("approves fewer", "look"), "uneven": ("the split is not as planned", "no"),
}  # fmt: skip
_MOVES: Mapping[str, str] = {
    "both": "Approved by both", "out": "Moves out: the champion approves, the other does not",
    "in": "Moves in: the other approves, the champion does not", "neither": "Approved by neither",
}  # fmt: skip


def short(version: str) -> str:
    """A version without the name of its data set, as people say it."""
    return f"version {version.rpartition('/')[2]}" if version else "none"


def rates_chart(found: Mapping[str, Any], formats: Formats) -> Component | None:
    """Share approved by each model on the same applicants; None without applicants."""
    bars = _bars(found)
    if not bars:
        return None
    traces = [_trace(at, name, bar) for at, (name, bar) in enumerate(bars)]
    drawn = figure(traces, x="", y="Approved", tick_prefix="")
    drawn["layout"]["yaxis"] |= {"tickformat": ".0%", "rangemode": "tozero"}
    drawn["layout"]["showlegend"] = False
    shown = [[name, rate(bar, formats)] for name, bar in bars]
    raw = [[name, *(f"{bar[key]:.6f}" for key in ("value", "low", "high"))] for name, bar in bars]
    table = Table("Share approved", ("Model", "Approved (95% interval)"), shown, raw)
    first = found["beside"][0]
    words = f"On the same {first['applicants']:,} applicants: {_sentence(first)}."
    return chart_card(drawn, "Share approved by each model", words, table)


def _bars(found: Mapping[str, Any]) -> list[tuple[str, Mapping[str, float]]]:
    told = [one for one in found["beside"] if one["first"]]
    champion = [(f"champion, {short(found['champion'])}", told[0]["first"])] if told else []
    return [*champion, *((f"{one['role']}, {short(one['version'])}", one["other"]) for one in told)]


def _trace(at: int, name: str, bar: Mapping[str, float]) -> dict[str, Any]:
    colour, sign = SERIES[at % len(SERIES)]
    spread = {"type": "data", "symmetric": False, "array": [bar["high"] - bar["value"]],
              "arrayminus": [bar["value"] - bar["low"]], "thickness": 2, "width": 8}  # fmt: skip
    return {"x": [name], "y": [bar["value"]], "name": name, "mode": "markers", "type": "scatter", "error_y": spread,
            "marker": {"color": colour, "symbol": sign, "size": 12}, "hovertemplate": "%{y:.1%}"}  # fmt: skip


def _sentence(one: Mapping[str, Any]) -> str:
    words, _ = _VERDICTS[one["verdict"]]
    gap = _gap(one)
    if one["verdict"] == "cannot_tell":
        return f"we cannot tell whether {short(one['version'])} approves more or fewer{gap}"
    return f"{short(one['version'])} {words} than the champion, by {_change(one)}"


def _gap(one: Mapping[str, Any]) -> str:
    smallest = one["smallest_gap"]
    return f"; a gap of {smallest * 100:.1f} points would be seen" if smallest else ""


def _change(one: Mapping[str, Any]) -> str:
    change = one["difference"]
    return NONE if change is None else _signed(change)


def _signed(change: Mapping[str, float]) -> str:
    value, low, high = (f"{change[name] * 100:+.1f}" for name in ("value", "low", "high"))
    return f"{value} points ({low} to {high})"


def beside_card(one: Mapping[str, Any], formats: Formats) -> Component:
    """One model beside the champion on the same applicants: rates, scores and swap sets."""
    words, tone = _VERDICTS[one["verdict"]]
    rows = [
        ["Approved", rate(one["first"], formats), rate(one["other"], formats), _change(one)],
        ["Mean PD", _pd(one["pd"], formats), _pd(one["pd_other"], formats), _pd_change(one["pd_difference"])],
    ]
    swaps = [
        [_MOVES[swap["move"]], f"{swap['applicants']:,}", _mean(swap["pd"], formats),
         _mean(swap["pd_other"], formats), _known(swap)]
        for swap in one["swaps"]
    ]  # fmt: skip
    title = f"{one['role'].capitalize()}: {short(one['version'])}"
    note = (
        f"{one['applicants']:,} applicants, each by the latest decision on them. Every decision was made again from "
        "its record, at the policy of its day, with the other model."
    )
    names = ("Figure", f"Champion, {short(one['champion'])}", f"{one['role'].capitalize()}, {short(one['version'])}",
             "Difference")  # fmt: skip
    return html.Section(
        [html.H3([title, " ", mark(words, tone)]), html.P(note + _gap_sentence(one), className="note"),
         rows_table(f"{title} against the champion", names, rows),
         html.H4("Who would move"),
         rows_table(f"{title}: who would move", ("Group", "Applicants", "PD, champion", "PD, other", "Went bad"),
                    swaps),
         html.P("Loans that were never lent have no outcome: who moves in was not observed.", className="note")],
        className="card",
    )  # fmt: skip


def split_card(split: Mapping[str, Any], formats: Formats) -> Component:
    """What each side of a split decided for its own applicants."""
    words, tone = _VERDICTS[split["verdict"]]
    rows = [
        [arm["part"].capitalize(), short(arm["version"]), f"{arm['applicants']:,}", rate(arm["approved"], formats),
         _pd(arm["pd"], formats), f"{arm['bad']:,} of {arm['known']:,}" if arm["known"] else "none known yet"]
        for arm in split["arms"]
    ]  # fmt: skip
    change = split["difference"]
    said = f"Challenger less champion: {_signed(change)}." if change else "One side has no applicants yet."
    note = " This interval holds however often you look." if change else ""
    names = ("Part", "Model", "Applicants", "Approved", "Mean PD", "Went bad")
    return html.Section(
        [html.H3(["Each side decides for its own ", mark(words, tone)]),
         html.P(f"{said}{note}{_gap_sentence(split)}"), rows_table("The split", names, rows),
         html.P(_ratio(split, formats), className="note")],
        className="card",
    )  # fmt: skip


def _gap_sentence(one: Mapping[str, Any]) -> str:
    smallest = one["smallest_gap"]
    return f" A gap of {smallest * 100:.1f} points would be found four times in five." if smallest else ""


def _ratio(split: Mapping[str, Any], formats: Formats) -> str:
    planned, chance = percent(float(split["share"]), formats), split["ratio_chance"]
    return f"Planned share of the challenger: {planned}. A split this uneven comes by chance with {chance:.3f}."


def _known(swap: Mapping[str, Any]) -> str:
    if swap["move"] in ("in", "neither") and not swap["lent_known"]:
        return "not observed"
    return f"{swap['bad']:,} of {swap['lent_known']:,} known" if swap["lent_known"] else "none known yet"


def _pd(one: Mapping[str, float] | None, formats: Formats) -> str:
    if one is None:
        return NONE
    value, low, high = (percent(one[name], formats, 2) for name in ("value", "low", "high"))
    return f"{value} ({low} to {high})"


def _pd_change(one: Mapping[str, float] | None) -> str:
    if one is None:
        return NONE
    value, low, high = (f"{one[name] * 100:+.2f}" for name in ("value", "low", "high"))
    return f"{value} points ({low} to {high})"


def _mean(value: float | None, formats: Formats) -> str:
    return NONE if value is None else percent(value, formats, 2)


def figures_cells(metrics: Mapping[str, Mapping[str, float]], names: Sequence[str]) -> list[str]:
    """Figures with their intervals, in the order of the names."""
    return [
        f"{metrics[name]['value']:.3f} ({metrics[name]['low']:.3f} to {metrics[name]['high']:.3f})"
        if name in metrics
        else NONE
        for name in names
    ]
