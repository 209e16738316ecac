"""Applications as their customer reads them, and the one place where an application moves."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any, Protocol

from lending.application_ports import (
    ApplicationBox,
    ApplicationEvent,
    ApplicationRow,
    InvitationBox,
    Links,
    OfferShelf,
    no_application,
)
from lending.domain.application import Applicant
from lending.domain.errors import NotFoundError, RefusedError
from lending.domain.workflow import LIVE, Act, Party, State, move
from lending.errand import count
from lending.ports import AuditLog, Clock, Customers, Decisions, OfferRow, Throttle
from serving.application_form import Form
from serving.application_shown import Around, application_shown, reference
from serving.decide import PolicySource
from serving.happenings import ANSWERED, SUBMITTED
from serving.papers import Refused

SYSTEM = "workflow"
"""Who acts when nobody does: a paper was accepted, a day is over."""


class People(Customers, Links, Protocol):
    """The bank's record of people, and who agreed to sign with whom."""

    def correct(self, applicant: Applicant, as_of: date) -> None:
        """From a day on another record holds. Raises NotFoundError."""
        ...


class Tell(Protocol):
    """Tells a customer of a change, in the caller's transaction; the same `once` is told once."""

    def __call__(self, customer_id: str, kind: str, subject: str, once: str, **slots: str) -> object: ...


class Papers(Protocol):
    """The papers that an application needs: `[{asked, why, optional, state, documents}]`."""

    def __call__(self, customer_id: str, application_id: str) -> Sequence[Mapping[str, Any]]: ...


class RefusalLetter(Protocol):
    """Writes the notice that an application was refused and chains it to its decision, in the caller's transaction."""

    def __call__(self, decision_id: str, application_id: str, said: Refused) -> None: ...


