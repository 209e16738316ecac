"""Loans whose model said something: what was promised, when they were lent, and what became of them; as arrays."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lending.outcome_ports import LentRow
from serving.realised import Bools, Numbers

Days = NDArray[np.datetime64]
UNKNOWN = -1
DAYS_A_MONTH = 365.25 / 12
LIVE = "live"
"""The name under which the bank's own decisions are measured; others are data sets."""


@dataclass(frozen=True)
class Loans:
    """One entry a loan; all arrays of one length.

    Attributes:
        name: `live`, or the data set.
        pd: promised probability of default.
        bad: 1 bad, 0 good, −1 not known yet; int8.
        day: of the decision; datetime64[D].
        known_on: when the outcome was known; NaT where it is not, or where nobody kept the day.
        months: horizon of the promise.
        product: text; empty where the data set does not say.
        dated: whether outcomes come with their day, so that one can tell what was known when.
        made: how the PDs came about, in words.
        seen_until: last day of the loans that the model learned from; None where it saw none of these.
        generated: how many of the outcomes were generated.
    """

    name: str
    pd: Numbers
    bad: NDArray[np.int8]
    day: Days
    known_on: Days
    months: NDArray[np.int64]
    product: NDArray[np.object_]
    dated: bool
    made: str
    seen_until: date | None = None
    generated: int = 0

    def part(self, mine: Bools) -> Loans:
        """Some of them."""
        arrays = {n: getattr(self, n)[mine] for n in ("pd", "bad", "day", "known_on", "months", "product")}
        plain = {n: getattr(self, n) for n in ("name", "dated", "made", "seen_until", "generated")}
        return Loans(**arrays, **plain)

    def mature(self, on: date) -> Bools:
        """Whose horizon is over; of outcomes without a day those that are known."""
        if not self.dated:
            return self.bad != UNKNOWN
        ends = self.day + np.round(self.months * DAYS_A_MONTH).astype("timedelta64[D]")
        return ends <= np.datetime64(on, "D")

    def settled(self, on: date) -> Bools:
        """Whose horizon is over and whose outcome is known: early news is bad news, so nothing else is judged."""
        return self.mature(on) & (self.bad != UNKNOWN)


def lent_loans(rows: Iterable[LentRow], source: str = "") -> Loans:
    """The bank's own loans, with the PD recorded with each decision; those decided without a model are left out.

    Args:
        rows: loans lent.
        source: what outcomes that were generated say of themselves.
    """
    found, generated = [], 0
    for row in rows:
        core = json.loads(row.core)
        if core["assessment"] is not None:
            found.append(_entry(core, row))
            generated += row.outcome is not None and row.outcome.source == source
    columns: list[Any] = list(zip(*found, strict=True)) if found else [()] * 6
    kinds = (np.float64, np.int8, "datetime64[D]", "datetime64[D]", np.int64, object)
    return Loans(LIVE, *(np.array(c, dtype=k) for c, k in zip(columns, kinds, strict=True)), dated=True,
                 made="those recorded with each decision", generated=generated)  # fmt: skip


def assessed(rows: Iterable[LentRow]) -> list[LentRow]:
    """The loans that a model said something about: those of `lent_loans`, in its order."""
    return [row for row in rows if json.loads(row.core)["assessment"] is not None]


def _entry(core: dict[str, Any], row: LentRow) -> tuple[Any, ...]:
    said, outcome = core["assessment"], row.outcome
    known, bad = (None, UNKNOWN) if outcome is None else (outcome.known_on, int(outcome.bad))
    return float(said["pd"]), bad, core["as_of"], known, int(said["horizon_months"]), core["product"]


def months_later(day: date, months: float) -> date:
    """The day so many months of equal length later."""
    return day + timedelta(days=round(months * DAYS_A_MONTH))
