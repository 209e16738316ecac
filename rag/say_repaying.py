"""Answers on a loan that runs: paying early, and the payment plan."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from lending.domain.errors import CandorError, UnavailableError
from rag.asks import ask_back, asked_for, wished
from rag.content import Claim
from rag.heard import Heard
from rag.ledger import Entry
from rag.parts import Case, Part, figure, figures_of, joined, told_from
from rag.understand import Memory

Result = Mapping[str, Any]
USUAL_MONTH = 12
"""After how many months something is paid where nobody says."""


def early(case: Case) -> Part:
    """What paying extra, or all at once, changes; the rule alone where no loan or figure is known."""
    heard, rule = case.question.heard, _rule(case, "paying-early")
    loan, memory = _loan(replace_amounts(case))
    if loan is None or loan.get("annual_rate") is None:
        return rule
    month = heard.month or (heard.terms[0] if heard.terms and not heard.amounts else None)
    extra = heard.extra or (heard.amounts[0] if heard.amounts and heard.products == () else None)
    if month is None and extra is None and heard.extra_monthly is None:
        held = replace(memory, asked="early", waiting="early")
        return joined([rule, Part((case.say("ask_early"),))], memory=held, suggest="quote")
    try:
        told = _changed(case, loan, month or USUAL_MONTH, extra)
    except CandorError:
        return rule
    price = Part((_at_rate(case, loan), _basis(case, loan)), entries=_rate_entries(loan))
    held = replace(memory, asked="early", waiting="")
    return joined([told, price], outcome=told.outcome, memory=held, suggest="quote")


def _changed(case: Case, loan: Result, month: int, extra: Decimal | None) -> Part:
    """What a loan becomes. Raises CandorError: it cannot be paid like that."""
    if (monthly := case.question.heard.extra_monthly) is not None:
        return _paid_monthly(case.tools.early(loan, 0, monthly, monthly=True), case)
    found = case.tools.early(loan, month, extra)
    return _paid(found, case) if extra is not None else _paid_off(found, case)


def supposed(case: Case) -> Part | None:
    """Plain arithmetic at a rate that the customer names or named; None where no rate, amount and term are known."""
    _, memory = wished(case)
    memory = replace(memory, rate=case.question.heard.rate or memory.rate)
    if (loan := _at_supposed_rate(memory)) is None:
        return None
    return replace(_planned(case, loan), memory=replace(memory, asked="quote", waiting=""))


def _at_supposed_rate(memory: Memory) -> Result | None:
    """The loan that is spoken of at the rate that was supposed; it has no fees."""
    if memory.rate is None or memory.amount is None or not memory.term_months:
        return None
    return {"product": memory.product, "amount": str(memory.amount), "annual_rate": str(memory.rate),
            "term_months": memory.term_months, "fees": [], "supposed": True}  # fmt: skip


def schedule(case: Case) -> Part:
    """A payment plan in a few sentences."""
    if (planned := supposed(case)) is not None:
        return planned
    wish, memory = wished(case)
    loan, memory = _loan(case)
    if loan is None or loan.get("annual_rate") is None:
        return ask_back(case, wish, memory, intent="schedule") or _rule(case, "monthly-payments")
    return replace(_planned(case, loan), memory=replace(memory, asked="schedule", waiting=""))


def _loan(case: Case) -> tuple[Result | None, Memory]:
    """The loan that is spoken of as a quote result: what was said, else the latest approved decision."""
    wish, memory = wished(case)
    if (loan := _at_supposed_rate(memory)) is not None:
        return loan, memory
    if wish is not None and wish.amount is not None:
        result = case.tools.quote(wish)
        return ({**result, "offers": []} if result["outcome"] == "approve" else None), memory
    known = next((d for d in case.tools.decisions() if d["outcome"] == "approve"), None)
    return known, memory


def replace_amounts(case: Case) -> Case:
    """A question on a running loan: the figures that it names are what is paid, not what is borrowed."""
    if case.memory.amount is None or case.question.heard.products:
        return case
    return replace(case, question=replace(case.question, heard=Heard(case.question.text)))


def _paid(found: Result, case: Case) -> Part:
    slots = {
        "extra": case.money(found["extra"]), "month": case.months(found["month"]),
        "saved": case.months(found["months_saved"]), "charge": case.money(found["charge"]),
        "interest": case.money(found["interest_saved"]),
    }  # fmt: skip
    ends = "the loan ends {saved} sooner" if found["months_saved"] else "the last payment gets smaller"
    text = f"If you pay {{extra}} on top after {{month}} and keep the monthly payment, {ends}."
    entries = (
        figure("early.extra", "money", found["extra"]), figure("early.month", "months", found["month"]),
        figure("early.months_saved", "months", found["months_saved"]), figure("early.charge", "money", found["charge"]),
        figure("early.interest_saved", "money", found["interest_saved"]),
    )  # fmt: skip
    claims = (Claim("paid", text, slots, "paying-early"), _saved(slots, found))
    return Part(claims, entries=entries, outcome="approve", tools=("quote", "schedule"))


def _paid_monthly(found: Result, case: Case) -> Part:
    slots = {
        "extra": case.money(found["extra"]), "saved": case.months(found["months_saved"]),
        "charge": case.money(found["charge"]), "interest": case.money(found["interest_saved"]),
    }  # fmt: skip
    text = "If you pay {extra} on top every month from the start, the loan ends {saved} sooner."
    entries = (
        figure("early.extra", "money", found["extra"], per="month"), figure("early.charge", "money", found["charge"]),
        figure("early.months_saved", "months", found["months_saved"]),
        figure("early.interest_saved", "money", found["interest_saved"]),
    )  # fmt: skip
    claims = (Claim("paid", text, slots, "paying-early"), _saved(slots, found))
    return Part(claims, entries=entries, outcome="approve", tools=("quote", "schedule"))


def _saved(slots: Mapping[str, str], found: Result) -> Claim:
    return Claim("saved", "You save {interest} in interest; the charge for it is {charge}.", slots, "paying-early")


def _paid_off(found: Result, case: Case) -> Part:
    slots = {
        "month": case.months(found["month"]), "amount": case.money(found["amount"]),
        "charge": case.money(found["charge"]),
        "interest": case.money(found["interest_saved"]),
    }  # fmt: skip
    claims = (
        Claim("payoff", "After {month}, {amount} would repay the whole loan.", slots, "payoff"),
        _saved(slots, found),
    )
    entries = (
        figure("payoff.month", "months", found["month"]), figure("payoff.amount", "money", found["amount"]),
        figure("payoff.charge", "money", found["charge"]),
        figure("payoff.interest_saved", "money", found["interest_saved"]),
    )  # fmt: skip
    return Part(claims, entries=entries, outcome="approve", tools=("quote", "schedule"))


def _planned(case: Case, loan: Result) -> Part:
    """The plan of a loan; what is paid back is all payments and all fees, so that less the amount it is the cost."""
    terms = Decimal(loan["amount"]), Decimal(loan["annual_rate"]), int(loan["term_months"])
    found = case.tools.schedule(*terms, loan.get("repayment"))
    fees = sum((Decimal(fee["amount"]) for fee in loan["fees"]), Decimal(0))
    told = {**found, "rows": None, "total_cost": Decimal(found["total_interest"]) + fees}
    rows = found["rows"]
    first, then = rows[0], rows[max(min(case.question.heard.month or USUAL_MONTH, len(rows)), 1) - 1]
    entries: list[Entry] = [*figures_of(told, case.currency), *asked_for(found), *_rate_entries(loan)]
    entries += [figure(f"rows.{name}", "money", first[name]) for name in ("interest", "principal")]
    entries += [figure("rows.month", "months", then["month"]), figure("rows.owed", "money", then["outstanding"])]
    how = loan.get("repayment") or {}
    entries += [figure("pause", "months", how["moratorium_months"])] if how.get("moratorium_months") else []
    claims = (*_plan_claims(case, told, first, then, how), _at_rate(case, loan), _basis(case, loan))
    return Part(claims, entries=tuple(entries), tools=("schedule",), suggest="quote")


def _plan_claims(case: Case, told: Result, first: Result, then: Result, how: Result) -> Iterator[Claim]:
    """The plan in sentences; the first payment is told of a loan that is paid back from the first month on."""
    slots = {
        "amount": case.money(told["amount"]), "term": case.months(told["term_months"]),
        "back": case.money(Decimal(told["amount"]) + told["total_cost"]), "instalment": case.money(told["instalment"]),
        "interest": case.money(first["interest"]), "principal": case.money(first["principal"]),
        "month": case.months(then["month"]), "owed": case.money(then["outstanding"]),
        "total": case.money(told["total_interest"]), "cost": case.money(told["total_cost"]),
        "pause": case.months(how.get("moratorium_months") or 0),
    }  # fmt: skip
    yield Claim("loan", "You borrow {amount} over {term} and pay back {back} in all.", slots)
    once = how.get("kind") == "bullet"
    payment = "You repay {instalment} at once at the end." if once else "The monthly payment is {instalment}."
    yield Claim("instalment", payment, slots, "" if once else "monthly-payments")
    if how.get("moratorium_months"):
        yield Claim("pause", "The monthly payments begin after the first {pause}.", slots, "study-time")
    elif not once:
        yield Claim("first", "Of the first one, {interest} is interest and {principal} repays the loan.", slots)
    yield Claim("owed", "After {month} you still owe {owed}.", slots)
    yield Claim("total", "The total interest is {total}.", slots)
    if told["total_cost"] != Decimal(told["total_interest"]):
        yield Claim("cost", "With its fees, the loan costs {cost} in all.", slots, "fees")


def _at_rate(case: Case, loan: Result) -> Claim:
    return case.say("at_rate", rate=case.rate(loan["annual_rate"]))


def _basis(case: Case, loan: Result) -> Claim:
    """Whose rate it is: one that the customer supposed, the bank's of today, or that of a request on record."""
    if loan.get("supposed"):
        return case.say("supposed_rate")
    return case.say("on_record" if loan.get("recorded_on") else "what_if")


def _rate_entries(loan: Result) -> tuple[Entry, ...]:
    return (figure("rate", "fraction", loan["annual_rate"], "rate", per="year"),)


def _rule(case: Case, doc_id: str) -> Part:
    """What a document says, whole sections up to three."""
    try:
        sections = case.tools.document(doc_id)[:3]
    except UnavailableError:
        return Part((case.say("unavailable"),), found=False)
    return Part(said=told_from(sections), passages=tuple(sections), tools=("search",), suggest="quote")
