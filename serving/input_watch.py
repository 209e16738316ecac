"""Watching inputs: what was found is kept, and each cause that matters rings once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np

from lending.alarm_ports import AlarmRow, MeasurementRow
from lending.tally_ports import Tallies
from serving.alarms import AlarmDesk, Raised, Rung
from serving.counts import Bins
from serving.monitor import Rules, judge, period_names
from serving.monitored import Alarm, Counted, Monitored, Period, begins
from serving.tally_counts import SCORE

if TYPE_CHECKING:
    from serving.drift_score import Calibrated

KIND, CELLS = "drift", "drift.cells"
"""A look's summary, and its verdicts and counts, which only the page of drift reads."""
LIVE = "live"
"""The bank's own decisions, as a data set."""


@dataclass(frozen=True)
class Found:
    """One look at inputs, and at the score beside them.

    Attributes:
        model_version: whose score it is; empty where none scored.
        scores: what the score said and what came of it, by period; empty where outcomes are not known.
    """

    monitored: Monitored
    model_version: str = ""
    scores: Sequence[Calibrated] = field(default=())

    def summary(self) -> dict[str, Any]:
        """What lists and first pages show: alarms, changes, the verdicts of the last period."""
        found = self.monitored
        whole = found.as_dict()
        last = {row.feature: row.told.verdict for row in found.rows if row.period == found.periods[-1]}
        kept = {name: value for name, value in whole.items() if name != "rows"}
        return {**kept, "periods": found.periods, "last": last, "model_version": self.model_version}

    def cells(self) -> dict[str, Any]:
        """Every verdict and every count; nothing about a person."""
        found = self.monitored
        return {
            "rows": found.as_dict()["rows"],
            "calibration": [one.as_dict() for one in self.scores],
            "counts": {name: counted.as_dict() for name, counted in found.counted.items()},
        }


@dataclass(frozen=True)
class Kept:
    """A measurement, and the alarms that it rang."""

    measurement: MeasurementRow
    rung: Sequence[Rung]


@dataclass(frozen=True, slots=True)
class InputWatch:
    """Keeps what was found and rings alarms."""

    desk: AlarmDesk

    def keep(self, found: Found, *, ring: bool = True) -> Kept:
        """Keep a look; alarms that ended before the reference are history and do not ring.

        Args:
            found: the look.
            ring: whether alarms ring at all; without it a look is just kept.
        """
        data = found.monitored.data
        cells = self.desk.measure(CELLS, data, found.cells())
        measurement = self.desk.measure(KIND, data, {**found.summary(), "cells": cells.measurement_id})
        alarms = (
            [a for a in found.monitored.alarms if not is_history(a.last, data, found.monitored.reference)]
            if ring
            else []
        )
        there = [row for row in self.desk.alarms.list(("open", "acknowledged", "closed"), KIND) if row.data == data]
        raised = [self._raised(alarm, found.monitored, there) for alarm in alarms]
        return Kept(measurement, [self.desk.raise_(KIND, data, one, measurement) for one in raised])

    def _raised(self, alarm: Alarm, found: Monitored, there: Sequence[AlarmRow]) -> Raised:
        same = next((row for row in there if same_cause(alarm.as_dict(), row.content)), None)
        key = str(same.content["cause_key"]) if same else f"{alarm.verdict}-{alarm.since}-{alarm.features[0]}"
        more = {"cause_key": key, "since": alarm.since, "reference": found.reference, "period": found.period,
                "periods": alarm.periods}  # fmt: skip
        return Raised(key, alarm.verdict, alarm.cause, alarm.first, alarm.last, alarm.features, more)


def is_history(last: str, data: str, reference: str) -> bool:
    """Whether an alarm whose last period is `last` ended before the reference; that of live decisions is a model."""
    return data != LIVE and begins(last) < begins(reference)


def same_cause(alarm: Mapping[str, Any], there: Mapping[str, Any]) -> bool:
    """Whether an alarm, as `Alarm.as_dict`, is one of before: the same features do the same, from the same time on.

    More data may move by a period when a level is found to have changed.
    """
    shared = bool(set(alarm["features"]) & set(there["features"]))
    overlap = alarm["first"] <= str(there["last"]) and str(there["first"]) <= alarm["last"]
    return shared and there["verdict"] == alarm["verdict"] and (overlap or there.get("since") == alarm["since"])


def live_inputs(tallies: Tallies, period: Period, rules: Rules, today: date) -> Found | None:
    """A look at the bank's own decisions, from counts alone; None while none is counted.

    Args:
        tallies: counts kept as decisions happen; their bins know the model's reference.
        period: what time is cut into.
        rules: when to speak up.
        today: the last day.
    """
    bins = tallies.bins()
    found: dict[str, dict[str, np.ndarray[Any, Any]]] = {}
    for key, counts in sorted(tallies.rows(("feature", "score"), date.min, today).items()):
        if key.name in bins:
            name = str(period_names(np.array([key.day], dtype="datetime64[D]"), period)[0])
            by_period = found.setdefault(key.name, {})
            by_period[name] = by_period.get(name, 0) + np.array(counts, dtype=np.int64)
    if not found:
        return None
    periods = sorted({name for by_period in found.values() for name in by_period})
    order = sorted(found, key=lambda name: (name != SCORE, list(bins).index(name)))
    counted = {name: _counted(bins[name].bins, bins[name].reference, found[name], periods) for name in order}
    source = bins[order[0]].reference
    monitored = Monitored(LIVE, "", str(source["source"]), int(source["rows"]), period, (), {}, frozenset(), counted)
    return Found(judge(monitored, rules), str(source["source"]))


def _counted(
    bins: Mapping[str, Any], reference: Mapping[str, Any], found: Mapping[str, Any], periods: Sequence[str]
) -> Counted:
    before = np.array(reference["counts"], dtype=np.int64)
    nothing = np.zeros(len(before), dtype=np.int64)
    return Counted(Bins.from_dict(bins), before, {name: found.get(name, nothing) for name in periods})
