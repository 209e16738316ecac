"""Settings in, platform out: the only place that meets adapters. Parts are built when first used."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

from lending.settings import Settings, load_settings

if TYPE_CHECKING:
    from dask.distributed import Client

    from features.ports import DataSets
    from lending.adapters.policy_files import PolicyFiles
    from lending.adapters.records import Records
    from lending.ports import Accounts, AuditLog, Customers, Decisions, Objects
    from rag.adapters.mlflow_prompts import MlflowPrompts
    from rag.ports import LanguageModel, SearchIndex
    from serving.chat import Chat
    from serving.customize import Advice
    from serving.decide import Quotes
    from serving.feedback import Feedbacks
    from serving.identity import Identity
    from serving.knowledge import Knowledge
    from serving.own_documents import OwnPapers
    from serving.papers import Papers
    from serving.ports import Champion, FlowRuns
    from serving.products import Catalogue
    from serving.replay import Replay
    from serving.sources import Sources
    from serving.surface import Surfaces
    from serving.traces import TraceExport
    from serving.words import Words
    from training.ports import Registry, Runner


class SystemClock:
    """The clock of the machine."""

    def now(self) -> datetime:
        """The time, in UTC."""
        return datetime.now(UTC)


class Platform:
    """Everything the use cases need, built on first use: training never opens the records, serving never MLflow."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.clock = SystemClock()

    @cached_property
    def records(self) -> Records:
        """Customers, decisions, accounts, sessions, audit and the rest of the database."""
        from lending.adapters.records import open_records

        return open_records(self.settings, self.clock)

    @property
    def customers(self) -> Customers:
        """The bank's record of people."""
        return self.records.customers

    @property
    def decisions(self) -> Decisions:
        """The hash-chained record of decisions."""
        return self.records.decisions

    @property
    def accounts(self) -> Accounts:
        """Who may sign in."""
        return self.records.accounts

    @property
    def audit(self) -> AuditLog:
        """Who did what."""
        return self.records.audit

    @cached_property
    def policy(self) -> PolicyFiles:
        """The policy in force and the kept ones."""
        from lending.adapters.policy_files import PolicyFiles

        return PolicyFiles(self.settings.kb, self.settings.market, self.records.policies)

    @cached_property
    def champion(self) -> Champion:
        """The model that decides for the portfolio."""
        from serving.adapters.package_champion import PackageChampion

        return PackageChampion(self.settings.var / "models" / self.settings.portfolio)

    @cached_property
    def quotes(self) -> Quotes:
        """Quote and decide."""
        from serving.decide import Quotes

        records = self.records
        return Quotes(records.customers, records.decisions, self.policy, self.champion, self.clock)

    @cached_property
    def advice(self) -> Advice:
        """Quotes with offers, plans and alternatives."""
        from serving.customize import Advice

        return Advice(self.quotes, self.records.offers, self.sources)

    @cached_property
    def surfaces(self) -> Surfaces:
        """What-if surfaces."""
        from serving.surface import Surfaces

        return Surfaces(self.quotes, self.records.envelopes.key_for(b"candor surfaces"))

    @cached_property
    def papers(self) -> Papers:
        """Key facts sheets and notices."""
        from serving.papers import Papers

        records, settings = self.records, self.settings
        sample = settings.profile != "production"
        return Papers(records.customers, records.decisions, records.offers, self.policy, sample, settings.kb)

    @cached_property
    def catalogue(self) -> Catalogue:
        """The loan types as a customer sees them."""
        from serving.products import Catalogue

        return Catalogue(self.records.customers, self.policy, self.clock)

    @cached_property
    def replay(self) -> Replay:
        """The decision time machine."""
        from serving.replay import Replay

        return Replay(self.records.decisions, self.policy, self.champion, self.records.attached)

    @cached_property
    def identity(self) -> Identity:
        """Sign-in and sessions."""
        from serving.identity import Identity

        records = self.records
        return Identity(records.accounts, records.sessions, records.throttle, records.audit)

    @cached_property
    def objects(self) -> Objects:
        """Files by key."""
        from lending.adapters.local_objects import LocalObjects

        return LocalObjects(self.settings.var / "objects")

    @cached_property
    def knowledge(self) -> Knowledge:
        """The knowledge base: search, release of an index, approvals."""
        from rag.adapters.kb_files import KbShelf
        from rag.adapters.local_embedder import LocalEmbedder
        from rag.retrieve import Retrieval
        from serving.formats import formats
        from serving.knowledge import Knowledge

        market = self.settings.market
        retrieval = Retrieval(self._search_index(), LocalEmbedder())
        shelf = KbShelf(self.settings.kb, self.objects)
        return Knowledge(
            retrieval, shelf, self.settings.kb, self.policy, formats(market), market, self.clock, self.records.audit
        )

    def _search_index(self) -> SearchIndex:
        settings = self.settings
        if not settings.search_url:
            from rag.adapters.embedded_index import EmbeddedIndex

            return EmbeddedIndex(settings.var / "kb" / settings.market)
        from rag.adapters.opensearch_index import OpenSearchIndex
        from rag.adapters.opensearch_server import Access, Server

        access = Access(
            settings.search_url, settings.search_user, settings.search_password.get_secret_value(),
            settings.search_aws_region, settings.search_ca, settings.search_seconds,
        )  # fmt: skip
        return OpenSearchIndex(Server(access), f"{settings.market}-{settings.search_alias}")

    @cached_property
    def sources(self) -> Sources:
        """Where texts find the passages that they cite."""
        from serving.sources import Sources

        return Sources(self.knowledge.retrieval.index, self.settings.market)

    @cached_property
    def words(self) -> Words:
        """Decisions in words."""
        from rag.prompt import read_prompts
        from rag.remembering import RememberingModel
        from serving.formats import formats
        from serving.teller import Teller
        from serving.words import Words

        records, settings = self.records, self.settings
        model = RememberingModel(self.language_model) if self.language_model else None
        teller = Teller(
            model, read_prompts(), self.sources, records.generations, records.kept_texts,
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
        return Feedbacks(records.feedback, records.generations, records.decisions, records.audit, self.clock)

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
    def language_model(self) -> LanguageModel | None:
        """The model that words texts, within its limits; None when templates alone write."""
        from serving.language import DiarySpend, language_model

        return language_model(self.settings, self.clock, DiarySpend(self.records.generations))

    @cached_property
    def own_papers(self) -> OwnPapers:
        """Texts of customers' own papers, each for its owner alone."""
        from serving.own_documents import OwnPapers

        return OwnPapers(self.records.own_documents, self.knowledge.retrieval.embedder)

    @cached_property
    def chat(self) -> Chat:
        """The assistant and its conversations."""
        from rag.assistant import assistant_of
        from rag.prompt import read_prompts
        from serving.assistant import Desk
        from serving.chat import Chat, Diary

        records, knowledge = self.records, self.knowledge
        desk = Desk(self.advice, self.catalogue, records.decisions, knowledge, self.own_papers)
        embedder, currency = knowledge.retrieval.embedder, self.policy.current.currency
        assistant = assistant_of(self.settings.kb, embedder, knowledge.writing, currency)
        assistant.understanding.examples.prepare()
        diary = Diary(records.conversations, records.generations, records.decisions, records.offers)
        return Chat(desk, assistant, diary, self.clock, read_prompts(), self.language_model)

    @cached_property
    def datasets(self) -> DataSets:
        """Data sets added by mapping files."""
        from features.adapters.dataset_files import DataSetFiles

        return DataSetFiles(self.settings.var / "data", self.settings.sample_data)

    @cached_property
    def registry(self) -> Registry:
        """Runs, registered models and their aliases."""
        from training.adapters.mlflow_registry import MlflowRegistry

        var = self.settings.var
        return MlflowRegistry(self.settings.tracking_uri, var / "models", var / "mlflow" / "artifacts")

    def on_cluster(self, client: Client) -> Runner:
        """Fits and scores as tasks of a Dask cluster."""
        from training.adapters.dask_fitting import DaskRunner

        return DaskRunner(client)

    @cached_property
    def flow_runs(self) -> FlowRuns:
        """Flow runs on the orchestrator."""
        from serving.adapters.prefect_api import PrefectFlowRuns

        return PrefectFlowRuns(self.settings.prefect_url)


@lru_cache(maxsize=4)
def platform(settings: Settings | None = None) -> Platform:
    """The platform for some settings, by default those of the environment; one a process and settings.

    Raises:
        InputError: a setting has an unusable value.
    """
    return Platform(settings or load_settings())
