"""Drift over time: PSI with what chance makes and where the level changed, distributions, score against outcome."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from dash.development.base_component import Component

from console.components.chart import Table, chart_card
from console.components.drift import WORDS, Row, feature_words, period_words
from console.theme import BALANCE, INTEREST, figure
from serving.formats import Formats

_BAND = "rgba(128, 138, 142, 0.22)"
_QUIET = frozenset({"steady", "small", "too_few"})
_FITS: Mapping[str, str] = {
    "fits": "as the score said", "more": "more than the score said", "fewer": "fewer than the score said",
    "too_few": "too few loans to say",
}  # fmt: skip


def psi_chart(rows: Sequence[Row], changes: Sequence[str], formats: Formats) -> Component:
    """PSI of one feature by period, the band that chance makes, alarms as diamonds, changes of the level.

    Periods with too few loans stand in the table alone: chance makes so much of them that the axis would hide the rest.
    """
    name, known = feature_words(rows[0]["feature"]), [row for row in rows if row["psi"] is not None]
    judged = [row for row in known if row["verdict"] != "too_few"]
    periods = [row["period"] for row in judged]
    psi = [float(row["psi"]) for row in judged]
    rings = [row["verdict"] not in _QUIET for row in judged]
    band = _line(periods, [float(row["most"]) for row in judged], "Chance makes at most", BALANCE, fill="tozeroy")
    usual = _line(periods, [float(row["expected"]) for row in judged], "Chance makes on average", BALANCE, dash="dot")
    line = {**_line(periods, psi, "PSI", INTEREST), "mode": "lines+markers",
            "marker": {"size": [11 if ring else 6 for ring in rings],
                       "symbol": ["diamond" if ring else "circle" for ring in rings]}}  # fmt: skip
    lines = [_upright(period, max([*psi, 0.1])) for period in changes if period in periods]
    drawn = _by_period(figure([band, usual, line, *lines], x="", y="PSI"), periods)
    shown = [[row["period"], f"{float(row['psi']):.3f}", f"{float(row['expected']):.3f}", f"{float(row['most']):.3f}",
              str(row["rows"]), WORDS[row["verdict"]]] for row in known]  # fmt: skip
    heads = ("Period", "PSI", "Chance on average", "Chance at most", "Loans", "Verdict")
    found = _psi_words(judged, changes, formats)
    return chart_card(drawn, f"{name}: PSI by period", found, Table(f"PSI of {name}", heads, shown, shown))


def _psi_words(known: Sequence[Row], changes: Sequence[str], formats: Formats) -> str:
    if not known:
        return "No period has enough values to compare."
    last = known[-1]
    line = (f"In {period_words(last['period'], formats)} the PSI is {float(last['psi']):.2f}; chance makes at most "
            f"{float(last['most']):.2f} with {formats.number(last['rows'])} loans.")  # fmt: skip
    since = " and ".join(period_words(period, formats) for period in changes)
    if since:
        return f"{line} Its level left the reference in {since}."
    rings = sum(row["verdict"] not in _QUIET for row in known)
    if rings:
        return f"{line} It rang in {rings} of {len(known)} periods, without a lasting change of its level."
    return f"{line} Its level never left the reference."


def spread_chart(counted: Mapping[str, Any], period: str, name: str, formats: Formats) -> Component:
    """How the values lie in the reference and in one period, bin by bin, what is new and missing among them."""
    before, now = _shares(counted["reference"]), _shares(counted["periods"][period])
    bins, words = counted["bins"], period_words(period, formats)
    traces = [_bars(bins, before, "Reference", BALANCE), _bars(bins, now, words, INTEREST, pattern="/")]
    drawn = figure(traces, x="", y="Share of loans, %")
    drawn["layout"]["barmode"] = "group"
    drawn["layout"]["xaxis"] |= {"type": "category", "tickangle": -40}
    place = max(range(len(bins)), key=lambda i: abs(now[i] - before[i]))
    there, then = (_percent(shares[place], formats) for shares in (now, before))
    found = f"The largest gap is at “{bins[place]}”: {there} in {words}, {then} before."
    rows = [[label, f"{a:.1f}", f"{b:.1f}"] for label, a, b in zip(bins, before, now, strict=True)]
    table = Table(f"Values of {feature_words(name)}", ("Values", "Reference, %", f"{words}, %"), rows, rows)
    return chart_card(drawn, f"{feature_words(name)}: reference and {words}", found, table)


def missing_chart(rows: Sequence[Row], name: str, formats: Formats) -> Component:
    """Share of missing values by period, beside that of the reference."""
    periods = [row["period"] for row in rows]
    now, before = ([100 * float(row[part]) for row in rows] for part in ("missing", "missing_before"))
    traces = [_line(periods, before, "Reference", BALANCE, dash="dot"), _line(periods, now, "Missing", INTEREST)]
    there, then = _percent(now[-1], formats), _percent(before[-1], formats)
    found = f"{there} are missing in the last period, {then} in the reference."
    shown = [[period, f"{a:.1f}", f"{b:.1f}"] for period, a, b in zip(periods, now, before, strict=True)]
    heads = ("Period", "Missing, %", "Reference, %")
    drawn = _by_period(figure(traces, x="", y="Missing, %"), periods)
    return chart_card(
        drawn, f"{feature_words(name)}: missing values", found, Table("Missing values", heads, shown, shown)
    )


def calibration_chart(found: Sequence[Row], formats: Formats) -> Component:
    """What the score said of each period's loans and what came of them, with an interval."""
    periods = [one["period"] for one in found]
    said, came, low, high = ([100 * float(one[part]) for one in found] for part in ("said", "came", "low", "high"))
    error = {"type": "data", "symmetric": False, "array": [h - c for h, c in zip(high, came, strict=True)],
             "arrayminus": [c - one for one, c in zip(low, came, strict=True)], "thickness": 1, "width": 3}  # fmt: skip
    dots = {"type": "scatter", "mode": "markers", "name": "Defaults", "x": periods, "y": came, "error_y": error,
            "marker": {"color": INTEREST, "size": 8}}  # fmt: skip
    drawn = _by_period(figure([_line(periods, said, "The score said", BALANCE), dots], x="", y="Default, %"), periods)
    off = [one for one in found if one["fit"] in ("more", "fewer")]
    promised, seen = _percent(said[-1], formats, 1), _percent(came[-1], formats, 1)
    line = (f"Defaults came as the score said in {len(found) - len(off)} of {len(found)} periods. "
            f"In {period_words(periods[-1], formats)} it said {promised}, and {seen} came.")  # fmt: skip
    shown = [[p, f"{s:.2f}", f"{c:.2f}", f"{lo:.2f} to {hi:.2f}", str(one["rows"]), _FITS[one["fit"]]]
             for p, s, c, lo, hi, one in zip(periods, said, came, low, high, found, strict=True)]  # fmt: skip
    heads = ("Period", "Said, %", "Came, %", "Interval", "Loans", "Verdict")
    return chart_card(drawn, "Score and outcome by period", line, Table("Score and outcome", heads, shown, shown))


