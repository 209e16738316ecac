"""How the model does, drawn: estimate beside what came, the estimate's error, reliability, vintages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

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
from console.components.staff import Tone
from console.theme import figure
from serving.formats import Formats

Row = Mapping[str, Any]
TONES: Mapping[str, Tone] = {
    "as expected": "good", "ranks worse": "no", "promises too little": "no", "promises too much": "no",
    "waiting": "plain", "cannot tell": "plain", "learned from": "plain",
}  # fmt: skip
_VINTAGES = len(SERIES)


def rates_chart(rows: Sequence[Row], formats: Formats) -> Component:
    """Bad rate by period: estimated at once, found later."""
    periods = [row["period"] for row in rows]
    traces = _both(rows, "bad_rate")
    drawn = over_time(traces, "Bad rate", periods, tickformat=".0%")
    shown = [[row["period"], *(rate(row[part].get("bad_rate"), formats) for part in ("estimated", "found"))]
             for row in rows]  # fmt: skip
    table = Table("Bad rate by period", ("Period", "Estimated", "Found"), shown, _raw(rows, "bad_rate"))
    return chart_card(drawn, "Bad rate: estimated and found", _held_words(rows, "bad_rate", formats), table)


def auc_chart(rows: Sequence[Row], released: float | None, formats: Formats) -> Component:
    """AUC by period, beside that of the release test."""
    periods = [row["period"] for row in rows]
    line = [level_line("At release", periods, released)] if released else []
    seen = [row[part]["auc"] for row in rows for part in ("estimated", "found") if "auc" in row[part]]
    drawn = over_time([*_both(rows, "auc"), *line], "AUC", periods, range=span(seen, 0.5), tickformat=".2f")
    shown = [[row["period"], number(row["estimated"].get("auc")), number(row["found"].get("auc"))] for row in rows]
    table = Table("AUC by period", ("Period", "Estimated", "Found"), shown, _raw(rows, "auc"))
    return chart_card(drawn, "Ranking (AUC): estimated and found", _held_words(rows, "auc", formats), table)


def _both(rows: Sequence[Row], name: str) -> list[dict[str, Any]]:
    """The two traces of a measure; a period without one is left out of its trace."""
    made = []
    for series, (part, words) in enumerate((("estimated", "Estimated at once"), ("found", "Found"))):
        there = [row for row in rows if name in row[part]]
        made.append(with_interval(words, [r["period"] for r in there], [r[part][name] for r in there], series))
    return made


def _raw(rows: Sequence[Row], name: str) -> list[list[str]]:
    return [[row["period"], *(str(row[part].get(name, {}).get("value", "")) for part in ("estimated", "found"))]
            for row in rows]  # fmt: skip


def _held_words(rows: Sequence[Row], name: str, formats: Formats) -> str:
    """What the newest period with both shows."""
    both = [row for row in rows if name in row["difference"]]
    if not both:
        return "No period has an estimate and known outcomes yet."
    row = both[-1]
    texts = [percent(row[p][name]["value"], formats) if name == "bad_rate" else f"{row[p][name]['value']:.2f}"
             for p in ("estimated", "found")]  # fmt: skip
    inside = "inside" if row["difference"][name]["inside"] else "outside"
    when = period_words(row["period"], formats)
    return f"For {when} the estimate was {texts[0]}; {texts[1]} came, {inside} its interval."


def error_chart(rows: Sequence[Row], error: Mapping[str, Any], formats: Formats) -> Component:
    """Found less estimated bad rate by period, with the bounds that chance allows."""
    both = [row for row in rows if "bad_rate" in row["difference"] and row["verdict"] != "learned from"]
    periods = [row["period"] for row in both]
    errors = [_error(row) for row in both]
    traces = [with_interval("Found less estimated", periods, errors, 1, line=False),
              level_line("No error", periods, 0.0)]  # fmt: skip
    drawn = over_time(traces, "Points of bad rate", periods, range=span(errors, 0.0), tickformat="+.1%")
    held = {True: "yes", False: "no"}
    shown = [[row["period"], points(point["value"], formats), held[row["difference"]["bad_rate"]["inside"]]]
             for row, point in zip(both, errors, strict=True)]  # fmt: skip
    table = Table("Error", ("Period", "Found less estimated", "Inside its interval"), shown, shown)
    return chart_card(drawn, "The estimate's own error", error_words(error, formats), table)


def _error(row: Row) -> dict[str, float]:
    """The difference, with where it may lie by chance alone."""
    guess, value = row["estimated"]["bad_rate"], row["difference"]["bad_rate"]["value"]
    return {
        "value": value,
        "low": value - (guess["high"] - guess["value"]),
        "high": value + guess["value"] - guess["low"],
    }


def error_words(error: Mapping[str, Any], formats: Formats) -> str:
    """How good estimates of the bad rate were so far."""
    one = error["bad_rate"]
    if one["mean"] is None:
        few = f"{one['periods']} {'period' if one['periods'] == 1 else 'periods'}"
        return f"Outcomes are known for {few}: too few to say how good the estimates are."
    way = "too low" if one["mean"] > 0 else "too high"
    off, mean = points(one["size"], formats), points(abs(one["mean"]), formats)
    held = f"{one['inside']} of {one['periods']} intervals held what came."
    return f"{held} Estimates were {off} off on average; taken together, {mean} {way}."


def reliability_chart(row: Row, formats: Formats) -> Component:
    """Promised against found by risk, for one period."""
    bins = row["bins"]
    figures = [{"value": one["found"], "low": one["low"], "high": one["high"]} for one in bins]
    places = [one["promised"] for one in bins]
    most = max([*places, *(one["high"] for one in figures)])
    came = {"type": "scatter", "mode": "lines", "name": "Promise kept", "x": [0, most], "y": [0, most],
            "line": {"color": SERIES[5][0], "dash": "dash", "width": 1.5}, "hoverinfo": "skip"}  # fmt: skip
    drawn = figure([came, with_interval("Found", places, figures, 1, line=False)], x="Promised", y="Found")
    drawn["layout"]["xaxis"] |= {"tickformat": ".0%", "rangemode": "tozero"}
    drawn["layout"]["yaxis"] |= {"tickformat": ".0%"}
    shown = [[percent(b["promised"], formats), rate(f, formats), formats.number(b["loans"]), formats.number(b["bads"])]
             for b, f in zip(bins, figures, strict=True)]  # fmt: skip
    raw = [[str(one[name]) for name in ("promised", "found", "loans", "bads")] for one in bins]
    held = sum(one["low"] <= one["promised"] <= one["high"] for one in bins)
    words = f"In {held} of {len(bins)} bands of risk the promise lies inside the interval of what came."
    table = Table("Promised and found", ("Promised", "Found", "Loans", "Bad"), shown, raw)
    return chart_card(drawn, f"Promised and found in {period_words(row['period'], formats)}", words, table)


def vintage_chart(vintages: Sequence[Row], dated: bool, formats: Formats) -> Component:
    """Share gone bad by months since lending, a line a vintage; without days of outcomes, each vintage's end."""
    told = [one for one in vintages if one["points"]]
    drawn = _lines(told[-_VINTAGES:]) if dated else _ends(told)
    months = sorted({point["months"] for one in told for point in one["points"]})
    heads = ("Lent", "Loans", *(f"{m} months" for m in months))
    shown = [[one["vintage"], formats.number(one["loans"]), *_cells(one, months, formats)] for one in vintages]
    raw = [
        [one["vintage"], str(one["loans"]), *(str(_at(one, m).get("share", "")) for m in months)] for one in vintages
    ]
    return chart_card(drawn, "Vintages", _vintage_words(told, formats), Table("Vintages", heads, shown, raw))


