"""Vintages: of loans lent in the same period, the share that had gone bad after so many months."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np

from features.ranks import wilson
from serving.loans import DAYS_A_MONTH, Loans
from serving.monitor import Period, period_names

STEP = 3
"""Months between two points of a vintage."""


def vintages(loans: Loans, period: Period, on: date) -> list[dict[str, Any]]:
    """One row for each vintage, oldest first.

    A point is told only when every loan of the vintage is that old, so that a young vintage never looks safe.
    Where outcomes have no day there is one point: the end of the horizon.

    Args:
        loans: with or without outcomes.
        period: of lending.
        on: the day up to which outcomes count.

    Returns:
        `{vintage, loans, points: [{months, bads, share, low, high}]}`; the interval is Wilson's.
    """
    names = period_names(loans.day, period)
    return [_vintage(str(name), loans.part(names == name), on) for name in np.unique(names)]


def _vintage(name: str, loans: Loans, on: date) -> dict[str, Any]:
    count, horizon = len(loans.pd), int(loans.months.max())
    if not loans.dated:
        known = loans.part(loans.bad >= 0)
        points = [_point(horizon, int((known.bad == 1).sum()), len(known.pd))] if len(known.pd) else []
        return {"vintage": name, "loans": count, "points": points}
    youngest = (np.datetime64(on, "D") - loans.day.max()).astype(int) / DAYS_A_MONTH
    ages = [months for months in range(STEP, horizon + 1, STEP) if months <= round(youngest, 1)]
    after = (loans.known_on - loans.day).astype(np.float64) / DAYS_A_MONTH
    bad = loans.bad == 1
    points = [_point(age, int((bad & (np.round(after, 2) <= age)).sum()), count) for age in ages]
    return {"vintage": name, "loans": count, "points": points}


def _point(months: int, bads: int, loans: int) -> dict[str, Any]:
    low, high = wilson(bads, loans)
    return {
        "months": months, "bads": bads, "share": round(bads / loans, 6), "low": round(low, 6), "high": round(high, 6),
    }  # fmt: skip
