"""Applications and decisions: how many, with what end, how soon, and where visits stop."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from dash import html
from dash.development.base_component import Component
from flask import Response, request

from console.components.kpi_charts import funnel_chart, time_charts
from console.components.kpis import applications_table, ends_table, kpi_tiles, none_decided, reasons_table
from console.components.panel import empty
from console.components.staff import Choice, filters, head, with_query
from console.routes import route
from console.visit import Visit
from lending.domain.roles import STAFF, Permission
from serving.kpi_spans import EVERY, NAMES, Asked
from serving.kpis import CUTS

PATH = "/staff/applications"
NAME = "Applications"
PERMISSION = Permission.MONITOR_READ
ROLES = STAFF
_CSV = "/staff/applications.csv"
_TEXT = "What was asked of the bank, how it was decided, and where visits stop. Counted as decisions happen."


def layout(visit: Visit) -> Component:
    """The whole page for the span and the filters in the address."""
    ask = visit.ask.kpis
    choices = ask.choices()
    asked = ask.asked(visit.query, choices)
    report = ask.report(asked.span)
    return html.Div([*_top(visit, asked, choices), *_decided(visit, report), *_used(visit, asked, report)])


def blank() -> Component:
    """Nothing here is wired to a callback."""
    return html.Div()


@route(_CSV, permission=PERMISSION)
def download(visit: Visit) -> Response:
    """The figures of the page with the same address, as a file."""
    text = visit.ask.kpis.csv(request.args.to_dict())
    headers = {"Content-Disposition": 'attachment; filename="applications.csv"'}
    return Response(text, content_type="text/csv; charset=utf-8", headers=headers)


def _decided(visit: Visit, report: Mapping[str, Any]) -> list[Component]:
    formats, ask = visit.formats, visit.ask.kpis
    if not report["totals"]["decided"]:
        return [none_decided()]
    titles = ask.titles()
    tables = [
        _card("By loan type", ends_table("Decisions by loan type", "Loan type", report["products"], titles, formats)),
        _card("Why loans were refused", reasons_table(report, ask.reasons(), formats)),
        _card("By channel", ends_table("Decisions by channel", "Channel", report["channels"], {}, formats)),
        _card("By model", ends_table("Decisions by model", "Model", report["models"], {}, formats)),
    ]
    return [kpi_tiles(report, formats), time_charts(report, formats), *tables]


def _used(visit: Visit, asked: Asked, report: Mapping[str, Any]) -> list[Component]:
    """What customers did: the funnel and their applications."""
    drawn = any(one["steps"][0]["visits"] for one in report["funnel"])
    text = "Visits of the portal are counted within a minute; nobody is named."
    none = _card("From arriving to a loan", empty("No visit in this span", text), html.H3)
    funnel = funnel_chart(report, visit.formats) if drawn else none
    unknown = [name for name in ("channel", "model") if getattr(asked.span, name)]
    note = [html.P(f"Visits and applications know no {' and no '.join(unknown)}: here all are counted.",
                   className="note")] if unknown else []  # fmt: skip
    table = _card("What happened to applications", applications_table(report, visit.formats), html.H3)
    return [html.H2("What customers do", className="kpi-part"), *note, html.Div([funnel, table], className="pair")]


def _top(visit: Visit, asked: Asked, choices: Mapping[str, Sequence[str]]) -> list[Component]:
    span, kept = asked.span, {name: visit.query[name] for name in NAMES if name in visit.query}
    wrong = [
        html.P(f"“{kept[name][:20]}” is no {name} here; expected {expected}. The usual one is shown.",
               className="state state-problem", role="status")
        for name, expected in asked.wrong.items()
    ]  # fmt: skip
    chosen = {"product": span.product, "channel": span.channel, "model": span.model, "variant": span.variant,
              "from": span.first.isoformat(), "to": span.last.isoformat(), "by": span.by}  # fmt: skip
    file = html.A("Download as CSV", href=with_query(_CSV, {n: v for n, v in chosen.items() if v}),
                  className="btn btn-secondary", download="applications.csv")  # fmt: skip
    return [head(NAME, _TEXT, file), *wrong, filters(PATH, _choices(visit, choices), chosen)]


def _choices(visit: Visit, choices: Mapping[str, Sequence[str]]) -> Sequence[Choice]:
    titles = visit.ask.kpis.titles()

    def of(name: str, words: str, every: str) -> Choice:
        spelt = str if name == "model" else _spaced  # a version is named as the table and the register name it
        known = [(value, titles.get(value, spelt(value))) for value in choices[f"{name}s"]]
        return Choice(name, words, [(EVERY, every), *known])

    return (
        of("product", "Loan type", "All loan types"), of("channel", "Channel", "All channels"),
        of("model", "Model", "All models"), of("variant", "Variant of a page", "All variants"),
        Choice("from", "From", kind="date"), Choice("to", "To", kind="date"),
        Choice("by", "Cut into", [(cut, f"{cut}s") for cut in CUTS]),
    )  # fmt: skip


def _spaced(value: str) -> str:
    return value.replace("_", " ")


def _card(title: str, content: Component, heading: Callable[[str], Component] = html.H2) -> Component:
    return html.Section([heading(title), content], className="card")


CALLBACKS = ()
ROUTES = (download,)
