"""A bank with real records, rules and the assistant, a small model of risk, and an index that a test may take away."""

from __future__ import annotations

import atexit
from collections.abc import Sequence
from functools import cached_property, lru_cache
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp
from types import SimpleNamespace
from typing import Any

import numpy as np

from lending.adapters.policy_files import PolicyFiles
from lending.adapters.records import open_records
from lending.domain.errors import UnavailableError
from lending.domain.money import money
from lending.ports import CustomerRow
from lending.settings import ROOT
from rag.adapters.embedded_index import EmbeddedIndex
from rag.adapters.local_embedder import LocalEmbedder
from rag.assistant import Reply, assistant_of
from rag.chunk import passages
from rag.ports import LanguageModel
from rag.prompt import read_prompts
from rag.retrieve import Retrieval
from rag.understand import Memory, memory_of
from serving.assistant import Desk
from serving.chat import Chat, Diary
from serving.customize import Advice
from serving.decide import LoanAsk, Quotes
from serving.formats import formats
from serving.knowledge import Knowledge
from serving.own_documents import OwnPapers
from serving.products import Catalogue
from tests.rag.conftest import the_documents
from tests.serving.standins import LinearModel, StandInPlatform, a_customer

FINE, REFUSED, STUDENT, REVIEW, NEW = "C1", "C2", "C3", "C4", "C5"
"""Has an approved quote, has a refusal, studies, waits for a person, has asked for nothing yet."""


class Remembering:
    """The embedding model, which embeds every text once for all tests."""

    def __init__(self) -> None:
        self.real, self.known = LocalEmbedder(), dict[str, Any]()
        self.name = self.real.name

    def embed(self, texts: Sequence[str]) -> Any:
        new = [text for text in dict.fromkeys(texts) if text not in self.known]
        self.known |= dict(zip(new, self.real.embed(new), strict=True)) if new else {}
        return np.array([self.known[text] for text in texts])


@lru_cache(maxsize=1)
def the_retrieval() -> Retrieval:
    """The knowledge base of market us, indexed as customers meet it; made once."""
    folder = mkdtemp(prefix="candor-index-")
    atexit.register(rmtree, folder, ignore_errors=True)
    retrieval = Retrieval(EmbeddedIndex(Path(folder)), Remembering())
    pieces = [piece for document in the_documents() for piece in passages(document)]
    vectors = retrieval.embedder.embed([piece.read for piece in pieces])
    retrieval.index.switch(retrieval.index.build(pieces, vectors, retrieval.embedder.name))
    return retrieval


class Gone:
    """An index or an embedding model that is down."""

    name, current = "gone", None

    def embed(self, texts: Sequence[str]) -> Any:
        raise UnavailableError("the embedding model is down")

    def embedder(self, version: str | None = None) -> Any:
        raise UnavailableError("the index is down")

    def passages(self, version: str | None = None) -> Any:
        raise UnavailableError("the index is down")

    def search(self, *asked: Any, **more: Any) -> Any:
        raise UnavailableError("the index is down")


class ChatBank(StandInPlatform):
    """The stand-in platform over real records, with the assistant."""

    def __init__(self, home: Path, retrieval: Retrieval | None = None, writer: LanguageModel | None = None) -> None:
        super().__init__(home, LinearModel())
        self.retrieval, self.writer = retrieval or the_retrieval(), writer
        self.records = open_records(self.settings, self.clock)  # type: ignore[assignment, arg-type]
        self.customers = self.records.customers
        del self.chat
        self._people()

    def _people(self) -> None:
        people = {
            FINE: a_customer(FINE), REFUSED: a_customer(REFUSED, credit_score=560, gross_monthly_income=money("3200")),
            STUDENT: a_customer(STUDENT, employment_status="student", gross_monthly_income=money("450")),
            REVIEW: a_customer(REVIEW, flags=("sanctions",)), NEW: a_customer(NEW),
        }  # fmt: skip
        self.customers.add([CustomerRow(person, f"Person {name}") for name, person in people.items()])  # type: ignore[arg-type]
        for name in (FINE, REFUSED, REVIEW):
            self.advice.quote(name, LoanAsk("car", money("20000"), 48), channel="portal", actor=name)

    @cached_property
    def policy(self) -> PolicyFiles:
        return PolicyFiles(ROOT / "kb", "us", self.records.policies)

    @cached_property
    def quotes(self) -> Quotes:
        return Quotes(self.customers, self.records.decisions, self.policy, self.champion, self.clock)  # type: ignore[arg-type]

    @cached_property
    def advice(self) -> Advice:
        return Advice(self.quotes, self.records.offers)

    @cached_property
    def catalogue(self) -> Catalogue:
        return Catalogue(self.customers, self.policy, self.clock)  # type: ignore[arg-type]

    @cached_property
    def knowledge(self) -> Knowledge:
        shelf: Any = SimpleNamespace()
        return Knowledge(
            self.retrieval, shelf, ROOT / "kb", self.policy, formats("us"), "us", self.clock, self.records.audit  # type: ignore[arg-type]
        )  # fmt: skip

    @cached_property
    def own_papers(self) -> OwnPapers:
        return OwnPapers(self.records.own_documents, self.retrieval.embedder)

    @cached_property
    def chat(self) -> Chat:  # type: ignore[override]
        records = self.records
        desk = Desk(self.advice, self.catalogue, records.decisions, self.knowledge, self.own_papers)
        assistant = assistant_of(ROOT / "kb", self.retrieval.embedder, formats("us"), "USD")
        assistant.understanding.examples.wait(60)
        diary = Diary(records.conversations, records.generations, records.decisions, records.offers)
        return Chat(desk, assistant, diary, self.clock, read_prompts(), self.writer)  # type: ignore[arg-type]

    def asked(self, message: str, who: str = FINE, before: Sequence[str] = ()) -> Reply:
        """The answer to a message after others of the same conversation."""
        memory, tools = Memory(), self.chat.desk.tools(who)
        for earlier in before:
            memory = memory_of(self.chat.assistant.reply(earlier, tools, memory, first=False).memory.as_dict())
        return self.chat.assistant.reply(message, tools, memory, first=False)

    def decided(self) -> int:
        """How many decisions are on record."""
        return len(list(self.records.decisions.ids()))
