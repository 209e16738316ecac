"""Shapes of drift and alarms, for the schema. Figures are texts with six places; null where there are none."""

from __future__ import annotations

from typing import Any

from serving.api.shapes import Shape


class DriftAlarm(Shape):
    """Features that did the same from the same period on."""

    verdict: str
    features: list[str]
    first: str
    last: str
    periods: int
    cause: str
    since: str


class DriftRow(Shape):
    """One feature in one period; see `candor monitor run --json`."""

    period: str
    feature: str
    column: str
    used: bool
    verdict: str
    cause: str
    rows: int
    psi: str | None
    expected: str | None
    most: str | None
    excess: str | None
    low: str | None
    high: str | None
    distance: str | None
    distance_expected: str | None
    missing: str
    missing_before: str
    new_values: str


class Fit(Shape):
    """What the score said of a period's loans, and what came of them."""

    period: str
    rows: int
    said: str
    came: str
    low: str
    high: str
    fit: str


class Drift(Shape):
    """The newest look; `trouble` says what was asked for and is not there.

    `report` is an address of the console. `report_link` downloads the same, packed, for an hour and without signing in,
    where storage gives such links.
    """

    measurement_id: str
    at: str
    data: str
    reference: str
    reference_rows: int
    period: str
    model_version: str
    report: str | None
    report_link: str | None
    choices: dict[str, list[str]]
    trouble: str
    alarms: list[DriftAlarm]
    changes: dict[str, list[str]]
    rows: list[DriftRow]
    calibration: list[Fit]


class StaffAlarm(Shape):
    """One cause for somebody to look at."""

    alarm_id: str
    kind: str
    data: str
    state: str
    version: int
    owner: str | None
    opened_at: str
    changed_at: str
    measurement_id: str | None
    content: dict[str, Any]


class StaffAlarms(Shape):
    """Open ones first, then changed last first."""

    alarms: list[StaffAlarm]