@dataclass(frozen=True, slots=True)
class Held:
    """The sealed part of an application.

    Attributes:
        answers: by the name of the question.
        co_applicant: who signs too, as the decision has it; "" for nobody.
        agreed: what was agreed to, and when.
        ground: why a person ended the review; `note` is what they wrote down for the bank.
    """

    answers: Mapping[str, str]
    co_applicant: str = ""
    agreed: Mapping[str, str] = field(default_factory=dict[str, str])
    ground: str = ""
    note: str = ""

    @classmethod
    def read(cls, content: bytes) -> Held:
        """From the bytes that `write` made."""
        return cls(**json.loads(content))

    def write(self) -> bytes:
        """One text for equal content."""
        parts = {name: getattr(self, name) for name in self.__slots__}
        return json.dumps(parts, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()


@dataclass(frozen=True)
class Reading:
    """What every use case about applications stands on."""

    box: ApplicationBox
    offers: OfferShelf
    letters: InvitationBox
    customers: People
    decisions: Decisions
    policy: PolicySource
    audit: AuditLog
    throttle: Throttle
    clock: Clock
    form: Form
    tell: Tell
    papers: Papers
    refusal_letter: RefusalLetter

    def get(self, customer_id: str, application_id: str) -> dict[str, Any]:
        """One application of theirs, JSON-ready. Raises NotFoundError."""
        return self.shown(self.own(customer_id, application_id))

    def of(self, customer_id: str) -> list[dict[str, Any]]:
        """All of theirs, newest first."""
        return [self.shown(self.current(row)) for row in self.box.of(customer_id)]

    def own(self, customer_id: str, application_id: str) -> ApplicationRow:
        """An application of theirs as it stands now. Raises NotFoundError."""
        row = self.box.get(application_id)
        if row.customer_id != customer_id:
            raise no_application(application_id)
        return self.current(row)

    def own_offer(self, customer_id: str, offer_id: str) -> OfferRow:
        """An offer made to them. Raises NotFoundError."""
        row = self.offers.get(offer_id)
        if row.customer_id != customer_id:
            raise NotFoundError(
                "there is no such offer of yours", code="not_found", field="offer_id", found=offer_id[:40],
                expected="the id of an offer made to you", do="Use the offer_id of one of your offers.",
            )  # fmt: skip
        return row

    def current(self, row: ApplicationRow) -> ApplicationRow:
        """The application, moved on first where its time is over."""
        if not self._over(row):
            return row
        try:
            return self.move(row, Act.EXPIRE, Party.SYSTEM, SYSTEM)
        except RefusedError:  # somebody moved it a moment earlier
            return self.box.get(row.application_id)

    def move(
        self, row: ApplicationRow, act: Act, by: Party, actor: str, detail: str = "", **changes: Any
    ) -> ApplicationRow:
        """Do one act: state, history, audit trail and the message to the customer together, or none of them.

        Raises:
            RefusedError: the act is not possible (`state`), not this party's (`party`), or the row is old (`changed`).
        """
        to, now = move(row.state, act, by), self.clock.now()
        event = ApplicationEvent(now, actor, by, act.value, row.state, to, detail)
        with self.box.together():
            after = self.box.change(replace(row, state=to, changed_at=now, **changes), event)
            if by is Party.BANK:
                said = {"from": row.state.value, "to": to.value, "ground": detail}
                self.audit.add(actor, f"application.{act.value}", row.application_id, said)
            self._told(after)
        _counted(after, act, now)
        return after

    def shown(self, row: ApplicationRow) -> dict[str, Any]:
        """The application, JSON-ready, as its customer reads it."""
        return application_shown(row, Held.read(row.content), self.form, self._around(row))

    def facts(self, row: ApplicationRow, co_applicant: str) -> dict[str, str]:
        """What decides which questions are asked."""
        person = self.customers.facts(row.customer_id, self.day())
        joint = "yes" if co_applicant else "no"
        return {"product": row.product, "employment_status": person.employment_status, "joint": joint}

    def check_free(self, row: ApplicationRow) -> None:
        """Raise RefusedError (`restricted`) where somebody who signs asked to be erased."""
        for person in (row.customer_id, Held.read(row.content).co_applicant):
            if person:
                self.customers.usable_facts(person, self.day())

    def day(self) -> date:
        """Today (UTC)."""
        return self.clock.now().date()

    def idle(self) -> timedelta:
        """After how long a draft that nobody touches is over."""
        return timedelta(days=self.form.figure("draft_days", self.day()))

    def _around(self, row: ApplicationRow) -> Around:
        other = Held.read(row.content).co_applicant
        offer = self.offers.get(row.offer_id) if row.offer_id else None
        return Around(
            self.facts(row, other), json.loads(offer.content) if offer else None,
            self.customers.name(other) if other else None, self.papers(row.customer_id, row.application_id),
            self.box.events(row.application_id),
        )  # fmt: skip

    def _over(self, row: ApplicationRow) -> bool:
        """Whether its offer stands no longer, or nobody touched the draft for too long."""
        if row.state not in LIVE:
            return False
        if row.offer_id and self.offers.get(row.offer_id).valid_until < self.day():
            return True
        return row.state is State.DRAFT and self.clock.now() - row.changed_at > self.idle()

    def _told(self, row: ApplicationRow) -> None:
        offer = self.offers.get(row.offer_id) if row.offer_id else None
        slots = {"reference": reference(row.application_id), "product": row.product}
        if offer is not None:
            slots["day"] = offer.valid_until.isoformat()
        once = f"{row.application_id} {row.state.value}"
        self.tell(row.customer_id, f"application.{row.state.value}", row.application_id, once, **slots)


def _counted(row: ApplicationRow, act: Act, now: datetime) -> None:
    """Say in the request at hand that an application was sent, or that the bank gave its word on one."""
    if act is Act.SUBMIT:
        count(SUBMITTED)
    elif act in (Act.OFFER, Act.REFUSE) and row.submitted_at is not None:
        count(ANSWERED, (now - row.submitted_at).total_seconds(), outcome=row.state.value)
