"""Answers of the desk of cases, as the schema documents them."""

from __future__ import annotations

from typing import Any

from serving.api.application_shapes import Application
from serving.api.shapes import Shape


class DeskQueue(Shape):
    """A page of the queue; `counts` are of each part, `found` of this one after its filters."""

    cases: list[dict[str, Any]]
    counts: dict[str, int]
    late: int
    found: int
    page: int


class DeskCase(Application):
    """Everything about a case that the reader's role may know; `may` says what they may do with it now."""

    customer_id: str
    name: str
    why: str
    since: str
    grounds: dict[str, list[dict[str, str]]]
    events: list[dict[str, Any]]
    ground: str
    note: str
    clock: dict[str, Any] | None
    who: list[dict[str, Any]]
    asked_for: dict[str, Any]
    decision: dict[str, Any]
    recommendation: dict[str, Any]
    offers: dict[str, Any]
    papers: list[dict[str, Any]]
    overrides: list[dict[str, Any]]
    earlier: list[dict[str, Any]]
    told: list[dict[str, Any]]
    requests: list[dict[str, Any]]
    may: dict[str, bool]


class DeskOverride(Shape):
    """A decision against the record: proposed, confirmed, rejected or withdrawn."""

    override_id: str
    application_id: str
    wanted: str
    state: str
    version: int
    proposed_by: str
    confirmed_by: str | None


class OverridesWatched(Shape):
    """How often cases go against the record; every share with its 95 % interval."""

    at: str
    weeks_read: int
    recent_weeks: int
    cases_least: int
    rise_alarm: float
    whole: dict[str, Any]
    weeks: list[dict[str, Any]]
    officers: list[dict[str, Any]]
    products: list[dict[str, Any]]
    reasons: list[dict[str, Any]]
    looks: list[dict[str, Any]]
