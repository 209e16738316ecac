"""One loan type: what it would cost, under the finger; and the bank's decision on it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dash import Input, Output, State, dcc, html, no_update
from dash.development.base_component import Component
from flask import Response, request

from console.callbacks import callback, in_browser
from console.components.aria import aria, data
from console.components.on_paper import paper_answer, paper_form, paper_needs, shown_fields
from console.components.outcome import outcome_panel
from console.components.outcome_links import post_button
from console.components.panel import empty, failed, input_problem
from console.components.products import limits_sentence
from console.components.quote_form import amount_bounds, request_form, term_bounds
from console.components.what_if import live_bar, live_chart, live_map, live_panel
from console.problems import refusal_words
from console.quote_request import NOBODY, problem_words, request_data, tidy
from console.quote_words import script_words
from console.routes import route
from console.visit import Visit
from console.words import Say
from lending.domain.errors import InputError, RefusedError
from lending.domain.roles import Permission
from serving.formats import Formats, formats
from serving.scored import KEPT

PATH = "/loans/<product>"
NAME = "Your quote"
PERMISSION = Permission.QUOTE_OWN
_BLANK: Mapping[str, Any] = {
    "product": "", "name": "", "collateral": "none",
    "limits": {"amount_min": "0", "amount_max": "1", "amount_step": "1", "term_months_min": 0, "term_months_max": 1,
               "term_months_step": 1, "term_months_default": 1, "rate_min": "0", "rate_max": "0"},
}  # fmt: skip
_SHOWN = ("outcome", "product", "amount", "term_months", "annual_rate", "instalment", "apr", "total_cost", "repayment",
          "decision_id", "valid_until")  # fmt: skip
"""What the page's script needs of a decision."""


def layout(visit: Visit, product: str) -> Component:
    """The figures to move, what they would cost, and room for the decision."""
    partners = visit.ask.partners(visit.customer_id)
    return _page(visit.ask.product(visit.customer_id, product), partners, visit.formats, visit.say)


def blank() -> Component:
    """The page without a product, against which the browser checks callbacks."""
    return _page(_BLANK, (), formats("us"), Say())


def _page(product: Mapping[str, Any], partners: Sequence[tuple[str, str]], words: Formats, say: Say) -> Component:
    form = html.Section(request_form(product, partners, words, say), className="card quote-form",
                        **aria(label=say("quote.request")))  # fmt: skip
    return html.Div(
        [
            html.Header(
                [
                    dcc.Link(say("quote.back"), href="/", className="back"),
                    html.H1(product["name"] or say("quote.page"), tabIndex="-1"),
                    html.P(limits_sentence(product["limits"], words), className="note"),
                ],
                className="page-head",
            ),
            html.Div([html.Div(form), html.Div([live_panel(say), live_map(say)], className="quote-side")],
                     className="quote"),
            _answer(say),
            html.Div(_charts(say), className="quote-charts"),
            paper_form(say, words.symbol),
            live_bar(),
            html.Span(id="quote-step", hidden=True, **data(product=product["product"])),
            dcc.Store(id="quote-settings", data=_settings(product, words, say)),
            dcc.Store(id="quote-ready"),
            dcc.Store(id="quote-ask"),
            dcc.Store(id="quote-confirmed"),
        ],
        id="what-if",
    )  # fmt: skip


def _answer(say: Say) -> Component:
    """Room for the bank's answer."""
    waiting = empty(say("quote.result_empty_title"), say("quote.result_empty"))
    former = html.P(say("quote.former"), id="quote-former", className="former", hidden=True)
    parts = [html.H2(say("quote.result_title")), former, html.Div(waiting, id="quote-result")]
    return html.Section(parts, className="quote-answer", **aria(label=say("quote.result_title")))


def _charts(say: Say) -> list[Component]:
    return [
        live_chart("plan", say("quote.plan.title"), say("chart.table"), say("quote.plan.caption"), say),
        live_chart("rates", say("quote.rates.title"), say("chart.table"), say("quote.rates.caption"), say),
    ]


def _settings(product: Mapping[str, Any], words: Formats, say: Say) -> dict[str, Any]:
    """What the script has to know: the product's bounds, how figures are written, and its words."""
    amount, term = amount_bounds(product["limits"]), term_bounds(product["limits"])
    return {
        "product": product["product"],
        "collateral": product.get("collateral") or "none",
        "locale": words.locale.replace("_", "-"),
        "numbers": words.numbers.replace("_", "-"),
        "currency": words.currency,
        "amount": {"least": amount.least, "greatest": amount.greatest, "step": amount.step, "start": amount.start},
        "term": {"least": term.least, "greatest": term.greatest, "step": term.step, "start": term.start},
        "words": script_words(say),
    }


@route("/portal/surface", permission=PERMISSION)
def surface(visit: Visit) -> Response:
    """The signed surface of a product for the customer of the session, to move on."""
    product, collateral, partner = (request.args.get(name, "") for name in ("product", "collateral", "co_applicant"))
    body = visit.ask.what_if.surface(visit.customer_id, product, collateral, "" if partner == NOBODY else partner)
    return Response(body, content_type="application/json")


def _not_confirmed(reference: str) -> tuple[Component, Any, dict[str, Any]]:
    return failed(reference), None, {"failed": True}


