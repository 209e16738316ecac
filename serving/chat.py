"""Conversations with the assistant: who may speak, how often, what was said before, and the answer as it is told."""

from __future__ import annotations

import json
import logging
import math
import time
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from threading import Event
from typing import Any

from lending.domain.errors import CandorError, InputError, NotFoundError
from lending.errand import current_id
from lending.ports import Clock, Decisions, Offers
from lending.talk_ports import Conversation, Conversations, Turn
from lending.word_ports import GenerationRow, Generations
from rag.assistant import Assistant, Reply
from rag.events import TEMPLATE, CitationsEvent, DoneEvent, ReplaceEvent, SentenceEvent, StatusEvent, Worded, name_of
from rag.ports import LanguageModel
from rag.prompt import Prompts
from rag.say_case import memory_on
from rag.understand import Memory, memory_of
from rag.wording import texts
from serving.assistant import Desk
from serving.parse_chat import ChatAsk
from serving.recorded import own_decision
from serving.teller import PROMPT, new_id
from serving.telling import Stoppable, Telling

MINUTE = timedelta(minutes=1)
KIND = "chat"
HAND_OVER = "hand_over"
"""The tool by which the assistant passes a customer on to a person."""
Told = tuple[str, dict[str, Any]]
"""What is sent next: `status`, `sentence`, `citations`, `replace` or `done`, and its data."""
_log = logging.getLogger("candor.chat")


