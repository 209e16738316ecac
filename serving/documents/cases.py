"""The application that a paper belongs to: who signs, what secures the loan, what was stated."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from lending.application_ports import ApplicationBox, ApplicationRow, no_application
from lending.document_ports import PaperRow
from lending.domain.application import Applicant, Collateral
from lending.domain.core import application_from
from lending.domain.errors import RefusedError
from lending.domain.papers_needed import PREFIX, Line, Needed, papers_needed
from lending.domain.workflow import LIVE, State
from lending.ports import Clock, Customers, Decisions
from serving.documents.compare import Known

_CO = PREFIX["co_applicant"]


@dataclass(frozen=True, slots=True)
class Case:
    """One application as its papers see it; the people are as the bank knows them today."""

    application_id: str
    customer_id: str
    product: str
    live: bool
    applicant: Applicant
    co_applicant: Applicant | None
    collateral: Collateral | None
    today: date
    offered: bool
    stated: Mapping[str, str] = field(default_factory=dict[str, str])

    def needed(self, lines: tuple[Line, ...]) -> tuple[Needed, ...]:
        """The papers that it needs."""
        security = self.collateral.kind if self.collateral else None
        return papers_needed(lines, self.product, self.applicant, self.co_applicant, security, self.today)

    def person(self, asked: str) -> Applicant:
        """Whose paper something asked is."""
        other = self.co_applicant
        return other if asked.startswith(_CO) and other is not None else self.applicant

    def check_live(self) -> None:
        """Raise RefusedError (`closed`) where papers neither come nor go any more."""
        if not self.live:
            raise RefusedError(
                "the application has ended", code="closed", field="application_id", found=self.application_id,
                expected="an application that is not ended", do="Begin a new application.",
            )  # fmt: skip

    def check_not_counted(self, row: PaperRow) -> None:
        """Raise RefusedError (`counted`) for an accepted paper where an offer stands on it."""
        if self.offered and row.state == "accepted":
            raise RefusedError(
                "the offer stands on this paper", code="counted", field="document_id", found=row.state,
                expected="a paper that was not accepted", do="Withdraw if you no longer want the loan.",
            )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Cases:
    """Finds cases; what is not this customer's is not there."""

    applications: ApplicationBox
    decisions: Decisions
    customers: Customers
    clock: Clock

    def case(self, customer_id: str, application_id: str) -> Case:
        """One of a customer's applications. Raises NotFoundError."""
        row = self.applications.get(application_id)
        if row.customer_id != customer_id:
            raise no_application(application_id)
        return self._case(row)

    def known(self, case: Case, needed: Needed, *, day_first: bool) -> Known:
        """What a paper is compared with. What was stated is the applicant's word about themselves alone."""
        person, own = case.person(needed.asked), needed.person == "applicant"
        gold = case.collateral if own and case.collateral and case.collateral.kind == "gold" else None
        weights = {"weight_g": gold.weight_g, "purity_k": gold.purity_k} if gold else {}
        return Known(
            kinds=needed.line.kinds,
            name=self.customers.name(person.customer_id),
            birth_date=person.birth_date,
            income=person.gross_monthly_income,
            today=case.today,
            valid_days=needed.line.valid_days,
            stated=case.stated if own else {},
            security={name: Decimal(value) for name, value in weights.items() if value is not None},
            day_first=day_first,
        )

    def _case(self, row: ApplicationRow) -> Case:
        today = self.clock.now().date()
        asked = application_from(json.loads(self.decisions.get(row.decision_id).core))
        other = asked.co_applicant
        return Case(
            row.application_id,
            row.customer_id,
            row.product,
            row.state in LIVE,
            self.customers.facts(row.customer_id, today),
            self.customers.facts(other.customer_id, today) if other else None,
            asked.request.collateral,
            today,
            row.state is State.OFFERED,
            _stated(json.loads(row.content or b"{}")),
        )


def _stated(content: Any) -> dict[str, str]:
    """Answers by the name of their question; those left empty say nothing."""
    answers = content.get("answers", {}) if isinstance(content, dict) else {}
    return {str(name): str(value) for name, value in answers.items() if isinstance(value, str) and value.strip()}
