"""Answers on the loans that the customer has at the bank, as the record holds them."""

from __future__ import annotations

from decimal import Decimal

from rag.content import Claim
from rag.ledger import Entry
from rag.parts import Case, Part, figure


def owed(case: Case) -> Part:
    """What is left to pay off and what is paid a month, loan by loan; together where there are several."""
    loans = [(Decimal(one["instalment"]), Decimal(one["payoff"])) for one in case.tools.loans()]
    if not loans:
        return Part((case.say("no_loan"),), tools=("loans",), suggest="start")
    which = "your" if len(loans) == 1 else "a"
    rows = [_loan(case, "loan_owed", *loan, which=which) for loan in loans]
    if len(loans) > 1:
        rows.append(_loan(case, "loans_owed", *(sum(column, Decimal(0)) for column in zip(*loans, strict=True))))
    claims = (*(claim for claim, _ in rows), case.say("owed_today", "payoff"))
    entries = tuple(entry for _, found in rows for entry in found)
    return Part(claims, entries=entries, tools=("loans",), suggest="owed")


def _loan(case: Case, key: str, instalment: Decimal, payoff: Decimal, **more: str) -> tuple[Claim, tuple[Entry, ...]]:
    claim = case.say(key, instalment=case.money(instalment), owed=case.money(payoff), **more)
    monthly = figure(f"{key}.instalment", "money", instalment, per="month")
    return claim, (monthly, figure(f"{key}.payoff", "money", payoff))
