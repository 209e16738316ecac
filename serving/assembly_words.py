"""The parts of the platform that tell."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from serving.assembly_loans import WithLoans

if TYPE_CHECKING:
    from rag.adapters.mlflow_prompts import MlflowPrompts
    from rag.prompt import Prompts
    from serving.chat import Chat
    from serving.feedback import Feedbacks
    from serving.own_documents import OwnPapers
    from serving.traces import TraceExport
    from serving.words import Words


class WithWords(WithLoans):
    """Texts, what readers say of them, and the assistant."""

    @property
    def prompts(self) -> Prompts:
        """The prompts that models are asked with."""
        from rag.prompt import read_prompts

        return read_prompts()

    @cached_property
    def words(self) -> Words:
        """Decisions in words."""
        from rag.remembering import RememberingModel
        from serving.formats import formats
        from serving.teller import Teller
        from serving.words import Words

        records, settings = self.records, self.settings
        model = RememberingModel(self.language_model) if self.language_model else None
        teller = Teller(
            model, self.prompts, self.sources, records.generations, records.kept_texts,
            records.decisions, self.clock,
        )  # fmt: skip
        return Words(
            teller, records.decisions, records.attached, self.policy, records.customers, self.catalogue, self.advice,
            formats(settings.market), settings.kb,
        )  # fmt: skip

    @cached_property
    def feedbacks(self) -> Feedbacks:
        """What readers say of decisions and texts."""
        from serving.feedback import Feedbacks

        records = self.records
        return Feedbacks(
            records.feedback, records.generations, records.decisions, records.applications, records.audit, self.clock
        )

    @cached_property
    def traces(self) -> TraceExport:
        """Brings the diary of texts to MLflow."""
        from rag.adapters.mlflow_traces import MlflowTraces
        from serving.traces import TraceExport

        records, var = self.records, self.settings.var
        kept = MlflowTraces(self.settings.tracking_uri, var / "mlflow" / "artifacts")
        return TraceExport(records.generations, records.feedback, kept, records.envelopes.key_for(b"candor traces"))

    @cached_property
    def prompt_mirror(self) -> MlflowPrompts:
        """Shows prompts in MLflow's registry."""
        from rag.adapters.mlflow_prompts import MlflowPrompts

        return MlflowPrompts(self.settings.tracking_uri, self.settings.var / "mlflow" / "artifacts")

    @cached_property
    def own_papers(self) -> OwnPapers:
        """Texts of customers' own papers, each for its owner alone."""
        from serving.own_documents import OwnPapers

        return OwnPapers(self.records.own_documents, self.embedder)

    @cached_property
    def chat(self) -> Chat:
        """The assistant and its conversations."""
        from rag.assistant import assistant_of
        from serving.assistant import Desk
        from serving.chat import Chat, Diary

        records, knowledge = self.records, self.knowledge
        desk = Desk(self.advice, self.catalogue, records.decisions, knowledge, self.own_papers)
        currency = self.policy.current.currency
        assistant = assistant_of(self.settings.kb, self.embedder, knowledge.writing, currency)
        assistant.understanding.examples.prepare()
        diary = Diary(records.conversations, records.generations, records.decisions, records.offers)
        return Chat(desk, assistant, diary, self.clock, self.prompts, self.language_model)
