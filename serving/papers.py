"""The letters a customer may fetch: the key facts of an offer, the notice of a decision that is no approval."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from lending.domain.application import Person
from lending.domain.errors import NotFoundError
from lending.domain.policy import Policy
from lending.ports import Customers, DecisionRow, Decisions, Offers
from serving import letters
from serving.decide import PolicySource

Form = Literal["html", "pdf"]
_NAME = re.compile(r"[do]_[a-z2-7]{26}")


@dataclass(frozen=True, slots=True)
class _Case:
    """A decision that may be written about to somebody."""

    row: DecisionRow
    core: dict[str, Any]
    policy: Policy
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class Papers:
    """Writes letters from records; every PDF handed out is chained to its decision."""

    customers: Customers
    decisions: Decisions
    offers: Offers
    policy: PolicySource
    sample: bool
    """True in the demo: every sheet says that its figures are generated."""
    kb: Path

    def disclosure(self, customer_id: str, offer_id: str, form: Form) -> str | bytes:
        """The key facts sheet of an offer made to this customer.

        Raises:
            NotFoundError: no such offer of theirs; RefusedError: the record contradicts itself.
            UnavailableError: a PDF without the extra `letters`.
        """
        offer = self.offers.get(offer_id)
        if offer.customer_id != customer_id:
            raise NotFoundError(
                "there is no such offer of yours", code="not_found", field="offer_id", found=offer_id[:40],
                expected="the id of an offer made to you", do="Use the offer_id of one of your offers.",
            )  # fmt: skip
        case = self._case(offer.decision_id)
        page = letters.disclosure_html(
            case.core, case.policy, case.recorded_at, sample=self.sample, offer=json.loads(offer.content),
            addressee=self.customers.name(customer_id), kb=self.kb,
        )  # fmt: skip
        return page if form == "html" else self._pdf(case, "disclosure", page, customer_id)

    def notice(self, customer_id: str, decision_id: str, form: Form) -> str | bytes:
        """The notice of a decision to its applicant, or to the co-applicant, each with the reasons that are theirs.

        Raises:
            NotFoundError: no such decision of theirs; RefusedError: an approval has no notice.
            UnavailableError: a PDF without the extra `letters`.
        """
        case = self._case(decision_id)
        page = letters.notice_html(
            case.core, case.policy, case.recorded_at, sample=self.sample, for_person=_person(case, customer_id),
            counter_offer=self._counter_offer(case), addressee=self.customers.name(customer_id), kb=self.kb,
        )  # fmt: skip
        return page if form == "html" else self._pdf(case, "notice", page, customer_id)

    def _case(self, decision_id: str) -> _Case:
        row = self.decisions.get(decision_id)
        core = json.loads(row.core)
        return _Case(row, core, self.policy.by_version(core["policy_version"]), row.recorded_at)

    def _counter_offer(self, case: _Case) -> dict[str, Any] | None:
        """What was recommended instead of a declined request; None when nothing was."""
        if case.core["outcome"] != "decline":
            return None
        made = (json.loads(offer.content) for offer in self.offers.of(case.row.decision_id))
        return next((offer for offer in made if offer["recommended"]), None)

    def _pdf(self, case: _Case, kind: str, page: str, actor: str) -> bytes:
        content = letters.to_pdf(page)
        self.decisions.attach(case.row.decision_id, kind, content, actor)
        return content


def _person(case: _Case, customer_id: str) -> Person:
    if case.row.customer_id == customer_id:
        return "applicant"
    if case.core["request"]["co_applicant"] == customer_id:
        return "co_applicant"
    raise NotFoundError(
        "there is no such decision of yours", code="not_found", field="decision_id",
        found=case.row.decision_id, expected="the id of a decision of yours", do="Use one of your quotes.",
    )  # fmt: skip


def named_one(name: str, field: str) -> str:
    """The name of a decision or an offer as an address gives it, if there can be one. Raises NotFoundError."""
    if _NAME.fullmatch(name):
        return name
    raise NotFoundError(
        "there is nothing of yours with that name", code="not_found", field=field, found=name[:40],
        expected=f"the {field} of one of your quotes", do=f"Use a {field} that a quote gave you.",
    )  # fmt: skip
