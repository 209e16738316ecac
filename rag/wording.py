"""Claims into a text: a template always and at once, a model's words in its place once they have passed every check.

The model sees claims with slots, never a figure. Its sentences are taken one by one as they come: the same claim said
otherwise (`rag.meaning`), then, with the figures put in by code, fit to be read (`rag.verify`). The first sentence that
fails stops the model; it is told what failed and tries once more, then the template stays.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from decimal import Decimal
from itertools import pairwise

from lending.domain.errors import UnavailableError
from rag.chunk import Passage
from rag.content import Claim
from rag.events import (
    CitationsEvent,
    Cited,
    DoneEvent,
    Event,
    ReplaceEvent,
    SentenceEvent,
    StatusEvent,
    Worded,
)
from rag.grammar import grammar_of
from rag.meaning import SLOT, turned
from rag.ports import LanguageModel, Piece, Task, Usage
from rag.prompt import Prompt
from rag.verify import MOST_CHARACTERS, Failure, Ground, Sentence, verify

TRIES = 2
UNSAID = "This cannot be put into words right now. Every figure stands in the record beside this text."
_BULLET = re.compile(r"^\s*(?:[-*•]|\d+[.)])\s+")
_TOLD = {
    "added": "do not use the word “{}”", "left out": "the word “{}” is missing", "number word": "write no number: “{}”",
    "turned": "words such as not, less, other and the slots must stay as they are and where they are: {}",
    "characters": "do not write “{}”", "lines": "write one line for each line: {}", "length": "write less: {}",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be told.

    Attributes:
        claims: in the order in which they are told; each names the passages that it cites.
        passages: id to passage, those that claims cite.
        reworded: whether a model may word it. Refusals and notices are told by template alone: small models turn them
            round.
    """

    claims: tuple[Claim, ...]
    passages: Mapping[str, Passage] = field(default_factory=dict[str, Passage])
    reworded: bool = True


@dataclass(frozen=True, slots=True)
class _Try:
    """What a model gave: sentences that passed with the lines they were filled from, or what failed."""

    sentences: tuple[Sentence, ...] = ()
    lines: tuple[str, ...] = ()
    failures: tuple[Failure, ...] = ()
    line: int = 0
    usage: Usage = field(default_factory=Usage)
    reached: bool = True


def texts(
    plan: Plan, ground: Ground, model: LanguageModel | None = None, prompt: Prompt | None = None,
    ticks: Callable[[], float] = time.monotonic,
) -> Iterator[Event]:  # fmt: skip
    """The text of a plan as events; the last one is `DoneEvent`. Nothing is raised, and nothing unchecked is told.

    Args:
        plan: what is to be told.
        ground: what the text may stand on; its passages are those of the plan.
        model: words the claims; None leaves it at the template.
        prompt: what the model is told first.
        ticks: seconds of a clock that only goes on.
    """
    started = ticks()
    template, failures = sound(plan, ground)
    yield from (SentenceEvent(sentence) for sentence in template)
    yield CitationsEvent(cited(template, plan))
    worded = Worded(template, cited(template, plan), failures=failures, took={"verify": _since(started, ticks)})
    whole = plan.reworded and bool(plan.claims) and not failures
    if model is None or prompt is None or not whole:
        yield DoneEvent(worded)
        return
    yield from _with_model(plan, ground, model, prompt, worded, ticks)


def sound(plan: Plan, ground: Ground) -> tuple[tuple[Sentence, ...], tuple[Failure, ...]]:
    """The template's sentences that pass every check, and what the others failed."""
    told = tuple(Sentence(claim.filled, claim.cites) for claim in plan.claims)
    if told and not verify(told, ground):
        return told, ()
    found = [(sentence, verify([sentence], ground)) for sentence in told]
    kept = tuple(sentence for sentence, failures in found if not failures)
    failed = tuple(failure for _, failures in found for failure in failures)
    return (kept, failed) if kept and not verify(kept, ground) else ((Sentence(UNSAID),), failed)


def cited(sentences: Sequence[Sentence], plan: Plan) -> tuple[Cited, ...]:
    """The passages that sentences cite, each once."""
    names = dict.fromkeys(name for sentence in sentences for name in sentence.cites)
    return tuple(Cited.of(plan.passages[name]) for name in names if name in plan.passages)


def faults(claim: Claim, line: str, ground: Ground) -> list[Failure]:
    """Everything that keeps a model's line from being told in place of its claim."""
    if found := turned(claim.text, line):
        return found
    words, most = line.lower().split(), len(claim.text.split()) * 3 // 2 + 6
    if len(words) > most or any(a == b for a, b in pairwise(words)):
        return [Failure("length", f"{len(words)} words")]
    return verify([Sentence(filled(line, claim), claim.cites)], ground)


