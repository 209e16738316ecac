"""Answers on which loans are open to the customer, and what closes the others."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from lending.domain.errors import CandorError
from rag.answer import answer
from rag.asks import limits, wished
from rag.content import Claim
from rag.ledger import Ledger
from rag.parts import Case, Part, joined, told_from, topic_of
from rag.say_loans import quote
from rag.verify import Ground

Result = Mapping[str, Any]
_SORTS = re.compile(
    r"\b(?:students?|studying|retire\w*|pension\w*|self.?employed|freelanc\w*|gig|driver|unemployed|jobless|no job|"
    r"new job|no credit|without (?:a )?(?:credit|income|job|score)|no score|foreigner|age|old|young|under 18)\b",
    re.IGNORECASE,
)  # fmt: skip


def eligible(case: Case) -> Part:
    """Which loans are open to the customer; for a kind of person the rule first."""
    heard = case.question.heard
    if heard.amounts:
        return quote(case)
    product = heard.products[0] if heard.products else None
    if product is None and case.memory.asked == "eligible":
        product = case.memory.product
    rule = _rule_of_sort(case, product)
    rows = case.tools.eligibility(product)
    parts = [_open(case, row) for row in rows] if product else _open_ones(case, rows)
    memory = replace(wished(case)[1], asked="eligible", waiting="amount" if product else "")
    return joined([rule, *parts] if rule else parts, suggest="eligible", memory=memory)


def products(case: Case) -> Part:
    """Which loans there are, and which fits."""
    parts = _open_ones(case, case.tools.eligibility())
    return joined([*parts, sections_of(case, "which-loan", 1)], suggest="start", memory=case.memory)


def _open_ones(case: Case, rows: Sequence[Result]) -> list[Part]:
    """The open loans in one sentence, and what closes each of the others."""
    names = ", ".join(case.name(row["product"]) for row in rows if row["open"])
    head = [Part((case.say("open_ones", "which-loan", names=names),), tools=("eligibility",))] if names else []
    return [*head, *(_open(case, row) for row in rows if not row["open"])]


def _open(case: Case, row: Result) -> Part:
    """Whether one loan is open, with its limits or what closes it."""
    name, topic = case.name(row["product"]), topic_of(row["product"])
    if row["open"]:
        key = "open_joint" if row["needs_co_applicant"] else "open"
        return joined([Part((case.say(key, topic, name=name),), tools=("eligibility",)), limits(row, case)])
    reasons = [Claim("reason", text) for text in dict.fromkeys(f["text"] for f in row["findings"])]
    ways = [case.say("way_in", "who-can-borrow", text=text) for text in row["ways_in"]]
    return Part((case.say("closed", topic, name=name), *reasons, *ways), tools=("eligibility",))


def _rule_of_sort(case: Case, product: str | None) -> Part | None:
    """What the documents say about a kind of person; the customer's own case is told beside it."""
    if not _SORTS.search(case.question.text):
        return None
    try:
        hits = case.tools.search(case.question.text, product)
    except CandorError:
        return None
    passages = tuple(hit.passage for hit in hits)
    found = answer(hits, Ground(Ledger((), case.currency), {p.id: p.read for p in passages}))
    return Part(said=found.sentences, passages=passages, tools=("search",)) if found.found else None


def sections_of(case: Case, doc_id: str, count: int) -> Part:
    """The first sections of a document; nothing while there is no index."""
    try:
        found = tuple(case.tools.document(doc_id)[:count])
    except CandorError:
        return Part()
    return Part(said=told_from(found), passages=found, tools=("search",))
