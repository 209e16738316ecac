"""A quote on the terminal: the decision, its offers side by side, plans and alternatives."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console

_TERMS = ("term_months", "annual_rate", "instalment", "apr", "total_interest", "total_cost")
_COMPARED = ("amount", *_TERMS)


def show_quote(console: Console, result: Mapping[str, Any]) -> None:
    """Print a quote result."""
    from rich.table import Table

    console.print(f"[bold]{result['outcome'].upper()}[/bold]  {result['product']}, {result['amount']}")
    table = Table(show_header=False, box=None, pad_edge=False)
    for name in (*_TERMS, "pd"):
        if result.get(name) is not None:
            table.add_row(_words(name), str(result[name]))
    console.print(table)
    for finding in (f for f in result["findings"] if not f["passed"]):
        found = f"{finding['value']} ({finding['operator']} {finding['limit']})"
        console.print(f"  not met: {finding['rule']}: {found}", markup=False)
    for reason in result["reasons"]:
        console.print(f"  reason: {reason['text']}", markup=False)
    _show_offers(console, result["offers"])
    if result["why_fewer_offers"]:
        console.print(f"  {result['why_fewer_offers']['text']}", markup=False)
    _show_plans(console, result)
    versions = f"policy {result['policy_version']}, model {result['model_version']}"
    console.print(f"decision {result['decision_id']}, {versions}")


def _show_offers(console: Console, offers: Sequence[Mapping[str, Any]]) -> None:
    from rich.table import Table

    if not offers:
        return
    table = Table("offers", *(_title(offer) for offer in offers))
    for name in _COMPARED:
        table.add_row(_words(name), *(str(offer[name]) for offer in offers))
    console.print(table)
    for offer in offers:
        for sign, side in (("+", "pros"), ("-", "cons")):
            for point in offer[side]:
                console.print(f"  {_title(offer)} {sign} {point['text']}", markup=False)


def _title(offer: Mapping[str, Any]) -> str:
    return " + ".join(map(_words, offer["goals"])) + (" *" if offer["recommended"] else "")


def _show_plans(console: Console, result: Mapping[str, Any]) -> None:
    if result["why_no_plan"]:
        console.print(f"  no plan: {result['why_no_plan']['text']}", markup=False)
    for plan in result["recourse"]:
        steps = ", ".join(f"{_words(s['action'])} from {s['from']} to {s['to']}" for s in plan["steps"])
        said = "then ask again" if plan["then_ask_again"] else f"gives {plan['gives']['outcome']}"
        console.print(f"  plan: {steps}; costs {plan['cost']}, {plan['months']} months; {said}", markup=False)
    for other in result["alternatives"]:
        figures = f"{other['product']}, {other['amount']} over {other['term_months']} months at {other['instalment']}"
        console.print(f"  instead: {other['text']} ({figures})", markup=False)


def _words(name: str) -> str:
    return name.replace("_", " ")