@callback(
    Output("quote-result", "children"), Output("quote-actions", "children"), Output("quote-confirmed", "data"),
    Input("quote-ask", "data"),
    permission=PERMISSION, on_failure=_not_confirmed, prevent_initial_call=True,
)  # fmt: skip
def confirm(visit: Visit, asked: Any) -> tuple[Any, Any, Any]:
    """The bank's decision on a point, with the number of the question; what it does not decide comes back as words."""
    if asked is None:
        return no_update, no_update, no_update
    number = asked.get("seq") if isinstance(asked, Mapping) else None
    try:
        result = visit.ask.what_if.decide(visit.customer_id, visit.account.username, request_data(asked))
    except InputError as error:
        return input_problem(problem_words(error, visit.say)), None, {"seq": number, "refused": True}
    except RefusedError as error:
        kept = error.code == KEPT
        return _not_decided(error, kept, visit.say), None, {"seq": number, "refused": True, "kept": kept}
    return outcome_panel(result, visit), _actions(result, visit.say), confirmed(result, number)


def _not_decided(error: RefusedError, kept: bool, say: Say) -> Component:
    """Why there is no decision now, and where the answer to a request that was kept will be found."""
    parts = [html.P(refusal_words(error, say))]
    if kept:
        link = dcc.Link(say("quote.kept.messages"), href="/messages")
        parts = [html.P(say("quote.kept.title"), className="state-title"), *parts, html.P(say("quote.kept.more")), link]
    return html.Div(parts, className="state state-empty", role="status")


def confirmed(result: Mapping[str, Any], number: Any) -> dict[str, Any]:
    """What the page shows of a decision at once, and the points that the bank suggests."""
    decision = result["decision"]
    keys = ("amount", "term_months", "annual_rate")
    suggested = [{key: offer[key] for key in keys} for offer in result["recommended"]]
    return {"seq": number, **{name: decision[name] for name in _SHOWN}, "suggested": suggested}


def _actions(result: Mapping[str, Any], say: Say) -> Component | None:
    """The way on from a decision: apply where the bank approves, ask a person where one has to look."""
    decision, own = result["decision"], result["own"]
    if decision["outcome"] == "approve" and own:
        button = post_button("/portal/apply", {"offer_id": own["offer_id"]}, say("quote.apply"), "btn-primary btn-wide")
        return html.Div([button, html.P(say("quote.apply_hint"), className="hint")])
    if decision["outcome"] == "refer":
        return post_button("/portal/apply", {"decision_id": decision["decision_id"]}, say("quote.person"),
                           "btn-primary btn-wide")  # fmt: skip
    return None


@callback(
    Output("paper-amount-field", "hidden"), Output("paper-months-field", "hidden"),
    Output("paper-keep-field", "hidden"), Output("paper-amount-label", "children"),
    Output("paper-month-label", "children"), Output("paper-result", "children", allow_duplicate=True),
    Input("paper-kind", "value"),
    State("quote-confirmed", "data"),
    permission=PERMISSION, on_failure=lambda _reference: (no_update,) * 6, prevent_initial_call=True,
)  # fmt: skip
def show_fields(visit: Visit, kind: Any, decided: Any) -> tuple[bool, bool, bool, str, str, Component | None]:
    """The questions that belong to a way of paying otherwise; what was worked out for another way goes."""
    return *shown_fields(kind, visit.say), None if _approved(decided) else paper_needs(visit.say)


def _approved(decided: Any) -> bool:
    return isinstance(decided, Mapping) and decided.get("outcome") == "approve"


@callback(
    Output("paper-result", "children"),
    Input("paper-form", "n_submit"),
    State("quote-confirmed", "data"), State("paper-kind", "value"), State("paper-amount", "value"),
    State("paper-month", "value"), State("paper-months", "value"), State("paper-keep", "value"),
    permission=PERMISSION, prevent_initial_call=True,
)  # fmt: skip
def work_out(visit: Visit, submits: Any, decided: Any, kind: Any, amount: Any, month: Any, months: Any,
             keep: Any) -> Any:  # fmt: skip
    """What paying the confirmed loan otherwise would save; nothing is recorded."""
    if not submits:
        return no_update
    if not _approved(decided):
        return paper_needs(visit.say)
    change = {"kind": kind, "amount": tidy(amount), "month": tidy(month), "months": tidy(months), "keep": keep}
    try:
        found = visit.ask.what_if.on_paper(str(decided.get("product")), decided, change)
    except InputError as error:
        return input_problem(paper_problem(error, decided, visit.say))
    return paper_answer(found, visit.say, visit.formats)


def paper_problem(error: InputError, decided: Mapping[str, Any], say: Say) -> str:
    """What to change about a way of paying otherwise."""
    by_field = {"month": "wrong_month", "amount": "wrong_amount", "extra": "wrong_amount",
                "remaining_months": "wrong_months", "repayment": "wrong_bullet", "keep": "wrong_bullet"}  # fmt: skip
    last = int(decided.get("term_months") or 2) - 1
    return say(f"quote.paper.{by_field.get(error.field, 'wrong_amount')}", last=last)


ROUTES = (surface,)
CALLBACKS = (
    confirm,
    show_fields,
    work_out,
    # Dash calls what has an output as soon as the page is drawn; without one it would wait for a change.
    in_browser("what_if_enter", Output("quote-ready", "data"), Input("quote-settings", "data"), permission=PERMISSION),
    in_browser("what_if_confirmed", Input("quote-confirmed", "data"), permission=PERMISSION, prevent_initial_call=True),
)
