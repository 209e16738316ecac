"""Performance: what the model promised, what came, and how far the estimates were off; from measurements alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dash import html
from dash.development.base_component import Component

from console.components.drift import period_words
from console.components.measured import (
    NONE,
    findings,
    generated_note,
    how_old,
    nothing_measured,
    number,
    percent,
    period_link,
    rate,
    troubles,
    view_filters,
)
from console.components.performance import (
    TONES,
    auc_chart,
    error_chart,
    error_words,
    rates_chart,
    reliability_chart,
    vintage_chart,
)
from console.components.staff import Tile, head, mark, rows_table, tiles
from console.visit import Visit
from lending.domain.roles import STAFF, Permission
from serving.measured import Look

PATH = "/staff/performance"
NAME = "Performance"
PERMISSION = Permission.MONITOR_READ
ROLES = STAFF
CALLBACKS = ()
_TEXT = "Whether the model does what it promised: estimated at once, found once loans have turned out."
Row = Mapping[str, Any]


def layout(visit: Visit) -> Component:
    """The newest measurement, in the view that the address asks for."""
    look = visit.ask.measured.performance(visit.query)
    if look is None:
        what = "Estimates and what came appear here by period, with vintages and reliability."
        command = "candor monitor performance --data demo_bank --period quarter"
        return html.Div([head(NAME, _TEXT), nothing_measured(what, "monitor-performance", command)])
    return html.Div([*_top(visit, look), *_whole(visit, look)], className="measured-page")


def blank() -> Component:
    """Nothing here is wired to a callback."""
    return html.Div()


def _top(visit: Visit, look: Look) -> list[Component]:
    alarms = html.A("Alarms", href="/staff/alarms?kind=performance", className="btn btn-secondary")
    at = visit.query.get("at", "")
    lost = f"There is no period {at[:20]!r} with known outcomes." if at and _chosen(look, at) is None else ""
    return [
        head(NAME, how_old(_TEXT, visit, look), alarms), *troubles(look.trouble, lost), view_filters(PATH, look),
        *generated_note(look.head["generated"], visit.formats),
    ]  # fmt: skip


def _whole(visit: Visit, look: Look) -> list[Component]:
    rows, formats = look.view["rows"], visit.formats
    shown = _chosen(look, visit.query.get("at", "")) or _newest(rows)
    seen = [row for row in rows if row["estimated"]]
    curve = [reliability_chart(shown, formats)] if shown else []
    return [
        _tiles(visit, look),
        findings(_said(visit, look)),
        html.Div([rates_chart(seen, formats), auc_chart(seen, look.head["released_auc"], formats)], className="pair"),
        html.Div([error_chart(rows, look.view["error"], formats), *curve], className="pair"),
        vintage_chart(look.view["vintages"], look.head["dated"], formats),
        _table(visit, look),
    ]


def _chosen(look: Look, at: str) -> Row | None:
    """The period that the address names, if it has a reliability curve."""
    return next((row for row in look.view["rows"] if row["period"] == at and row["bins"]), None)


def _newest(rows: Sequence[Row]) -> Row | None:
    """The newest period that is judged, or at least has known outcomes."""
    known = [row for row in rows if row["bins"]]
    judged = [row for row in known if row["verdict"] in _JUDGED]
    return (judged or known or [None])[-1]


_JUDGED = frozenset(word for word, tone in TONES.items() if tone != "plain")


def _tiles(visit: Visit, look: Look) -> Component:
    rows, formats, error = look.view["rows"], visit.formats, look.view["error"]["bad_rate"]
    last, newest = rows[-1], _newest(rows)
    judged = newest if newest and newest["verdict"] in _JUDGED else None
    guess = last["estimated"].get("bad_rate")
    known = f"of {formats.number(look.head['loans'])} loans"
    held = f"{error['inside']} of {error['periods']}"
    return tiles([
        Tile("Last judged", judged["verdict"].capitalize() if judged else "None yet",
             f"in {period_words(judged['period'], formats)}" if judged else "loans need time to turn out",
             TONES[judged["verdict"]] if judged else "plain"),
        Tile("Bad rate found", percent(newest["found"]["bad_rate"]["value"], formats) if newest else NONE,
             _span(newest["found"]["bad_rate"], visit) if newest else "outcomes arrive later"),
        Tile("Estimated now", percent(guess["value"], formats) if guess else NONE,
             f"{period_words(last['period'], formats)}, {_span(guess, visit) if guess else 'too few loans'}"),
        Tile("Estimates that held", held if error["periods"] else NONE, "intervals of the bad rate"),
        Tile("Outcomes known", formats.number(look.head["known"]), known),
    ])  # fmt: skip


def _span(one: Mapping[str, float], visit: Visit) -> str:
    low, high = (percent(one[name], visit.formats) for name in ("low", "high"))
    return f"{low} to {high}"


def _said(visit: Visit, look: Look) -> list[tuple[str, str]]:
    """What there is to know, in sentences with their tone."""
    rows, formats = look.view["rows"], visit.formats
    bad = [row for row in rows if TONES[row["verdict"]] == "no"]
    said = [("no", f"{period_words(row['period'], formats)}: the model {row['verdict']}. {_sentence(row['why'])}")
            for row in bad]  # fmt: skip
    judged = [row for row in rows if row["verdict"] == "as expected"]
    if judged and not bad:
        said.append(("good", f"In all {len(judged)} periods that can be judged, promises and ranking held."))
    if not judged and not bad:
        said.append(("plain", "No period can be judged yet: loans need time to turn out."))
    waiting = [row for row in rows if row["verdict"] == "waiting"]
    if waiting:
        since = period_words(waiting[0]["period"], formats)
        said.append(("plain", f"Loans from {since} on are too young to be judged. Bad news comes first, so nothing is "
                              "said of them before their time."))  # fmt: skip
    if look.head["learned_until"]:
        day = formats.day(look.head["learned_until"])
        said.append(("plain", f"The model learned from loans up to {day}; they cannot test it."))
    missed = look.view["error"]["bad_rate"]
    tone = "look" if missed["high"] is not None and missed["high"] < _HELD else "plain"
    return [*said, (tone, error_words(look.view["error"], formats))]


_HELD = 0.95
"""The share of intervals that is to hold what comes."""


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."


def _table(visit: Visit, look: Look) -> Component:
    formats = visit.formats
    heads = ("Period", "Verdict", "Loans", "Old enough", "Known", "Bad", "Bad rate estimated", "Bad rate found",
             "Found ÷ promised", "Calibration slope", "AUC estimated", "AUC found")  # fmt: skip
    rows = [
        [period_link(PATH, look, row["period"], row["period"]) if row["bins"] else row["period"],
         html.Span([mark(row["verdict"], TONES[row["verdict"]]), " ", _sentence(row["why"]) if row["why"] else ""]),
         formats.number(row["loans"]), formats.number(row["mature"]), formats.number(row["settled"]),
         formats.number(row["bads"]) if row["found"] else NONE, rate(row["estimated"].get("bad_rate"), formats),
         rate(row["found"].get("bad_rate"), formats), number(row["found"].get("ratio")),
         number(row["found"].get("slope")), number(row["estimated"].get("auc")), number(row["found"].get("auc"))]
        for row in reversed(look.view["rows"])
    ]  # fmt: skip
    note = f"The PDs are {look.head['promises']}. A period is a link to its reliability curve."
    return html.Section([html.H2("Every period"), html.P(note), rows_table("Performance by period", heads, rows)],
                        className="card")  # fmt: skip
