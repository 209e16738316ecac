"""A decision as the customer reads it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from dash import html
from dash.development.base_component import Component

from console.components.aria import aria, data
from console.components.chart import Table, chart_card, data_table
from console.components.figures import key_figures
from console.components.findings import findings_panel
from console.queries import crossing_month
from console.theme import BALANCE, INTEREST, figure
from serving.formats import Formats

WORDS = {
    "approve": "Approved in principle",
    "refer": "We need a person to look",
    "decline": "We cannot offer this amount now",
}
_NEXT = {
    "refer": "Someone at the bank reads your request. You do not need to do anything now.",
    "decline": "You can change the amount or the time and ask again.",
}
_METHODS = {"us_actuarial": "by the US actuarial method", "in_kfs": "by the RBI key facts method"}
_MARK = {"approve": "✓", "refer": "…", "decline": "✕"}


def decision(quote: Mapping[str, Any], rows: Sequence[Mapping[str, Any]], formats: Formats) -> Component:
    """Everything about one quote; `rows` is the repayment plan, empty unless approved."""
    parts: list[Component] = [_headline(quote, rows, formats)]
    if rows:
        parts += [_terms(quote, formats), _schedule_chart(rows, formats), _schedule_table(rows, formats)]
    parts.append(findings_panel(quote.get("findings") or [], formats))
    return html.Div(parts, className="decision")


def sentence(quote: Mapping[str, Any], formats: Formats) -> str:
    """The whole cost, to be read aloud: what is borrowed, what is paid back with all fees, and the difference."""
    borrowed, cost = Decimal(quote["amount"]), Decimal(quote["total_cost"])
    return (
        f"You borrow {formats.round_money(borrowed)}, you pay back {formats.round_money(borrowed + cost)} "
        f"over {formats.months(quote['term_months'])}, the loan costs you {formats.round_money(cost)}."
    )


def _headline(quote: Mapping[str, Any], rows: Sequence[Mapping[str, Any]], formats: Formats) -> Component:
    outcome = str(quote["outcome"])
    said = sentence(quote, formats) if rows else _NEXT.get(outcome, "")
    return html.Section(
        [
            html.Div(
                [html.Span(_MARK[outcome], className="outcome-mark", **aria(hidden="true")),
                 html.H2(WORDS[outcome])],
                className="outcome-title",
            ),
            html.P(said, className="lead"),
            *_texts("Why", quote.get("reasons"), html.Ol),
            *_texts("What you can do", quote.get("ways_in"), html.Ul),
            *_texts("What we still need", quote.get("conditions"), html.Ul),
            html.P(_reference(quote, formats), className="reference"),
        ],
        className=f"card outcome outcome-{outcome}",
        **data(announce=f"{WORDS[outcome]}. {said}"),
    )  # fmt: skip


def _reference(quote: Mapping[str, Any], formats: Formats) -> list[Any]:
    until = quote.get("valid_until")
    return ["Reference: ", html.Code(quote["decision_id"]), f" · valid until {formats.day(until)}" if until else ""]


def _texts(title: str, items: Sequence[Mapping[str, Any]] | None, listing: Callable[..., Component]) -> list[Component]:
    if not items:
        return []
    return [html.H3(title), listing([html.Li(item["text"]) for item in items], className="reasons")]


def _terms(quote: Mapping[str, Any], formats: Formats) -> Component:
    method = _METHODS.get(str(quote["apr_method"]), str(quote["apr_method"]).replace("_", " "))
    pairs = [
        ("Monthly payment (EMI)", formats.money(quote["instalment"]), f"for {formats.months(quote['term_months'])}"),
        ("Interest rate", formats.percent(quote["annual_rate"]), "a year, before fees"),
        ("Yearly cost (APR)", formats.percent(quote["apr"]), f"with fees, {method}"),
        ("Interest in total", formats.money(quote["total_interest"]), ""),
    ]
    return html.Section([html.H3("Your terms"), key_figures(pairs), *_fees(quote, formats)], className="card")


_WHEN = {"upfront": "paid at the start", "withheld": "kept back from what we pay out", "financed": "added to the loan"}


def _fees(quote: Mapping[str, Any], formats: Formats) -> list[Component]:
    fees = quote.get("fees") or []
    if not fees:
        return [html.P("There are no fees.", className="note")]
    lines = [
        html.Li([f"{str(fee['code']).replace('_', ' ').capitalize()}: ", html.B(formats.money(fee["amount"])),
                 f", {_WHEN.get(str(fee.get('when')), '')}"])
        for fee in fees
    ]  # fmt: skip
    return [html.H4("Fees"), html.Ul(lines, className="fees")]


def _schedule_chart(rows: Sequence[Mapping[str, Any]], formats: Formats) -> Component:
    months = [int(row["month"]) for row in rows]
    paid = Decimal(0)
    interest: list[float] = []
    for row in rows:
        paid += Decimal(row["interest"])
        interest.append(float(paid))
    traces = [
        _line("Still owed", months, [float(Decimal(row["outstanding"])) for row in rows], BALANCE, fill=True),
        _line("Interest paid so far", months, interest, INTEREST, fill=False),
    ]
    half = crossing_month(rows)
    found = f"Half of the loan is repaid after {formats.months(half)}. In all, interest is {formats.money(paid)}."
    drawn = figure(traces, x="Month", y="", tick_prefix=formats.symbol)
    return chart_card(drawn, "How your loan shrinks", found, plan_table(rows, formats))


def _line(name: str, x: list[int], y: list[float], colour: str, *, fill: bool) -> dict[str, Any]:
    line = {"color": colour, "width": 3, "dash": "solid" if fill else "dot"}
    return {"type": "scatter", "mode": "lines", "name": name, "x": x, "y": y, "line": line,
            "fill": "tozeroy" if fill else "none", "fillcolor": "rgba(58,120,201,0.12)",
            "hovertemplate": "%{y:,.2f}"}  # fmt: skip


def plan_table(rows: Sequence[Mapping[str, Any]], formats: Formats) -> Table:
    """The repayment plan, month by month."""
    keys = ("payment", "interest", "principal", "outstanding")
    return Table(
        "Repayment plan by month",
        ["Month", "Payment", "Interest", "Repaid", "Still owed"],
        [[str(row["month"]), *(formats.money(row[key]) for key in keys)] for row in rows],
        [[str(row["month"]), *(str(row[key]) for key in keys)] for row in rows],
    )


def _schedule_table(rows: Sequence[Mapping[str, Any]], formats: Formats) -> Component:
    """The plan by year, short enough to stand open; the months are under the chart."""
    years = [rows[start : start + 12] for start in range(0, len(rows), 12)]
    shown = [[str(number), *_year(year, formats)] for number, year in enumerate(years, start=1)]
    table = Table("Repayment plan by year", ["Year", "You pay", "Interest", "Repaid", "Still owed"], shown, shown)
    return html.Section([html.H3("Year by year"), data_table(table)], className="card")


def _year(rows: Sequence[Mapping[str, Any]], formats: Formats) -> list[str]:
    sums = [sum((Decimal(row[key]) for row in rows), Decimal(0)) for key in ("payment", "interest", "principal")]
    return [formats.money(value) for value in (*sums, Decimal(rows[-1]["outstanding"]))]
