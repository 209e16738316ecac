"""What a question on a loan speaks of, with what was said before, and what has to be asked back for."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from rag.content import Claim
from rag.heard import Heard
from rag.ledger import Entry
from rag.parts import Case, Part, figure, joined, topic_of
from rag.ports import Wish
from rag.understand import Memory

Result = Mapping[str, Any]
NEEDS_SECURITY = ("property", "gold")
_AT_THE_BANKS_PRICE = ("how_much", "compare", "rates", "eligible", "improve", "why_rate")
_OWN_RATE = re.compile(
    r"\b(?:your|my|real|actual|bank'?s?|own|what|which) (?:\w+ )?(?:rates?|apr)\b|"
    r"\b(?:offer|quote|you (?:charge|ask|offer))\b",
    re.IGNORECASE,
)


def wished(case: Case) -> tuple[Wish | None, Memory]:
    """The loan that a question speaks of, with what was said before, and the conversation's new memory."""
    heard, before = case.question.heard, case.memory
    product = first_of(heard.products) or before.product
    same = before.product in (None, product)
    kept = before if same else Memory(amount=before.amount, joint=before.joint)
    value = heard.value or kept.value
    amount, down = _borrowed(heard, product, replace(kept, value=value))
    memory = replace(
        kept, product=product, amount=amount, down=down, value=value,
        term_months=first_of(heard.terms) or kept.term_months,
        weight_g=heard.weight_g or kept.weight_g, purity_k=heard.purity_k or kept.purity_k,
        rate=_supposed_rate(case, kept), joint=heard.joint or kept.joint, decision_id=before.decision_id,
        limit=heard.monthly or _limit(heard, kept),
    )  # fmt: skip
    return memory.wish, memory


def _supposed_rate(case: Case, kept: Memory) -> Decimal | None:
    """The rate that was supposed of the same loan; None for another loan, and where the bank's own price is asked."""
    heard = case.question.heard
    another = bool(heard.products and heard.amounts)
    asks_ours = case.question.intent in _AT_THE_BANKS_PRICE or _OWN_RATE.search(heard.text)
    return None if another or asks_ours else kept.rate


def ask_back(case: Case, wish: Wish | None, memory: Memory, intent: str = "quote") -> Part | None:
    """What is missing before anything can be worked out, as a question; None when nothing is."""
    names = ", ".join(case.name(row["product"]) for row in case.tools.eligibility())
    if wish is None:
        waiting = "product" if memory.amount is not None else "product_amount"
        return asking(case.say(f"ask_{waiting}", names=names), memory, intent, waiting)
    if wish.amount is None:
        return asking(case.say("ask_amount"), memory, intent, "amount", _limits(case, wish.product))
    return None


def asking(claim: Claim, memory: Memory, intent: str, waiting: str, more: Part | None = None) -> Part:
    """A question back, and what it waits for."""
    held = replace(memory, asked=intent, waiting=waiting)
    parts = [more, Part((claim,))] if more else [Part((claim,))]
    return joined(parts, memory=held, suggest="start", tools=("eligibility",))


def _limits(case: Case, product: str) -> Part | None:
    row = next(iter(case.tools.eligibility(product)), None)
    return None if row is None else limits(row, case)


def limits(row: Result, case: Case) -> Part:
    """From what to what a product lends."""
    held = row["limits"]
    slots = {
        "least": case.money(held["amount_min"]),
        "most": case.money(held["amount_max"]),
        "first": case.months(held["term_months_min"]),
        "last": case.months(held["term_months_max"]),
    }
    money = [figure(f"limits.{n}", "money", held[n], "amount") for n in ("amount_min", "amount_max")]
    months = [figure(f"limits.{n}", "months", held[n], "term") for n in ("term_months_min", "term_months_max")]
    return Part(
        (case.say("limits", topic_of(row["product"]), **slots),), entries=(*money, *months), tools=("eligibility",)
    )


def ask_security(case: Case, wish: Wish, memory: Memory, intent: str) -> Part | None:
    """What secures the loan as a question, where the product needs it and nothing was said; else None."""
    row = next(iter(case.tools.eligibility(wish.product)), None)
    kind = row["collateral"] if row else ""
    known = wish.value if kind == "property" else wish.weight_g and wish.purity_k
    if kind not in NEEDS_SECURITY or known:
        return None
    key, waiting = ("ask_gold", "gold") if kind == "gold" else ("ask_value", "value")
    return asking(case.say(key), memory, intent, waiting)


def security_missing(case: Case, result: Result, wish: Wish, memory: Memory) -> Part | None:
    """Asks for the value of the security where a rule could not be looked at without it."""
    unknown = any(f["field"].startswith("ltv") and f["value"] is None for f in result["findings"] if not f["passed"])
    alone = all(f["field"].startswith("ltv") for f in result["findings"] if not f["passed"])
    return ask_security(case, wish, memory, "quote") if unknown and alone else None


def _borrowed(heard: Heard, product: str | None, kept: Memory) -> tuple[Decimal | None, Decimal | None]:
    """What is to be borrowed, and what of the price is paid down; without a new price or deposit, both as before."""
    price = _price(heard, product, kept)
    if price is None and heard.down is None:
        return kept.amount, kept.down
    down = heard.down or (kept.down if kept.amount is None else None)
    if price is not None and heard.down_share is not None:
        down = (price * heard.down_share).quantize(Decimal("0.01"))
    if price is None or down is None:
        return price, down
    return (price - down, down) if down < price else (price, None)


def _price(heard: Heard, product: str | None, kept: Memory) -> Decimal | None:
    """What is paid for: an amount or a price that is named, of a car alone too; else what a deposit is paid of."""
    pays = heard.down is not None or heard.down_share is not None
    if heard.down_share is not None and kept.value is not None:
        return kept.value
    named = first_of(heard.amounts) or (heard.value if pays or product == "car" else None)
    if named is not None or not pays:
        return named
    return kept.value if kept.amount is None else kept.amount + (kept.down or Decimal(0))


def with_deposit(case: Case, part: Part) -> Part:
    """A part that first tells what a deposit does, where the question changed it, or that it was not used."""
    before, held = case.memory, part.memory or case.memory
    if held.amount is None:
        return part
    changed = held.down is not None and (held.amount, held.down) != (before.amount, before.down)
    down = held.down if changed else case.question.heard.down if held.down is None else None
    if down is None:
        return part
    price = held.amount + (held.down or Decimal(0))
    slots = {"down": case.money(down), "amount": case.money(held.amount), "price": case.money(price)}
    entries = (figure("deposit", "money", down, "deposit"), figure("deposit.amount", "money", held.amount, "amount"),
               figure("deposit.price", "money", price, "amount"))  # fmt: skip
    told = case.say("deposit" if held.down else "deposit_unused", **slots)
    return replace(part, said=(told, *part.said), entries=(*part.entries, *entries))


def _limit(heard: Heard, kept: Memory) -> Decimal | None:
    """The limit of the monthly payment that was named before; a loan that is named anew as a whole has none."""
    anew = heard.products and heard.amounts and not kept.waiting
    return None if anew else kept.limit


def first_of(values: Sequence[Any]) -> Any:
    """The first value, or None."""
    return next(iter(values), None)


def asked_for(result: Result) -> tuple[Entry, Entry]:
    """Amount and term as something that was asked for, also where the answer was a no."""
    return (figure("asked.amount", "money", result["amount"], "amount", "repay"),
            figure("asked.term", "months", result["term_months"]))  # fmt: skip
