"""Tells a text: claims, their sources, a template, a model's words once they passed; chained, kept and noted."""

from __future__ import annotations

import base64
import json
import re
import secrets
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, cast

from lending.domain.record import Json, canonical, sha256_hex
from lending.errand import current_id
from lending.ports import Clock, Decisions
from lending.word_ports import GenerationRow, Generations, KeptTexts
from rag.content import Claim
from rag.events import TEMPLATE, CitationsEvent, Cited, DoneEvent, Event, SentenceEvent, Worded
from rag.ledger import Ledger
from rag.ports import LanguageModel
from rag.prompt import Prompt, Prompts
from rag.verify import Failure, Ground, Sentence, verify
from rag.wording import Plan, texts
from serving.grounds import grounded
from serving.sources import Sources

SCHEMA = "text/1"
PROMPT = "reword"
_DIGITS = re.compile(r"\d")


@dataclass(frozen=True, slots=True)
class Text:
    """A text to be told.

    Attributes:
        kind: `explanation`, `comparison`, `case_summary` or `analysis`.
        customer_id: whose record it is about; what is kept is sealed with their key.
        actor: who asked.
        decision_id: what it is chained to; None where it is about no single decision.
        core_sha256: of that decision.
        day: for which day its sources must hold.
        claims: makes what is to be told; called once.
        ledger: the figures it may state.
        outcome: of the decision; empty where it is about none.
        reworded: whether a model may word it.
        about: what it takes to check it again, such as the offers that it compares.
        stated: texts of the bank that may state figures too, such as the words of its reasons.
    """

    kind: str
    customer_id: str
    actor: str
    decision_id: str | None
    core_sha256: str
    day: date
    claims: Callable[[], Sequence[Claim]]
    ledger: Ledger
    outcome: str
    reworded: bool
    audiences: tuple[str, ...] = ("customer",)
    about: tuple[str, ...] = ()
    stated: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Ready:
    """A text with its plan, and what it is kept under."""

    text: Text
    plan: Plan
    ground: Ground
    prompt: Prompt
    index: str
    key: str
    took: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Teller:
    """Everything that a text goes through, whatever it is about."""

    model: LanguageModel | None
    prompts: Prompts
    sources: Sources
    generations: Generations
    kept: KeptTexts
    decisions: Decisions
    clock: Clock

    def tell(self, text: Text) -> Iterator[Event]:
        """The events of a text; the last is `DoneEvent` with the id under which it is noted.

        Raises:
            UnavailableError: the record cannot be written; what was told until then had passed.
        """
        ready = self._prepare(text)
        kept = self._kept(ready)
        for event in _again(kept) if kept else self._anew(ready):
            yield self._done(event, ready, cached=kept is not None) if isinstance(event, DoneEvent) else event

    def _prepare(self, text: Text) -> _Ready:
        started = time.perf_counter()
        claims = text.claims()
        planned = time.perf_counter()
        cited, passages = self.sources.cite(claims, text.day, text.audiences)
        found = time.perf_counter()
        plan = Plan(tuple(cited), passages, text.reworded)
        ground = grounded(text.ledger, text.stated, {n: p.read for n, p in passages.items()}, text.outcome)
        prompt, index = self.prompts.of(PROMPT, text.customer_id), self.sources.version()
        took = {"plan": _milliseconds(planned - started), "retrieve": _milliseconds(found - planned)}
        return _Ready(text, plan, ground, prompt, index, self._key(text, plan, prompt, index), took)

    def _kept(self, ready: _Ready) -> Worded | None:
        """The same text from an earlier time, if it still passes."""
        held = self.kept.get(ready.text.customer_id, ready.key) if self._asks(ready) else None
        worded = _read(json.loads(held), ready.plan) if held else None
        return worded if worded and not verify(worded.sentences, ready.ground) else None

    def _asks(self, ready: _Ready) -> bool:
        return self.model is not None and ready.plan.reworded

    def _anew(self, ready: _Ready) -> Iterator[Event]:
        return texts(ready.plan, ready.ground, self.model if ready.plan.reworded else None, ready.prompt)

    def _done(self, event: DoneEvent, ready: _Ready, *, cached: bool) -> DoneEvent:
        text, worded = ready.text, event.worded
        if not cached:
            worded = replace(worded, took={**ready.took, **worded.took})
            if text.decision_id is not None:
                self.decisions.attach(text.decision_id, "text", self._content(ready, worded), text.actor)
            if self._asks(ready) and worded.final:
                self.kept.keep(text.customer_id, ready.key, canonical(_told(worded)))
        row = self._row(ready, worded, cached=cached)
        self.generations.add(row)
        return DoneEvent(worded, row.generation_id, cached)

    def _key(self, text: Text, plan: Plan, prompt: Prompt, index: str) -> str:
        """The same only where everything that could make another text is the same."""
        claims = [[c.code, c.text, dict(c.slots), list(c.cites)] for c in plan.claims]
        model = self.model.name if self.model else ""
        parts = [text.kind, text.customer_id, text.core_sha256, claims, prompt.key, prompt.sha256, index, model]
        return sha256_hex(json.dumps(parts, sort_keys=True).encode())

    def _content(self, ready: _Ready, worded: Worded) -> bytes:
        """What is chained: the text, what it cites in full, and how it came about. No clock, so that it is one."""
        text = ready.text
        bound = {name for s in worded.sentences for one in ready.ground.ledger.check(s.text)[0] for name in one.entries}
        return canonical(cast("Json", {
            "schema": SCHEMA, "kind": text.kind, "about": list(text.about), **_told(worded),
            "passages": {c.passage: ready.ground.passages[c.passage] for c in worded.citations},
            "index_version": ready.index, "model": self.model.name if self.model and worded.prompt else "",
            "prompt_sha256": ready.prompt.sha256 if worded.prompt else "", "entries": sorted(bound),
        }))  # fmt: skip

    def _row(self, ready: _Ready, worded: Worded, *, cached: bool) -> GenerationRow:
        text, usage = ready.text, worded.usage
        detail = {
            "took": dict(worded.took), "passages": [c.passage for c in worded.citations],
            "claims": [claim.code for claim in ready.plan.claims], "slotted": worded.slotted,
            "request_id": current_id(),
        }  # fmt: skip
        return GenerationRow(
            new_id("g"), text.kind, text.customer_id, text.decision_id, worded.prompt,
            self.model.name if self.model and worded.prompt else "", ready.index,
            TEMPLATE if worded.written_by == TEMPLATE else "model", tuple(map(_bare, worded.failures)),
            0 if cached else usage.tokens_in, 0 if cached else usage.tokens_out, usage.cost * (not cached),
            0 if cached else sum(worded.took.values()), cached, self.clock.now(), None, detail,
        )  # fmt: skip


