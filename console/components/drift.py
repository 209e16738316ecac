"""Verdicts on features as people read them: signs, words, and the heat map of features by period."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from dash import html
from dash.development.base_component import Component

from console.components.aria import aria
from console.components.staff import Tone, mark, with_query
from serving.drift import ALARMS
from serving.formats import Formats
from serving.tally_counts import SCORE

NONE = "–"
WORDS: Mapping[str, str] = {
    "steady": "steady", "small": "small shift", "moved": "moved", "missing": "went missing", "returned": "came back",
    "new_values": "new values", "too_few": "too few to say",
}  # fmt: skip
SIGNS: Mapping[str, str] = {
    "steady": "", "small": "○", "moved": "▲", "missing": "?", "returned": "↩", "new_values": "+", "too_few": "",
}  # fmt: skip
TONES: Mapping[str, Tone] = {"steady": "good", "small": "plain", "too_few": "plain"}
"""Of verdicts that ring no alarm; all others are `no`."""
_NAMES: Mapping[str, str] = {SCORE: "Score (PD)"}
_SOURCES: Mapping[str, str] = {"live": "Live decisions"}
Row = Mapping[str, Any]


def feature_words(name: str) -> str:
    """A feature's name as people read it."""
    return _NAMES.get(name) or name.replace("_", " ").capitalize()


def data_words(name: str) -> str:
    """A data set's name; that of the bank's own decisions in words."""
    return _SOURCES.get(name, name)


def period_words(period: str, formats: Formats) -> str:
    """`2026-03` as a month; quarters and years stay as they are."""
    return formats.month(date(int(period[:4]), int(period[5:7]), 1)) if "-" in period else period.replace("Q", " Q")


def verdict_mark(verdict: str) -> Component:
    """A verdict with its sign and colour."""
    return mark(WORDS.get(verdict, verdict.replace("_", " ")), TONES.get(verdict, "no"))


def age(moment: datetime, now: datetime) -> str:
    """How long it is, in the largest unit that is full: `3 hours`."""
    passed = max(now - moment, timedelta())
    for unit, size in (("day", timedelta(days=1)), ("hour", timedelta(hours=1)), ("minute", timedelta(minutes=1))):
        if passed >= size:
            count = passed // size
            return f"{count} {unit}{'s' if count > 1 else ''}"
    return "under a minute"


def ago(moment: datetime, now: datetime) -> str:
    """How long ago: `3 hours ago`, or `just now`."""
    return "just now" if now - moment < timedelta(minutes=1) else f"{age(moment, now)} ago"


def figure_of(row: Row, formats: Formats) -> str:
    """The number of a cell: PSI, or the share that is missing or new where that is the verdict."""
    name = {"missing": "missing", "returned": "missing", "new_values": "new_values"}.get(row["verdict"], "psi")
    value = row[name]
    if value is None or row["verdict"] == "too_few":
        return NONE
    return f"{Decimal(value):.2f}" if name == "psi" else formats.percent(Decimal(value), 0)


def heat_map(
    rows: Sequence[Row], periods: Sequence[str], path: str, query: Mapping[str, str], formats: Formats
) -> Component:
    """A table of features by period: a number and a sign in each cell, alarms outlined; names lead to the feature.

    Args:
        rows: verdicts, as `candor monitor run --json` prints them.
        periods: those to show, oldest first.
        path: of the page, whose address keeps its query.
        query: of the page.
        formats: how figures are written.
    """
    found = {(row["feature"], row["period"]): row for row in rows}
    features = ringing_first(rows, periods)
    top = html.Thead(html.Tr([html.Th("Feature", scope="col"), *(_period_head(period) for period in periods)]))
    body = [
        html.Tr([_name(name, path, query), *(_cell(found.get((name, period)), formats) for period in periods)])
        for name in features
    ]
    caption = "Drift by feature and period: PSI against the reference"
    table = html.Table([html.Caption(caption, className="visually-hidden"), top, html.Tbody(body)], className="heat")
    return html.Div(table, className="table-scroll heat-scroll", role="region", tabIndex="0", **aria(label=caption))


def cause_words(cause: str, features: Sequence[str], first: str, formats: Formats) -> str:
    """The cause of an alarm as a sentence; when the level changed is said where it was not when it first rang.

    Args:
        cause: as alarms keep it, ending in `; since PERIOD` where it is one of drift.
        features: whose names stand in it.
        first: period in which it first rang.
        formats: for periods.
    """
    said, _, since = cause.partition("; since ")
    for name in features:
        said = said.replace(f"{name}:", f"{feature_words(name)},")
    more = f" The level changed in {period_words(since, formats)}." if since and since != first else ""
    return f"{said[:1].upper()}{said[1:]}.{more}"


def legend() -> Component:
    """What signs and numbers mean."""
    signs = [html.Li([html.Span(SIGNS[verdict] or "0.02", className=f"heat-key is-{verdict}"), " ", words])
             for verdict, words in WORDS.items() if verdict != "too_few"]  # fmt: skip
    return html.Ul(signs, className="heat-legend")


def ringing_first(rows: Sequence[Row], periods: Sequence[str]) -> list[str]:
    """The score, then features that ring in those periods, most often first, then the others as they come."""
    rings = Counter(r["feature"] for r in rows if r["verdict"] in ALARMS and r["period"] in periods)
    features = list(dict.fromkeys(row["feature"] for row in rows))
    return sorted(features, key=lambda name: (name != SCORE, -rings[name]))


def _period_head(period: str) -> Component:
    small = date(int(period[:4]), int(period[5:7]), 1).strftime("%b") if "-" in period else period[4:]
    return html.Th([small, html.Br(), period[:4]] if small else period, scope="col")


def _name(name: str, path: str, query: Mapping[str, str]) -> Component:
    return html.Th(html.A(feature_words(name), href=with_query(path, query, feature=name)), scope="row")


def _cell(row: Row | None, formats: Formats) -> Component:
    if row is None:
        return html.Td(NONE)
    verdict = row["verdict"]
    said = [html.Span(WORDS[verdict], className="visually-hidden"), html.Span(SIGNS[verdict], **aria(hidden="true"))]
    return html.Td([*(said if verdict != "steady" else []), figure_of(row, formats)], className=f"is-{verdict}",
                   title=f"{WORDS[verdict]}: {row['cause']}")  # fmt: skip
