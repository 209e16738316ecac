"""The figures of a quote result that a text may state, each with what it may be said to be."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from rag.ledger import Entry, Ledger
from rag.numbers import Kind

Result = Mapping[str, Any]

_MEASURES: dict[str, tuple[Kind, str, tuple[str, ...], bool]] = {
    # field: kind, per, measures, exact
    "amount": ("money", "", ("amount",), True),
    "annual_rate": ("fraction", "year", ("rate",), True),
    "instalment": ("money", "month", ("instalment",), True),
    "apr": ("fraction", "year", ("apr",), False),
    "total_interest": ("money", "", ("interest",), True),
    "total_cost": ("money", "", ("cost",), True),
    "term_months": ("months", "", ("term", "repay", "amount", "instalment", "cost"), True),
}
_UNITS: dict[str, Kind] = {
    "currency": "money", "fraction": "fraction", "months": "months", "years": "years", "days": "days",
    "points": "number", "count": "number",
}  # fmt: skip
_FIELDS: dict[str, tuple[str, ...]] = {
    "credit_score": ("score",), "dti": ("dti", "income"), "dti_stressed": ("dti", "income", "rate"),
    "foir": ("foir", "income"), "ltv": ("ltv", "amount"), "ltv_at_maturity": ("ltv", "amount"),
    "counted_income": ("income",), "amount": ("amount",), "term_months": ("term", "repay"), "required_rate": ("rate",),
    "age_years": ("age",), "age_at_maturity_years": ("age",),
}  # fmt: skip
_HIDDEN = frozenset({"pd_12m", "flag_count", "cash_out"})
_POINTS: dict[str, tuple[Kind, str, tuple[str, ...]]] = {
    "lowest_instalment": ("money", "month", ("instalment",)), "instalment_above": ("money", "month", ("instalment",)),
    "lowest_cost": ("money", "", ("cost", "repay")), "cost_above": ("money", "", ("cost", "repay")),
    "soonest_done": ("months", "", ()), "longer": ("months", "", ()),
    "near_debt_limit": ("fraction", "", ("dti", "income")), "smaller_than_asked": ("money", "", ("amount",)),
}  # fmt: skip
_STATED = frozenset({"", "asked"})
"""Told as what it is."""
_WAS = frozenset({"from", "asked"})
_DIFFERENCE = frozenset({"difference"})
_POINT_SIDES = {"near_debt_limit": _STATED}
_UP_TO = frozenset({"", "asked", "ceiling"})
_SIDES = {"value": _STATED, "from": _WAS, "to": frozenset({""}), "cost": frozenset({"", "difference"})}
_BOUNDS = {"at_least": frozenset({"limit", "floor"}), "at_most": frozenset({"limit", "ceiling"})}
"""Operator of a rule to the sides that its limit may be told as."""
_ACTIONS: dict[str, tuple[Kind, tuple[str, ...]]] = {
    "smaller_amount": ("money", ("amount",)), "larger_amount": ("money", ("amount",)),
    "larger_deposit": ("money", ("amount",)), "longer_term": ("months", ("term", "repay")),
    "shorter_term": ("months", ("term", "repay")), "repay_debt": ("money", ("dti",)),
    "more_collateral": ("money", ("ltv",)), "more_gold": ("grams", ()), "reduce_utilisation": ("money", ()),
    "extra_income": ("money", ("income",)), "build_score": ("number", ("score",)), "on_time_months": ("months", ()),
}  # fmt: skip
_PER = {"counted_income": "month", "extra_income": "month", "repay_debt": "month"}
"""Fields and actions whose money is a month's."""
_COUNTS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("offers", ("offers", "offer", "choices", "choice")),
    ("reasons", ("reasons", "reason", "principal", "main")),
    ("recourse", ("plans", "plan", "ways", "way", "steps", "step")),
    ("alternatives", ("alternatives", "alternative", "other")),
)


def ledger_of(result: Result, currency: str) -> Ledger:
    """The ledger of a quote result as CONTRACTS section 5 shapes it.

    What a customer is never told (the probability of default, screening) is no entry.
    """
    recommended = next((offer["goal"] for offer in result.get("offers") or [] if offer["recommended"]), "")
    return Ledger(tuple(_entries(result)), currency, recommended)


