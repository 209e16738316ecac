"""Drift: features by period on one map, what moved in words, the score beside its inputs; each feature by itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any

import dash_bootstrap_components as dbc
from dash import html
from dash.development.base_component import Component
from flask import Response, request

from console.components.drift import (
    NONE,
    WORDS,
    ago,
    cause_words,
    data_words,
    feature_words,
    heat_map,
    legend,
    period_words,
    verdict_mark,
)
from console.components.drift_charts import calibration_chart, missing_chart, psi_chart, spread_chart
from console.components.panel import empty
from console.components.staff import Choice, Tile, field, filters, head, mark, tiles, with_query
from console.queries_drift import Planted
from console.routes import route
from console.visit import Visit
from lending.alarm_ports import AlarmRow
from lending.domain.roles import STAFF, Permission
from serving.drift import ALARMS
from serving.drift_looks import PARTS, Look
from serving.formats import Formats
from serving.input_watch import is_history, same_cause
from serving.tally_counts import SCORE

PATH = "/staff/drift"
NAME = "Drift"
PERMISSION = Permission.MONITOR_READ
ROLES = STAFF
CALLBACKS = ()
_TEXT = "Whether inputs and the score still look like the reference, and whether a change is more than chance."
_USUAL_PERIODS = 12
"""Columns of the map that fit a desk; a link shows all."""
_OLD = timedelta(days=2)
"""The flow runs every day: older figures are worth a look."""
_REPORT_POLICY = (
    "sandbox allow-scripts; default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; "
    "img-src data: blob:; font-src data:; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)
"""A report carries scripts of its own: they run in an origin of nobody's, and reach nothing."""


def layout(visit: Visit) -> Component:
    """The map, or one feature where the address names one."""
    look = visit.ask.drift.look(visit.query)
    if look is None:
        return html.Div([head("Drift", _TEXT), _nobody_looked()])
    cells = visit.ask.drift.cells(look.row)
    features = list(dict.fromkeys(row["feature"] for row in cells["rows"]))
    wanted = visit.query.get("feature", "")
    if wanted in features:
        return html.Div([*_feature_top(look, wanted), *_feature(visit, look, cells, wanted)], className="drift-page")
    trouble = f"{data_words(look.row.data)} has no feature {wanted[:40]!r}." if wanted else look.trouble
    return html.Div([*_top(visit, look, trouble), *_whole(visit, look, cells)], className="drift-page")


def blank() -> Component:
    """Nothing here is wired to a callback."""
    return html.Div()


@route("/staff/reports/<measurement_id>", permission=Permission.MONITOR_READ)
def report(visit: Visit, measurement_id: str) -> Response:
    """The deep report of a measurement, shut off from this console."""
    packed = visit.ask.drift.report(measurement_id)
    if "gzip" in request.accept_encodings:
        body, more = packed, {"Content-Encoding": "gzip"}
    else:
        import gzip

        body, more = gzip.decompress(packed), {}
    headers = {"Content-Security-Policy": _REPORT_POLICY, "Vary": "Accept-Encoding", **more}
    return Response(body, headers=headers, content_type="text/html; charset=utf-8")


ROUTES = (report,)


def _nobody_looked() -> Component:
    command = html.Code("candor flow run monitor-inputs --watch")
    shown = empty("Nobody has looked yet", "A map of features by period appears here, and what moved in words.")
    return html.Div([shown, html.P(["The flow runs every morning. To look now, start it under ",
                                    html.A("Flows", href="/staff/flows"), " or run ", command, "."])])  # fmt: skip


