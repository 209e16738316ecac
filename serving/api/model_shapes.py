"""Shapes of models beside each other, for the schema."""

from __future__ import annotations

from typing import Any

from serving.api.shapes import Shape


class StandsBeside(Shape):
    """A version beside the champion, and who let it; `share` of the applicants is empty for a shadow."""

    version: str
    approver: str
    requested_by: str
    reason: str
    at: str
    share: str


class ModelVersion(Shape):
    """A registered version; `metrics` are `{value, low, high}` on loans that it never saw."""

    version: str
    family: str
    registered_at: str
    metrics: dict[str, Any]
    gates_failed: list[str]
    trained_by: str | None
    requested_by: str | None
    approver: str | None
    reason: str | None
    approved_at: str | None
    override: dict[str, Any] | None
    rolled_back: dict[str, Any] | None


class Models(Shape):
    """Who decides for the portfolio. `broken`: the champion stands in for a challenger that cannot be used.

    `compared` is the newest comparison on live decisions: `{champion, first, last, days, beside, split}`, or null.
    """

    data: str
    champion: str | None
    challenger: StandsBeside | None
    shadow: StandsBeside | None
    split: str | None
    broken: bool
    versions: list[ModelVersion]
    compared: dict[str, Any] | None
    compared_at: str | None
