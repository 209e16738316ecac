"""Buttons that lead on from a decision: to a loan's page with a request filled in, or to a form of ours."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import dash_bootstrap_components as dbc
from dash import html
from dash.development.base_component import Component

from console.components.aria import aria, data


def request_link(ask: Mapping[str, Any], text: str, name: str, *, keep: bool = False) -> Component:
    """A button that takes the customer's page to a request; a plain link where no script listens.

    Args:
        ask: `{product, amount, term_months, co_applicant?, collateral?}` as an alternative states it.
        text: on the button.
        name: what a screen reader says instead, since several buttons say the same.
        keep: what the page's address says beside this still holds, such as what secures the loan.
    """
    amount, term = plain_amount(str(ask["amount"])), str(ask["term_months"])
    marks = data(keep_request="") if keep else {}
    marks |= {} if _more(ask) else data(take_amount=amount, take_term=term, take_product=str(ask["product"]))
    return html.A(text, href=request_address(ask), className="btn btn-secondary", **marks, **aria(label=name))


def request_address(ask: Mapping[str, Any]) -> str:
    """The address of a loan's page with a request, as `request_link` takes one, filled in."""
    asked = {"amount": plain_amount(str(ask["amount"])), "term": str(ask["term_months"]), **_more(ask)}
    return f"/loans/{ask['product']}?{urlencode(asked)}"


def plain_amount(amount: str) -> str:
    """Money without cents that are zero, as an address carries it.

    >>> plain_amount("20000.00"), plain_amount("20000.50")
    ('20000', '20000.50')
    """
    return amount.removesuffix(".00")


def hidden(name: str, value: str) -> Component:
    """A value that a form sends and nobody sees."""
    return dbc.Input(type="hidden", name=name, value=value)


def post_button(address: str, values: Mapping[str, str], text: str, look: str, name: str | None = None) -> Component:
    """A form of one button: works without a script, and sends what it holds to a route of ours."""
    label = aria(label=name) if name else {}
    button = html.Button(text, type="submit", className=f"btn {look}", **label)
    return html.Form([*(hidden(key, value) for key, value in values.items()), button], action=address, method="POST")


def _more(ask: Mapping[str, Any]) -> dict[str, str]:
    """Who signs and what secures it, as the loan's page reads them from its address."""
    item: Mapping[str, Any] = ask.get("collateral") or {}
    found = {name: str(item[name]) for name in ("weight_g", "purity_k", "value") if item.get(name)}
    return {**({"co_applicant": str(ask["co_applicant"])} if ask.get("co_applicant") else {}), **found}
