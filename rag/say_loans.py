"""Answers that are worked out: what a loan costs, several compared, the most there is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from rag.asks import NEEDS_SECURITY, ask_back, ask_security, security_missing, wished
from rag.content import Claim, about
from rag.ledger import Entry
from rag.parts import Case, Part, figure, figures_of, joined, topic_of
from rag.ports import Wish
from rag.say_repaying import supposed
from rag.understand import Memory

Result = Mapping[str, Any]
_NOT_FOR_A_WHAT_IF = ("valid", "goal", "against")


def quote(case: Case) -> Part:
    """What a loan would cost, as the bank would decide today."""
    if (planned := supposed(case)) is not None:
        return planned
    wish, memory = wished(case)
    if missing := ask_back(case, wish, memory):
        return missing
    assert wish is not None  # noqa: S101 - `ask_back` asks for it
    result = case.tools.quote(wish)
    if needs := security_missing(case, result, wish, memory):
        return needs
    return quoted(case, wish, result, replace(memory, asked="quote", waiting=""))


def quoted(case: Case, wish: Wish, result: Result, memory: Memory) -> Part:
    """A quote result in words; a term that the customer named is told, not one that the bank would rather see."""
    own = {**result, "offers": []} if wish.term_months else result
    claims = [c for c in about(own, case.writing) if c.code not in _NOT_FOR_A_WHAT_IF]
    claims += [_signed_by(case)] if wish.joint else []
    claims += [*alternatives_of(result, case), case.say("what_if")]
    entries = figures_of(own, case.currency)
    suggest = "quote" if result["outcome"] == "approve" else "why"
    held = replace(memory, term_months=memory.term_months or int(_terms_of(own)["term_months"]))
    return Part(
        tuple(claims), entries=entries, outcome=result["outcome"], tools=("quote",), suggest=suggest, memory=held
    )


def rates(case: Case) -> Part:
    """Between what yearly rates the loans lie; the customer's own needs an amount."""
    heard = case.question.heard
    rows = [row for row in case.tools.eligibility() if row["product"] in (heard.products or (row["product"],))]
    claims, entries = list[Claim](), list[Entry]()
    for row in rows:
        low, high = row["limits"]["rate_min"], row["limits"]["rate_max"]
        text = f"The interest rate of the {case.name(row['product'])} lies between {{low}} and {{high}}."
        claims.append(Claim("rates", text, {"low": case.rate(low), "high": case.rate(high)}, topic_of(row["product"])))
        entries += [figure(f"{row['product']}.{side}", "fraction", held, per="year") for side, held in
                    (("rate_min", low), ("rate_max", high))]  # fmt: skip
    memory = replace(wished(case)[1], asked="quote", waiting="amount" if heard.products else "product_amount")
    asks = case.say("own_rate", "how-the-rate-is-set")
    return Part((*claims, asks), entries=tuple(entries), tools=("eligibility",), suggest="start", memory=memory)


def how_much(case: Case) -> Part:
    """The largest loan that would be approved; of every open product where none is named."""
    wish, memory = wished(case)
    if wish is None:
        return _most_of_each(case)
    wish = replace(wish, term_months=case.question.heard.terms[0] if case.question.heard.terms else None)
    if asks := ask_security(case, wish, memory, "how_much"):
        return asks
    return _most(case, wish, replace(memory, asked="how_much", waiting=""))


def _most_of_each(case: Case) -> Part:
    """The most of each open product that needs no security first."""
    rows = [row for row in case.tools.eligibility() if row["open"] and row["collateral"] not in NEEDS_SECURITY]
    memory = replace(case.memory, asked="how_much", waiting="product")
    parts = [_most(case, Wish(row["product"], joint=row["needs_co_applicant"]), memory) for row in rows]
    found = [part for part in parts if part.found]
    names = ", ".join(case.name(row["product"]) for row in case.tools.eligibility())
    asks = Part((case.say("ask_product", names=names),))
    if not found:
        return joined([Part((case.say("no_amount_now", "which-loan"),)), asks], memory=memory, tools=("what_if",),
                      suggest="improve")  # fmt: skip
    note = case.talk.replies["what_if"]
    plain = [replace(part, said=tuple(c for c in part.said if c.text != note)) for part in found]
    end = Part((case.say("what_if"),))
    return joined([*plain, end], outcome="approve", memory=memory, suggest="how_much")


def _most(case: Case, wish: Wish, memory: Memory) -> Part:
    payment = case.question.heard.monthly
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


def _terms_of(result: Result) -> Result:
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
