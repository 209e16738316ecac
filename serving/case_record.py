"""What a case stands on: its application, the decision made again from its record, and what that speaks for."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from lending.application_ports import ApplicationRow
from lending.domain.cases import Recommendation, recommend
from lending.domain.money import Money, money
from serving.application_reading import Held
from serving.applications import Applications
from serving.case_rules import CaseRules
from serving.recorded import Replayed, replayed


@dataclass(frozen=True)
class CaseRecord:
    """One case.

    Attributes:
        papers: what is needed of papers, to where it stands.
        amount: that the bank would lend: of the offer applied for, else of the request.
    """

    row: ApplicationRow
    held: Held
    made: Replayed
    papers: Mapping[str, str]
    amount: Money
    recommendation: Recommendation

    @cached_property
    def confidential(self) -> bool:
        """Whether a rule that is shown to few asks for a person."""
        return any(f.confidential and not f.passed for f in self.made.decision.findings)

    @property
    def people(self) -> frozenset[str]:
        """Everybody who signs."""
        return frozenset(filter(None, (self.row.customer_id, self.held.co_applicant)))


def case_record(row: ApplicationRow, applications: Applications, rules: CaseRules) -> CaseRecord:
    """A case as it stands now. Raises NotFoundError, RefusedError as `serving.recorded.replayed`."""
    made = replayed(applications.decisions.get(row.decision_id), applications.policy)
    listed = applications.papers(row.customer_id, row.application_id)
    papers = {str(item["asked"]): str(item["state"]) for item in listed if not item.get("optional")}
    offer: Mapping[str, Any] = json.loads(applications.offers.get(row.offer_id).content) if row.offer_id else {}
    amount = money(str(offer["amount"])) if offer else made.application.request.amount
    speaks = recommend(made.decision.findings, papers, rules.weights, assessed=made.assessment is not None)
    return CaseRecord(row, Held.read(row.content), made, papers, amount, speaks)
