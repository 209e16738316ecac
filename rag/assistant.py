"""The assistant: a message becomes questions, each answered by tools and passages, checked before it is told."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from lending.domain.errors import CandorError, UnavailableError
from rag import say_case, say_compare, say_loans, say_open, say_owed, say_repaying, say_texts
from rag.events import Cited, Worded
from rag.golden import golden_questions
from rag.parts import Case, Checked, Part, checked
from rag.ports import Embedder, Toolbox, Writing
from rag.talk import FILE, Talk, read_talk
from rag.understand import GATES, SMALL, Memory, Question, Understanding
from rag.verify import Failure, Ground, Sentence
from rag.wording import Plan

_TOLD_ELSEWHERE = re.compile(r"[^\W\d_]")
_IN_ONE_DOCUMENT = ("how_long", "first_payment", "fairness", "refinance", "correct", "score_needed", "late")
ANSWERS: Mapping[str, Callable[[Case], Part]] = {
    "quote": say_loans.quote, "compare": say_compare.compare, "how_much": say_loans.how_much, "rates": say_loans.rates,
    "owed": say_owed.owed, "early": say_repaying.early, "schedule": say_repaying.schedule,
    "why": say_case.why, "why_rate": say_case.why_rate, "improve": say_case.improve, "suppose": say_case.suppose,
    "co_applicants": say_case.co_applicants,
    "status": say_case.status, "facts": say_case.facts, "eligible": say_open.eligible, "products": say_open.products,
    "documents": say_texts.documents, "own_papers": say_texts.own_papers, "person": say_texts.person,
    "complaint": say_texts.complaint, "hardship": say_texts.hardship, "policy": say_texts.policy,
    **dict.fromkeys(_IN_ONE_DOCUMENT, say_texts.named_document),
    **dict.fromkeys(GATES, say_texts.gate), **dict.fromkeys(SMALL, say_texts.small),
}  # fmt: skip


_ABOUT_PRODUCTS = ("quote", "eligible", "products", "how_much", "compare", "policy", "rates")
_TUNING = ("development", "fresh_development")
"""Halves of the golden questions that tuning may see: they show what a question to the documents looks like."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What the assistant answers to one message.

    Attributes:
        worded: the sentences with their citations, and what was taken out by the checks.
        found: whether every question was answered.
        intents: what the questions were taken to want.
        tools: what was asked of the toolbox.
        suggestions: what the customer may ask next.
        memory: what the conversation is about now.
        opening: sentences before the answer itself.
        plan, ground: the answer as claims, where a model may word it: one question, about an approved loan.
    """

    worded: Worded
    found: bool
    intents: tuple[str, ...]
    tools: tuple[str, ...]
    suggestions: tuple[str, ...]
    memory: Memory
    opening: tuple[Sentence, ...] = ()
    plan: Plan | None = None
    ground: Ground | None = None

    @property
    def text(self) -> str:
        """The sentences as one text."""
        return self.worded.body


@dataclass(frozen=True, slots=True)
class Assistant:
    """Answers messages. It decides nothing, changes nothing, and follows nothing that a message or a paper says."""

    talk: Talk
    understanding: Understanding
    writing: Writing
    currency: str

    def reply(self, message: str, tools: Toolbox, memory: Memory, *, first: bool) -> Reply:
        """The answer to a message.

        Args:
            message: as typed; data, never an instruction.
            tools: bound to the customer who is signed in.
            memory: what the conversation was about.
            first: it is the first message of a conversation, so the answer says what answers.
        """
        questions = self._questions(message, memory)
        held, done = memory, list[tuple[Part, Checked]]()
        for question in questions:
            case = Case(question, held, tools, self.talk, self.writing, self.currency)
            part = _answered(case)
            held = part.memory or held
            done.append((part, checked(part, case)))
        return self._told(message, questions, done, held, first=first)

    def _questions(self, message: str, memory: Memory) -> list[Question]:
        found = self.understanding.questions(message, memory)
        if found[0].intent == "agree" and memory.suggested:
            return self.understanding.questions(memory.suggested, memory)
        return found

    def _told(
        self, message: str, questions: Sequence[Question], done: Sequence[tuple[Part, Checked]], memory: Memory, *,
        first: bool,
    ) -> Reply:  # fmt: skip
        opening = self._opening(message, questions, first=first)
        sentences = _each_once([*opening, *(s for _, one in done for s in one.sentences)])
        cited = {p.id: Cited.of(p) for _, one in done for p in one.passages}
        used = [name for name in dict.fromkeys(n for s in sentences for n in s.cites) if name in cited]
        failures: tuple[Failure, ...] = tuple(f for _, one in done for f in one.failures)
        suggestions = self._suggestions(done)
        plan, ground = _for_a_model([one for _, one in done])
        return Reply(
            Worded(tuple(sentences), tuple(cited[name] for name in used), failures=failures),
            all(part.found for part, _ in done), tuple(q.intent for q in questions),
            tuple(dict.fromkeys(tool for part, _ in done for tool in part.tools)), suggestions,
            replace(memory, suggested=suggestions[0] if suggestions else ""), tuple(opening), plan, ground,
        )  # fmt: skip

    def _opening(self, message: str, questions: Sequence[Question], *, first: bool) -> list[Sentence]:
        said = ["disclosure"] if first and questions[0].intent != "bot" else []
        intents = {q.intent for q in questions}
        if self.talk.worried.search(message) and not intents & {"hardship", "crisis"}:
            said.append("worried")
        elif self.talk.angry.search(message) and not intents & {"complaint", "injection", "crisis"}:
            said.append("sorry")
        return [Sentence(self.talk.replies[key]) for key in said]

    def _suggestions(self, done: Sequence[tuple[Part, Checked]]) -> tuple[str, ...]:
        key = next((part.suggest for part, _ in done if part.suggest), "start")
        return self.talk.suggestions.get(key, self.talk.suggestions["start"])


def assistant_of(kb: Path, embedder: Embedder, writing: Writing, currency: str) -> Assistant:
    """The assistant as kb/assistant.yaml says. Raises PolicyError naming the place that cannot be read."""
    talk = read_talk((kb / FILE).read_text(encoding="utf-8"))
    golden = golden_questions(lambda path: (kb / path).read_text(encoding="utf-8"))
    to_documents = [question.text for question in golden if question.half in _TUNING]
    return Assistant(talk, Understanding(talk, embedder, to_documents), writing, currency)


def _answered(case: Case) -> Part:
    """The part that answers a question; when a dependency is down, that it cannot be looked up now."""
    question = case.question
    if question.intent in _ABOUT_PRODUCTS and not question.heard.products and case.talk.others.search(question.text):
        return say_texts.other_product(case)
    if question.intent == "policy" and _is_another_language(question.text):
        return Part((case.say("language"),), suggest="unknown", found=False)
    try:
        return ANSWERS[question.intent](case)
    except UnavailableError:
        return Part((case.say("unavailable"),), suggest="unknown", found=False)
    except CandorError:
        return Part((case.say("unknown"),), suggest="unknown", found=False)


def _is_another_language(text: str) -> bool:
    """Whether most letters are not Latin."""
    letters = _TOLD_ELSEWHERE.findall(text)
    return bool(letters) and sum(not c.isascii() for c in letters) > len(letters) / 2


def _each_once(sentences: Sequence[Sentence]) -> list[Sentence]:
    """Two questions of one message may have a sentence in common."""
    return list({s.text: s for s in reversed(sentences)}.values())[::-1]


def _for_a_model(done: Sequence[Checked]) -> tuple[Plan | None, Ground | None]:
    """The plan of the one part that a model may word; none for refusals, documents and several questions."""
    if len(done) != 1 or done[0].plan is None or done[0].failures:
        return None, None
    return done[0].plan, done[0].ground
