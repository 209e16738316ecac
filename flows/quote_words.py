"""A quote on the terminal: the decision, its offers side by side, plans and alternatives."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console

    from serving.formats import Formats

_MONEY = ("amount", "instalment", "total_interest", "total_cost")
_TERMS = ("term_months", "annual_rate", "instalment", "apr", "total_interest", "total_cost")
_COMPARED = ("amount", *_TERMS)
_SAYS = {"at_least": "at least", "at_most": "at most", "one_of": "must be one of", "none_of": "must not be"}

_ACTS = {
    "repay_debt": "repay debt, monthly debts",
    "larger_deposit": "larger deposit, amount",
    "reduce_utilisation": "pay down credit lines",
}


def show_quote(console: Console, result: Mapping[str, Any], market: str) -> None:
    """Print a quote result; money and rates as people of the market write them."""
    from rich.table import Table

    from serving.formats import formats

    write = formats(market)
    asked = f"{result['product']}, {write.round_money(result['amount'])}"
    console.print(f"[bold]{result['outcome'].upper()}[/bold]  {asked}")
    table = Table(show_header=False, box=None, pad_edge=False)
    for name in (*_TERMS, "pd"):
        if result.get(name) is not None:
            table.add_row(_words(name), _figure(name, result[name], write))
    console.print(table)
    for finding in (f for f in result["findings"] if not f["passed"]):
        console.print(f"  not met: {finding['rule']}: {_found(finding, write)}", markup=False)
    for reason in result["reasons"]:
        console.print(f"  reason: {reason['text']}", markup=False)
    for condition in result["conditions"] if result["outcome"] == "approve" else ():
        console.print(f"  before we pay out: {condition['text']}", markup=False)
    _show_offers(console, result["offers"], write)
    if result["why_fewer_offers"]:
        console.print(f"  {result['why_fewer_offers']['text']}", markup=False)
    _show_plans(console, result, write)
    versions = f"policy {result['policy_version']}, model {result['model_version']}"
    console.print(f"decision {result['decision_id']}, {versions}")


def _figure(name: str, value: Any, write: Formats) -> str:
    if name in _MONEY:
        return write.money(value)
    return str(value) if name == "term_months" else write.rate(value)


def _found(finding: Mapping[str, Any], write: Formats) -> str:
    found, limit = (write.quantity(finding[side], finding["unit"]) for side in ("value", "limit"))
    return f"{found} ({_SAYS.get(finding['operator'], finding['operator'])} {limit})"


def _show_offers(console: Console, offers: Sequence[Mapping[str, Any]], write: Formats) -> None:
    from rich.table import Table

    if not offers:
        return
    table = Table("offers", *(_title(offer) for offer in offers))
    for name in _COMPARED:
        table.add_row(_words(name), *(_figure(name, offer[name], write) for offer in offers))
    console.print(table)
    for offer in offers:
        for sign, side in (("+", "pros"), ("-", "cons")):
            for point in offer[side]:
                console.print(f"  {_title(offer)} {sign} {point['text']}", markup=False)


def _title(offer: Mapping[str, Any]) -> str:
    return " + ".join(map(_words, offer["goals"])) + (" *" if offer["recommended"] else "")


def _show_plans(console: Console, result: Mapping[str, Any], write: Formats) -> None:
    if result["why_no_plan"]:
        console.print(f"  no plan: {result['why_no_plan']['text']}", markup=False)
    for plan in result["recourse"]:
        steps = " and ".join(_step(step, write) for step in plan["steps"])
        takes = ", ".join([f"costs {write.money(plan['cost'])}", *_wait(plan["months"], write)])
        said = "then ask again" if plan["then_ask_again"] else f"gives {plan['gives']['outcome']}"
        console.print(f"  plan: {steps}; {takes}; {said}", markup=False)
    for other in result["alternatives"]:
        console.print(f"  instead: {other['text']} ({_other(other, write)})", markup=False)


def _wait(months: int, write: Formats) -> list[str]:
    return [f"takes {write.months(months)}"] if months else []


def _step(step: Mapping[str, Any], write: Formats) -> str:
    from lending.domain.changes import unit_of

    unit, action = unit_of(step["action"]), _ACTS.get(step["action"], _words(step["action"]))
    before, after = (_setting(step[end], unit, write) for end in ("from", "to"))
    return f"{action} {after}" if step["from"] is None else f"{action} from {before} to {after}"


def _setting(value: Any, unit: str, write: Formats) -> str:
    if unit in ("currency", "months"):
        return write.quantity(value, unit)
    return f"{value} {unit}" if unit == "grams" else str(value)


def _other(other: Mapping[str, Any], write: Formats) -> str:
    amount, each = write.round_money(other["amount"]), write.money(other["instalment"])
    figures = f"{other['product']}, {amount} over {other['term_months']} months at {each}"
    gold = other["collateral"] and other["collateral"].get("weight_g")
    needs = [f"{gold} g of gold"] if gold else []
    needs += [f"signed with {other['co_applicant']}"] if other["co_applicant"] else []
    return ", ".join([figures, *needs])


def _words(name: str) -> str:
    return name.replace("_", " ")
