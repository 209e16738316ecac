"""A quote result in words: what was asked for, the most there is, what else there would be."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from rag.content import Claim, about
from rag.parts import Case, Part, figures_of
from rag.ports import Wish
from rag.understand import Memory

Result = Mapping[str, Any]
_NOT_FOR_A_WHAT_IF = ("valid", "goal", "against")


def quoted(case: Case, wish: Wish, result: Result, memory: Memory) -> Part:
    """A quote result in words; a term that the customer named is told, not one that the bank would rather see."""
    own = {**result, "offers": []} if wish.term_months else result
    claims = [c for c in about(own, case.writing) if c.code not in _NOT_FOR_A_WHAT_IF]
    claims += [_signed_by(case)] if wish.joint else []
    claims += [*alternatives_of(result, case), case.say("what_if")]
    entries = figures_of(own, case.currency)
    suggest = "quote" if result["outcome"] == "approve" else "why"
    held = replace(memory, term_months=memory.term_months or int(terms_of(own)["term_months"]))
    return Part(
        tuple(claims), entries=entries, outcome=result["outcome"], tools=("quote",), suggest=suggest, memory=held
    )


def most(case: Case, wish: Wish, memory: Memory, payment: Decimal | None) -> Part:
    """The largest loan that would be approved, within a monthly payment where one is named."""
    result = case.tools.what_if(wish, payment)
    if result is None:
        key = "no_amount_payment" if payment is not None else "no_amount_now"
        return Part((case.say(key, "which-loan"),), tools=("what_if",), suggest="improve", memory=memory, found=False)
    lead = "With the payment that you named, the" if payment is not None else "The"
    what = f"{lead} largest {case.name(wish.product)} that we could offer you today"
    slots = {"amount": case.money(result["amount"]), "term": case.months(result["term_months"])}
    price = {"instalment": case.money(result["instalment"]), "rate": case.rate(result["annual_rate"])}
    claims = (
        Claim("most", f"{what} is an amount of {{amount}}, over {{term}}.", slots),
        Claim("price", "The monthly payment would be {instalment}, and the interest rate {rate}.", price),
        case.say("what_if"),
    )
    held = replace(memory, product=wish.product, amount=Decimal(result["amount"]), term_months=result["term_months"])
    return Part(claims, entries=figures_of(result, case.currency), outcome="approve", tools=("what_if",),
                suggest="how_much", memory=held)  # fmt: skip


def alternatives_of(result: Result, case: Case) -> Iterator[Claim]:
    """Other requests that would be approved after a refusal, two at most."""
    for number, other in enumerate((result.get("alternatives") or [])[:2]):
        if other["annual_rate"] is None or other["instalment"] is None:
            continue
        slots = {
            "amount": case.money(other["amount"]), "name": case.name(other["product"]),
            "term": case.months(other["term_months"]), "instalment": case.money(other["instalment"]),
        }  # fmt: skip
        lead = "What we could offer you today" if number == 0 else "Or"
        text = f"{lead}: {{name}} with an amount of {{amount}}, over {{term}}, at a monthly payment of {{instalment}}."
        yield Claim("alternative", text, slots, "plan")


def terms_of(result: Result) -> Result:
    """What is told of a quote result: the recommended offer's terms, else its own."""
    return next((offer for offer in result.get("offers") or [] if offer["recommended"]), result)


def _signed_by(case: Case) -> Claim:
    """With whom it was worked out, where the customer spoke of somebody who signs too."""
    names = case.tools.facts()["co_applicants"][:1]
    return (
        case.say("signed_with", "co-applicants", name=names[0])
        if names
        else case.say("no_co_applicant", "co-applicants")
    )
