"""Shapes of applications, their offers, invitations and cases, for the schema."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import ConfigDict, Field

from serving.api.shapes import Offer, Shape

Stands = Literal[
    "draft", "submitted", "in_review", "offered", "accepted", "declined", "refused", "withdrawn", "expired"
]  # fmt: skip


class Option(Shape):
    """One answer of a choice."""

    value: str
    label: str


class Question(Shape):
    """A question with its answer; label, hint and problem are keys of the pages' catalogue."""

    name: str
    kind: Literal["text", "email", "phone", "money", "number", "date", "choice", "yes", "account"]
    label: str
    hint: str
    options: list[Option]
    required: bool
    autocomplete: str
    max_length: int | None
    value: str
    answered: bool
    problem: str
    slots: dict[str, str]


class ApplicationStep(Shape):
    """Questions that stand together."""

    step: str
    title_key: str
    done: bool
    fields: list[Question]


class Moved(Shape):
    """One line of the history."""

    model_config = ConfigDict(extra="forbid", protected_namespaces=(), populate_by_name=True)
    at: str
    act: str
    before: Stands | None = Field(alias="from")
    to: Stands
    by: Literal["you", "bank", "system"]


class Standing(Shape):
    """Where it stands and what comes next, in words."""

    text: str
    next: str


class Refused(Shape):
    """Why a person could not offer the loan."""

    code: str
    key: str
    text: str


class OfferApplied(Offer):
    """The offer that is applied for; `made_by` is `person` where a person made it after a referral."""

    made_by: str | None = None


class Application(Shape):
    """An application as its customer reads it."""

    application_id: str
    reference: str
    product: str
    state: Stands
    live: bool
    version: int
    decision_id: str
    offer_id: str | None
    offer: OfferApplied | None
    co_applicant: str | None
    answers: dict[str, str]
    steps: list[ApplicationStep]
    checklist: list[dict[str, Any]]
    timeline: list[Moved]
    status: Standing
    refusal: Refused | None
    created_at: str
    changed_at: str
    submitted_at: str | None
    valid_until: str | None


class Applications(Shape):
    """All of a customer's."""

    applications: list[Application]


class Declined(Shape):
    """An offer that was turned down, and the application for it where there was one."""

    offer_id: str
    state: Literal["declined"]
    application: Application | None


class OfferListed(OfferApplied):
    """An offer with where it stands."""

    decision_id: str
    product: str
    state: Literal["open", "accepted", "declined"]
    stands: bool
    saved: bool
    application_id: str | None
    made_at: str


class Offers(Shape):
    """Offers of a customer."""

    offers: list[OfferListed]


class Invited(Shape):
    """A new invitation; its code is shown this once."""

    invitation_id: str
    code: str
    expires_at: str


class InvitationListed(Shape):
    """An invitation that a customer made; `name` of who agreed."""

    invitation_id: str
    state: Literal["open", "agreed", "declined", "expired"]
    name: str | None
    created_at: str
    expires_at: str


class Invitations(Shape):
    """Invitations of a customer."""

    invitations: list[InvitationListed]


class InvitationAnswered(Shape):
    """What was answered, and whom."""

    invitation_id: str
    state: Literal["agreed", "declined"]
    name: str


class CaseLine(Shape):
    """An application that waits for a person; `why` is `referred` or `papers`."""

    application_id: str
    reference: str
    customer_id: str
    name: str
    product: str
    state: Stands
    why: str
    since: str
    decision_id: str


class CaseList(Shape):
    """Applications that wait for a person."""

    applications: list[CaseLine]


class Done(Shape):
    """One line of the history as the bank reads it."""

    at: str
    actor: str
    act: str
    to: Stands
    detail: str


class CaseShown(Application):
    """An application as staff read it."""

    customer_id: str
    name: str
    why: str
    since: str
    grounds: dict[str, list[str]]
    events: list[Done]
    ground: str
    note: str
