"""A bank with real records and rules, a small model of risk, and the knowledge base held in memory."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from lending.adapters.policy_files import PolicyFiles
from lending.adapters.records import open_records
from lending.domain.errors import UnavailableError
from lending.domain.money import money
from lending.ports import CustomerRow
from lending.settings import ROOT
from rag.chunk import Passage, passages
from rag.ports import LanguageModel
from rag.prompt import read_prompts
from serving.customize import Advice
from serving.decide import LoanAsk, Quotes
from serving.feedback import Feedbacks
from serving.formats import formats
from serving.replay import Replay
from serving.sources import Sources
from serving.teller import Teller
from serving.words import Words
from tests.rag.conftest import the_documents
from tests.serving.standins import LinearModel, StandInPlatform, a_customer


class HeldIndex:
    """The knowledge base of market us as an index that knows its passages; without them, none answers."""

    def __init__(self, held: Sequence[Passage] | None) -> None:
        self.held, self.current = held, "kb-v0001" if held is not None else None

    def passages(self, version: str | None = None) -> Sequence[Passage]:
        """All of them. Raises UnavailableError."""
        if self.held is None:
            raise UnavailableError("there is no index yet")
        return self.held


class WordBank(StandInPlatform):
    """The stand-in platform over real records, with everything that texts need."""

    def __init__(self, home: Path, writer: LanguageModel | None = None, *, indexed: bool = True) -> None:
        super().__init__(home, LinearModel())
        self.writer, self.indexed = writer, indexed
        self.records = open_records(self.settings, self.clock)  # type: ignore[assignment]
        self.customers = self.records.customers
        people = ("C1", "C2", "C3")
        flags: dict[str, tuple[str, ...]] = {"C3": ("sanctions",)}
        self.customers.add([CustomerRow(a_customer(c, flags=flags.get(c, ())), f"Person {c}") for c in people])  # type: ignore[arg-type]

    @cached_property
    def policy(self) -> PolicyFiles:
        return PolicyFiles(ROOT / "kb", "us", self.records.policies)

    @cached_property
    def quotes(self) -> Quotes:
        return Quotes(self.customers, self.records.decisions, self.policy, self.champion, self.clock)  # type: ignore[arg-type]

    @cached_property
    def advice(self) -> Advice:
        return Advice(self.quotes, self.records.offers, Sources(self.index, "us"))  # type: ignore[arg-type]

    @cached_property
    def index(self) -> HeldIndex:
        """What may be cited."""
        return HeldIndex([p for d in the_documents() for p in passages(d)] if self.indexed else None)

    @cached_property
    def teller(self) -> Teller:
        """Tells texts with the test's model."""
        r = self.records
        sources = Sources(self.index, "us")  # type: ignore[arg-type]
        return Teller(self.writer, read_prompts(), sources, r.generations, r.kept_texts, r.decisions, self.clock)  # type: ignore[arg-type]

    @cached_property
    def words(self) -> Words:
        """The use cases."""
        return Words(
            self.teller, self.records.decisions, self.records.attached, self.policy, self.customers, self.catalogue,
            self.advice, formats("us"), ROOT / "kb",
        )  # type: ignore[arg-type]  # fmt: skip

    @cached_property
    def feedbacks(self) -> Feedbacks:
        """What readers say."""
        r = self.records
        return Feedbacks(r.feedback, r.generations, r.decisions, r.applications, r.audit, self.clock)  # type: ignore[arg-type]

    @cached_property
    def replay(self) -> Replay:
        """The time machine."""
        return Replay(self.records.decisions, self.policy, self.champion, self.records.attached)  # type: ignore[arg-type]

    def quote(self, amount: str = "15000", customer: str = "C1", **more: Any) -> dict[str, Any]:
        """A quote with offers, recorded."""
        ask = LoanAsk("car", money(amount), more.pop("term", 48), **more)
        return self.advice.quote(customer, ask, channel="test", actor="user1")
