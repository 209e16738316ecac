"""The parts of the platform that staff work with: counts, alarms, outcomes, cases, drafts, approvals."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any

from serving.assembly_portal import WithPortal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lending.ports import Clock
    from rag.prompt import Prompts
    from serving.adapters.mlflow_pages import MlflowPages
    from serving.alarms import AlarmDesk
    from serving.approvals import ApprovalDesk
    from serving.audit_book import AuditBook
    from serving.case_queue import CaseQueue
    from serving.case_shown import CaseView
    from serving.decide import Quotes
    from serving.deep_report import DeepReports, ReportShelf
    from serving.input_watch import InputWatch
    from serving.kpis import Kpis
    from serving.lab_drafts import DraftDesk
    from serving.language_quality import LanguageQuality
    from serving.language_texts import LanguageTexts
    from serving.model_desk import ModelDesk
    from serving.one_id import OneId
    from serving.override_watch import OverrideWatch
    from serving.ports import FlowRuns
    from serving.register import Register
    from serving.shadow import Shadows
    from serving.tallies import Follower
    from serving.today import Today
    from serving.trial_results import TrialResults
    from serving.trials import TrialDesk
    from serving.variants import Variants


class WithStaff(WithPortal):
    """What the bank's own people watch and decide."""

    @cached_property
    def alarm_desk(self) -> AlarmDesk:
        """What was measured, the alarms that follow, and what staff do about them."""
        from serving.alarms import AlarmDesk

        records = self.records
        return AlarmDesk(records.alarms, records.measurements, records.accounts, records.audit, self.clock)

    @cached_property
    def input_watch(self) -> InputWatch:
        """Keeps what was found of inputs, and rings alarms."""
        from serving.input_watch import InputWatch

        return InputWatch(self.alarm_desk)

    @cached_property
    def deep_reports(self) -> DeepReports:
        """Makes deep reports; heavy, for flows only."""
        from serving.adapters.evidently_report import EvidentlyReports

        return EvidentlyReports()

    @cached_property
    def report_shelf(self) -> ReportShelf:
        """Deep reports by their measurement."""
        from serving.deep_report import ReportShelf

        return ReportShelf(self.objects, self.records.measurements)

    @cached_property
    def case_desk(self) -> CaseQueue:
        """Referred cases: the queue, who works on what, decisions, and those against the record."""
        from serving.case_queue import CaseQueue
        from serving.case_rules import read_case_rules

        settings = self.settings
        rules = read_case_rules(settings.kb, settings.market)
        return CaseQueue(self.applications, self.records.cases, rules, lambda: self.documents)

    @cached_property
    def override_watch(self) -> OverrideWatch:
        """How often cases are decided against the record."""
        from serving.override_watch import OverrideWatch

        return OverrideWatch(self.records.cases, self.case_desk.rules, self.alarm_desk)

    @cached_property
    def case_view(self) -> CaseView:
        """A case on one page."""
        from serving.case_shown import CaseView
        from serving.case_summary import Summaries

        records = self.records
        return CaseView(
            self.case_desk, self.account.profiles, self.messages, records.requests, records.attached,
            Summaries(self.words),
        )  # fmt: skip

    @cached_property
    def approvals(self) -> ApprovalDesk:
        """What waits for a person's yes."""
        from serving.approvals import ApprovalDesk

        records = self.records
        return ApprovalDesk(records.approvals, records.audit, records.accounts, self.clock, self.settings.kb)

    @cached_property
    def counting(self) -> Follower:
        """Keeps the counts of decisions, applications and visits, beside whatever decides."""
        from serving.tallies import follower

        records, funnel = self.records, self.behaviour.lists.funnel
        return follower(records.tallies, records.countable, self.clock, self.settings.kb, funnel, self._reference)

    @cached_property
    def kpis(self) -> Kpis:
        """How much is asked and decided, with what end and how soon."""
        from serving.kpis import Kpis

        return Kpis(self.records.tallies, [step.name for step in self.behaviour.lists.funnel])

    def _reference(self, version: str) -> Mapping[str, Any]:
        """What the loans that a model learned from were like; empty where it does not say."""
        return getattr(self.champion.by_version(version), "reference", {})

    @cached_property
    def shadows(self) -> Shadows:
        """What models beside the one that decided say of recorded decisions."""
        from serving.shadow import Shadows

        records = self.records
        return Shadows(records.decisions, records.scores, self.policy, self.champion, self.clock)

    @cached_property
    def language_quality(self) -> LanguageQuality:
        """How generated texts do."""
        from serving.language_quality import LanguageQuality

        return LanguageQuality(self.records.language, self.clock, self.settings.kb)

    @cached_property
    def variants(self) -> Variants:
        """Which wording, order or layout somebody sees, of the file's experiments and of those that staff run."""
        from serving.experiments import areas_of, open_experiments
        from serving.variants import PURPOSE, Variants

        records, kb = self.records, self.settings.kb
        key = records.envelopes.key_for(PURPOSE)
        return Variants(open_experiments(kb, areas_of(kb)), records.exposures, key, lambda: self.trial_desk.live())

    @cached_property
    def trial_desk(self) -> TrialDesk:
        """Experiments that staff define."""
        from rag.prompt import read_prompts
        from serving.behaviour import open_behaviour
        from serving.experiments import areas_of, open_experiments
        from serving.trial_catalogue import read_catalogue
        from serving.trials import TrialDesk

        records, kb = self.records, self.settings.kb
        catalogue = read_catalogue(kb, open_behaviour(kb).funnel, read_prompts().variants())
        fixed = open_experiments(kb, areas_of(kb))
        return TrialDesk(records.trials, fixed, catalogue, records.audit, self.clock, kb)

    @cached_property
    def trial_results(self) -> TrialResults:
        """What experiments show."""
        from serving.trial_counts import TrialCounter
        from serving.trial_results import TrialResults

        counter = TrialCounter(self.records.trial_counts, self.clock, self.variants.hidden)
        return TrialResults(self.trial_desk, counter, self.clock)

    @property
    def prompts(self) -> Prompts:
        """The prompts that models are asked with, as experiments divide them now."""
        from rag.prompt import read_prompts

        return read_prompts().tried(self.trial_desk.prompt_shares)

    @cached_property
    def mlflow_pages(self) -> MlflowPages:
        """Where a trace opens in MLflow."""
        from serving.adapters.mlflow_pages import MlflowPages

        return MlflowPages(self.settings.mlflow_pages)

    @cached_property
    def language_texts(self) -> LanguageTexts:
        """Generated texts one by one, for staff."""
        from serving.language_texts import LanguageTexts

        records = self.records
        return LanguageTexts(
            records.language, records.generations, records.conversations, records.attached, records.audit, self.clock
        )

    @cached_property
    def draft_desk(self) -> DraftDesk:
        """Drafts of the policy: written, proposed, approved for a day."""
        from serving.lab_drafts import DraftDesk

        records = self.records
        return DraftDesk(records.drafts, self.policy, records.audit, self.clock, self.settings.kb)

    def quotes_recorded_by(self, clock: Clock) -> Quotes:
        """The function that decides, whose records bear the times of another clock: for a generated history."""
        from lending.adapters.decisions import DecisionLedger

        records = self.records
        return replace(self.quotes, decisions=DecisionLedger(records.database, records.envelopes, clock))

    @cached_property
    def audit_book(self) -> AuditBook:
        """Reading the record, and whether its chains hold."""
        from serving.audit_book import AuditBook

        records = self.records
        pages = records.audit_pages
        return AuditBook(pages, pages, records.measurements, self.alarm_desk, records.audit, self.clock)

    @cached_property
    def one_id(self) -> OneId:
        """What a request led to."""
        from serving.one_id import OneId

        return OneId(self.records.traced, self.flow_runs)

    @cached_property
    def today(self) -> Today:
        """What staff see first."""
        from serving.today import Today

        desks = self.alarm_desk, self.approvals, self.case_desk, self.request_desk, self.records.drafts
        return Today(*desks, self._stood_in)

    def _stood_in(self) -> int:
        """Decisions of the last day that were scored here in place of the endpoint."""
        from lending.adapters.scored import ScoredCounts
        from serving.scored import STOOD_IN

        return ScoredCounts(self.records.database).since(STOOD_IN, self.clock.now() - timedelta(days=1))

    @cached_property
    def model_desk(self) -> ModelDesk:
        """The models of the portfolio, and what staff may start about them."""
        from serving.model_desk import ModelDesk

        settings, records = self.settings, self.records
        folder = settings.var / "models" / settings.portfolio
        return ModelDesk(
            folder, settings.portfolio, self.champion, records.measurements, self.approvals, self.flow_runs, self.clock
        )

    @cached_property
    def flow_runs(self) -> FlowRuns:
        """Flow runs on the orchestrator."""
        from serving.adapters.prefect_api import PrefectFlowRuns

        return PrefectFlowRuns(self.settings.prefect_url)

    @cached_property
    def register(self) -> Register:
        """Models, prompts, policies and documents by version, with who answers for them."""
        from serving.register import Register

        return Register(self.model_desk, self.policy, self.knowledge, self.clock)