def _entries(result: Result) -> Iterator[Entry]:
    asked = _STATED if result.get("instalment") else _WAS
    yield from _terms(result, "", sides=asked)
    yield from _days(result, "")
    if pause := _number((result.get("repayment") or {}).get("moratorium_months")):
        yield Entry("repayment.moratorium_months", "months", pause)
    for number, offer in enumerate(result.get("offers") or []):
        name = f"offers.{number}."
        for subject in offer.get("goals") or [offer["goal"]]:
            yield from _terms(offer, name, subject)
        yield from _points(offer, name)
        yield from _days(offer, name)
    yield from _findings(result.get("findings") or [])
    for number, plan in enumerate(result.get("recourse") or []):
        yield from _plan(plan, f"recourse.{number}.")
    for number, other in enumerate(result.get("alternatives") or []):
        yield from _terms(other, f"alternatives.{number}.")
    yield from _counts(result)


def _terms(terms: Result, name: str, subject: str = "", sides: frozenset[str] = _STATED) -> Iterator[Entry]:
    for field, (kind, per, measures, exact) in _MEASURES.items():
        if (value := _number(terms.get(field))) is not None:
            yield Entry(name + field, kind, value, per=per, measures=frozenset(measures), subject=subject, exact=exact,
                        sides=_UP_TO if field == "amount" and sides == _STATED else sides)  # fmt: skip
    amount, cost = _number(terms.get("amount")), _number(terms.get("total_cost"))
    if amount is not None and cost is not None:
        yield Entry(
            f"{name}repay", "money", amount + cost, measures=frozenset({"repay"}), subject=subject, sides=_STATED
        )
    for number, fee in enumerate(terms.get("fees") or []):
        value = _number(fee["amount"])
        yield Entry(f"{name}fees.{number}", "money", value, measures=frozenset({"fee", "cost"}), subject=subject,
                    sides=_STATED)  # fmt: skip


def _days(terms: Result, name: str) -> Iterator[Entry]:
    for field in ("valid_until", "as_of"):
        if terms.get(field):
            yield Entry(name + field, "date", day=date.fromisoformat(terms[field]))


def _points(offer: Result, name: str) -> Iterator[Entry]:
    for side in ("pros", "cons"):
        for point in offer.get(side) or []:
            if point["code"] in _POINTS and (value := _number(point.get("value"))) is not None:
                kind, per, measures = _POINTS[point["code"]]
                yield Entry(f"{name}{side}.{point['code']}", kind, value, per=per, measures=frozenset(measures),
                            exact=kind != "fraction", sides=_POINT_SIDES.get(point["code"], _DIFFERENCE))  # fmt: skip


def _findings(findings: Sequence[Result]) -> Iterator[Entry]:
    for finding in findings:
        field, kind = finding["field"], _UNITS.get(finding["unit"])
        if kind is None or field in _HIDDEN:
            continue
        for side in ("value", "limit"):
            if (value := _number(finding.get(side))) is not None:
                yield Entry(
                    f"findings.{finding['rule']}.{side}", kind, value, measures=frozenset(_FIELDS.get(field, ())),
                    exact=side == "limit" or kind != "fraction", per=_PER.get(field, ""),
                    sides=_SIDES["value"] if side == "value" else _BOUNDS.get(finding["operator"], _STATED),
                )  # fmt: skip


def _plan(plan: Result, name: str) -> Iterator[Entry]:
    for number, step in enumerate(plan.get("steps") or []):
        kind, measures = _ACTIONS.get(step["action"], ("money", ()))
        for side in ("from", "to", "cost"):
            if (value := _number(step.get(side))) is not None:
                entry = f"{name}steps.{number}.{side}"
                said, per = (("cost",), "") if side == "cost" else (measures, _PER.get(step["action"], ""))
                yield Entry(
                    entry, "money" if side == "cost" else kind, value, measures=frozenset(said), sides=_SIDES[side],
                    per=per,
                )  # fmt: skip
        yield from _months(step, f"{name}steps.{number}.")
    if (cost := _number(plan.get("cost"))) is not None:
        yield Entry(f"{name}cost", "money", cost, measures=frozenset({"cost"}))
    yield from _months(plan, name)
    yield from _terms(plan.get("gives") or {}, f"{name}gives.")


def _months(held: Result, name: str) -> Iterator[Entry]:
    if (months := _number(held.get("months"))) is not None:
        yield Entry(f"{name}months", "months", months)


def _counts(result: Result) -> Iterator[Entry]:
    for field, nouns in _COUNTS:
        if count := len(result.get(field) or []):
            yield Entry(f"{field}.count", "number", Decimal(count), nouns=frozenset(nouns))


def _number(value: object) -> Decimal | None:
    if value is None or isinstance(value, bool):
        return None
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return None
    return number if number.is_finite() else None
