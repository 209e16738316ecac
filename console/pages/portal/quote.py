"""One loan type: amount and time in, the bank's decision out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import dash_bootstrap_components as dbc
from dash import Input, Output, State, dcc, html
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from console.callbacks import callback, in_browser
from console.components.aria import aria
from console.components.decision import decision
from console.components.fields import Bounds, choice_field, stepper, stepper_wiring, text_field
from console.components.panel import empty, input_problem
from console.components.products import limits_sentence
from console.queries import approved
from console.visit import Visit
from lending.domain.errors import InputError
from lending.domain.roles import Permission
from serving.formats import Formats, formats

PATH = "/loans/<product>"
NAME = "Your quote"
PERMISSION = Permission.QUOTE_OWN
_VALUE_LABELS = {"property": "What is the home worth?", "vehicle": "What is the car worth?"}
_VALUE_HINTS = {
    "property": "An appraiser confirms it later.",
    "vehicle": "Only if the car secures the loan; otherwise leave this empty.",
}
_NOBODY = "-"  # an empty value would leave the select without a shown choice
_KARATS = [("24", "24 karat (pure)"), ("22", "22 karat"), ("18", "18 karat")]
_BLANK: Mapping[str, Any] = {
    "product": "", "name": "", "collateral": "none",
    "limits": {"amount_min": "0", "amount_max": "1", "amount_step": "1", "term_months_min": 0, "term_months_max": 1,
               "term_months_step": 1, "term_months_default": 1, "rate_min": "0", "rate_max": "0"},
}  # fmt: skip


def layout(visit: Visit, product: str) -> Component:
    """The form with the product's limits, and room for the decision."""
    partners = visit.ask.partners(visit.customer_id)
    return _page(visit.ask.product(visit.customer_id, product), partners, visit.formats)


def blank() -> Component:
    """The page without a product, against which the browser checks callbacks."""
    return _page(_BLANK, (), formats("us"))


def _page(product: Mapping[str, Any], partners: Sequence[tuple[str, str]], words: Formats) -> Component:
    return html.Div(
        [
            html.Header(
                [
                    dcc.Link("← All loans", href="/", className="back"),
                    html.H1(product["name"] or NAME, tabIndex="-1"),
                    html.P(limits_sentence(product["limits"], words), className="note"),
                ],
                className="page-head",
            ),
            html.Div(
                [
                    html.Section(_form(product, partners, words), className="card quote-form",
                                 **aria(label="Your request")),
                    html.Div(
                        empty("Your decision appears here", "Choose an amount and a time, then press See my decision."),
                        id="quote-result", className="quote-result",
                    ),
                ],
                className="quote",
            ),
            dcc.Store(id="quote-product", data=product["product"]),
        ]
    )  # fmt: skip


def _form(product: Mapping[str, Any], partners: Sequence[tuple[str, str]], words: Formats) -> Component:
    limits, kind = product["limits"], product.get("collateral") or "none"
    amount_hint = f"Between {words.round_money(limits['amount_min'])} and {words.round_money(limits['amount_max'])}."
    term_hint = (
        f"Between {words.months(limits['term_months_min'])} and {words.months(limits['term_months_max'])}, in months."
    )
    start = partners[0][0] if partners and product.get("needs_co_applicant") else _NOBODY
    return dbc.Form(
        [
            stepper("amount", "How much do you want to borrow?", amount_hint, _amount_bounds(limits), words.symbol),
            stepper("term", "How long do you want to pay?", term_hint, _term_bounds(limits), suffix="months"),
            *_collateral_fields(kind, words),
            choice_field("co-applicant", "Does somebody sign with you?", [(_NOBODY, "Nobody"), *partners], first=start,
                         hidden=not partners),
            dcc.Store(id="collateral-kind", data=kind),
            html.Button("See my decision", type="submit", className="btn btn-primary btn-wide"),
            html.P("You can ask as often as you like.", className="hint"),
        ],
        id="quote-form", prevent_default_on_submit=True,
    )  # fmt: skip


def _collateral_fields(kind: str, words: Formats) -> list[Component]:
    return [
        text_field("gold-weight", "How much does the gold weigh?", "In grams, such as 120.5", hidden=kind != "gold"),
        choice_field("gold-purity", "How pure is it?", _KARATS, first="22", hidden=kind != "gold"),
        text_field("collateral-value", _VALUE_LABELS.get(kind, "What is it worth?"), _VALUE_HINTS.get(kind, ""),
                   hidden=kind not in _VALUE_LABELS, prefix=words.symbol),
    ]  # fmt: skip


