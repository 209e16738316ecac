"""What watching found: verdicts by period and feature, and one alarm for each cause."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any, Literal

from serving.counts import Bins, Counts, labels_of
from serving.drift import ALARMS, Told

Period = Literal["month", "quarter", "year"]


def begins(period: str) -> tuple[int, int]:
    """Year and month in which a year, quarter or month begins, so that they can be put in order.

    >>> begins("2025Q2") < begins("2025-12")
    True
    """
    year, rest = int(period[:4]), period[4:]
    return year, 3 * int(rest[1]) - 2 if rest.startswith("Q") else int(rest[1:] or 1)


@dataclass(frozen=True)
class Counted:
    """One feature as counts: of the reference, and of each period, oldest first."""

    bins: Bins
    reference: Counts
    periods: Mapping[str, Counts]

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready: bins in words, never a rare value."""
        return {
            "bins": list(labels_of(self.bins)),
            "reference": self.reference.tolist(),
            "periods": {period: counts.tolist() for period, counts in self.periods.items()},
        }


@dataclass(frozen=True, slots=True)
class Row:
    """One feature in one period.

    Attributes:
        since: first period of the level that it belongs to, where that level is away from the reference.
    """

    period: str
    feature: str
    told: Told
    since: str | None = None


@dataclass(frozen=True, slots=True)
class Alarm:
    """What somebody should look at: features that began to do the same in the same period, and how long they did.

    Attributes:
        since: the period in which their level changed; that of the first alarm where no single one is found.
    """

    verdict: str
    features: tuple[str, ...]
    first: str
    last: str
    periods: int
    cause: str
    since: str

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        return {name: getattr(self, name) for name in self.__slots__} | {"features": list(self.features)}


@dataclass(frozen=True)
class Monitored:
    """What was found; `rows` by period, then by feature."""

    data: str
    data_sha256: str
    reference: str
    reference_rows: int
    period: Period
    rows: Sequence[Row]
    sources: Mapping[str, str]
    dropped: frozenset[str]
    counted: Mapping[str, Counted] = field(default_factory=dict[str, Counted])

    @property
    def features(self) -> list[str]:
        """In the order of the data set."""
        return list(dict.fromkeys(row.feature for row in self.rows))

    @property
    def periods(self) -> list[str]:
        """Oldest first."""
        return list(dict.fromkeys(row.period for row in self.rows))

    @property
    def changes(self) -> dict[str, list[str]]:
        """Feature to the periods in which its level left the reference, oldest first."""
        found: dict[str, dict[str, None]] = {}
        for row in self.rows:
            if row.since:
                found.setdefault(row.feature, {})[row.since] = None
        return {feature: list(periods) for feature, periods in found.items()}

    @property
    def alarms(self) -> list[Alarm]:
        """One for all features that began to do the same in the same period; latest first."""
        runs = [run for name in self.features for run in _runs([r for r in self.rows if r.feature == name])]
        found: dict[tuple[str, str], list[list[Row]]] = {}
        for run in runs:
            found.setdefault((_since(run), run[0].told.verdict), []).append(run)
        alarms = [_alarm(since, same) for (since, _), same in found.items()]
        return sorted(alarms, key=lambda a: (a.last, a.first, a.features), reverse=True)

    def as_dict(self) -> dict[str, Any]:
        """As printed by `candor monitor run --json`."""
        return {
            "data": self.data,
            "data_sha256": self.data_sha256,
            "reference": self.reference,
            "reference_rows": self.reference_rows,
            "period": self.period,
            "alarms": [alarm.as_dict() for alarm in self.alarms],
            "changes": self.changes,
            "rows": [
                {
                    "period": row.period, "feature": row.feature, "column": self.sources.get(row.feature, row.feature),
                    "used": row.feature not in self.dropped, **row.told.as_dict(),
                }
                for row in self.rows
            ],
        }  # fmt: skip


def _runs(rows: Sequence[Row]) -> list[list[Row]]:
    """Periods in a row in which a feature had the same alarming verdict."""
    return [list(same) for verdict, same in groupby(rows, key=lambda r: r.told.verdict) if verdict in ALARMS]


def _since(run: Sequence[Row]) -> str:
    """When the cause of a run began."""
    return run[0].since or run[0].period


def _alarm(since: str, runs: Sequence[Sequence[Row]]) -> Alarm:
    features = tuple(dict.fromkeys(run[0].feature for run in runs))
    longest = max(sum(len(run) for run in runs if run[0].feature == name) for name in features)
    worst = max((row for run in runs for row in run), key=lambda r: r.told.excess or 0.0)
    first, last = min(run[0].period for run in runs), max(run[-1].period for run in runs)
    cause = worst.told.cause if len(features) > 1 else runs[-1][-1].told.cause
    name = f"{worst.feature}: " if len(features) > 1 else ""
    return Alarm(runs[0][0].told.verdict, features, first, last, longest, f"{name}{cause}; since {since}", since)
