"""One alarm: its cause, the figures behind it, its history, and what can be done about it."""

from __future__ import annotations

from dash import html
from dash.development.base_component import Component
from flask import redirect, request
from werkzeug.wrappers import Response

from console.components.alarms import PAGES, act_forms, history_table, kind_words, state_mark, title_of
from console.components.drift import age, ago, cause_words, data_words, feature_words, period_words, verdict_mark
from console.components.drift_charts import psi_chart
from console.components.staff import Tile, head, tiles, with_query
from console.routes import route
from console.visit import Visit
from lending.alarm_ports import AlarmRow, MeasurementRow
from lending.domain.errors import InputError
from lending.domain.roles import STAFF, Permission, may
from serving.input_watch import KIND

PATH = "/staff/alarms/<alarm_id>"
NAME = "Alarm"
PERMISSION = Permission.MONITOR_READ
ROLES = STAFF
CALLBACKS = ()
_NO_REPORT = "No deep report belongs to this measurement."
_ONLY_COUNTS = "Live decisions are watched by counts alone; a deep report reads rows, so there is none."


def layout(visit: Visit, alarm_id: str) -> Component:
    """The page of one alarm. Raises NotFoundError."""
    row = visit.ask.drift.alarm(alarm_id)
    look = visit.ask.drift.look_of(row)
    acts = [_card("What to do", act_forms(row, visit.ask.drift.desk.owners(), visit.account.username))]
    return html.Div(
        [
            head(title_of(row), _cause(visit, row), *_links(row, look)),
            _facts(visit, row),
            *_plot(visit, row, look),
            _card("History", history_table(visit.ask.drift.history(alarm_id), visit.formats)),
            *(acts if may(visit.account.role, Permission.ALARM_HANDLE) else []),
        ],
        className="alarm-page",
    )


def blank() -> Component:
    """Nothing here is wired to a callback."""
    return html.Div()


@route("/staff/alarms/<alarm_id>/<act>", permission=Permission.ALARM_HANDLE, methods=("POST",))
def act(visit: Visit, alarm_id: str, act: str) -> Response:
    """Acknowledge, assign, comment or close, on the version that the page showed."""
    desk, who, words = visit.ask.drift.desk, visit.account.username, request.form.get("comment", "")
    version = _version(request.form.get("version", ""))
    if act == "acknowledge":
        desk.acknowledge(alarm_id, who, version, words)
    elif act == "assign":
        desk.assign(alarm_id, who, version, request.form.get("owner", ""), words)
    elif act == "comment":
        desk.comment(alarm_id, who, version, words)
    elif act == "close":
        desk.close(alarm_id, who, version, words)
    else:
        raise InputError(f"an alarm is not {act[:20]!r}", code="act", field="act", found=act[:20],
                         expected="acknowledge, assign, comment or close", do="Use the page's buttons.")  # fmt: skip
    return redirect(f"/staff/alarms/{alarm_id}", 303)


ROUTES = (act,)


def _version(text: str) -> int:
    if text.isascii() and text.isdigit() and len(text) < 10:
        return int(text)
    raise InputError("the form names no version", code="version", field="version", found=text[:20],
                     expected="a whole number", do="Load the page again.")  # fmt: skip


def _cause(visit: Visit, row: AlarmRow) -> str:
    features = [str(name) for name in row.content.get("features", ())]
    return cause_words(str(row.content["cause"]), features, str(row.content["first"]), visit.formats)


def _links(row: AlarmRow, look: MeasurementRow | None) -> list[Component]:
    back = html.A("All alarms", href="/staff/alarms", className="btn btn-secondary")
    page = PAGES.get(row.kind)
    figures = (
        [html.A(f"{kind_words(row.kind)} page", href=_page(page, row), className="btn btn-secondary")] if page else []
    )
    if look is None or look.report_key is None:
        return [back, *figures]
    report = html.A("Deep report", href=f"/staff/reports/{look.measurement_id}", target="_blank", rel="noopener",
                    className="btn btn-primary")  # fmt: skip
    return [back, *figures, report]


def _page(page: str, row: AlarmRow) -> str:
    """The page of figures, at the same look where it is one of drift."""
    parts = ("reference", "period")
    if row.kind != KIND or not all(part in row.content for part in parts):
        return page
    return with_query(page, {"data": row.data, **{part: str(row.content[part]) for part in parts}})


def _facts(visit: Visit, row: AlarmRow) -> Component:
    content, now = row.content, visit.ask.drift.now
    first, last = str(content["first"]), str(content["last"])
    return html.Div([
        html.P([state_mark(row.state), " ", verdict_mark(str(content["verdict"])), f" {data_words(row.data)}"]),
        tiles([
            Tile("First", _when(visit, str(content.get("since", first))), f"to {_when(visit, last)}"),
            Tile("Owner", row.owner or "nobody", tone="plain" if row.owner else "look"),
            Tile("Age", age(row.opened_at, now), f"opened {visit.formats.day(row.opened_at.date())}"),
            Tile("Last change", ago(row.changed_at, now), f"version {row.version}"),
        ]),
    ])  # fmt: skip


def _when(visit: Visit, period: str) -> str:
    return visit.formats.day(period) if len(period) > 7 else period_words(period, visit.formats)


def _plot(visit: Visit, row: AlarmRow, look: MeasurementRow | None) -> list[Component]:
    """The feature that rang over time, from the look that found it."""
    if row.kind != KIND or look is None or "cells" not in look.content:
        return []
    rows = visit.ask.drift.cells(look)["rows"]
    names = [name for name in row.content["features"] if any(one["feature"] == name for one in rows)]
    charts = [
        psi_chart([one for one in rows if one["feature"] == name], look.content["changes"].get(name, ()), visit.formats)
        for name in names[:2]
    ]
    note = _ONLY_COUNTS if row.data == "live" else _NO_REPORT
    said = [] if look.report_key else [html.P(note, className="note")]
    more = [html.P(f"Also: {', '.join(map(feature_words, names[2:]))}.")] if names[2:] else []
    planted = visit.ask.drift.planted(row.data)
    if planted and planted.feature in names:
        said.append(html.P("This data is generated, and this drift is planted in it, so that an alarm can be seen.",
                           className="planted"))  # fmt: skip
    return [*said, html.H2("Over time"), *charts, *more]


def _card(title: str, content: Component) -> Component:
    return html.Section([html.H2(title), content], className="card")
