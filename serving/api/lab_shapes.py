"""Shapes of the policy lab: figures that may be changed, drafts and what their replay found; for the schema."""

from __future__ import annotations

from typing import Any

from serving.api.shapes import Shape


class LabFigure(Shape):
    """A figure that the lab may change; numbers as exact text, in `unit`."""

    path: str
    value: str
    unit: str
    low: str
    high: str
    source: str
    description: str
    does: str


class DraftStep(Shape):
    """Who did what to a draft, when and why."""

    at: str
    actor: str
    act: str
    reason: str


class Draft(Shape):
    """A draft of the policy; `decides` once it is approved and its day has come."""

    draft_id: str
    title: str
    author: str
    state: str
    decides: bool
    version: int
    base_version: str
    values: dict[str, str]
    before: dict[str, str]
    effective_on: str | None
    decided_by: str | None
    undoes: str | None
    replayed: bool
    story: list[DraftStep]


class DraftWithResult(Draft):
    """The same with what the replay found: figures with intervals, who moves, groups, parts, the cut-off explorer."""

    result: dict[str, Any]


class PolicyLab(Shape):
    """The policy in force, what may be changed in it, and all drafts, newest first."""

    policy_version: str
    figures: list[LabFigure]
    drafts: list[Draft]
