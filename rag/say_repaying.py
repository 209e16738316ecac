"""Answers on a loan that runs: paying early, and the payment plan."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
    loan, memory = _loan(case)
    if loan is None or loan.get("annual_rate") is None:
        return rule
    month = heard.month or (heard.terms[0] if heard.terms and not heard.amounts else None)
    extra = heard.extra or (heard.amounts[0] if heard.amounts and heard.products == () else None)
    if heard.extra_monthly is not None:
        told = _paid_monthly(case.tools.early(loan, 0, heard.extra_monthly, monthly=True), case)
        return replace(told, memory=replace(memory, asked="early", waiting=""), suggest="quote")
    if month is None and extra is None:
        held = replace(memory, asked="early", waiting="early")
        return joined([rule, Part((case.say("ask_early"),))], memory=held, suggest="quote")
    try:
        found = case.tools.early(loan, month or USUAL_MONTH, extra)
    except CandorError:
        return rule
    told = _paid(found, case) if extra is not None else _paid_off(found, case)
    return replace(told, memory=replace(memory, asked="early", waiting=""), suggest="quote")


def supposed(case: Case) -> Part | None:
    """Plain arithmetic at a rate that the customer names; None where no rate, amount and term are known."""
    heard, (_, memory) = case.question.heard, wished(case)
    if heard.rate is None or memory.amount is None or not memory.term_months:
        return None
    found = case.tools.schedule(memory.amount, heard.rate, memory.term_months)
    return replace(
        _planned(found, case, [case.say("supposed_rate")]), memory=replace(memory, asked="quote", waiting="")
    )


def schedule(case: Case) -> Part:
    """A payment plan in a few sentences."""
    if (planned := supposed(case)) is not None:
        return planned
    wish, memory = wished(case)
    loan, memory = _loan(case)
    if loan is None or loan.get("annual_rate") is None:
        return ask_back(case, wish, memory, intent="schedule") or _rule(case, "monthly-payments")
    found = case.tools.schedule(Decimal(loan["amount"]), Decimal(loan["annual_rate"]), int(loan["term_months"]))
    return replace(_planned(found, case, []), memory=replace(memory, asked="schedule", waiting=""))


def _loan(case: Case) -> tuple[Result | None, Memory]:
    """The loan that is spoken of as a quote result: what was said, else the latest approved decision."""
    wish, memory = wished(replace_amounts(case))
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


def _planned(found: Result, case: Case, more: Sequence[Claim]) -> Part:
    rows = found["rows"]
    year = rows[max(min(case.question.heard.month or USUAL_MONTH, len(rows)), 1) - 1]
    back = Decimal(found["amount"]) + Decimal(found["total_interest"])
    slots = {
        "amount": case.money(found["amount"]), "term": case.months(found["term_months"]),
        "instalment": case.money(found["instalment"]),
        "interest": case.money(rows[0]["interest"]),
        "principal": case.money(rows[0]["principal"]),
        "month": case.months(year["month"]), "owed": case.money(year["outstanding"]),
        "total": case.money(found["total_interest"]), "back": case.money(back),
    }  # fmt: skip
    claims = [
        Claim("loan", "You borrow {amount} over {term} and pay back {back} in all.", slots),
        Claim("instalment", "The monthly payment is {instalment}.", slots, "monthly-payments"),
        Claim("first", "Of the first one, {interest} is interest and {principal} repays the loan.", slots),
        Claim("owed", "After {month} you still owe {owed}.", slots),
        Claim("total", "The total interest is {total}.", slots),
    ]
    entries: list[Entry] = [*figures_of({**found, "rows": None}, case.currency), *asked_for(found)]
    entries += [figure(f"rows.{name}", "money", rows[0][name]) for name in ("interest", "principal")]
    entries += [figure("rows.month", "months", year["month"]), figure("rows.owed", "money", year["outstanding"])]
    return Part((*claims, *more), entries=tuple(entries), tools=("schedule",), suggest="quote")


def _rule(case: Case, doc_id: str) -> Part:
    """What a document says, whole sections up to three."""
    try:
        sections = case.tools.document(doc_id)[:3]
    except UnavailableError:
        return Part((case.say("unavailable"),), found=False)
    return Part(said=told_from(sections), passages=tuple(sections), tools=("search",), suggest="quote")
