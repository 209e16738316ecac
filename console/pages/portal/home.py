"""The customer's start page: what the bank knows, which loans are open, and how far the first training is."""

from __future__ import annotations

from typing import Any

from dash import Input, Output, dcc, html, no_update
from dash.development.base_component import Component

from console.callbacks import callback
from console.components.aria import aria
from console.components.panel import empty, waiting
from console.components.products import product_cards
from console.components.progress import training_panel
from console.visit import Visit
from lending.domain.application import Applicant
from lending.domain.roles import Permission
from serving.formats import Formats

PATH = "/"
NAME = "Your loans"
PERMISSION = Permission.QUOTE_OWN
_TICK_MS = 2000


def layout(visit: Visit) -> Component:
    """The page with waiting panels; the callbacks below fill them."""
    first_name = visit.account.display_name.split(" ")[0]
    return _page(f"Hello, {first_name}")


def blank() -> Component:
    """The page without anybody's data, against which the browser checks callbacks."""
    return _page(NAME)


def _page(title: str) -> Component:
    return html.Div(
        [
            html.Header([html.H1(title, tabIndex="-1"), html.Div(waiting(48), id="profile")], className="page-head"),
            html.Div(id="training", role="status"),
            dcc.Interval(id="training-tick", interval=_TICK_MS),
            html.Section(
                [html.H2("Loans at this bank", id="products-title"), html.Div(waiting(420), id="products")],
                **aria(labelledby="products-title"),
            ),
        ]
    )


@callback(Output("profile", "children"), Input("location", "pathname"), permission=PERMISSION)
def show_profile(visit: Visit, _path: str) -> Component:
    """What the bank holds about the customer, in one line."""
    return profile_line(visit.ask.profile(visit.customer_id), visit.formats)


@callback(Output("products", "children"), Input("location", "pathname"), permission=PERMISSION)
def show_products(visit: Visit, _path: str) -> Component:
    """Every loan type, open or closed with its reasons."""
    products = visit.ask.products(visit.customer_id)
    if not products:
        return empty("No loan types yet", "Loan types appear here once the bank has published them.")
    return product_cards(products, visit.formats)


@callback(
    Output("training", "children"), Output("training-tick", "disabled"), Input("training-tick", "n_intervals"),
    permission=PERMISSION, on_failure=lambda _reference: (no_update, False),
)  # fmt: skip
def show_training(visit: Visit, _ticks: int | None) -> tuple[Any, bool]:
    """Progress of the first training; asking stops once a model decides."""
    training = visit.ask.training()
    return training_panel(training, visit.formats), training.state == "ready"


def profile_line(person: Applicant, formats: Formats) -> Component:
    """Income, debts, score and employment as the bank's records have them."""
    known = [
        ("Monthly income", person.gross_monthly_income, formats.round_money),
        ("Monthly debt payments", person.monthly_obligations, formats.round_money),
        ("Credit score", person.credit_score, formats.number),
    ]
    pairs = [(name, "not known" if value is None else write(value)) for name, value, write in known]
    pairs.append(("Work", person.employment_status.replace("_", " ")))
    items = [html.Div([html.Dt(name), html.Dd(value)]) for name, value in pairs]
    return html.Div([html.P("What we know about you", className="hint"), html.Dl(items)], className="profile")


CALLBACKS = (show_profile, show_products, show_training)