def new_id(prefix: str) -> str:
    """A name that cannot be guessed: the prefix and 26 characters."""
    return f"{prefix}_{base64.b32encode(secrets.token_bytes(17)).decode().lower()[:26]}"


def _again(worded: Worded) -> Iterator[Event]:
    """A kept text as events."""
    yield from (SentenceEvent(sentence) for sentence in worded.sentences)
    yield CitationsEvent(worded.citations)
    yield DoneEvent(worded)


def _read(kept: Mapping[str, Any], plan: Plan) -> Worded:
    """The inverse of `_told`, with the passages of the plan."""
    names = [c["passage"] for c in kept["citations"]]
    return Worded(
        tuple(Sentence(s["text"], tuple(s["cites"])) for s in kept["sentences"]),
        tuple(Cited.of(plan.passages[name]) for name in names if name in plan.passages),
        kept["written_by"], kept["prompt"], tuple(Failure(check, found) for check, found in kept["failures"]),
        slotted=kept["slotted"],
    )  # fmt: skip


def _told(worded: Worded) -> dict[str, Any]:
    """The text itself, every number as text."""
    cited = [{"doc_id": c.doc_id, "version": str(c.version), "passage": c.passage} for c in worded.citations]
    return {
        "sentences": [{"text": s.text, "cites": list(s.cites)} for s in worded.sentences], "citations": cited,
        "written_by": worded.written_by, "prompt": worded.prompt, "slotted": worded.slotted,
        "failures": [list(_bare(failure)) for failure in worded.failures],
    }  # fmt: skip


def _bare(failure: Failure) -> tuple[str, str]:
    """A failure without figures: diaries and traces hold none."""
    return failure.check, _DIGITS.sub("#", failure.found)[:60]


def _milliseconds(seconds: float) -> int:
    return round(seconds * 1000)
