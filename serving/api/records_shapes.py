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


class TracedEntry(Shape):
    """A decision, or what was attached to one, that a request wrote into the ledger."""

    decision_id: str
    kind: str
    channel: str
    at: str


class TracedAct(Shape):
    """An act of the audit trail; `seq` is its number there."""

    seq: int
    act: str
    subject: str
    actor: str
    at: str


class TracedText(Shape):
    """A text that was told; `trace_id` names its trace in MLflow once it is there."""

    generation_id: str
    kind: str
    trace_id: str | None
    at: str


class TracedFlow(Shape):
    """A flow run that a request started."""

    run_id: str
    flow: str
    state: str
    at: str | None


class Traced(Shape):
    """All that a request led to; `flows` is None while the orchestrator does not answer."""

    request_id: str
    entries: list[TracedEntry]
    acts: list[TracedAct]
    texts: list[TracedText]
    flows: list[TracedFlow] | None


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
    """Every flow by name; None while the orchestrator does not answer, and then `trouble` says so."""

    flows: list[FlowSeen] | None
    trouble: str


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
