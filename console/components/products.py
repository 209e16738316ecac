"""Loan types as cards, open or closed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dash import dcc, html
from dash.development.base_component import Component

from console.components.findings import closing_reason
from serving.formats import Formats


def product_cards(products: Sequence[Mapping[str, Any]], formats: Formats) -> Component:
    """All loan types, the open ones first."""
    ordered = sorted(products, key=lambda product: not product["open"])
    return html.Ul([html.Li(_card(product, formats)) for product in ordered], className="product-grid")


def limits_sentence(limits: Mapping[str, Any], formats: Formats) -> str:
    """What can be borrowed, for how long and at which rates."""
    return (
        f"{formats.round_money(limits['amount_min'])} to {formats.round_money(limits['amount_max'])}, "
        f"{formats.months(limits['term_months_min'])} to {formats.months(limits['term_months_max'])}"
    )


def _card(product: Mapping[str, Any], formats: Formats) -> Component:
    is_open = bool(product["open"])
    limits = product["limits"]
    rates = f"{formats.percent(limits['rate_min'])} to {formats.percent(limits['rate_max'])} a year"
    head = html.Div(
        [html.H3(product["name"]), html.Span("Open to you" if is_open else "Not open now", className="badge")],
        className="card-head",
    )
    facts = [html.P(rates, className="rates"), html.P(limits_sentence(limits, formats), className="note")]
    body = _open_part(product) if is_open else _closed_part(product, formats)
    return html.Article([head, *facts, *body], className=f"card product {'is-open' if is_open else 'is-closed'}")


def _open_part(product: Mapping[str, Any]) -> list[Component]:
    return [
        html.Ul([html.Li(_capital(text)) for text in product["benefits"]], className="benefits"),
        _way_to_quote(product, "Get a quote", "btn btn-primary"),
    ]


def _closed_part(product: Mapping[str, Any], formats: Formats) -> list[Component]:
    ways = [html.Li(_capital(text)) for text in product.get("ways_in") or []]
    parts = [
        html.H4("Why"),
        html.Ul([closing_reason(finding, formats) for finding in product["findings"]], className="closing"),
    ]
    if ways:
        parts += [html.H4("Ways in"), html.Ul(ways, className="ways")]
    return [*parts, _way_to_quote(product, "Ask anyway", "btn btn-secondary")]


def _way_to_quote(product: Mapping[str, Any], words: str, look: str) -> Component:
    """A closed loan type can be asked for too: the bank then decides, or a person looks."""
    link = dcc.Link(words, href=f"/loans/{product['product']}", className=look, title=f"{words}: {product['name']}")
    return html.Div(link, className="card-foot")


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