def filled(line: str, claim: Claim) -> str:
    """A line with the claim's figures in its slots."""
    return SLOT.sub(lambda slot: claim.slots[slot[0][1:-1]], line)


def _with_model(
    plan: Plan, ground: Ground, model: LanguageModel, prompt: Prompt, worded: Worded, ticks: Callable[[], float]
) -> Iterator[Event]:
    task = _task(plan, prompt)
    started, usage, failures, told = ticks(), Usage(), list[Failure](), ""
    found = _Try()
    for number in range(TRIES):
        yield StatusEvent("rewriting" if number else "writing")
        left = task.seconds - (ticks() - started)
        found = _try(
            replace(task, user=task.user + told, seconds=left, seed=task.seed + number), plan, ground, model, ticks
        )
        usage = _sum(usage, found.usage)
        failures += found.failures
        if found.sentences or not found.reached or ticks() - started >= task.seconds:
            break
        told = _again(found)
    took = {**worded.took, "word": _since(started, ticks)}
    worded = replace(worded, prompt=prompt.key, failures=tuple(failures), usage=usage, took=took, final=found.reached)
    if not found.sentences:
        yield StatusEvent("gave_up")
        yield DoneEvent(worded)
        return
    worded = replace(worded, sentences=found.sentences, written_by=model.name, slotted=" ".join(found.lines))
    yield ReplaceEvent(found.sentences, model.name)
    yield DoneEvent(worded)


def _try(task: Task, plan: Plan, ground: Ground, model: LanguageModel, ticks: Callable[[], float]) -> _Try:
    """One text of the model, read line by line; stopped at the first line that fails."""
    until = ticks() + task.seconds
    reader, told, lines = _Reader(lambda: ticks() > until), list[Sentence](), list[str]()
    failures: Sequence[Failure] = ()
    try:
        with closing(reader.lines(model.write(task))) as stream:
            for line in stream:
                failures = _next(line, len(told), plan, ground)
                if failures:
                    break
                claim = plan.claims[len(told)]
                told.append(Sentence(filled(line, claim), claim.cites))
                lines.append(line)
    except UnavailableError as error:
        return _Try(failures=(Failure("unavailable", error.code),), usage=reader.usage, reached=False)
    if not failures and len(told) < len(plan.claims):
        failures = [Failure("lines", f"{len(told)} of {len(plan.claims)}")]
    failures = failures or verify(told, ground)
    if failures:
        return _Try(failures=tuple(failures), line=len(told), usage=reader.usage)
    return _Try(tuple(told), tuple(lines), usage=reader.usage)


def _next(line: str, number: int, plan: Plan, ground: Ground) -> Sequence[Failure]:
    if number >= len(plan.claims):
        return [Failure("lines", "more than there are claims")]
    return faults(plan.claims[number], line, ground)


class _Reader:
    """Cuts a stream into lines that say something, and keeps what it took."""

    def __init__(self, late: Callable[[], bool]) -> None:
        self.usage, self._late = Usage(), late

    def lines(self, pieces: Iterator[Piece]) -> Generator[str]:
        """Lines as sentences: no bullet, a capital first, a stop at the end. Closing this closes the pieces.

        Raises:
            UnavailableError: the time is over, or the model does.
        """
        held = ""
        try:
            for piece in pieces:
                self.usage = piece.usage or self.usage
                *ready, held = (held + piece.text).split("\n")
                yield from filter(None, map(_tidy, ready))
                if self._late() or len(held) > MOST_CHARACTERS:
                    raise UnavailableError("the text took too long", code="too_slow")
        finally:
            if close := getattr(pieces, "close", None):
                close()
        if last := _tidy(held):
            yield last


def _tidy(line: str) -> str:
    text = " ".join(_BULLET.sub("", line).split())
    text = text if not text or text[-1] in ".!?" else f"{text}."
    return text[:1].upper() + text[1:]


def _task(plan: Plan, prompt: Prompt) -> Task:
    lines = [claim.text for claim in plan.claims]
    words = sum(len(line.split()) for line in lines)
    user = "Lines:\n" + "\n".join(lines) + "\nReworded:\n"
    return Task(prompt.text, user, grammar_of(lines), most_tokens=60 + 4 * words)


def _again(found: _Try) -> str:
    """What the model is told before its second try."""
    first = found.failures[0]
    known = _TOLD.get(first.check)  # what other checks found may hold a figure, and a model sees none
    why = known.format(first.found) if known else f"it fails the check “{first.check}”"
    return f"\nA first try was not used. Its line {found.line + 1} was wrong: {why}.\nReworded:\n"


def _sum(one: Usage, other: Usage) -> Usage:
    return Usage(one.tokens_in + other.tokens_in, one.tokens_out + other.tokens_out, Decimal(one.cost + other.cost))


def _since(started: float, ticks: Callable[[], float]) -> int:
    return round((ticks() - started) * 1000)
