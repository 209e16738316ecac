"""What a text about a quote says, as claims with slots: computed here, worded afterwards, never the other way round."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from rag.ports import Writing

Result = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Claim:
    """One thing that is true of the record.

    Attributes:
        code: what kind of claim it is.
        text: a plain sentence with slots such as `{instalment}`.
        slots: slot to its words, in the market's way of writing.
        topic: document that says the rule behind it, to be cited; empty where the record alone speaks.
        cites: passages of that document, once they have been looked up.
    """

    code: str
    text: str
    slots: Mapping[str, str] = field(default_factory=dict[str, str])
    topic: str = ""
    cites: tuple[str, ...] = ()

    @property
    def filled(self) -> str:
        """The sentence with its figures."""
        return self.text.format(**self.slots)


_TOPICS = {
    "dti": "debt-to-income", "dti_stressed": "fixed-and-variable", "foir": "fixed-costs", "credit_score": "low-score",
    "counted_income": "income-too-low", "ltv": "loan-to-value", "ltv_at_maturity": "loan-to-value",
    "required_rate": "rate-too-high", "expired_documents": "identity", "documents": "students",
    "co_applicant": "students", "employment_status": "students",
}  # fmt: skip
_FOUND = {
    "dti": "Monthly debts with this loan would take {value} of your income; the limit is {limit}.",
    "foir": "Fixed costs with this loan would take {value} of your take-home income; the limit is {limit}.",
    "credit_score": "Your credit score is {value}; this loan needs a score of at least {limit}.",
    "counted_income": "The income that counts is {value} a month; this loan needs an income of at least {limit}.",
    "ltv": "The loan would be {value} of the value of what secures it; the limit is {limit}.",
    "amount": "You asked for an amount of {value}; the limit is {limit}.",
}
_STEPS = {
    "smaller_amount": "borrow an amount of {to} instead of {from}",
    "larger_amount": "borrow an amount of {to} instead of {from}",
    "larger_deposit": "pay more yourself and borrow an amount of {to} instead of {from}",
    "longer_term": "repay over {to} instead of {from}",
    "shorter_term": "repay over {to} instead of {from}",
    "repay_debt": "repay debts so that your monthly debts fall from {from} to {to}",
    "more_collateral": "raise the value of what secures the loan from {from} to {to}",
    "more_gold": "bring {to} of gold instead of {from}",
    "reduce_utilisation": "pay down your credit lines from {from} to {to}",
    "co_applicant": "ask together with your co-applicant",
    "extra_income": "show an income of {to} a month instead of {from}",
    "build_score": "bring your credit score from {from} to {to}",
    "on_time_months": "pay on time for {to}",
}
_AGAINST = {
    "instalment_above": "Another offer has a monthly payment that is {saving} lower.",
    "cost_above": "The cheapest offer costs {saving} less in all.",
}
_MONTHLY = "The monthly payment is {instalment}, the interest rate is {rate} and the yearly cost (APR) is {apr}."
_AT_ONCE = "You repay {instalment} at once at the end; the interest rate is {rate} and the yearly cost (APR) is {apr}."
_CONDITIONS = {"appraisal": "home-appraisal", "assay": "gold-value", "accreditation": "students"}
_MONTHS = ("longer_term", "shorter_term", "on_time_months")


def about(result: Result, writing: Writing) -> list[Claim]:
    """The claims of a text about a quote result, in the order in which they are told."""
    if result["outcome"] == "approve":
        return list(_approved(result, writing))
    if result["outcome"] == "refer":
        return list(_referred(result))
    return list(_declined(result, writing))


def written(claims: Sequence[Claim]) -> str:
    """The claims as plain sentences: the grounded template, always good enough to show alone."""
    return " ".join(claim.filled for claim in claims)


def _approved(result: Result, writing: Writing) -> Iterator[Claim]:
    offer = next((o for o in result["offers"] if o["recommended"]), None) or result
    yield Claim("loan", "You borrow {amount} and pay back {back} over {term}.", {
        "amount": money(offer["amount"], writing), "term": months(offer["term_months"], writing),
        "back": writing.round_money(Decimal(offer["amount"]) + Decimal(offer["total_cost"]))})  # fmt: skip
    how = (offer.get("repayment") or result.get("repayment")) or {}
    yield Claim("price", _AT_ONCE if how.get("kind") == "bullet" else _MONTHLY, {
        "instalment": money(offer["instalment"], writing), "rate": writing.rate(Decimal(offer["annual_rate"])),
        "apr": writing.rate(Decimal(offer["apr"]))}, "how-the-rate-is-set")  # fmt: skip
    yield Claim("cost", "With its fees, the loan costs {cost} in all.", {"cost": money(offer["total_cost"], writing)},
                "fees")  # fmt: skip
    if how.get("kind") == "moratorium" and how["moratorium_months"]:
        yield Claim("pause", "The monthly payments begin after the first {pause}.",
                    {"pause": months(how["moratorium_months"], writing)}, "study-time")  # fmt: skip
    yield from _why(result["offers"], writing)
    yield from _wish(result, offer, writing)
    yield from _conditions(result)
    if result.get("valid_until"):
        last = date.fromisoformat(result["valid_until"])
        yield Claim("valid", "The offer stands until {day}.", {"day": writing.day(last)}, "quote-validity")


def _wish(result: Result, offer: Result, writing: Writing) -> Iterator[Claim]:
    """The time that was asked for, where the recommended offer has another one."""
    if result["term_months"] == offer["term_months"] or not result["instalment"]:
        return
    yield Claim("wish", "Your own choice, repaid over {term}, has a monthly payment of {instalment}.", {
        "term": months(result["term_months"], writing), "instalment": money(result["instalment"], writing),
    }, "offers")  # fmt: skip


def _conditions(result: Result) -> Iterator[Claim]:
    for condition in result.get("conditions") or []:
        yield Claim(f"condition_{condition['code']}", condition["text"], topic=_CONDITIONS.get(condition["code"], ""))


def _why(offers: Sequence[Result], writing: Writing) -> Iterator[Claim]:
    """What speaks for the recommended offer, and what another one would save."""
    best = next((o for o in offers if o["recommended"]), None)
    if best is None:
        return
    if len(offers) > 1:
        yield Claim("goal", "We recommend this offer as the best balance of cost, monthly payment and time.",
                    topic="offers")  # fmt: skip
    for point in best["cons"]:
        if point["code"] in _AGAINST:
            yield Claim("against", _AGAINST[point["code"]], {"saving": money(point["value"], writing)}, "offers")


def _referred(result: Result) -> Iterator[Claim]:
    yield Claim("referred", "We need a person to look at your request.", topic="ask-for-a-person")
    yield from (Claim("reason", r["text"]) for r in result["reasons"] if r["code"] != "person_needed")
    yield Claim("not_a_no", "It is not a no, and you need not ask again.", topic="ask-for-a-person")


def _declined(result: Result, writing: Writing) -> Iterator[Claim]:
    yield Claim("declined", "We cannot offer this loan as you asked for it today.", topic="reasons")
    for reason in result["reasons"]:
        finding = _behind(reason, result["findings"])
        yield Claim("reason", reason["text"], topic=_TOPICS.get(reason["field"], "reasons"))
        if finding is not None and finding["field"] in _FOUND:
            yield Claim("found", _FOUND[finding["field"]], {
                side: quantity(finding[side], finding["unit"], writing) for side in ("value", "limit")
            }, _TOPICS.get(finding["field"], "reasons"))  # fmt: skip
    yield from _counter(result["offers"], writing)
    yield from _plans(result, writing)
    yield Claim("person", "You may ask for a person to look, and it costs nothing.", topic="ask-for-a-person")


def _counter(offers: Sequence[Result], writing: Writing) -> Iterator[Claim]:
    """What could be lent instead of what was asked for."""
    other = next((o for o in offers if o["recommended"]), None)
    if other is not None:
        told = "We could offer an amount of {amount}, repaid over {term}, with a monthly payment of {instalment}."
        yield Claim("counter", told, {
            "amount": money(other["amount"], writing), "term": months(other["term_months"], writing),
            "instalment": money(other["instalment"], writing)}, "offers")  # fmt: skip


def _plans(result: Result, writing: Writing) -> Iterator[Claim]:
    plan = next(iter(result["recourse"]), None)
    if plan is None:
        told = {reason["text"] for reason in result["reasons"]}
        if (why := result.get("why_no_plan")) and why["text"] not in told:
            yield Claim("no_plan", why["text"], topic="plan")
        return
    steps = [_step(step, writing) for step in plan["steps"]]
    if not all(steps):
        return
    words = " and ".join(text for text, _ in filter(None, steps))
    slots = {name: value for _, held in filter(None, steps) for name, value in held.items()}
    now = not any(step["months"] for step in plan["steps"])
    yield Claim("plan", f"A way on: {words}." if now else f"A way on, then ask again: {words}.", slots, "plan")
    if now:
        yield Claim("tried", "We tried this plan: with it, our decision today is a yes.", topic="plan")


def _step(step: Result, writing: Writing) -> tuple[str, dict[str, str]] | None:
    """A step in words and its slots, which carry the action's name so that two steps do not meet."""
    action = str(step["action"])
    if action not in _STEPS:
        return None
    slots = {}
    for side in ("from", "to"):
        if f"{{{side}}}" in _STEPS[action]:
            slots[f"{action}_{side}"] = _setting(action, step[side], writing)
    return _STEPS[action].replace("{from}", f"{{{action}_from}}").replace("{to}", f"{{{action}_to}}"), slots


def _setting(action: str, value: object, writing: Writing) -> str:
    if action in _MONTHS:
        return months(value, writing)
    if action == "more_gold":
        return f"{writing.number(Decimal(str(value)))} grams"
    if action == "build_score":
        return writing.number(Decimal(str(value)))
    return money(value, writing)


def _behind(reason: Result, findings: Sequence[Result]) -> Result | None:
    return next((f for f in findings if not f["passed"] and f["field"] == reason["field"]), None)


def quantity(value: str, unit: str, writing: Writing) -> str:
    """A value in its unit; shares with one decimal."""
    number = Decimal(value)
    if unit == "fraction":
        return writing.percent(number, 1)
    return writing.quantity(number, unit)


def money(value: object, writing: Writing) -> str:
    """An amount in words, its cents left out when there are none."""
    return writing.round_money(Decimal(str(value)))


def months(value: object, writing: Writing) -> str:
    """A time in years and months."""
    return writing.quantity(Decimal(str(value)), "months")
