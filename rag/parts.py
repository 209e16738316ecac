"""Parts of the assistant's answers: what a question found, and the check that it passes before it is told."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from lending.domain.errors import CandorError
from rag.answer import section
from rag.chunk import Passage
from rag.content import Claim
from rag.entries import ledger_of
from rag.ledger import Entry, Ledger, passage_entries
from rag.numbers import Kind
from rag.ports import Toolbox, Writing
from rag.talk import Talk
from rag.understand import Memory, Question
from rag.verify import Failure, Ground, Sentence, verify
from rag.wording import Plan
from rag.words import search_words

Result = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Case:
    """One question with all that answers it."""

    question: Question
    memory: Memory
    tools: Toolbox
    talk: Talk
    writing: Writing
    currency: str

    def say(self, key: str, topic: str = "", **slots: str) -> Claim:
        """A sentence of kb/assistant.yaml as a claim."""
        return Claim(key, self.talk.replies[key], slots, topic)

    def money(self, value: object) -> str:
        """An amount in words."""
        return self.writing.round_money(Decimal(str(value)))

    def months(self, value: object) -> str:
        """A time in words."""
        return self.writing.quantity(Decimal(str(value)), "months")

    def rate(self, value: object) -> str:
        """A yearly rate in words."""
        return self.writing.rate(Decimal(str(value)))

    def name(self, product: str) -> str:
        """What customers call a product."""
        return self.talk.products[product][0] if product in self.talk.products else product.replace("_", " ")


@dataclass(frozen=True, slots=True)
class Part:
    """What answers one question.

    Attributes:
        said: in order, claims with slots, whose citation is looked up by their topic, and sentences of documents.
        passages: those that may be cited.
        entries: figures that the claims may state.
        outcome: of the decision that it speaks of.
        tools: what was asked of the toolbox.
        suggest: key of the suggestions that fit.
        memory: what the conversation is about now; None leaves it as it was.
        found: whether it answers; False for `I do not know`.
    """

    said: tuple[Claim | Sentence, ...] = ()
    passages: tuple[Passage, ...] = ()
    entries: tuple[Entry, ...] = ()
    outcome: str = ""
    tools: tuple[str, ...] = ()
    suggest: str = ""
    memory: Memory | None = None
    found: bool = True


@dataclass(frozen=True, slots=True)
class Checked:
    """A part as it may be shown, and what had to go; with a plan where a model may word it."""

    sentences: tuple[Sentence, ...]
    passages: tuple[Passage, ...]
    failures: tuple[Failure, ...] = ()
    plan: Plan | None = None
    ground: Ground | None = None


def topic_of(product: str) -> str:
    """The document about a product."""
    return "gold-loan-bullet" if product == "gold_bullet" else f"{product}-loan"


def figure(name: str, kind: Kind, value: object, *measures: str, per: str = "") -> Entry:
    """A figure of a tool's result that no quote result holds."""
    return Entry(name, kind, Decimal(str(value)), per=per, measures=frozenset(measures))


def figures_of(result: Result, currency: str) -> tuple[Entry, ...]:
    """The figures of a quote result, and those that the bank's own words in it state."""
    texts = [r["text"] for name in ("reasons", "conditions", "ways_in") for r in result.get(name) or []]
    texts += [result["why_no_plan"]["text"]] if result.get("why_no_plan") else []
    stated = (entry for n, text in enumerate(texts) for entry in passage_entries(f"stated {n}", text))
    return (*ledger_of(result, currency).entries, *stated)


def told_from(passages: Iterable[Passage]) -> tuple[Sentence, ...]:
    """Whole sections, in the documents' own words."""
    return tuple(sentence for passage in passages for sentence in section(passage))


def checked(part: Part, case: Case) -> Checked:
    """The part's sentences that stand: all of them, or else those that pass each by itself.

    Sections of documents stand or fall together: a sentence taken out of its section can turn round.
    """
    sentences, passages = _cited(part, case)
    ground = Ground(Ledger(part.entries, case.currency), {p.id: p.read for p in passages}, part.outcome)
    failures = verify(sentences, ground) if sentences else []
    if failures:
        sentences = _standing(part, sentences, ground) or [Sentence(case.talk.replies["unchecked"])]
    used = {name for sentence in sentences for name in sentence.cites}
    shown = tuple(p for p in passages if p.id in used)
    return Checked(tuple(sentences), shown, tuple(failures), _plan(part, sentences, shown), ground)


def _plan(part: Part, sentences: Sequence[Sentence], passages: Sequence[Passage]) -> Plan | None:
    """Claims about an approved loan as a plan; documents and refusals are told in their own words."""
    claims = [one for one in part.said if isinstance(one, Claim)]
    if part.outcome != "approve" or len(claims) != len(sentences) or len(claims) != len(part.said):
        return None
    cited = (replace(claim, cites=sentence.cites) for claim, sentence in zip(claims, sentences, strict=True))
    return Plan(tuple(cited), {p.id: p for p in passages})


def _standing(part: Part, sentences: Sequence[Sentence], ground: Ground) -> list[Sentence]:
    """What passes by itself; nothing at all when no sentence with a figure is left of those that had one."""
    told = [s for s in part.said if isinstance(s, Sentence)]
    keep_told = not verify(told, ground)
    kept = [
        sentence
        for one, sentence in zip(part.said, sentences, strict=True)
        if (keep_told if isinstance(one, Sentence) else not verify([sentence], ground))
    ]
    figures = {one.filled for one in part.said if isinstance(one, Claim) and one.slots}
    return [] if figures and not figures & {s.text for s in kept} else kept


def _cited(part: Part, case: Case) -> tuple[list[Sentence], list[Passage]]:
    """What is said as sentences, each claim with the section that says its rule."""
    passages = {p.id: p for p in part.passages}
    sentences: list[Sentence] = []
    for one in part.said:
        if isinstance(one, Sentence):
            sentences.append(one)
            continue
        best = _section_for(one, case.tools) if one.topic else None
        if best is not None:
            passages.setdefault(best.id, best)
        sentences.append(Sentence(one.filled, (best.id,) if best is not None else ()))
    return sentences, list(passages.values())


def _section_for(claim: Claim, tools: Toolbox) -> Passage | None:
    """The section of the claim's document that shares most words with it; None where none does, or none is found."""
    try:
        sections = tools.document(claim.topic)
    except CandorError:
        return None
    said = _stems(claim.filled)
    shared = [(len(said & _stems(p.read)), -place, p) for place, p in enumerate(sections)]
    best = max(shared, default=None, key=lambda one: one[:2])
    return best[2] if best is not None and best[0] else None


def joined(parts: Sequence[Part], **changes: Any) -> Part:
    """Several parts as one, in order; what they agree on has to be named anew."""
    names = ("passages", "entries", "tools")
    found = {name: tuple(dict.fromkeys(item for part in parts for item in getattr(part, name))) for name in names}
    said = tuple(one for part in parts for one in part.said)
    return Part(said, **{**found, **changes})


def _stems(text: str) -> set[str]:
    return {word[:5] for word in search_words(text)}
