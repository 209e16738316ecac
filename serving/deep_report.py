"""Deep reports: which rows they read, and where they are kept and found again."""

from __future__ import annotations

import gzip
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from lending.alarm_ports import Measurements
from lending.domain.errors import NotFoundError
from lending.ports import Objects
from serving.monitor import Rules, in_period, period_names
from serving.monitored import Monitored

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from features.watched import Watched

_FOLDER = "monitoring-reports"


@dataclass(frozen=True, slots=True)
class Sample:
    """Rows of the reference and of the window, as columns; `kinds` says number or category of each."""

    reference: Mapping[str, NDArray[Any]]
    window: Mapping[str, NDArray[Any]]
    kinds: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class DeepReport:
    """A page that carries all it needs, and its figures as JSON."""

    html: bytes
    json: bytes


class DeepReports(Protocol):
    """Makes reports from rows."""

    def drift(self, sample: Sample, psi_alarm: float) -> DeepReport:
        """Raises UnavailableError when no report comes about."""
        ...


def sample_of(watched: Watched, found: Monitored, first: str, last: str, rules: Rules, seed: int) -> Sample:
    """Rows of the reference and of the periods from `first` to `last`, at most as many as the rules say.

    Columns that are not counted, such as names and numbers of persons, are left out; empty ones too.
    """
    days, rng = watched.days.to_numpy(dtype="datetime64[D]"), np.random.default_rng(seed)
    names = period_names(days, found.period)
    places = [np.flatnonzero(mine) for mine in (in_period(days, found.reference), (names >= first) & (names <= last))]
    before, now = (np.sort(rng.permutation(rows)[: rules.report_rows]) for rows in places)
    kept = {name: values for name, (_, values) in watched.columns.items()
            if name in found.counted and _filled(values[before]) and _filled(values[now])}  # fmt: skip
    return Sample(
        {name: values[before] for name, values in kept.items()},
        {name: values[now] for name, values in kept.items()},
        {name: watched.columns[name][0] for name in kept},
    )


def _filled(values: NDArray[Any]) -> bool:
    return any(value is not None and value == value for value in values)


@dataclass(frozen=True, slots=True)
class ReportShelf:
    """Reports by the measurement that they belong to, packed."""

    objects: Objects
    measurements: Measurements

    def keep(self, measurement_id: str, report: DeepReport) -> str:
        """Store page and figures and link them from the measurement; answers the key. Raises NotFoundError."""
        key = f"{_FOLDER}/{measurement_id}.html.gz"
        for name, content in ((key, report.html), (f"{_FOLDER}/{measurement_id}.json.gz", report.json)):
            self.objects.put(name, gzip.compress(content, mtime=0))
        self.measurements.attach(measurement_id, key)
        return key

    def page(self, measurement_id: str) -> bytes:
        """The page of a measurement, packed by gzip. Raises NotFoundError."""
        key = self.measurements.get(measurement_id).report_key
        if key is None:
            raise NotFoundError(
                "no deep report was made of this measurement", code="no_report", field="measurement_id",
                found=measurement_id[:40], expected="a measurement with a report",
                do="""Run: candor flow run monitor-inputs --parameters '{"report": true}' --watch""",
            )  # fmt: skip
        return self.objects.get(key)

    def link(self, measurement_id: str) -> str | None:
        """An address of that page for an hour, for programs; None without a report or where storage gives none."""
        key = self.measurements.get(measurement_id).report_key
        return self.objects.link(key) if key else None
