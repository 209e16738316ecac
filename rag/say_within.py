"""Answers on a loan whose monthly payment must keep within what the customer named."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from rag.asks import asked_for
from rag.content import Claim
from rag.ledger import Entry
from rag.parts import Case, Part, figure, figures_of, joined
from rag.ports import Wish
from rag.say_quote import most, quoted, terms_of
from rag.understand import Memory

Result = Mapping[str, Any]
_TRIES = 3
"""Terms that are decided in full before the assistant stops looking for one."""


def within(case: Case, wish: Wish, result: Result, memory: Memory, limit: Decimal) -> Part:
    """The loan over the term that was named, else over the shortest one whose payment keeps within the limit.

    `result` is what the bank would answer to the wish as it is, `limit` the most that the customer would pay a month.
    """
    if (result.get("repayment") or {}).get("kind") == "bullet":
        return quoted(case, wish, result, memory)
    rows = case.tools.terms(wish)
    fits = [row for row in rows if Decimal(row["instalment"]) <= limit]
    found = _shortest(case, wish, fits, limit)
    if case.question.heard.terms:
        return _over_that_term(case, wish, result, memory, limit, found)
    if found is not None:
        return _over_the_shortest(case, wish, found, memory, limit)
    if rows and not fits:
        return _over_none(case, wish, rows[-1]["term_months"], memory, limit)
    return _over_that_term(case, wish, result, memory, limit, None)


def _shortest(case: Case, wish: Wish, rows: Sequence[Result], limit: Decimal) -> Result | None:
    """The first of some terms that the bank's own decision approves within the limit."""
    for row in rows[:_TRIES]:
        result = _over(case, wish, row["term_months"])
        if _keeps(result, result["outcome"], limit):
            return result
    return None


def _over(case: Case, wish: Wish, term: int) -> Result:
    return {**case.tools.quote(replace(wish, term_months=term)), "offers": []}


def _keeps(terms: Result, outcome: str, limit: Decimal) -> bool:
    return outcome == "approve" and Decimal(terms["instalment"]) <= limit


def _over_the_shortest(case: Case, wish: Wish, found: Result, memory: Memory, limit: Decimal) -> Part:
    term = found["term_months"]
    told = quoted(case, replace(wish, term_months=term), found, replace(memory, term_months=term))
    lead = case.say("within", "monthly-payments", limit=case.money(limit), term=case.months(term))
    return replace(told, said=(lead, *told.said), entries=(*told.entries, limit_entry(limit)))


def _over_that_term(
    case: Case, wish: Wish, result: Result, memory: Memory, limit: Decimal, found: Result | None
) -> Part:  # fmt: skip
    """The answer to the wish as it is, whether its payment keeps within the limit, and what else would."""
    told = quoted(case, wish, result, memory)
    if result["outcome"] == "refer":
        return told
    kept = _keeps(terms_of({**result, "offers": []} if wish.term_months else result), result["outcome"], limit)
    verdict = _verdict(case, limit, kept=kept) if result["outcome"] == "approve" else Part()
    *said, note = told.said
    parts = [replace(told, said=tuple(said)), verdict, Part() if kept else _instead(case, wish, memory, limit, found)]
    whole = joined(parts, outcome=result["outcome"], suggest=told.suggest, memory=told.memory)
    return replace(whole, said=(*(one for one in whole.said if one != note), note))


def _verdict(case: Case, limit: Decimal, *, kept: bool) -> Part:
    claim = case.say("within_kept" if kept else "within_passed", "monthly-payments", limit=case.money(limit))
    return Part((claim,), entries=(limit_entry(limit),))


def _instead(case: Case, wish: Wish, memory: Memory, limit: Decimal, found: Result | None) -> Part:
    """The shortest time that keeps within the limit, else the largest amount which the payment carries, if any."""
    if found is None:
        carried = most(case, replace(wish, term_months=None), memory, limit)
        return carried if carried.found else Part()
    slots = {"term": case.months(found["term_months"]), "instalment": case.money(found["instalment"])}
    claim = case.say("within_at", "monthly-payments", limit=case.money(limit), **slots)
    return Part((claim,), entries=(*figures_of(found, case.currency), limit_entry(limit)), tools=("quote",))


def _over_none(case: Case, wish: Wish, longest: int, memory: Memory, limit: Decimal) -> Part:
    """That no time keeps within the limit, what the longest one costs a month, and what the payment carries."""
    result = _over(case, wish, longest)
    claims: list[Claim] = [case.say("within_none", "monthly-payments", limit=case.money(limit))]
    if result["outcome"] == "approve":
        slots = {"term": case.months(longest), "instalment": case.money(result["instalment"])}
        claims.append(case.say("within_longest", "changing-the-term", **slots))
    entries = (*figures_of(result, case.currency), *asked_for(result), limit_entry(limit))
    told = Part(tuple(claims), entries=entries, tools=("quote",))
    carried = most(case, replace(wish, term_months=None), memory, limit)
    return joined([told, carried], suggest="how_much", memory=replace(memory, term_months=longest))


def limit_entry(limit: Decimal) -> Entry:
    """The limit as a figure that may only be told as the most there may be."""
    return replace(figure("asked.limit", "money", limit, "instalment", per="month"), sides=frozenset({"ceiling"}))
