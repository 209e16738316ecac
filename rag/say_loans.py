"""Answers that are worked out: what a loan costs, several compared, the most there is."""

from __future__ import annotations

from dataclasses import replace

from rag.asks import NEEDS_SECURITY, ask_back, ask_security, security_missing, wished, with_deposit
from rag.content import Claim
from rag.ledger import Entry
from rag.parts import Case, Part, figure, joined, topic_of
from rag.ports import Wish
from rag.say_quote import most, quoted
from rag.say_repaying import supposed
from rag.say_within import within


def quote(case: Case) -> Part:
    """What a loan would cost, as the bank would decide today, with what a deposit does to it."""
    return with_deposit(case, _quote(case))


def _quote(case: Case) -> Part:
    if (planned := supposed(case)) is not None:
        return planned
    wish, memory = wished(case)
    if missing := ask_back(case, wish, memory):
        return missing
    assert wish is not None  # noqa: S101 - `ask_back` asks for it
    result = case.tools.quote(wish)
    if needs := security_missing(case, result, wish, memory):
        return needs
    memory = replace(memory, asked="quote", waiting="")
    return (
        quoted(case, wish, result, memory) if memory.limit is None else within(case, wish, result, memory, memory.limit)
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
    payment = memory.limit if case.question.heard.terms else case.question.heard.monthly
    return most(case, wish, replace(memory, asked="how_much", waiting="", down=None), payment)


def _most_of_each(case: Case) -> Part:
    """The most of each open product that needs no security first."""
    rows = [row for row in case.tools.eligibility() if row["open"] and row["collateral"] not in NEEDS_SECURITY]
    memory = replace(case.memory, asked="how_much", waiting="product")
    wishes = (Wish(row["product"], joint=row["needs_co_applicant"]) for row in rows)
    parts = [most(case, one, memory, case.question.heard.monthly) for one in wishes]
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
