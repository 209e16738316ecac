"""Groups side by side, drawn: approval rates against the best group, over time, and promises that came true or not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dash import html
from dash.development.base_component import Component

from console.components.chart import Table, chart_card
from console.components.drift import period_words
from console.components.measured import (
    NONE,
    SERIES,
    level_line,
    number,
    over_time,
    percent,
    points,
    rate,
    span,
    with_interval,
)
from console.components.staff import Tone, mark, rows_table
from console.theme import figure
from serving.formats import Formats

Group = Mapping[str, Any]
TONES: Mapping[str, Tone] = {
    "fair": "good", "look": "no", "cannot tell": "plain", "within four fifths": "good", "look into it": "no",
}  # fmt: skip
_SHORT: Mapping[str, str] = {"within four fifths": "fair", "look into it": "look"}


def words_of(name: str) -> str:
    """An attribute as people read it."""
    return name.replace("_", " ")


def group_words(one: Group) -> str:
    """`sex: female`."""
    return f"{words_of(one['attribute'])}: {one['group']}"


def ratio_chart(groups: Sequence[Group], limit: float) -> Component:
    """Approval rate of each group ÷ that of the best one, with its interval and the line of four fifths."""
    told = [one for one in groups if one["ratio"]]
    names = [group_words(one) for one in told][::-1]
    ratios = [one["ratio"] for one in told][::-1]
    dots = with_interval("Ratio, with the interval it is judged by", names, ratios, 0, level=True, line=False)
    line = {"type": "scatter", "mode": "lines", "name": f"{limit:g}: take a look", "x": [limit, limit],
            "y": [names[0], names[-1]] if names else [], "hoverinfo": "skip",
            "line": {"color": SERIES[1][0], "dash": "dash", "width": 2}}  # fmt: skip
    drawn = figure([dots, line], x="Ratio", y="")
    drawn["layout"]["yaxis"] |= {"rangemode": "normal", "type": "category", "nticks": len(names) + 1}
    drawn["layout"]["xaxis"] |= {"tickformat": ".2f", "range": span(ratios, limit, 1.0)}
    drawn["layout"]["hovermode"] = "closest"
    shown = [[group_words(one), number(one["ratio"]), one["reference"], one["verdict"]] for one in told]
    raw = [[group_words(one), str(one["ratio"]["value"]), one["reference"], one["verdict"]] for one in told]
    table = Table("Approval ratios", ("Group", "Ratio", "Compared with", "Verdict"), shown, raw)
    return chart_card(drawn, "Approved as often as the best group", _ratio_words(told, limit), table)


def _ratio_words(told: Sequence[Group], limit: float) -> str:
    looked = [group_words(one) for one in told if one["verdict"] == "look"]
    if looked:
        return f"Clearly below {limit:g}: {', '.join(looked)}."
    open_ones = [one for one in told if one["verdict"] == "cannot tell" and one["reference"] != one["group"]]
    if not told:
        return "No group has enough decisions to be compared."
    lowest = min(told, key=lambda one: one["ratio"]["value"])
    close = f"The lowest is {group_words(lowest)} with {lowest['ratio']['value']:.2f}."
    if open_ones:
        return f"No group is clearly below {limit:g}; of {len(open_ones)} it cannot be told. {close}"
    return f"No group is below {limit:g}. {close}"


def over_time_chart(rows: Sequence[Mapping[str, Any]], attribute: str, limit: float, formats: Formats) -> Component:
    """The ratios of an attribute's groups by period."""
    periods = [row["period"] for row in rows]
    mine = [(row["period"], one) for row in rows for one in row["groups"] if one["attribute"] == attribute]
    names = sorted({one["group"] for _, one in mine})
    traces = []
    for series, name in enumerate(names):
        told = [(period, one["ratio"]) for period, one in mine if one["group"] == name and one["ratio"]]
        traces.append(with_interval(name, [p for p, _ in told], [ratio for _, ratio in told], series))
    drawn = over_time([*traces, level_line(f"{limit:g}: take a look", periods, limit)], "Ratio", periods,
                      range=span([one["ratio"] for _, one in mine if one["ratio"]], limit, 1.0), tickformat=".2f",
                      )  # fmt: skip
    shown = [[period, one["group"], rate(one["rate"], formats), number(one["ratio"]), one["verdict"]]
             for period, one in mine]  # fmt: skip
    raw = [[period, one["group"], *(str(one[part]["value"]) if one[part] else "" for part in ("rate", "ratio")),
            one["verdict"]] for period, one in mine]  # fmt: skip
    table = Table("Ratios by period", ("Period", "Group", "Approved", "Ratio", "Verdict"), shown, raw)
    return chart_card(drawn, f"Over time: {words_of(attribute)}", _time_words(mine, attribute, formats), table)


def _time_words(mine: Sequence[tuple[str, Group]], attribute: str, formats: Formats) -> str:
    looked = [(period, one) for period, one in mine if one["verdict"] == "look"]
    if looked:
        period, one = looked[-1]
        return f"{one['group'].capitalize()} was clearly approved less often in {period_words(period, formats)}."
    told = sum(one["verdict"] != "cannot tell" for _, one in mine)
    return f"No clear gap by {words_of(attribute)} in any period; {told} of {len(mine)} comparisons could be told."


def groups_table(caption: str, groups: Sequence[Group], formats: Formats) -> Component:
    """Every group with rate, ratio, what so few decisions could show, and the verdict."""
    heads = ("Group", "Verdict", "Decided", "Approved", "Share approved", "Ratio", "Smallest gap it would show")
    return rows_table(caption, heads, [_row(one, formats) for one in groups])


def _row(one: Group, formats: Formats) -> list[Any]:
    counts = [NONE if one[part] is None else formats.number(one[part]) for part in ("decided", "approved")]
    gap = NONE if one["smallest_gap"] is None else points(one["smallest_gap"], formats)
    return [group_words(one), verdict(one), *counts, rate(one["rate"], formats), number(one["ratio"]), gap]


def verdict(one: Group) -> Component:
    """The verdict with its reason."""
    why = one["why"]
    word = one["verdict"]
    return html.Span([mark(_SHORT.get(word, word), TONES[word]), f" {why[:1].upper()}{why[1:]}." if why else ""])


def promises_table(promises: Sequence[Group], formats: Formats) -> Component:
    """What was promised of each group's loans, and what came."""
    heads = ("Group", "Verdict", "Loans", "Bad rate promised", "Bad rate found", "Promised too high by, beside others",
             "Smallest gap it would show")  # fmt: skip
    return rows_table("Promises by group", heads, [_promise(one, formats) for one in promises])


def _promise(one: Group, formats: Formats) -> list[Any]:
    gap, least = one["calibration_gap"], one["smallest_detectable_calibration_gap"]
    return [
        group_words(one), verdict(one), NONE if one["count"] is None else formats.number(one["count"]),
        NONE if one["predicted"] is None else percent(one["predicted"], formats), rate(one["observed"], formats),
        rate(gap, formats), NONE if least is None else points(least, formats),
    ]  # fmt: skip