class TooManyMessagesError(InputError):
    """The next message must wait `wait_seconds`."""

    def __init__(self, wait_seconds: float, most: int) -> None:
        self.wait_seconds = max(1, math.ceil(wait_seconds))
        super().__init__(
            f"more than {most} messages within a minute; wait {self.wait_seconds} seconds", code="too_many_messages",
            field="message", found=f"more than {most} messages within a minute",
            expected=f"at most {most} a minute", do=f"Wait {self.wait_seconds} seconds and send it again.",
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Diary:
    """Where conversations and how answers came about are kept, and what a message may point at."""

    conversations: Conversations
    generations: Generations
    decisions: Decisions
    offers: Offers


@dataclass(frozen=True, slots=True)
class Chat:
    """Answers customers. Who they are comes from the session; a conversation of somebody else is not there."""

    desk: Desk
    assistant: Assistant
    diary: Diary
    clock: Clock
    prompts: Prompts
    model: LanguageModel | None = None
    contact: Callable[[str, str], object] | None = None
    """Asks a person to read a conversation: (customer, conversation). None where nobody is there: it is said so."""

    def answer(self, customer_id: str, message: str) -> Reply:
        """The answer to one message outside any conversation; nothing is kept.

        Raises:
            NotFoundError: no such customer.
        """
        self.desk.quotes.customers.facts(customer_id, self.clock.now().date())
        return self.assistant.reply(message, self.desk.tools(customer_id), Memory(), first=False)

    def say(self, customer_id: str, ask: ChatAsk) -> Telling[Told]:
        """The answer to a message as it is told; what stands at the end, or when the reader leaves, is kept.

        Everything that can be refused is refused before the first part is told.

        Raises:
            TooManyMessagesError: within a minute more than kb/assistant.yaml lets.
            NotFoundError: the conversation, the decision or the offer is not there, or not theirs.
            UnavailableError: the record cannot be written.
        """
        self._within_limit(customer_id)
        before = self._before(customer_id, ask.conversation_id)
        memory = self._memory(customer_id, before, ask.about)
        name = before.conversation_id if before else self.diary.conversations.start(customer_id)
        self.diary.conversations.add(customer_id, name, "customer", _bytes({"text": ask.message, "about": ask.about}))
        started = time.perf_counter()
        first = before is None or not before.turns
        reply = self.assistant.reply(ask.message, self.desk.tools(customer_id), memory, first=first)
        reply = self._passed_on(customer_id, name, reply)
        stop = Event()
        taken = round((time.perf_counter() - started) * 1000)
        return Telling(self._told(customer_id, name, reply, taken, stop), stop)

    def history(self, customer_id: str, conversation_id: str) -> dict[str, Any]:
        """A conversation of theirs, JSON-ready. Raises NotFoundError."""
        found = self.diary.conversations.get(customer_id, conversation_id)
        return {
            "conversation_id": found.conversation_id, "started_at": found.started_at.isoformat(),
            "turns": [_shown(turn) for turn in found.turns],
        }  # fmt: skip

    def _within_limit(self, customer_id: str) -> None:
        now, most = self.clock.now(), self.assistant.talk.count("messages_a_minute")
        said = self.diary.conversations.said(customer_id, now - MINUTE)
        if len(said) >= most:
            raise TooManyMessagesError((said[-most] + MINUTE - now).total_seconds(), most)

    def _before(self, customer_id: str, conversation_id: str | None) -> Conversation | None:
        return None if conversation_id is None else self.diary.conversations.get(customer_id, conversation_id)

    def _memory(self, customer_id: str, before: Conversation | None, about: str | None) -> Memory:
        kept = next((t for t in reversed(before.turns) if t.speaker == "assistant"), None) if before else None
        memory = memory_of(json.loads(kept.content)["memory"]) if kept else Memory()
        return memory if about is None else memory_on(memory, self._named(customer_id, about))

    def _named(self, customer_id: str, about: str) -> Mapping[str, Any]:
        """The decision that is spoken of, and what of it is meant: its request, or one of its offers."""
        offer = self.diary.offers.get(about) if about.startswith("o_") else None
        if offer is not None and offer.customer_id != customer_id:
            raise NotFoundError(
                "there is no such offer of yours", code="not_found", field="about", found=about,
                expected="the id of an offer made to you", do="Use the offer_id of one of your offers.",
            )  # fmt: skip
        row = own_decision(self.diary.decisions.get(offer.decision_id if offer else about), customer_id)
        core = json.loads(row.core)
        meant = json.loads(offer.content) if offer else core["request"]
        terms = {name: meant[name] for name in ("amount", "term_months")}
        return {"decision_id": row.decision_id, "product": core["product"], "request": core["request"], **terms}

    def _passed_on(self, customer_id: str, conversation_id: str, reply: Reply) -> Reply:
        """A person is asked before the reply promises one; where nobody can be asked, the reply says that instead."""
        if HAND_OVER not in reply.tools:
            return reply
        if self.contact is not None:
            with _bearing("request for a person", conversation_id):
                self.contact(customer_id, conversation_id)
                return reply
        return _not_passed_on(reply, self.assistant.talk.replies)

    def _told(
        self, customer_id: str, conversation_id: str, reply: Reply, milliseconds: int, stop: Event
    ) -> Generator[Told]:
        """The events of a reply; a model may word an answer about an approved loan, after the template was shown."""
        worded, generation = reply.worded, new_id("g")
        try:
            yield _wire(StatusEvent("planning"))
            for sentence in worded.sentences:
                yield _wire(SentenceEvent(sentence))
            yield _wire(CitationsEvent(worded.citations))
            for event in self._reworded(customer_id, reply, stop):
                if isinstance(event, DoneEvent):
                    worded = event.worded
                    continue
                yield _wire(event)
        finally:
            self._keep(customer_id, conversation_id, generation, replace(reply, worded=worded), milliseconds)
        yield "done", {"conversation_id": conversation_id, "generation_id": generation, **_metadata(reply, worded)}

    def _reworded(
        self, customer_id: str, reply: Reply, stop: Event
    ) -> Iterator[StatusEvent | ReplaceEvent | DoneEvent]:
        """What a model makes of the part that it may word; the sentences around it stay as they are."""
        if self.model is None or reply.plan is None or reply.ground is None:
            return
        prompt = self.prompts.of(PROMPT, customer_id)
        model = Stoppable(self.model, stop)
        with closing(texts(reply.plan, reply.ground, model, prompt)) as events:  # type: ignore[arg-type]
            for event in events:
                if isinstance(event, StatusEvent):
                    yield event
                elif isinstance(event, ReplaceEvent):
                    yield replace(event, sentences=(*reply.opening, *event.sentences))
                elif isinstance(event, DoneEvent):
                    yield DoneEvent(_around(reply, event.worded))

    def _keep(self, customer_id: str, conversation_id: str, generation: str, reply: Reply, milliseconds: int) -> None:
        """Write down what was told; the reader has it already, so that a failing record is no failed answer."""
        content = {"text": reply.text, **_sentences(reply.worded), **_metadata(reply, reply.worded),
                   "memory": reply.memory.as_dict(), "intents": list(reply.intents)}  # fmt: skip
        with _bearing("turn", conversation_id):
            self.diary.conversations.add(customer_id, conversation_id, "assistant", _bytes(content), generation)
        with _bearing("generation", generation):
            self.diary.generations.add(self._row(customer_id, generation, reply, milliseconds))

    def _row(self, customer_id: str, generation: str, reply: Reply, milliseconds: int) -> GenerationRow:
        worded, usage = reply.worded, reply.worded.usage
        by_model = worded.written_by != TEMPLATE
        detail = {"intents": list(reply.intents), "tools": list(reply.tools), "found": reply.found,
                  "passages": [c.passage for c in worded.citations], "request_id": current_id()}  # fmt: skip
        return GenerationRow(
            generation, KIND, customer_id, reply.memory.decision_id, worded.prompt,
            self.model.name if self.model and worded.prompt else "", self._index(), "model" if by_model else TEMPLATE,
            tuple((f.check, _without_figures(f.found)) for f in worded.failures), usage.tokens_in, usage.tokens_out,
            usage.cost, milliseconds + sum(worded.took.values()), False, self.clock.now(), None, detail,
        )  # fmt: skip

    def _index(self) -> str:
        try:
            return self.desk.knowledge.retrieval.index.current or ""
        except CandorError:
            return ""


@contextmanager
def _bearing(what: str, name: str) -> Iterator[None]:
    """Go on where something cannot be written down, and log which."""
    try:
        yield
    except CandorError as error:
        _log.warning("%s of %s is not written: %s", what, name, error.code)


def _not_passed_on(reply: Reply, texts: Mapping[str, str]) -> Reply:
    """The reply without its promise of a person."""
    promise, instead = texts["hand_over"], texts["not_handed_over"]
    sentences = tuple(replace(s, text=instead) if s.text == promise else s for s in reply.worded.sentences)
    tools = tuple(tool for tool in reply.tools if tool != HAND_OVER)
    return replace(reply, worded=replace(reply.worded, sentences=sentences), tools=tools, found=False)


def _around(reply: Reply, worded: Worded) -> Worded:
    """The whole answer with the model's words in the middle, where it gave any."""
    sentences = (*reply.opening, *worded.sentences) if worded.written_by != TEMPLATE else reply.worded.sentences
    failures = (*reply.worded.failures, *worded.failures)
    return replace(worded, sentences=sentences, citations=reply.worded.citations, failures=failures)


def _wire(event: StatusEvent | SentenceEvent | CitationsEvent | ReplaceEvent | DoneEvent) -> Told:
    return name_of(event), event.data()


def _metadata(reply: Reply, worded: Worded) -> dict[str, Any]:
    """What stands beside the sentences; `ai` says that a program wrote them."""
    return {
        "ai": True, "written_by": worded.written_by, "found": reply.found, "tools": list(reply.tools),
        "suggestions": list(reply.suggestions), "hand_over": HAND_OVER in reply.tools,
    }  # fmt: skip


def _sentences(worded: Worded) -> dict[str, Any]:
    return {
        "sentences": [{"text": s.text, "cites": list(s.cites)} for s in worded.sentences],
        "citations": [cited.as_dict() for cited in worded.citations],
    }


_SHOWN: Sequence[str] = (
    "text", "about", "sentences", "citations", "ai", "written_by", "found", "tools", "suggestions", "hand_over",
)  # fmt: skip


def _shown(turn: Turn) -> dict[str, Any]:
    """A turn as its customer may see it again."""
    held = json.loads(turn.content)
    about = {"seq": turn.seq, "speaker": turn.speaker, "at": turn.at.isoformat(), "generation_id": turn.generation_id}
    return {**about, **{name: held.get(name) for name in _SHOWN}}


def _without_figures(found: str) -> str:
    return "".join("#" if c.isdigit() else c for c in found)[:60]


def _bytes(content: Mapping[str, Any]) -> bytes:
    return json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()
