"""Loans near a refused wish that would be approved, each with a button that leads there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dash import html
from dash.development.base_component import Component

from console.components.aria import aria
from console.components.outcome_links import request_link
from console.components.outcome_words import named, product_name, setting
from console.visit import Visit

Alternative = Mapping[str, Any]


def alternatives_section(result: Mapping[str, Any], visit: Visit) -> Component | None:
    """All alternatives as cards; None where there are none."""
    if not result["alternatives"]:
        return None
    return html.Section(
        [
            html.H3(visit.say("outcome.refused.alternatives"), id="alternatives-title"),
            html.P(visit.say("outcome.refused.alternatives_lead"), className="finding"),
            html.Ul([html.Li(_card(one, visit)) for one in result["alternatives"]], className="offer-grid"),
        ],
        **aria(labelledby="alternatives-title"),
    )


def _card(one: Alternative, visit: Visit) -> Component:
    say, write, title = visit.say, visit.formats, _title(one, visit)
    figures = say(
        "outcome.alternative.figures", amount=write.round_money(one["amount"]), time=write.months(one["term_months"])
    )
    link = request_link(one, say("outcome.refused.take"), say("outcome.refused.take_name", what=title))
    return html.Article(
        [html.H4(title), html.P(figures, className="rates"), *_payment(one, visit), *_needs(one, visit),
         html.Div(link, className="acts")],
        className="card offer",
    )  # fmt: skip


def _title(one: Alternative, visit: Visit) -> str:
    if one["kind"] == "other_product":
        return product_name(visit, str(one["product"]))
    return named(visit.say, "alternative", str(one["kind"]))


def _payment(one: Alternative, visit: Visit) -> list[Component]:
    if one["instalment"] is None or one["annual_rate"] is None:
        return []
    instalment, rate = visit.formats.money(one["instalment"]), visit.formats.rate(one["annual_rate"])
    return [html.P(visit.say("outcome.alternative.payment", instalment=instalment, rate=rate))]


def _needs(one: Alternative, visit: Visit) -> list[Component]:
    """Who signs, and what secures it."""
    say, write, item = visit.say, visit.formats, one["collateral"] or {}
    found: list[str] = []
    if one["co_applicant"]:
        found.append(say("outcome.action.co_applicant", to=setting(visit, "co_applicant", one["co_applicant"])))
    if item.get("weight_g"):
        figures = {name: write.number(item[name]) for name in ("weight_g", "purity_k")}
        found.append(say("outcome.alternative.gold", **figures))
    if item.get("value"):
        found.append(say("outcome.alternative.security", value=write.round_money(item["value"])))
    return [html.P(text, className="note") for text in found]