def _line(
    x: Sequence[str], y: Sequence[float], name: str, colour: str, *, dash: str = "solid", fill: str = ""
) -> dict[str, Any]:
    line = {"color": colour, "dash": dash, "width": 0 if fill else 2}
    more = {"fill": fill, "fillcolor": _BAND} if fill else {}
    return {"type": "scatter", "mode": "lines", "name": name, "x": list(x), "y": list(y), "line": line, **more}


def _upright(period: str, height: float) -> dict[str, Any]:
    line = {"color": INTEREST, "dash": "dash", "width": 1.5}
    return {"type": "scatter", "mode": "lines", "name": f"Level changed {period}", "x": [period, period],
            "y": [0, height], "line": line, "hoverinfo": "skip"}  # fmt: skip


def _bars(x: Sequence[str], y: Sequence[float], name: str, colour: str, pattern: str = "") -> dict[str, Any]:
    return {"type": "bar", "name": name, "x": list(x), "y": list(y),
            "marker": {"color": colour, "pattern": {"shape": pattern}}}  # fmt: skip


def _shares(counts: Sequence[int]) -> list[float]:
    return [100 * count / max(sum(counts), 1) for count in counts]


def _by_period(drawn: dict[str, Any], periods: Sequence[str]) -> dict[str, Any]:
    """Periods as they are named, in their order, few enough of them to be read."""
    drawn["layout"]["xaxis"] |= {"type": "category", "categoryorder": "array", "categoryarray": list(periods),
                                 "nticks": 6}  # fmt: skip
    return drawn


def _percent(value: float, formats: Formats, places: int = 0) -> str:
    """A number of percent as people read it."""
    return formats.percent(Decimal(f"{value / 100:.6f}"), places)
