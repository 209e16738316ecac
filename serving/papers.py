"""The letters a customer may fetch: the key facts of an offer, the notice of a decision that is no approval."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, Literal

from lending.domain.application import Person
from lending.domain.errors import NotFoundError
from lending.domain.policy import Policy
from lending.domain.record import canonical
from lending.ports import CO_NOTICE, Customers, DecisionRow, Decisions, Offers
from lending.word_ports import Attached
from serving import letters
from serving.decide import PolicySource

Form = Literal["html", "pdf"]
REFUSAL = "refusal"
"""Kind of attachment: that a person refused an application, when, on what ground and what was asked for."""
_NAME = re.compile(r"[do]_[a-z2-7]{26}")


@dataclass(frozen=True, slots=True)
class _Case:
    """A decision that may be written about to somebody."""

    row: DecisionRow
    core: dict[str, Any]
    policy: Policy
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class Refused:
    """A person's refusal of an application.

    `ground` is one that the customer may be told, or `general`; `asked` has the `amount` and the `term_months` that
    were applied for.
    """

    ground: str
    asked: Mapping[str, str]
    at: datetime
    actor: str


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
    attached: Attached

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

        Once a person refused an application for it, the notice is that of the last refusal.

        Raises:
            NotFoundError: no such decision of theirs; RefusedError: an approval has no notice.
            UnavailableError: a PDF without the extra `letters`.
        """
        case = self._case(decision_id)
        for_person = _person(case, customer_id)
        refused = self.attached.of(decision_id, REFUSAL)
        write = partial(self._refused, json.loads(refused[-1])) if refused else self._undone
        page = write(case, for_person, customer_id)
        kind = "notice" if for_person == "applicant" else CO_NOTICE
        return page if form == "html" else self._pdf(case, kind, page, customer_id)

    def refuse(self, decision_id: str, application_id: str, said: Refused) -> None:
        """Write the notice that a person refused an application, and chain it to the decision with what it says.

        Raises:
            NotFoundError: no such decision, or its policy is not kept.
        """
        case = self._case(decision_id)
        held = {
            "schema": "refusal/1", "application_id": application_id, "ground": said.ground,
            "refused_at": said.at.isoformat(), "asked": dict(said.asked),
        }  # fmt: skip
        page = self._refused(held, case, "applicant", case.row.customer_id)
        with self.decisions.together():
            self.decisions.attach(decision_id, REFUSAL, canonical(held), said.actor)
            self.decisions.attach(decision_id, "notice", page.encode(), said.actor)

    def _refused(self, held: dict[str, Any], case: _Case, for_person: Person, customer_id: str) -> str:
        return letters.refusal_html(
            case.core, case.policy, datetime.fromisoformat(held["refused_at"]), sample=self.sample,
            ground=held["ground"], asked=held["asked"], for_person=for_person,
            addressee=self.customers.name(customer_id), kb=self.kb,
        )  # fmt: skip

    def _undone(self, case: _Case, for_person: Person, customer_id: str) -> str:
        return letters.notice_html(
            case.core, case.policy, case.recorded_at, sample=self.sample, for_person=for_person,
            counter_offer=self._counter_offer(case), addressee=self.customers.name(customer_id), kb=self.kb,
        )  # fmt: skip

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
