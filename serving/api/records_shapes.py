"""What the API answers about the record, the register, flows and approvals, as types."""

from __future__ import annotations

from typing import Any

from serving.api.shapes import Shape


class Act(Shape):
    """One act of the audit trail."""

    seq: int
    at: str
    actor: str
    act: str
    subject: str
    detail: dict[str, str]


class ChainSeen(Shape):
    """What the latest walk along a chain found; `at` is None while nobody has walked it."""

    chain: str
    entries: int
    broken: str
    at: str | None


class Acts(Shape):
    """A page of acts, newest first; ask again with `before=older` or `after=newer`."""

    acts: list[Act]
    older: int | None
    newer: int | None
    chains: list[ChainSeen]


class Version(Shape):
    """One version of one thing, and who answers for it."""

    kind: str
    name: str
    version: str
    use: str
    sha256: str
    since: str
    owner: str
    approved_by: str
    note: str


class Versions(Shape):
    """The register, by kind, and the index of the knowledge base that answers."""

    models: list[Version]
    prompts: list[Version]
    policies: list[Version]
    documents: list[Version]
    index: str


class LastRun(Shape):
    """A run of a flow."""

    run_id: str
    state: str
    percent: float | None
    message: str
    at: str | None
    seconds: float | None


class FlowSeen(Shape):
    """A flow, when it runs by itself, and its last run among the latest."""

    name: str
    description: str
    schedules: list[str]
    at_once: int | None
    last: LastRun | None


class Flows(Shape):
    """Every flow by name."""

    flows: list[FlowSeen]


class ApprovalSeen(Shape):
    """What waits, or waited, for a yes; `content` is what the decider is shown."""

    approval_id: str
    kind: str
    subject: str
    asked_by: str
    state: str
    decided_by: str | None
    reason: str
    opened_at: str
    closed_at: str | None
    content: dict[str, Any]


class Approvals(Shape):
    """What waits for a yes, and what was answered lately."""

    waiting: list[ApprovalSeen]
    answered: list[ApprovalSeen]
