"""Answers about the customer's own case: what was decided and why, what would help, what is on record, what is open."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from lending.domain.errors import CandorError
from rag.asks import wished
from rag.content import Claim, about
from rag.ledger import Entry
from rag.parts import Case, Part, figure, figures_of, joined
from rag.ports import Wish
from rag.say_open import eligible, sections_of
from rag.say_quote import alternatives_of, quoted
from rag.understand import Memory

Result = Mapping[str, Any]
SHOWN = 3
"""Decisions that a status tells."""
_PLAN = ("plan", "tried", "no_plan")
_REFUSED = re.compile(r"refus|declin|reject|denied|deny|turn|not |n't|\bno\b|disapprov|unsuccess", re.IGNORECASE)
_FACTS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("credit_score", "Your credit score on our record is {value}.", ("score",)),
    ("gross_monthly_income", "Your income on our record is {value} a month, before tax.", ("income",)),
    ("monthly_obligations", "Your monthly debts on our record are {value} a month.", ("dti",)),
)
_PAST = re.compile(r"\b(?:was|were|did|been|got|have|has|my|decision|application|request|refused|rejected)\b", re.I)
_SECURITY = ("value", "weight_g", "purity_k")
_ANSWER = {"approve": "a yes", "decline": "a no", "refer": "that a person looks at it first"}


def why(case: Case) -> Part:
    """Why a recorded decision came out as it did, and a plan that is worked out today."""
    wish, memory = wished(case)
    if wish is not None and wish.amount is not None and not memory.decision_id and not _PAST.search(case.question.text):
        return quoted(case, wish, case.tools.quote(wish), memory)
    decisions, named = case.tools.decisions(), case.question.heard.products
    if named and not any(d["product"] in named for d in decisions):
        return eligible(case)
    if not decisions:
        return Part((case.say("no_decision"),), tools=("decisions",), suggest="start", found=False)
    chosen = _spoken_of(case, decisions)
    told = _decision_part(case, chosen)
    if chosen["outcome"] == "approve" and _REFUSED.search(case.question.text):
        told = joined([Part((case.say("no_refusal"),)), told], outcome="approve")
    plan = _plan_for(case, chosen) if chosen["outcome"] == "decline" else Part()
    return joined([told, plan], outcome=chosen["outcome"], suggest="why", memory=memory_on(case.memory, chosen))


def why_rate(case: Case) -> Part:
    """What the rate is made of; the figure of the loan that is spoken of first."""
    loan = _rate_of(case)
    rule = sections_of(case, "how-the-rate-is-set", 2)
    if loan is None:
        return replace(rule, suggest="quote")
    rate = case.rate(loan["annual_rate"])
    name = case.name(loan["product"])
    claim = Claim(
        "rate", f"The interest rate of the {name} we speak of is {{rate}}.", {"rate": rate}, "how-the-rate-is-set"
    )
    first = Part((claim,), entries=figures_of({**loan, "offers": []}, case.currency), tools=("decisions",))
    return joined([first, rule], outcome=loan["outcome"], suggest="quote")


def improve(case: Case) -> Part:
    """What would turn the answer round, worked out again today."""
    wish, memory = wished(case)
    if wish is not None and wish.amount is not None:
        return _improved(case, case.tools.quote(wish), memory)
    decisions = case.tools.decisions()
    chosen = next((d for d in decisions if d["outcome"] != "approve"), None)
    if chosen is None:
        rule = sections_of(case, "plan", 2)
        return joined([Part((case.say("no_refusal" if decisions else "no_decision"),)), rule], suggest="start")
    return _improved(case, case.tools.quote(_wish_of(chosen)), memory_on(case.memory, chosen))


def co_applicants(case: Case) -> Part:
    """Who agreed to sign with the customer, and what that means."""
    names = case.tools.facts()["co_applicants"]
    said = [case.say("co_applicant", name=", ".join(names))] if names else [case.say("no_co_applicant")]
    return joined([Part(tuple(said), tools=("facts",)), sections_of(case, "co-applicants", 2)], suggest="eligible")


def suppose(case: Case) -> Part:
    """A record that is not so: nothing is worked out from it, but the plan says what would help."""
    first = Part((case.say("suppose", "plan"),))
    refused = any(d["outcome"] == "decline" for d in case.tools.decisions())
    plan = improve(case) if refused or case.memory.amount is not None else Part(suggest="start")
    return joined([first, plan], outcome=plan.outcome, suggest=plan.suggest, memory=plan.memory)


def status(case: Case) -> Part:
    """The latest decisions, one sentence each."""
    decisions = case.tools.decisions()[:SHOWN]
    if not decisions:
        return Part((case.say("no_decision"),), tools=("decisions",), suggest="start", found=False)
    parts = [
        _decided(case, one, "Before that, your request" if place else "Your latest request")
        for place, one in enumerate(decisions)
    ]
    return joined(parts, suggest="status", memory=memory_on(case.memory, decisions[0]))


def facts(case: Case) -> Part:
    """What the bank's record says of the customer."""
    held, writing = case.tools.facts(), case.writing
    claims: list[Claim] = []
    entries: list[Entry] = []
    for name, text, measures in _FACTS:
        if held.get(name) is None:
            missing = {"credit_score": "We have no credit score of yours on record."}.get(name)
            claims += [Claim(name, missing, topic="no-credit-score")] if missing else []
            continue
        points = name == "credit_score"
        value = writing.number(Decimal(held[name])) if points else case.money(held[name])
        claims.append(Claim(name, text, {"value": value}, "" if points else "your-data"))
        kind = "number" if points else "money"
        entries.append(figure(f"facts.{name}", kind, held[name], *measures, per="" if points else "month"))
    loans = held["loans"]
    owed = {1: "You have {count} loan with us on record."}.get(loans, "You have {count} loans with us on record.")
    text = owed if loans else case.talk.replies["no_loan"]
    claims.append(Claim("loans", text, {"count": str(loans)} if loans else {}))
    entries.append(figure("facts.loans", "number", loans))
    claims.append(Claim("correct", "If one of these is wrong, tell us, and a person corrects it.", topic="your-data"))
    return Part(tuple(claims), entries=tuple(entries), tools=("facts",), suggest="start")


