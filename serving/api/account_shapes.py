"""Shapes of one's own account: figures, requests, messages, choices, sessions; for the schema."""

from __future__ import annotations

from typing import Any, Literal

from serving.api.shapes import Shape

Kind = Literal["review", "dispute", "add", "contact", "erase"]
State = Literal["open", "in_progress", "done", "withdrawn"]


class Behind(Shape):
    """A loan at this bank that is part of a sum."""

    loan_id: str
    instalment: str
    payoff: str


class Disputed(Shape):
    """What the customer says of a figure, while nobody has answered."""

    request_id: str
    kind: Literal["dispute", "add"]
    state: State
    stated: str
    opened_at: str


class Figure(Shape):
    """A figure the bank holds; `verified` is false for what the customer stated, which decides nothing."""

    field: str
    group: str
    value: str | int | None
    unit: Literal["currency", "fraction", "points", "months", "count", "date", "choice"]
    source: str | None
    source_name: str | None
    as_of: str | None
    verified: bool
    dispute: Disputed | None
    behind: list[Behind]


class Figures(Shape):
    """Every figure the bank holds about you."""

    figures: list[Figure]


class Step(Shape):
    """One step of a request."""

    at: str
    act: str
    by: Literal["you", "bank", "system"]


class Asked(Shape):
    """A request, tracked to its end; `said` is what you said."""

    request_id: str
    reference: str
    kind: Kind
    subject: str
    state: State
    said: dict[str, Any]
    result: str | None
    answer: str | None
    opened_at: str
    due_on: str
    closed_at: str | None
    can_withdraw: bool
    timeline: list[Step]


class AskedErasure(Asked):
    """A request to erase: on which day it is carried out, and the source of what keeps the records until then."""

    erase_on: str
    source: str


class AskedList(Shape):
    """Your requests, newest first."""

    requests: list[Asked]


class StaffAsked(Asked):
    """A request as staff see it; `results` are the ways in which it may end."""

    customer_id: str
    handled_by: str | None
    version: int
    results: list[str]


class StaffAskedList(Shape):
    """Requests that wait for a person, those due first."""

    requests: list[StaffAsked]


class Message(Shape):
    """A message in your inbox; `link` leads to what it is about."""

    notice_id: str
    kind: str
    subject: str
    title: str
    text: str
    link: str
    at: str
    read_at: str | None


class Inbox(Shape):
    """Your messages, newest first."""

    unread: int
    messages: list[Message]


class Choices(Shape):
    """How you want to be told; the inbox gets everything."""

    language: str
    channels: list[Literal["email", "sms"]]
    email: str
    phone: str
    changed_at: str | None


class OwnSession(Shape):
    """Where you are signed in; `agent` is the program, `mine` marks this session."""

    session_id: str
    created_at: str
    seen_at: str
    expires_at: str
    agent: str
    mine: bool


class OwnSessions(Shape):
    """Your sessions, last used first."""

    sessions: list[OwnSession]


class Ended(Shape):
    """How many of your sessions were ended."""

    ended: int


class ReadAll(Shape):
    """How many messages were unread until now."""

    read: int
