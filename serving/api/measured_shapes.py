"""Shapes of what was measured: how the model does, and how groups fare; for the schema."""

from __future__ import annotations

from typing import Any

from serving.api.shapes import Shape


class Interval(Shape):
    """A figure with its interval of 95 %."""

    value: float
    low: float
    high: float


class Difference(Shape):
    """Found less estimated; `inside` says whether what came lay in the estimate's interval."""

    value: float
    inside: bool


class Band(Shape):
    """Loans of about equal promise, and what came of them."""

    loans: int
    bads: int
    promised: float
    found: float
    low: float
    high: float


class PerformanceRow(Shape):
    """One period. `mature` loans had the time that the promise speaks of; of `settled` ones the outcome is known."""

    period: str
    loans: int
    mature: int
    settled: int
    bads: int
    promised: float
    verdict: str
    why: str
    estimated: dict[str, Interval]
    found: dict[str, Interval]
    difference: dict[str, Difference]
    bins: list[Band]


class OwnError(Shape):
    """How good the estimates of a measure were; figures are null with too few periods."""

    periods: int
    inside: int
    low: float | None
    high: float | None
    mean: float | None
    size: float | None


class VintagePoint(Shape):
    """The share of a vintage that had gone bad after so many months."""

    months: int
    bads: int
    share: float
    low: float
    high: float


class Vintage(Shape):
    """Loans lent in the same period."""

    vintage: str
    loans: int
    points: list[VintagePoint]


class PerformanceView(Shape):
    """Every period of a cut of time; an empty product means all."""

    period: str
    product: str
    rows: list[PerformanceRow]
    error: dict[str, OwnError]
    vintages: list[Vintage]


class Measured(Shape):
    """What was measured when; `choices` names what else there is, `trouble` what was asked for and is not there."""

    measurement_id: str
    at: str
    data: str
    as_of: str
    choices: dict[str, list[str]]
    trouble: str


class Performance(Measured):
    """How the model does."""

    loans: int
    known: int
    generated: int
    dated: bool
    promises: str
    learned_until: str | None
    released_auc: float | None
    view: PerformanceView


class GroupTold(Shape):
    """One group against the one that is approved most often; counts are null where they are held back."""

    attribute: str
    group: str
    crossed: bool
    decided: int | None
    approved: int | None
    rate: Interval | None
    ratio: Interval | None
    reference: str
    smallest_gap: float | None
    verdict: str
    why: str
    held_back: bool


class FairnessRow(Shape):
    """The groups of one period."""

    period: str
    groups: list[GroupTold]


class FairnessView(Shape):
    """Groups of the whole and by period; an empty product means all."""

    period: str
    product: str
    whole: list[GroupTold]
    rows: list[FairnessRow]


class Fairness(Measured):
    """How groups fare; `promises` says whether each turns out as the model said."""

    approved_by: str
    limit: float
    cell_least: int
    group_least: int
    promises: list[dict[str, Any]]
    view: FairnessView