def _top(visit: Visit, look: Look, trouble: str) -> list[Component]:
    links = [html.A("Alarms", href="/staff/alarms?kind=drift", className="btn btn-secondary")]
    if look.row.report_key:
        address = f"/staff/reports/{look.row.measurement_id}"
        links.append(
            html.A("Deep report", href=address, target="_blank", rel="noopener", className="btn btn-secondary")
        )
    words = {"data": "Data", "reference": "Reference", "period": "Cut into"}
    named = {part: [(value, data_words(value)) for value in look.choices[part]] for part in PARTS}
    choices = [Choice(part, words[part], named[part]) for part in PARTS]
    said = [html.P(trouble, className="state state-problem", role="status")] if trouble else []
    planted = visit.ask.drift.planted(look.row.data)
    note = [_planted(visit, planted)] if planted else []
    return [head("Drift", _TEXT, *links), *said, filters(PATH, choices, look.chosen), *note]


def _planted(visit: Visit, planted: Planted) -> Component:
    month, name = visit.formats.month(planted.since), feature_words(planted.feature).lower()
    points = f"{100 * planted.shift:.0f} points"
    text = f"This data is generated. From {month} on, {name} is {points} higher: planted, so that an alarm can be seen."
    return html.P([mark("generated data", "look"), " ", text], className="planted")


def _whole(visit: Visit, look: Look, cells: Mapping[str, Any]) -> list[Component]:
    rows, periods = cells["rows"], list(look.row.content["periods"])
    every = visit.query.get("show") == "all" or len(periods) <= _USUAL_PERIODS
    shown = periods if every else periods[-_USUAL_PERIODS:]
    more = [] if every else [html.A(f"Show all {len(periods)} periods", href=with_query(PATH, look.chosen, show="all"))]
    cells_map = heat_map(rows, shown, PATH, look.chosen, visit.formats)
    chart = [row for row in rows if row["feature"] == SCORE]
    changes = look.row.content["changes"]
    score = [psi_chart(chart, changes.get(SCORE, ()), visit.formats)] if chart else []
    outcome = [calibration_chart(cells["calibration"], visit.formats)] if cells["calibration"] else []
    return [
        _tiles(visit, look, cells),
        html.Section([html.H2("What moved"), _moved(visit, look)], className="card"),
        html.Section([html.H2("Features by period"), legend(), cells_map, *more], className="card"),
        *([html.Div([*score, *outcome], className="pair")] if score or outcome else []),
    ]  # fmt: skip


def _tiles(visit: Visit, look: Look, cells: Mapping[str, Any]) -> Component:
    content, formats = look.row.content, visit.formats
    last, name = content["last"], period_words(content["periods"][-1], formats)
    moved = sum(verdict in ALARMS for verdict in last.values())
    old = visit.ask.drift.now - look.row.at > _OLD
    return tiles(
        [
            Tile("Columns that ring", f"{moved} of {len(last)}", f"in {name}", "no" if moved else "good"),
            _score_tile(last.get(SCORE)),
            _outcome_tile(cells["calibration"], visit.formats),
            Tile("Compared with", str(content["reference"]), f"{formats.number(content['reference_rows'])} loans"),
            Tile("Measured", ago(look.row.at, visit.ask.drift.now), formats.day(look.row.at),
                 "look" if old else "plain"),
        ]
    )  # fmt: skip


def _score_tile(verdict: str | None) -> Tile:
    if verdict is None:
        return Tile("Score", NONE, "no champion scores this data")
    return Tile("Score", WORDS[verdict], "against the reference", "no" if verdict in ALARMS else "good")


def _outcome_tile(calibration: Sequence[Mapping[str, Any]], formats: Formats) -> Tile:
    known = [one for one in calibration if one["fit"] != "too_few"]
    if not known:
        return Tile("Defaults", NONE, "no outcomes beside a score")
    last = known[-1]
    words = {"fits": "as scored", "more": "more than scored", "fewer": "fewer than scored"}[last["fit"]]
    said, came = (formats.percent(Decimal(last[part]), 1) for part in ("said", "came"))
    return Tile("Defaults", words, f"{said} said, {came} came", "good" if last["fit"] == "fits" else "look")


