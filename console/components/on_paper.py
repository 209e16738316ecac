"""A loan paid back otherwise, on paper: what to change, and what it would save."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import dash_bootstrap_components as dbc
from dash import html
from dash.development.base_component import Component

from console.components.aria import aria
from console.components.chart import Table, data_table
from console.queries_what_if import OnPaper
from console.words import Say
from lending.domain.prepayment import Changed
from serving.formats import Formats

KINDS = ("extra", "once", "term")


def paper_form(say: Say, symbol: str) -> Component:
    """The questions; which of them show depends on the kind (`shown_fields`)."""
    _, no_months, no_keep, amount, month = shown_fields(KINDS[0], say)
    return html.Section(
        [
            html.H3(say("quote.paper.title")),
            html.P(say("quote.paper.intro"), className="note"),
            dbc.Form(
                [
                    _choices("paper-kind", say("quote.paper.kind"), [(k, say(f"quote.paper.{k}")) for k in KINDS]),
                    html.Div(
                        [
                            _number("paper-amount", amount, symbol),
                            _number("paper-month", month, value="1"),
                            _number("paper-months", say("quote.paper.months"), hidden=no_months),
                        ],
                        className="paper-numbers",
                    ),
                    html.Div(
                        _choices("paper-keep", say("quote.paper.keep"),
                                 [("instalment", say("quote.paper.keep_instalment")),
                                  ("term", say("quote.paper.keep_term"))]),
                        id="paper-keep-field", hidden=no_keep,
                    ),
                    html.Button(say("quote.paper.ask"), type="submit", className="btn btn-secondary"),
                ],
                id="paper-form", prevent_default_on_submit=True,
            ),
            html.Div(paper_needs(say), id="paper-result", role="status"),
        ],
        className="card on-paper", id="on-paper",
    )  # fmt: skip


def paper_needs(say: Say) -> Component:
    """What stands in place of a result until the bank approves; the page's script takes it away then."""
    return html.P(say("quote.paper.needs"), className="note")


def shown_fields(kind: object, say: Say) -> tuple[bool, bool, bool, str, str]:
    """For a kind: whether to hide the amount, the months and what stays; the words of amount and month."""
    is_term = kind == "term"
    amount = "quote.paper.once_amount" if kind == "once" else "quote.paper.extra_amount"
    month = "quote.paper.month" if kind == "once" else "quote.paper.from"
    return is_term, not is_term, kind != "once", say(amount), say(month)


def paper_answer(found: OnPaper, say: Say, formats: Formats) -> Component:
    """What is saved and when it ends, in one sentence, with the two plans side by side."""
    return html.Div(
        [
            html.P(_sentence(found, say, formats), className="lead"),
            html.P(f"{_charge(found, say, formats)} {say('quote.paper.assumes', day=formats.day(found.day))}",
                   className="note"),
            data_table(_compared(found, say, formats)),
        ]
    )  # fmt: skip


def _sentence(found: OnPaper, say: Say, formats: Formats) -> str:
    changed = found.changed
    amount = formats.money(abs(changed.interest_saved))
    return say(f"quote.paper.{_way(changed)}", saved=amount, cost=amount,
               months=formats.months(abs(changed.months_saved)), day=formats.month(found.end_after))  # fmt: skip


def _way(changed: Changed) -> str:
    """Which of the sentences tells what happened."""
    if not changed.rows:
        return "ends_at_once"
    kind, months = ("saves" if changed.interest_saved >= 0 else "costs"), changed.months_saved
    if months == 0:
        return f"{kind}_same_end"
    return {("saves", False): "saves_later", ("costs", True): "costs_earlier"}.get((kind, months > 0), kind)


def _charge(found: OnPaper, say: Say, formats: Formats) -> str:
    if not found.changed.charge:
        return say("quote.paper.no_charge")
    charge, net = found.changed.charge, found.changed.net_saving
    return say("quote.paper.charge", charge=formats.money(charge), net=formats.money(net))


def _compared(found: OnPaper, say: Say, formats: Formats) -> Table:
    changed = found.changed
    pairs = [
        ("instalment", formats.money(found.loan.due()), formats.money(changed.instalment)),
        ("ends", formats.month(found.end_before), formats.month(found.end_after)),
        ("interest", formats.money(changed.interest_before), formats.money(changed.interest_after)),
    ]
    shown = [[say(f"quote.paper.{name}"), before, after] for name, before, after in pairs]
    heads = [say(f"quote.paper.{name}") for name in ("figure", "now", "then")]
    return Table(say("quote.paper.caption"), heads, shown, shown)


def _choices(name: str, legend: str, options: Sequence[tuple[str, str]]) -> Component:
    radios = dbc.RadioItems(id=name, options=[{"value": v, "label": w} for v, w in options], value=options[0][0],
                            class_name="radios")  # fmt: skip
    return html.Fieldset([html.Legend(legend), radios])


def _number(name: str, label: str, prefix: str = "", *, value: str = "", hidden: bool = False) -> Component:
    mode: Any = "decimal"  # a value of HTML that the annotation of dbc lacks
    box = dbc.Input(id=name, type="text", value=value, inputmode=mode, autocomplete="off", maxlength=20,
                    class_name="form-control")  # fmt: skip
    framed = html.Div([html.Span(prefix, className="affix", **aria(hidden="true")), box], className="box")
    return html.Div(
        [html.Label(label, htmlFor=name, id=f"{name}-label"), framed if prefix else box],
        className="field", id=f"{name}-field", hidden=hidden,
    )  # fmt: skip
