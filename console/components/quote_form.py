"""The request on the page of one loan type: fields with hints, limits, and room for what is wrong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import dash_bootstrap_components as dbc
from dash import html
from dash.development.base_component import Component

from console.components.fields import Bounds, choice_field, stepper, text_field
from console.quote_request import NOBODY
from console.words import Say
from serving.formats import Formats

_SECURITIES = ("property", "vehicle")
_KARATS = ("24", "22", "18")


def request_form(
    product: Mapping[str, Any], partners: Sequence[tuple[str, str]], words: Formats, say: Say
) -> Component:
    """Amount, time, what secures the loan and who signs, each with room for what is wrong with it."""
    limits, kind = product["limits"], product.get("collateral") or "none"
    money = {name: words.round_money(limits[f"amount_{end}"]) for name, end in (("least", "min"), ("most", "max"))}
    months = {name: words.months(limits[f"term_months_{end}"]) for name, end in (("least", "min"), ("most", "max"))}
    start = partners[0][0] if partners and product.get("needs_co_applicant") else NOBODY
    return dbc.Form(
        [
            stepper("amount", say("quote.amount.label"), say("quote.amount.hint", **money), amount_bounds(limits),
                    words.symbol),
            _problem("amount"),
            stepper("term", say("quote.term.label"), say("quote.term.hint", **months), term_bounds(limits),
                    suffix=say("quote.term.unit")),
            _problem("term"),
            *_collateral_fields(kind, words, say),
            choice_field("co-applicant", say("quote.partner.label"), [(NOBODY, say("quote.partner.nobody")), *partners],
                         first=start, hidden=not partners),
            html.Button(say("quote.ask"), type="submit", id="quote-submit", className="btn btn-primary btn-wide"),
            html.P(say("quote.ask_hint"), className="hint"),
        ],
        id="quote-form", prevent_default_on_submit=True,
    )  # fmt: skip


def _problem(name: str) -> Component:
    """What is wrong with a field; the script fills it and ties it to the box."""
    return html.P(id=f"{name}-problem", className="field-problem", hidden=True)


def _collateral_fields(kind: str, words: Formats, say: Say) -> list[Component]:
    known = kind if kind in _SECURITIES else "other"
    karats = [(karat, say(f"quote.gold.karat_{karat}")) for karat in _KARATS]
    hint = say(f"quote.value.{known}_hint") if known != "other" else ""
    return [
        text_field("gold-weight", say("quote.gold.weight"), say("quote.gold.weight_hint"), hidden=kind != "gold"),
        _problem("gold-weight"),
        choice_field("gold-purity", say("quote.gold.purity"), karats, first="22", hidden=kind != "gold"),
        text_field("collateral-value", say(f"quote.value.{known}"), hint, hidden=known == "other", prefix=words.symbol),
        _problem("collateral-value"),
    ]


def amount_bounds(limits: Mapping[str, Any]) -> Bounds:
    """The product's amounts in whole units, beginning at a quarter."""
    least, greatest = int(Decimal(limits["amount_min"])), int(Decimal(limits["amount_max"]))
    step = max(1, int(Decimal(limits["amount_step"])))
    quarter = least + (greatest - least) // 4 // step * step
    return Bounds(least, greatest, step, quarter)


def term_bounds(limits: Mapping[str, Any]) -> Bounds:
    """The product's months."""
    return Bounds(limits["term_months_min"], limits["term_months_max"], max(1, limits["term_months_step"]),
                  limits["term_months_default"])  # fmt: skip