def _moved(visit: Visit, look: Look) -> Component:
    """Alarms of this look in words, latest first; those that ended before the reference are folded away."""
    alarms, reference = look.row.content["alarms"], str(look.row.content["reference"])
    if not alarms:
        return html.P([mark("steady", "good"), " Nothing moved more than chance makes."])
    kept = visit.ask.drift.alarms("all", "drift", look.row.data)
    past = [one for one in alarms if is_history(one["last"], look.row.data, reference)]
    now, before = ([_alarm_line(visit, look, one, kept) for one in some]
                   for some in ([one for one in alarms if one not in past], past))  # fmt: skip
    shown: list[Component] = [html.Ul(now, className="moved")] if now else []
    if before:
        words = html.Summary(f"{len(before)} more before the reference, which ring no alarm")
        shown.append(html.Details([words, html.Ul(before, className="moved")]))
    return html.Div(shown)


def _alarm_line(visit: Visit, look: Look, alarm: Mapping[str, Any], kept: Sequence[AlarmRow]) -> Component:
    names: list[Any] = []
    for name in alarm["features"]:
        names += [", ", html.A(feature_words(name), href=with_query(PATH, look.chosen, feature=name))]
    first, last = (period_words(alarm[part], visit.formats) for part in ("first", "last"))
    span = f"in {first}" if first == last else f"from {first} to {last}"
    row = next((one for one in kept if same_cause(alarm, one.content)), None)
    said = cause_words(alarm["cause"], alarm["features"], alarm["first"], visit.formats)
    link = [" ", html.A(f"Alarm ({row.state})", href=f"/staff/alarms/{row.alarm_id}")] if row else []
    return html.Li([verdict_mark(alarm["verdict"]), " ", *names[1:], f" {span}. {said}", *link])


def _sentence(cause: str) -> str:
    return f"{cause[:1].upper()}{cause[1:]}."


def _feature_top(look: Look, name: str) -> list[Component]:
    back = html.A("All features", href=with_query(PATH, look.chosen), className="btn btn-secondary")
    text = f"{data_words(look.row.data)} by {look.row.content['period']}, against {look.row.content['reference']}."
    return [head(feature_words(name), text, back)]


def _feature(visit: Visit, look: Look, cells: Mapping[str, Any], name: str) -> list[Component]:
    rows = [row for row in cells["rows"] if row["feature"] == name]
    counted, changes = cells["counts"][name], look.row.content["changes"].get(name, ())
    at = visit.query.get("at", "")
    chosen = at if at in counted["periods"] else rows[-1]["period"]
    gone = any(float(row["missing"]) or float(row["missing_before"]) for row in rows)
    form = _period_form(visit, look, name, list(counted["periods"]), chosen)
    planted = visit.ask.drift.planted(look.row.data)
    note = [_planted(visit, planted)] if planted and planted.feature == name else []
    now = next(row for row in rows if row["period"] == chosen)
    return [
        *note,
        html.P(
            [verdict_mark(now["verdict"]), f" in {period_words(chosen, visit.formats)}. {_sentence(now['cause'])}"],
            className="lead",
        ),
        html.H2("Over time"),
        psi_chart(rows, changes, visit.formats),
        html.H2("Values"),
        form,
        spread_chart(counted, chosen, name, visit.formats),
        *([missing_chart(rows, name, visit.formats)] if gone else []),
        *([calibration_chart(cells["calibration"], visit.formats)] if name == SCORE and cells["calibration"] else []),
    ]


def _period_form(visit: Visit, look: Look, name: str, periods: Sequence[str], chosen: str) -> Component:
    """Another period beside the reference; the address keeps the rest."""
    options = [(period, period_words(period, visit.formats)) for period in reversed(periods)]
    kept = {**look.chosen, "feature": name}
    carried = [dbc.Input(type="hidden", name=part, value=value) for part, value in kept.items()]
    box = field(Choice("at", "Period beside the reference", options), chosen)
    button = html.Div(html.Button("Show", type="submit", className="btn btn-primary"), className="buttons")
    return html.Form([*carried, box, button], action=PATH, method="GET", className="filters card")