def _lines(told: Sequence[Row]) -> dict[str, Any]:
    traces = [
        with_interval(one["vintage"], [p["months"] for p in one["points"]], [_figure(p) for p in one["points"]], n)
        for n, one in enumerate(told)
    ]
    for trace in traces:
        trace.pop("error_y")  # arms of six lines hide each other; the table has them
    drawn = figure(traces, x="Months since lending", y="Gone bad")
    drawn["layout"]["yaxis"] |= {"tickformat": ".1%"}
    drawn["layout"]["xaxis"] |= {"dtick": 3}
    return drawn


def _ends(told: Sequence[Row]) -> dict[str, Any]:
    names = [one["vintage"] for one in told]
    return over_time([with_interval("Gone bad", names, [_figure(one["points"][-1]) for one in told], 1, line=False)],
                     "Gone bad", names, tickformat=".0%")  # fmt: skip


def _figure(point: Row) -> dict[str, float]:
    return {"value": point["share"], "low": point["low"], "high": point["high"]}


def _at(one: Row, months: int) -> Row:
    return next((point for point in one["points"] if point["months"] == months), {})


def _cells(one: Row, months: Sequence[int], formats: Formats) -> list[str]:
    points = [_at(one, month) for month in months]
    return [rate(_figure(point), formats) if point else NONE for point in points]


def _vintage_words(told: Sequence[Row], formats: Formats) -> str:
    if not told:
        return "No vintage is three months old yet."
    months = max(one["points"][-1]["months"] for one in told)
    full = [one for one in told if one["points"][-1]["months"] == months]
    worst = max(full, key=lambda one: one["points"][-1]["share"])
    share = percent(worst["points"][-1]["share"], formats)
    when = period_words(worst["vintage"], formats)
    return (
        f"After {months} months most had gone bad of those lent in {when}: {share} of {formats.number(worst['loans'])}."
    )
