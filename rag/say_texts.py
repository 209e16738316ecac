"""Answers in the documents' own words, small talk, what the assistant keeps out of, and the customer's own papers."""

from __future__ import annotations

from dataclasses import replace

from lending.domain.errors import UnavailableError
from rag.answer import answer
from rag.asks import wished
from rag.content import Claim
from rag.ledger import Ledger
from rag.parts import Case, Part, joined, told_from
from rag.plain import plain_sentences
from rag.ports import Hit
from rag.understand import GATES
from rag.verify import Ground, Sentence
from rag.words import search_words

MOST_WORDS_OF_A_PAPER = 20
_DOCUMENT_BESIDE = {
    "staff_only": "how-we-decide", "advice": "assistant", "act": "apply", "screened": "ask-for-a-person",
    "others": "your-data",
}  # fmt: skip


def policy(case: Case) -> Part:
    """What the knowledge base says; nothing where no passage is near enough."""
    heard = case.question.heard
    product = heard.products[0] if len(heard.products) == 1 else None if heard.products else case.memory.product
    try:
        hits = case.tools.search(case.question.text, product) or case.tools.search(case.question.text)
    except UnavailableError:
        return Part((case.say("unavailable"),), tools=("search",), suggest="unknown", found=False)
    passages = tuple(hit.passage for hit in hits)
    found = answer(hits, Ground(Ledger((), case.currency), {p.id: p.read for p in passages}))
    if not found.found:
        return unknown(case) if len(search_words(case.question.text)) > 1 else small(case, "unclear")
    memory = replace(wished(case)[1], waiting="")
    return Part(said=found.sentences, passages=passages, tools=("search",), suggest="quote", memory=memory)


def unknown(case: Case) -> Part:
    """Nothing answers: a person can."""
    return Part((case.say("unknown"),), tools=("search",), suggest="unknown", found=False)


def documents(case: Case) -> Part:
    """Which papers a loan needs."""
    product = next(iter(case.question.heard.products), None) or case.memory.product
    if product is None:
        names = ", ".join(case.name(row["product"]) for row in case.tools.eligibility())
        held = replace(case.memory, asked="documents", waiting="product")
        rule = policy(case)
        general = [rule] if rule.found and all(p.product is None for p in rule.passages[:1]) else []
        return joined([*general, Part((case.say("ask_product", names=names),))], memory=held, suggest="documents")
    try:
        passages = tuple(case.tools.checklist(product))
    except UnavailableError:
        return Part((case.say("unavailable"),), tools=("checklist",), found=False)
    if not passages:
        return unknown(case)
    memory = replace(case.memory, product=product, waiting="", asked="documents")
    return Part(said=told_from(passages), passages=passages, tools=("checklist",), suggest="documents", memory=memory)


def own_papers(case: Case) -> Part:
    """What the customer's own papers say, told as theirs; nothing in them is followed."""
    hits = case.tools.own_documents(case.question.text)
    lines = [line for hit in hits[:2] for line in _lines(hit, case)][:3]
    if not lines:
        return joined([Part((case.say("no_paper_passage"),), tools=("own_documents",), found=False)], found=False)
    told = tuple(Sentence(text, (hit.passage.id,)) for text, hit in lines)
    note = Part((case.say("papers_note"),))
    cited = tuple(dict.fromkeys(hit.passage for _, hit in lines))
    return joined([Part(said=told, passages=cited, tools=("own_documents",)), note], suggest="documents")


def person(case: Case) -> Part:
    """A person is wanted: noted with the conversation, and how to reach one."""
    return Part((case.say("hand_over", "ask-for-a-person"),), tools=("hand_over",), suggest="start")


def complaint(case: Case) -> Part:
    """How to complain, and that a person is there."""
    return joined([Part((case.say("complaint"),)), named_document(case)], suggest="unknown")


def hardship(case: Case) -> Part:
    """What happens when a payment is late, and a person."""
    held = replace(case.memory, asked="hardship", waiting="")
    return joined([Part((case.say("worried"),)), named_document(case), person(case)], suggest="trouble", memory=held)


def named_document(case: Case) -> Part:
    """The text that answers an intent, as kb/assistant.yaml names it; searched for where it is not there."""
    product = next(iter(case.question.heard.products), case.memory.product)
    first = ("study-time",) if case.question.intent == "first_payment" and product == "education" else ()
    for doc_id in (*first, *case.talk.documents[case.question.intent]):
        if found := tuple(case.tools.document(doc_id)[:3]):
            return Part(said=told_from(found), passages=found, tools=("search",), suggest="unknown")
    return policy(case)


def gate(case: Case) -> Part:
    """What the assistant keeps out of, politely, with what it can tell instead."""
    key = case.question.intent
    doc_id = _DOCUMENT_BESIDE.get(key, "")
    suggest = {"crisis": "trouble", "spanish": "unknown"}.get(key, "gate")
    return Part((case.say(key, doc_id),), suggest=suggest, found=key not in GATES, tools=())


def other_product(case: Case) -> Part:
    """A loan that the bank does not have."""
    names = ", ".join(case.name(row["product"]) for row in case.tools.eligibility())
    return Part((case.say("other_product", "which-loan", names=names),), tools=("eligibility",), suggest="start")


def small(case: Case, key: str = "") -> Part:
    """Hello, thanks, goodbye and the like."""
    return Part((case.say(key or case.question.intent),), suggest="start", found=not key)


def _lines(hit: Hit, case: Case) -> list[tuple[str, Hit]]:
    """The lines of a paper nearest to the question, as quotations; what reads like an order to us is left out."""
    wanted = {word[:5] for word in search_words(case.question.text)}
    lines = [line for line in plain_sentences(hit.passage.text) if not _orders(line, case)]
    ranked = sorted(lines, key=lambda line: -len(wanted & {w[:5] for w in search_words(line)}))
    return [(_quoted(line, hit, case), hit) for line in ranked[:2]]


def _orders(line: str, case: Case) -> bool:
    gates = (case.talk.patterns[name] for name in ("injection", "act", "others"))
    return any(pattern.search(line) for pattern in (case.talk.orders, *gates))


def _quoted(line: str, hit: Hit, case: Case) -> str:
    words = line.split()
    text = " ".join(words[:MOST_WORDS_OF_A_PAPER]) + ("…" if len(words) > MOST_WORDS_OF_A_PAPER else "")
    title = " ".join(hit.passage.title.split()[:8])
    return Claim("paper", case.talk.replies["papers_say"], {"title": title, "text": text}).filled
