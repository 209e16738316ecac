"""Answers that are worked out: what a loan costs, several compared, the most there is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from rag.asks import NEEDS_SECURITY, ask_back, ask_security, asked_for, security_missing, wished
from rag.content import Claim, about
from rag.heard import Heard
from rag.ledger import Entry
from rag.parts import Case, Part, figure, figures_of, joined, topic_of
from rag.ports import Wish
from rag.say_repaying import supposed
from rag.understand import Memory

Result = Mapping[str, Any]
MOST_COMPARED = 3
YEAR = 12
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
    how = _terms_of(own).get("repayment") or {}
    claims = [_at_once(c) if how.get("kind") == "bullet" and c.code == "price" else c for c in claims]
    claims += [_pause(how, case)] if how.get("kind") == "moratorium" and how["moratorium_months"] else []
    claims += [_signed_by(case)] if wish.joint else []
    claims += [*alternatives_of(result, case), case.say("what_if")]
    entries = (*figures_of(own, case.currency), *_paused(how))
    suggest = "quote" if result["outcome"] == "approve" else "why"
    held = replace(memory, term_months=memory.term_months or int(_terms_of(own)["term_months"]))
    return Part(
        tuple(claims), entries=entries, outcome=result["outcome"], tools=("quote",), suggest=suggest, memory=held
    )


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
    return joined([*parts, told, end], outcome=outcome, suggest="compare", memory=memory)


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


def _variants(heard: Heard, wish: Wish, before: Memory) -> list[Wish]:
    if len(heard.products) > 1:
        return [replace(wish, product=p) for p in heard.products[:MOST_COMPARED]]
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
    back = Decimal(result["amount"]) + Decimal(result["total_interest"])
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


def _at_once(price: Claim) -> Claim:
    """The price of a loan without monthly payments."""
    text = "You repay {instalment} at once at the end; the interest rate is {rate} and the yearly cost (APR) is {apr}."
    return replace(price, text=text)


def _signed_by(case: Case) -> Claim:
    """With whom it was worked out, where the customer spoke of somebody who signs too."""
    names = case.tools.facts()["co_applicants"][:1]
    return (
        case.say("signed_with", "co-applicants", name=names[0])
        if names
        else case.say("no_co_applicant", "co-applicants")
    )


def _pause(how: Result, case: Case) -> Claim:
    slots = {"pause": case.months(how["moratorium_months"])}
    return Claim("pause", "The monthly payments begin after the first {pause}.", slots, "study-time")


def _paused(how: Result) -> tuple[Entry, ...]:
    months = how.get("moratorium_months")
    return (figure("repayment.moratorium_months", "months", months),) if months else ()