def _spoken_of(case: Case, decisions: Any) -> Result:
    """The decision that is asked about, else the latest that was not a yes, else the latest."""
    asked = next((d for d in decisions if d["decision_id"] == case.memory.decision_id), None)
    wanted = case.question.heard.products or decisions[0]["product"]
    bad = [d for d in decisions if d["outcome"] != "approve"]
    ranked = sorted(bad, key=lambda d: (d["outcome"] != "decline", d["product"] not in wanted))
    return asked or next(iter(ranked), decisions[0])


def _decision_part(case: Case, decision: Result) -> Part:
    head = _decided(case, decision, "Your request")
    claims = tuple(c for c in about(decision, case.writing) if c.code not in ("declined", "valid"))
    body = Part(claims, entries=figures_of(decision, case.currency))
    return joined([head, body], outcome=decision["outcome"])


def _decided(case: Case, decision: Result, lead: str) -> Part:
    """One decision in a sentence."""
    day = date.fromisoformat(decision["recorded_on"])
    slots = {
        "day": case.writing.day(day),
        "amount": case.money(decision["amount"]),
        "term": case.months(decision["term_months"]),
    }
    what = f"{lead} was on {{day}}: {case.name(decision['product'])}, an amount of {{amount}}, over {{term}}."
    text = f"{what} Our answer was {_ANSWER[decision['outcome']]}."
    entries = (
        Entry("decision.day", "date", day=day),
        figure("decision.amount", "money", decision["amount"], "amount"),
        figure("decision.term", "months", decision["term_months"]),
    )
    topic = {"approve": "how-we-decide", "decline": "reasons", "refer": "ask-for-a-person"}[decision["outcome"]]
    return Part((Claim("decided", text, slots, topic),), entries=entries, tools=("decisions",))


def _plan_for(case: Case, decision: Result) -> Part:
    """A way on from a refusal, worked out on today's record."""
    try:
        today = case.tools.quote(_wish_of(decision))
    except CandorError:
        return Part()
    claims = tuple(c for c in about(today, case.writing) if c.code in _PLAN)
    return Part(claims, entries=figures_of(today, case.currency), tools=("what_if",))


def _improved(case: Case, today: Result, memory: Memory) -> Part:
    if today["outcome"] == "approve":
        claims = [
            Claim("yes_today", "With today's record the answer to this request would be a yes.", topic="how-we-decide")
        ]
        return Part((*claims, case.say("what_if")), outcome="approve", tools=("quote",), suggest="quote", memory=memory)
    if today["outcome"] == "refer":
        claims = about(today, case.writing)
        return Part(tuple(claims), outcome="refer", tools=("quote",), suggest="status", memory=memory)
    claims = [c for c in about(today, case.writing) if c.code in _PLAN] + list(alternatives_of(today, case))
    claims += [case.say("helps", "plan")] if today["ways_in"] else []
    claims += [Claim("way_in", way["text"]) for way in today["ways_in"]]
    entries = figures_of(today, case.currency)
    return Part((*claims, case.say("what_if")), entries=entries, outcome="decline", tools=("what_if",),
                suggest="improve", memory=memory)  # fmt: skip


def _rate_of(case: Case) -> Result | None:
    wish, _ = wished(case)
    if wish is not None and wish.amount is not None:
        found = case.tools.quote(wish)
        return found if found["annual_rate"] is not None else None
    return next((d for d in case.tools.decisions() if d["annual_rate"] is not None), None)


def _wish_of(decision: Result) -> Wish:
    """What was asked for, with what secures it and whether somebody signs too."""
    request = decision["request"]
    security = {
        name: Decimal(str(held)) for name, held in (request["collateral"] or {}).items() if name in _SECURITY and held
    }
    return Wish(
        decision["product"], Decimal(decision["amount"]), int(decision["term_months"]), **security,
        joint=request["co_applicant"] is not None, refinances=tuple(request["refinances"]),
    )  # fmt: skip


def memory_on(memory: Memory, decision: Result) -> Memory:
    """A conversation that speaks of a decision from now on: `{decision_id, product, amount, term_months, request}`."""
    wish = _wish_of(decision)
    return replace(
        memory, product=wish.product, amount=wish.amount, term_months=wish.term_months, value=wish.value,
        weight_g=wish.weight_g, purity_k=wish.purity_k, joint=wish.joint, decision_id=decision["decision_id"],
        asked="quote", waiting="", rate=None, down=None,
    )  # fmt: skip
