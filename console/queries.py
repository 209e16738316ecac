"""What pages ask. The only module of the console that calls the use cases."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from console.queries_account import AccountQueries
from console.queries_apply import ApplyQueries
from console.queries_approvals import ApprovalQueries
from console.queries_audit import AuditQueries
from console.queries_cases import CaseQueries
from console.queries_drift import DriftQueries
from console.queries_experiments import ExperimentQueries
from console.queries_flows import FlowQueries
from console.queries_home import HomeQueries
from console.queries_kpis import KpiQueries
from console.queries_lab import LabQueries
from console.queries_language import LanguageQueries
from console.queries_measured import MeasuredQueries
from console.queries_models import ModelQueries
from console.queries_outcome import OutcomeQueries
from console.queries_register import RegisterQueries
from console.queries_today import TodayQueries
from console.queries_what_if import WhatIf
from lending.domain.application import Applicant
from lending.domain.errors import NotFoundError, UnavailableError
from serving.partners import named_partners

if TYPE_CHECKING:
    from serving.assembly import Platform
    from serving.ports import FlowRun

_TRAINING_FLOW = "train-model"
_AT_WORK = {"scheduled", "pending", "late", "running", "awaitingretry", "retrying"}


@dataclass(frozen=True, slots=True)
class Training:
    """How far the first model is. `percent` runs from 0 to 100, None when unknown."""

    state: Literal["ready", "running", "checking", "failed", "waiting", "unseen"]
    percent: float | None = None
    message: str = ""


@dataclass(frozen=True, slots=True)
class Queries:
    """Questions bound to one platform."""

    platform: Platform

    @property
    def account(self) -> AccountQueries:
        """Of the pages about messages and one's own account."""
        return AccountQueries(self.platform)

    @property
    def apply(self) -> ApplyQueries:
        """Of the pages from "apply" to "accepted"."""
        return ApplyQueries(self.platform)

    @property
    def approvals(self) -> ApprovalQueries:
        """Of what waits for a yes."""
        return ApprovalQueries(self.platform)

    @property
    def audit(self) -> AuditQueries:
        """Of the page of the record."""
        return AuditQueries(self.platform)

    @property
    def drift(self) -> DriftQueries:
        """Of the pages about drift and alarms."""
        return DriftQueries(self.platform)

    @property
    def cases(self) -> CaseQueries:
        """Of referred cases and what customers ask of the bank."""
        return CaseQueries(self.platform)

    @property
    def flows(self) -> FlowQueries:
        """Of what Candor does by itself."""
        return FlowQueries(self.platform)

    @property
    def experiments(self) -> ExperimentQueries:
        """Of the pages of experiments."""
        return ExperimentQueries(self.platform)

    @property
    def home(self) -> HomeQueries:
        """Of the start page."""
        return HomeQueries(self.platform)

    @property
    def kpis(self) -> KpiQueries:
        """Of the page about applications."""
        return KpiQueries(self.platform)

    @property
    def lab(self) -> LabQueries:
        """Of the policy lab."""
        return LabQueries(self.platform)

    @property
    def language(self) -> LanguageQueries:
        """Of the pages about generated texts."""
        return LanguageQueries(self.platform)

    @property
    def measured(self) -> MeasuredQueries:
        """Of the pages about performance and fairness."""
        return MeasuredQueries(self.platform)

    @property
    def models(self) -> ModelQueries:
        """Of the page about models."""
        return ModelQueries(self.platform)

    @property
    def outcome(self) -> OutcomeQueries:
        """Of decisions that were made."""
        return OutcomeQueries(self.platform)

    @property
    def today(self) -> TodayQueries:
        """Of the first page of staff."""
        return TodayQueries(self.platform)

    @property
    def register(self) -> RegisterQueries:
        """Of versions and who answers for them."""
        return RegisterQueries(self.platform)

    @property
    def what_if(self) -> WhatIf:
        """Of the page of one loan type."""
        return WhatIf(self.platform)

    def products(self, customer_id: str) -> list[dict[str, Any]]:
        """All loan types of the market, open or closed for this customer."""
        return self.platform.catalogue.products(customer_id)

    def product(self, customer_id: str, name: str) -> dict[str, Any]:
        """One loan type. Raises NotFoundError."""
        for product in self.products(customer_id):
            if product["product"] == name:
                return product
        raise NotFoundError(f"there is no loan type {name!r}", field="product", found=name, do="Choose from the list.")

    def profile(self, customer_id: str) -> Applicant:
        """What the bank knows about the customer today."""
        return self.platform.records.customers.facts(customer_id, self.platform.clock.now().date())

    def partners(self, customer_id: str) -> Sequence[tuple[str, str]]:
        """Ids and names of people who agreed to sign with the customer and may be looked at today."""
        day = self.platform.clock.now().date()
        return named_partners(self.platform.records.customers, customer_id, day)

    def training(self) -> Training:
        """Progress of the first training; `ready` as soon as a model decides."""
        if self.platform.champion.current() is not None:
            return Training("ready")
        try:
            run = self.platform.flow_runs.latest(_TRAINING_FLOW)
        except UnavailableError:
            return Training("unseen")
        return _training_of(run)


def _training_of(run: FlowRun | None) -> Training:
    if run is None:
        return Training("waiting")
    state = run.state.lower()
    if state in _AT_WORK:
        return Training("running", run.percent, run.message)
    if state == "completed":
        return Training("checking")
    return Training("failed", message=run.message)