def _amount_bounds(limits: Mapping[str, Any]) -> Bounds:
    least, greatest = int(Decimal(limits["amount_min"])), int(Decimal(limits["amount_max"]))
    step = max(1, int(Decimal(limits["amount_step"])))
    quarter = least + (greatest - least) // 4 // step * step
    return Bounds(least, greatest, step, quarter)


def _term_bounds(limits: Mapping[str, Any]) -> Bounds:
    return Bounds(limits["term_months_min"], limits["term_months_max"], max(1, limits["term_months_step"]),
                  limits["term_months_default"])  # fmt: skip


@callback(
    Output("quote-result", "children"),
    Input("quote-form", "n_submit"),
    State("quote-product", "data"), State("amount", "value"), State("term", "value"),
    State("collateral-kind", "data"), State("gold-weight", "value"), State("gold-purity", "value"),
    State("collateral-value", "value"), State("co-applicant", "value"),
    permission=PERMISSION, prevent_initial_call=True,
)  # fmt: skip
def show_decision(visit: Visit, submits: Any, product: Any, amount: Any, term: Any, kind: Any, weight: Any,
                  purity: Any, value: Any, co_applicant: Any) -> Component:  # fmt: skip
    """The bank's decision on what was entered; wrong input comes back as words on what to change."""
    if not submits:
        raise PreventUpdate
    asked = request_data(product, amount, term, collateral_data(kind, weight, purity, value), co_applicant)
    try:
        quote = visit.ask.quote(visit.customer_id, visit.account.username, asked)
    except InputError as error:
        return input_problem(problem_words(error))
    rows = visit.ask.schedule(quote) if approved(quote) else []
    return decision(quote, rows, visit.formats)


def request_data(product: Any, amount: Any, term: Any, collateral: Any, co_applicant: Any) -> dict[str, Any]:
    """The request in the shape the strict parser reads. Typed text is tidied (spaces, grouping), never guessed."""
    data: dict[str, Any] = {"product": product, "amount": tidy(amount), "term_months": whole(term)}
    if collateral:
        data["collateral"] = collateral
    if co_applicant and co_applicant != _NOBODY:
        data["co_applicant"] = tidy(co_applicant)
    return data


def collateral_data(kind: Any, weight: Any, purity: Any, value: Any) -> dict[str, Any] | None:
    """What secures the loan, as entered; None when the loan type needs nothing or nothing was entered."""
    if kind == "gold" and weight:
        return {"kind": "gold", "weight_g": tidy(weight), "purity_k": tidy(purity)}
    if kind in _VALUE_LABELS and value:
        return {"kind": kind, "value": tidy(value)}
    return None


def tidy(entered: Any) -> Any:
    """Text without spaces, currency signs and grouping commas; other types are left for the parser to refuse."""
    if not isinstance(entered, str):
        return entered
    return entered.strip().removeprefix("$").removeprefix("₹").replace(",", "").replace("\u00a0", "").strip()


def whole(entered: Any) -> Any:
    """Digits as a whole number; anything else is left for the parser to refuse."""
    text = tidy(entered)
    return int(text) if isinstance(text, str) and text.isascii() and text.isdigit() and len(text) <= 6 else text


def problem_words(error: InputError) -> str:
    """What to change, from the parser's error."""
    listed: list[Mapping[str, str]] = getattr(error, "errors", None) or [error.as_dict()]
    return " ".join(_one_problem(item) for item in listed[:3])


def _one_problem(item: Mapping[str, str]) -> str:
    return _ADVICE.get(item.get("field", "")) or item.get("do") or "Check what you entered and try again."


_ADVICE = {
    "amount": "Enter an amount above zero with at most two decimals, such as 12,500.",
    "term_months": "Enter the time as a whole number of months, such as 36.",
    "collateral.value": "Enter what it is worth as a number above zero, such as 30,000.",
    "collateral.weight_g": "Enter the weight in grams, such as 120.5.",
    "collateral.purity_k": "Choose how pure the gold is.",
    "co_applicant": "Choose somebody who agreed to sign with you.",
}

CALLBACKS = (
    show_decision,
    stepper_wiring("amount"),
    stepper_wiring("term"),
    in_browser("announce", Input("quote-result", "children"), permission=PERMISSION, prevent_initial_call=True),
)
