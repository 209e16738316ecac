"""Around a step of an application: how far one is, and the loan it is about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dash import dcc, html
from dash.development.base_component import Component

from console.components.apply_fields import worded
from console.components.aria import aria
from console.components.outcome_words import product_name
from console.visit import Visit
from console.words import Say

Record = Mapping[str, Any]
CHECK, PAPERS = "check", "papers"
"""The last step, check your answers and send, and the one of the papers."""


def address(application: Record, step: str) -> str:
    """Where a step is asked."""
    return f"/apply/{application['application_id']}/{step}"


def steps_of(application: Record) -> list[Record]:
    """The steps that ask something of this customer."""
    return [step for step in application["steps"] if step["fields"] or step["step"] in (PAPERS, CHECK)]


def next_step(application: Record) -> str:
    """Where to go on: the first step that still lacks something, or the check."""
    return next((str(step["step"]) for step in steps_of(application) if not step["done"]), CHECK)


def blocking_step(application: Record) -> str:
    """The first step without which the application cannot be sent; "" where none is. Papers may follow later."""
    open_ones = [str(step["step"]) for step in steps_of(application) if not step["done"]]
    return next((name for name in open_ones if name not in (PAPERS, CHECK)), "")


def progress(application: Record, here: str, say: Say) -> Component:
    """Where one stands: a sentence, a bar, and the steps by name; those that are done can be opened."""
    steps = steps_of(application)
    names = [str(step["step"]) for step in steps]
    at = names.index(here) + 1
    title = worded(say, str(steps[at - 1]["title_key"]))
    return html.Nav(
        [
            html.Label(say("apply.progress", step=at, steps=len(steps), title=title), htmlFor="apply-progress",
                       className="progress-text"),
            html.Progress(id="apply-progress", value=str(at), max=str(len(steps))),
            html.Ol([_step(application, step, here, say) for step in steps], className="steps"),
        ],
        className="apply-progress", **aria(label=say("apply.steps")),
    )  # fmt: skip


def _step(application: Record, step: Record, here: str, say: Say) -> Component:
    title, name = worded(say, str(step["title_key"])), str(step["step"])
    if name == here:
        return html.Li(html.Span(title, **aria(current="step")), className="is-here")
    if step["done"]:
        done = html.Span(say("apply.done"), className="visually-hidden")
        return html.Li(dcc.Link([title, " ", done], href=address(application, name)), className="is-done")
    return html.Li(title, className="is-ahead")


def summary(application: Record, visit: Visit) -> Component:
    """The loan that is applied for, always in view."""
    say, words, offer = visit.say, visit.formats, application.get("offer")
    name = product_name(visit, str(application["product"]))
    head = [html.H2(say("apply.summary.title"), className="summary-title"), html.P(name, className="summary-product")]
    body = _offer_lines(offer, visit) if offer else [html.P(say("apply.summary.person_first"), className="note")]
    until = (offer or {}).get("valid_until")
    foot = [html.P(say("apply.summary.until", day=words.day(until)), className="note")] if until else []
    return html.Aside([*head, *body, *foot], className="card apply-summary", **aria(label=say("apply.summary.title")))


def _offer_lines(offer: Record, visit: Visit) -> list[Component]:
    say, words = visit.say, visit.formats
    pairs: Sequence[tuple[str, str]] = (
        ("amount", words.round_money(offer["amount"])),
        ("one_payment" if offer["repayment"]["kind"] == "bullet" else "instalment", words.money(offer["instalment"])),
        ("term", words.months(offer["term_months"])),
        ("rate", words.rate(offer["annual_rate"])),
        ("apr", words.rate(offer["apr"])),
        ("cost", words.money(offer["total_cost"])),
    )
    lines = [
        html.Div([html.Dt(say(f"apply.summary.{key}")), html.Dd(value)], className=f"line line-{key}")
        for key, value in pairs
    ]
    return [html.Dl(lines, className="summary-lines")]
