"""How generated texts do: written by whom, stopped by which checks, how long they take, what readers say."""

from __future__ import annotations

from dash import html
from dash.development.base_component import Component

from console.components.language import (
    asked_table,
    complaints_table,
    failures_table,
    indexes_table,
    language_tiles,
    prompts_table,
)
from console.components.language_charts import language_charts
from console.components.panel import empty
from console.components.staff import Choice, filters, head
from console.queries_language import LanguageView
from console.visit import Visit
from lending.domain.roles import STAFF, Permission
from serving.language_quality import BYS, SPANS

PATH = "/staff/language"
NAME = "Language"
PERMISSION = Permission.MONITOR_READ
ROLES = STAFF
_TEXT = "Texts that templates and models wrote, what the checks stopped, and what readers say."


def layout(visit: Visit) -> Component:
    """The whole page for the span in the address."""
    ask = visit.ask.language
    view = ask.view(visit.query)
    report, formats = ask.report(view), visit.formats
    complaints = _card("The latest thumbs down", complaints_table(ask.complaints(view, visit.account), formats))
    if not report["totals"]["texts"]:
        none = empty(
            "No text was written in this span", "Texts appear here when a customer asks why, or the assistant."
        )
        return html.Div([*_top(view), none, complaints])
    return html.Div(
        [
            *_top(view),
            language_tiles(report["totals"], ask.rules, formats),
            complaints,
            language_charts(report, formats),
            html.Div([_card("What the checks stopped", failures_table(report["failures"], formats)),
                      _card("Asked and cited most", asked_table(report["asked"], formats))], className="pair"),
            _card("By kind, prompt and model", prompts_table(report["prompts"], formats)),
            _card("Documents that answers lean on", indexes_table(report, formats)),
        ]
    )  # fmt: skip


def blank() -> Component:
    """Nothing here is wired to a callback."""
    return html.Div()


def _top(view: LanguageView) -> list[Component]:
    spans = Choice("days", "Look back", [(str(days), f"{days} days") for days in SPANS])
    cut = Choice("by", "Cut into", [(by, f"{by}s") for by in BYS])
    trouble = [html.P(view.trouble, className="state state-problem", role="status")] if view.trouble else []
    return [head("Language", _TEXT), *trouble, filters(PATH, (spans, cut), {"days": str(view.days), "by": view.by})]


def _card(title: str, content: Component) -> Component:
    return html.Section([html.H2(title), content], className="card")


CALLBACKS = ()
