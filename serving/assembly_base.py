"""What every part of the platform stands on: records, policy, the model that decides, passages."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING

from lending.settings import Settings

if TYPE_CHECKING:
    from lending.adapters.policy_files import PolicyFiles
    from lending.adapters.records import Records
    from lending.breaker import Breaker
    from lending.ports import Accounts, AuditLog, Customers, Decisions, Objects
    from rag.ports import Embedder, LanguageModel, SearchIndex
    from serving.account_book import AccountBook
    from serving.identity import Identity
    from serving.knowledge import Knowledge
    from serving.limits import Limits
    from serving.ports import Champion
    from serving.sources import Sources
    from serving.telemetry import Spans


class SystemClock:
    """The clock of the machine."""

    def now(self) -> datetime:
        """The time, in UTC."""
        return datetime.now(UTC)


class Base:
    """Records and everything else that the use cases share, built on first use."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.clock = SystemClock()
        self.breakers: dict[str, Breaker] = {}
        """Of each service that was opened, by a short name."""

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

        records, settings = self.records, self.settings
        return PolicyFiles(settings.kb, settings.market, records.policies, records.drafts)

    @cached_property
    def champion(self) -> Champion:
        """The model that decides for the portfolio."""
        from serving.adapters.package_champion import PackageChampion

        return PackageChampion(self.settings.var / "models" / self.settings.portfolio)

    @cached_property
    def identity(self) -> Identity:
        """Sign-in and sessions; outside the demo the demo's public password opens nothing."""
        from lending.settings import DEMO_PASSWORD
        from serving.identity import Identity, PublicPasswords

        records = self.records
        public = PublicPasswords(records.accounts, (DEMO_PASSWORD,) if self.settings.profile == "production" else ())
        brakes, settings = self.limits.brakes, self.settings
        own = frozenset(settings.oidc_password_accounts) if settings.oidc_issuer else None
        return Identity(records.accounts, records.sessions, records.throttle, records.audit, brakes, public, own)

    @cached_property
    def account_book(self) -> AccountBook:
        """Accounts that a password opens."""
        from serving.account_book import AccountBook

        return AccountBook(self.records.accounts, self.records.customers, self.records.audit)

    @cached_property
    def limits(self) -> Limits:
        """How often one may ask."""
        from serving.limits import open_limits

        return open_limits(self.settings.kb)

    @cached_property
    def spans(self) -> Spans:
        """Where finished requests go as traces. Raises UnavailableError where the extra is not installed."""
        from serving.adapters.otlp_spans import OtlpSpans

        return OtlpSpans(self.settings.otlp_url)

    @cached_property
    def objects(self) -> Objects:
        """Files by key: in the bucket that settings name, else below the home folder."""
        settings = self.settings
        if settings.objects_bucket:
            from lending.adapters.s3_objects import S3Objects

            return S3Objects(settings.objects_bucket, settings.objects_kms_key, settings.aws_region)
        from lending.adapters.local_objects import LocalObjects

        return LocalObjects(settings.var / "objects")

    @cached_property
    def knowledge(self) -> Knowledge:
        """The knowledge base: search, release of an index, approvals."""
        from rag.adapters.kb_files import KbShelf
        from rag.retrieve import Retrieval
        from serving.formats import formats
        from serving.knowledge import Knowledge

        market = self.settings.market
        retrieval = Retrieval(self._search_index(), self._index_embedder())
        shelf = KbShelf(self.settings.kb, self.objects)
        return Knowledge(
            retrieval, shelf, self.settings.kb, self.policy, formats(market), market, self.clock, self.records.audit
        )

    @cached_property
    def embedder(self) -> Embedder:
        """The model on this machine: customers' papers and what they say to the assistant are embedded nowhere else."""
        from rag.adapters.local_embedder import LocalEmbedder

        return LocalEmbedder()

    def _index_embedder(self) -> Embedder:
        """Who embeds the knowledge base, and the questions that are asked of it."""
        settings = self.settings
        if not settings.embed_model:
            return self.embedder
        from lending.breaker import Breaker
        from rag.adapters.bedrock_embedder import BedrockEmbedder

        breaker = Breaker(settings.llm_failures, settings.llm_rest_seconds, self.clock)
        return BedrockEmbedder(settings.embed_model, settings.llm_region, breaker, settings.embed_seconds)

    def _search_index(self) -> SearchIndex:
        settings = self.settings
        if not settings.search_url:
            from rag.adapters.embedded_index import EmbeddedIndex

            return EmbeddedIndex(settings.var / "kb" / settings.market)
        from lending.breaker import Breaker
        from rag.adapters.opensearch_index import OpenSearchIndex
        from rag.adapters.opensearch_server import Access, Server

        access = Access(
            settings.search_url, settings.search_user, settings.search_password.get_secret_value(),
            settings.search_aws_region, settings.search_ca, settings.search_seconds,
        )  # fmt: skip
        breaker = Breaker(settings.search_failures, settings.search_rest_seconds, self.clock)
        self.breakers["search"] = breaker
        return OpenSearchIndex(Server(access, breaker), f"{settings.market}-{settings.search_alias}")

    @cached_property
    def sources(self) -> Sources:
        """Where texts find the passages that they cite."""
        from serving.sources import Sources

        return Sources(self.knowledge.retrieval.index, self.settings.market)

    @cached_property
    def language_model(self) -> LanguageModel | None:
        """The model that words texts, within its limits; None when templates alone write."""
        from serving.language import DiarySpend, language_model

        found = language_model(self.settings, self.clock, DiarySpend(self.records.generations))
        if found is not None:
            self.breakers["language model"] = found.breaker
        return found
