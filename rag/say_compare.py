"""Answers that compare: two or three loans that differ in term, amount or product."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from rag.asks import ask_back, asked_for, security_missing, wished
from rag.content import Claim
from rag.heard import Heard
from rag.parts import Case, Part, figure, figures_of, joined
from rag.ports import Wish
from rag.understand import Memory

Result = Mapping[str, Any]
MOST_COMPARED = 3
YEAR = 12


def compare(case: Case) -> Part:
    """Two or three loans that differ in term, amount or product."""
    wish, memory = wished(case)
    if missing := ask_back(case, wish, memory, intent="compare"):
        return missing
    assert wish is not None  # noqa: S101 - `ask_back` asks for it
    wishes = _variants(case.question.heard, wish, case.memory)
    wishes = wishes if len(wishes) > 1 else _a_year_around(case, wish)
    if len(wishes) < 2:
        waits = replace(memory, asked="compare", waiting="terms")
        return Part((case.say("ask_terms"),), memory=waits, suggest="quote")
    results = [{**case.tools.quote(one), "offers": []} for one in wishes]
    if needs := security_missing(case, results[0], wish, memory):
        return needs
    by = _differs(wishes)
    parts = [_compared(case, one, result, by) for one, result in zip(wishes, results, strict=True)]
    told = _difference(results, case)
    outcome = "approve" if all(r["outcome"] == "approve" for r in results) else ""
    end = Part((case.say("what_if"),))
    terms = tuple(one.term_months for one in wishes if one.term_months) if by == "term_months" else ()
    memory = replace(memory, asked="compare", waiting="", term_months=wishes[-1].term_months, terms=terms)
    lead = _amount_before(case, memory, by)
    return joined([*lead, *parts, told, end], outcome=outcome, suggest="compare", memory=memory)


def _amount_before(case: Case, memory: Memory, by: str) -> list[Part]:
    """Which amount is compared, where the question names none."""
    if by == "amount" or case.question.heard.amounts or memory.amount is None:
        return []
    claim = case.say("amount_before", amount=case.money(memory.amount))
    return [Part((claim,), entries=(figure("asked.amount", "money", memory.amount, "amount"),))]


def _variants(heard: Heard, wish: Wish, before: Memory) -> list[Wish]:
    if len(heard.products) > 1:
        return [replace(wish, product=p) for p in heard.products[:MOST_COMPARED]]
    if len(heard.amounts) == len(heard.terms) > 1:
        pairs = list(zip(heard.amounts, heard.terms, strict=True))[:MOST_COMPARED]
        return [replace(wish, amount=amount, term_months=term) for amount, term in pairs]
    if len(set(heard.amounts)) > 1:
        return [replace(wish, amount=a) for a in sorted(set(heard.amounts))[:MOST_COMPARED]]
    known = before.terms if before.terms and not heard.terms else (*heard.terms, before.term_months or 0)
    terms = sorted({*(heard.terms if len(set(heard.terms)) > 1 else known)} - {0})
    return [replace(wish, term_months=t) for t in terms[:MOST_COMPARED]]


def _a_year_around(case: Case, wish: Wish) -> list[Wish]:
    """The same loan a year shorter and a year longer, as far as the product goes; nothing where no term is known."""
    row = next(iter(case.tools.eligibility(wish.product)), None)
    if row is None or wish.term_months is None:
        return []
    first, last = row["limits"]["term_months_min"], row["limits"]["term_months_max"]
    terms = (wish.term_months + more for more in (-YEAR, 0, YEAR))
    return [replace(wish, term_months=term) for term in terms if first <= term <= last]


def _differs(wishes: Sequence[Wish]) -> str:
    for name in ("product", "amount"):
        if len({getattr(one, name) for one in wishes}) > 1:
            return name
    return "term_months"


def _compared(case: Case, wish: Wish, result: Result, by: str) -> Part:
    term = case.months(result["term_months"])
    named = f"{case.name(wish.product).capitalize()} over {{term}}"
    head = {"product": named, "amount": "Borrowing {amount} over {term}", "term_months": "Over {term}"}[by]
    slots = {"term": term, "amount": case.money(result["amount"])}
    entries = (*figures_of(result, case.currency), *asked_for(result))
    if result["outcome"] != "approve":
        reason = next((r["text"] for r in result["reasons"]), "")
        claims = (
            Claim("compared", f"{head}: we could not say yes by ourselves today.", slots),
            Claim("reason", reason),
        )
        return Part(claims if reason else claims[:1], entries=entries, tools=("quote",))
    back = Decimal(result["amount"]) + Decimal(result["total_cost"])
    slots |= {"instalment": case.money(result["instalment"]), "back": case.money(back),
              "rate": case.rate(result["annual_rate"])}  # fmt: skip
    text = (
        f"{head}: the monthly payment is {{instalment}}, the interest rate {{rate}}, and you pay back {{back}} in all."
    )
    return Part((Claim("compared", text, slots),), entries=entries, tools=("quote",))


def _difference(results: Sequence[Result], case: Case) -> Part:
    """What the last one saves a month and costs in all against the first; nothing unless both are approved."""
    first, last = results[0], results[-1]
    if first["outcome"] != "approve" or last["outcome"] != "approve" or first["amount"] != last["amount"]:
        return Part()
    month = Decimal(first["instalment"]) - Decimal(last["instalment"])
    interest = Decimal(last["total_interest"]) - Decimal(first["total_interest"])
    if month <= 0 or interest <= 0:
        return Part()
    slots = {"month": case.money(month), "interest": case.money(interest)}
    text = "The longer time makes the monthly payment {month} lower, and you pay {interest} more in interest."
    entries = (figure("difference.instalment", "money", month, "instalment", per="month"),
               figure("difference.interest", "money", interest, "interest", "repay", "instalment"))  # fmt: skip
    return Part((Claim("difference", text, slots, "changing-the-term"),), entries=entries)
